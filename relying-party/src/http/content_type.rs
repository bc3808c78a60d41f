//! Which content type a request may have.

use crate::service::{Refusal, RefusalCode};
use actix_web::HttpRequest;
use actix_web::http::header::CONTENT_TYPE;
use smile_protocol::uaf::transport::is_uaf_content_type;

/// Accepts `application/json`; it has no parameters that change its meaning (RFC 8259 §11).
///
/// # Errors
/// `content_type_unsupported`.
pub fn must_be_json(request: &HttpRequest) -> Result<(), Refusal> {
    let essence = sent(request).split(';').next().unwrap_or("").trim();
    if essence.eq_ignore_ascii_case("application/json") {
        Ok(())
    } else {
        Err(refused("Content-Type must be application/json"))
    }
}

/// Accepts `application/fido+uaf`, alone or with `charset=utf-8`.
///
/// # Errors
/// `content_type_unsupported`.
pub fn must_be_uaf(request: &HttpRequest) -> Result<(), Refusal> {
    // UAF Transport §8.3.2: the content type of requests and responses.
    if is_uaf_content_type(sent(request)) {
        Ok(())
    } else {
        Err(refused(
            "UAF Transport §8.3.2: Content-Type must be application/fido+uaf; charset=utf-8",
        ))
    }
}

fn sent(request: &HttpRequest) -> &str {
    request
        .headers()
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("")
}

fn refused(rule: &str) -> Refusal {
    Refusal::new(RefusalCode::ContentTypeUnsupported, rule).at("content-type")
}

#[cfg(test)]
mod tests {
    use super::{must_be_json, must_be_uaf};
    use actix_web::HttpRequest;
    use actix_web::test::TestRequest;

    fn sending(content_type: &str) -> HttpRequest {
        TestRequest::post()
            .insert_header(("content-type", content_type))
            .to_http_request()
    }

    #[test]
    fn the_media_type_is_accepted_with_or_without_utf8() {
        assert!(must_be_uaf(&sending("application/fido+uaf; charset=utf-8")).is_ok());
        assert!(must_be_uaf(&sending("application/fido+uaf")).is_ok());
        assert!(must_be_uaf(&sending("Application/FIDO+UAF;charset=\"UTF-8\"")).is_ok());
        assert!(must_be_json(&sending("application/json; charset=utf-8")).is_ok());
    }

    #[test]
    fn another_media_type_or_charset_is_refused() {
        assert!(must_be_uaf(&sending("application/json")).is_err());
        assert!(must_be_uaf(&sending("application/fido+uaf; charset=latin1")).is_err());
        assert!(must_be_uaf(&sending("application/fido+uafx")).is_err());
        assert!(must_be_json(&sending("text/plain")).is_err());
        assert!(must_be_json(&TestRequest::post().to_http_request()).is_err());
    }
}
