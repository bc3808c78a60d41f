//! `/v1/test_helpers`.

use super::TEST_HELPERS;
use super::payments::shown;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::names::payment_id;
use crate::http::openapi::schemas::{PAYMENT, SIMULATE};
use crate::service::RefusalCode;
use serde_json::json;
use smile_ceremony::record::Scope;

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let path = "/v1/test_helpers/payment_intents/{id}/simulate";
    vec![
        Operation::post(path, "simulatePayment", "Let a payment end")
            .says("As if its payer, its bank or the clock had ended it.")
            .about(TEST_HELPERS)
            .for_provider(Scope::PaymentsWrite)
            .at("id", payment_id())
            .takes(&SIMULATE, json!({"outcome": "expired"}))
            .answers(200, "The payment.", &PAYMENT, shown("expired"))
            .refuses(&[RefusalCode::LiveMode, RefusalCode::ResourceMissing])
            .stored(),
    ]
}
