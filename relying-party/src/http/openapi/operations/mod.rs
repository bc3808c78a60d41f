//! The operations, by subject.

mod api_keys;
mod credentials;
mod health;
mod payments;
mod people;
mod refunds;
mod sessions;
mod test_helpers;
mod uaf;

use super::operation::Operation;

const SESSIONS: &str = "Sessions";
const PAYMENTS: &str = "Payments";
const REFUNDS: &str = "Refunds";
const CREDENTIALS: &str = "Registered keys";
const PEOPLE: &str = "People";
const API_KEYS: &str = "API keys";
const TEST_HELPERS: &str = "Test helpers";
const UAF: &str = "The app's side";
const HEALTH: &str = "Operation";

/// The headings, in the order of the page, with what stands under each.
pub const SUBJECTS: [(&str, &str); 9] = [
    (
        SESSIONS,
        "Permissions that you create and hand to an app: to register a key of a person, or to log one in.",
    ),
    (
        PAYMENTS,
        "Created by you, signed by the buyer, captured by you or at once.",
    ),
    (REFUNDS, "Captured money on its way back."),
    (CREDENTIALS, "The keys that people registered."),
    (
        PEOPLE,
        "What is kept of people: shown, taken back, handed out, erased; and what is done about a lost device.",
    ),
    (API_KEYS, "Your keys: made, rolled and revoked."),
    (TEST_HELPERS, "For tenants in test mode."),
    (
        UAF,
        "The UAF transport: the verdict is `statusCode` in the body, under HTTP 200.",
    ),
    (HEALTH, "Whether the server is well."),
];

/// Every operation.
pub fn all() -> Vec<Operation> {
    [
        sessions::operations(),
        payments::operations(),
        refunds::operations(),
        credentials::operations(),
        people::operations(),
        api_keys::operations(),
        test_helpers::operations(),
        uaf::operations(),
        health::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
