//! Outcomes that are simulated, in test mode.

use crate::http::openapi::shape::{Members, Shape, one_of};
use smile_ceremony::payment::DeclineCode;

/// How a payment is to end.
pub const SIMULATE: Shape = Shape {
    name: "Simulate",
    schema: || {
        let declines = DeclineCode::ALL.map(DeclineCode::as_str);
        let outcomes = ["expired"].into_iter().chain(declines);
        Members::closed("How a payment is to end. Never well: only a signature authorises.")
            .must("outcome", one_of("`expired`, or a decline code.", outcomes))
            .into()
    },
};
