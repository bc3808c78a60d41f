//! `/healthz` and `/readyz`.

use super::HEALTH as SUBJECT;
use crate::http::openapi::operation::Operation;
use crate::http::openapi::schemas::HEALTH;
use serde_json::json;

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::get("/healthz", "healthz", "Whether the process answers")
            .about(SUBJECT)
            .answers(200, "It does.", &HEALTH, json!({"status": "ok"})),
        Operation::get("/readyz", "readyz", "Whether the store answers too")
            .about(SUBJECT)
            .answers(200, "It does.", &HEALTH, json!({"status": "ready"}))
            .stored(),
    ]
}
