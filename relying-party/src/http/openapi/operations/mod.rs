//! The operations, by subject.

mod credentials;
mod health;
mod payments;
mod refunds;
mod sessions;
mod uaf;

use super::operation::Operation;

const SESSIONS: &str = "Sessions";
const PAYMENTS: &str = "Payments";
const REFUNDS: &str = "Refunds";
const CREDENTIALS: &str = "Registered keys";
const UAF: &str = "The app's side";
const HEALTH: &str = "Operation";

/// The headings, in the order of the page, with what stands under each.
pub const SUBJECTS: [(&str, &str); 6] = [
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
        uaf::operations(),
        health::operations(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
