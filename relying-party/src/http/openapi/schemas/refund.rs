//! Refunds.

use super::names::{amount, currency, decline_code, id, payment_id};
use crate::http::openapi::shape::{Members, Shape, boolean, list, moment, one_of, or_null};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{RefOr, Schema};

/// What a new refund asks for.
pub const NEW_REFUND: Shape = Shape {
    name: "NewRefund",
    schema: || {
        let says = "A part of what is left, in minor units; without it, all of it.";
        Members::closed("A refund that is asked for.")
            .must("payment_intent", payment_id())
            .may("amount", or_null(amount(says), Type::Integer))
            .into()
    },
};

/// A refund.
pub const REFUND: Shape = Shape {
    name: "Refund",
    schema: refund,
};

/// A part of the list of refunds.
pub const REFUNDS: Shape = Shape {
    name: "Refunds",
    schema: || {
        Members::open("A part of the list of a payment's refunds.")
            .must("data", list("Newest first.", REFUND.reference()))
            .must("has_more", boolean("Whether there are more behind the last one."))
            .into()
    },
};

fn refund() -> RefOr<Schema> {
    let says = "`pending` while your processor has not answered.";
    Members::open("Captured money on its way back.")
        .must("id", id("Its name.", "re"))
        .must("payment_intent", payment_id())
        .must("amount", amount("How much goes back, in minor units."))
        .must("currency", currency())
        .must("status", one_of(says, ["pending", "succeeded", "failed"]))
        .must("created_at", moment("When it was asked for."))
        .may("decline_code", decline_code("Why it failed."))
        .into()
}
