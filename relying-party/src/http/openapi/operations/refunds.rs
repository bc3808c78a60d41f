//! `/v1/refunds`.

use super::REFUNDS as SUBJECT;
use super::payments::limit;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::{id, payment_id};
use crate::http::openapi::schemas::{NEW_REFUND, REFUND, REFUNDS};
use crate::service::RefusalCode;
use serde_json::{Value, json};
use smile_ceremony::record::Scope;

const PAYMENT: &str = "pi_4be03f9d1c2a4e5b8f7a6d5c4b3a2918";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let list = json!({"data": [shown()], "has_more": false});
    vec![
        Operation::post("/v1/refunds", "createRefund", "Give money back")
            .says("The sum of all refunds that were not declined never exceeds what was captured.")
            .about(SUBJECT)
            .for_provider(Scope::RefundsWrite)
            .takes(&NEW_REFUND, json!({"payment_intent": PAYMENT, "amount": 45}))
            .answers(201, "The refund.", &REFUND, shown())
            .refuses(&[
                RefusalCode::ResourceMissing,
                RefusalCode::StateConflict,
                RefusalCode::AmountTooLarge,
            ])
            .stored(),
        Operation::get("/v1/refunds", "listRefunds", "List the refunds of a payment")
            .about(SUBJECT)
            .for_provider(Scope::PaymentsRead)
            .asks("payment_intent", payment_id())
            .may_ask("starting_after", id("The last refund of the page before.", "re"))
            .may_ask("limit", limit())
            .answers(200, "A part of the list.", &REFUNDS, list)
            .refuses(&[RefusalCode::ResourceMissing])
            .stored(),
        Operation::get("/v1/refunds/{id}", "readRefund", "Read a refund")
            .about(SUBJECT)
            .for_provider(Scope::PaymentsRead)
            .at("id", id("The refund.", "re"))
            .answers(200, "The refund.", &REFUND, shown())
            .refuses(&[RefusalCode::ResourceMissing])
            .stored(),
    ]
}

fn shown() -> Value {
    json!({
        "id": "re_77ab0c1d2e3f40516273849a5b6c7d8e",
        "payment_intent": PAYMENT,
        "amount": 45,
        "currency": "EUR",
        "status": "succeeded",
        "created_at": 1_795_464_400_u64,
    })
}
