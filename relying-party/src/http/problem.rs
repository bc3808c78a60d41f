//! Refusals as RFC 9457 problem documents.

use crate::service::{Refusal, RefusalCode};
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).expect("every code's status is one of HTTP's")
    }

    /// The refusal travels in the response's extensions; the module `request_id` writes the body, because only it
    /// knows the request's id.
    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::new(self.status_code());
        response.extensions_mut().insert(self.clone());
        if let Some(seconds) = self.retry_after_s {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// The problem document of a refusal; `docs_url` is where the pages of `docs/` can be read.
pub fn document(refusal: &Refusal, request_id: &str, docs_url: &str) -> Vec<u8> {
    let mut problem = json!({
        "type": format!("urn:smile:problem:{}", refusal.code.as_str()),
        "title": refusal.code.title(),
        "status": refusal.code.http_status(),
        "detail": refusal.rule,
        "code": refusal.code.as_str(),
        "doc_url": format!("{docs_url}/errors.md#{}", refusal.code.as_str()),
        "request_id": request_id,
    });
    if let Some(param) = &refusal.param {
        problem["param"] = json!(param);
    }
    problem.to_string().into_bytes()
}

/// The refusal behind a status that the HTTP library chose by itself.
pub fn of_status(status: StatusCode) -> Refusal {
    match status {
        StatusCode::NOT_FOUND => {
            Refusal::new(RefusalCode::EndpointUnknown, "docs/api.md lists the endpoints")
        }
        StatusCode::METHOD_NOT_ALLOWED => Refusal::new(
            RefusalCode::MethodNotAllowed,
            "docs/api.md lists the method of each endpoint",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => Refusal::new(
            RefusalCode::BodyTooLarge,
            "the body must stay within the endpoint's limit",
        ),
        StatusCode::REQUEST_TIMEOUT => Refusal::new(
            RefusalCode::RequestTimeout,
            "the request must arrive within server.request_timeout_ms",
        ),
        status if status.is_client_error() => Refusal::new(
            RefusalCode::RequestMalformed,
            format!("HTTP refuses this request with {status}"),
        ),
        status => Refusal::internal(format!("the HTTP library answered {status}")),
    }
}
