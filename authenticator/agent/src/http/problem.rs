//! Refusals as RFC 9457 problem documents.

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use crate::refusal::{Refusal, RefusalCode};

/// The media type of a problem document.
pub const PROBLEM: &str = "application/problem+json";

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).expect("every code's status is one of HTTP's")
    }

    fn error_response(&self) -> HttpResponse {
        let document = json!({
            "type": format!("urn:smile:problem:{}", self.code.as_str()),
            "title": self.code.title(),
            "status": self.code.http_status(),
            "detail": self.rule,
            "code": self.code.as_str(),
        });
        let media_type: ContentType = ContentType(PROBLEM.parse().expect("a media type"));
        HttpResponse::build(self.status_code())
            .insert_header(media_type)
            .body(document.to_string())
    }
}

/// The refusal behind a status that the HTTP library chose by itself.
#[must_use]
pub fn of_status(status: StatusCode) -> Refusal {
    let (code, rule) = match status {
        StatusCode::NOT_FOUND => (RefusalCode::EndpointUnknown, "docs/agent.md lists the addresses"),
        StatusCode::METHOD_NOT_ALLOWED => (RefusalCode::MethodNotAllowed, "docs/agent.md lists the methods"),
        StatusCode::PAYLOAD_TOO_LARGE => (RefusalCode::BodyTooLarge, "a UAF message has at most 64 KiB"),
        status if status.is_client_error() => (RefusalCode::BodyMalformed, "HTTP refuses this request"),
        _ => (RefusalCode::Internal, "the HTTP library failed"),
    };
    Refusal::new(code, rule)
}
