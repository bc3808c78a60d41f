//! Refusals in the document: one answer for each HTTP status of an operation, with the codes that stand for it.

use super::schemas;
use super::shape::one_of;
use crate::service::RefusalCode;
use std::collections::BTreeMap;
use utoipa::openapi::{AllOfBuilder, ContentBuilder, ObjectBuilder, Response, ResponseBuilder};

/// The media type of a problem document (RFC 9457 §3).
const PROBLEM: &str = "application/problem+json";

/// The answers of an operation that refuses with these codes.
pub fn answers(codes: &[RefusalCode]) -> BTreeMap<u16, Response> {
    let mut of_status: BTreeMap<u16, Vec<RefusalCode>> = BTreeMap::new();
    for code in RefusalCode::ALL.into_iter().filter(|code| codes.contains(code)) {
        of_status.entry(code.http_status()).or_default().push(code);
    }
    of_status
        .into_iter()
        .map(|(status, codes)| (status, answer(&codes)))
        .collect()
}

fn answer(codes: &[RefusalCode]) -> Response {
    let lines = codes
        .iter()
        .map(|code| format!("- `{}`: {}", code.as_str(), code.title()));
    let code = one_of("Which of them.", codes.iter().map(|code| code.as_str()));
    let narrowed = AllOfBuilder::new()
        .item(schemas::PROBLEM.reference())
        .item(ObjectBuilder::new().property("code", code));
    let content = ContentBuilder::new().schema(Some(narrowed)).build();
    let described = ResponseBuilder::new()
        .description(lines.collect::<Vec<_>>().join("\n"))
        .content(PROBLEM, content);
    described.build()
}
