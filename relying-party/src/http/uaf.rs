//! `/uaf`: the UAF transport (UAF Transport §8). The verdict is `statusCode` in the body, under HTTP 200; only what
//! never became a UAF message (content type, size), or came too often, is refused by HTTP itself.

use super::body::UafBody;
use super::limits;
use crate::service::{Refusal, Service, UafRefusal};
use actix_web::{HttpRequest, HttpResponse, web};
use smile_ceremony::uaf::channel::TlsConnection;
use smile_protocol::uaf::facets::CONTENT_TYPE as TRUSTED_FACETS;
use smile_protocol::uaf::transport::{CONTENT_TYPE, ReturnUafRequest, ServerResponse, UafStatusCode};

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/uaf/get").route(web::post().to(get)))
        .service(web::resource("/uaf/respond").route(web::post().to(respond)))
        .service(web::resource("/uaf/facets").route(web::get().to(facets)))
        .service(web::resource("/tenants/{tenant}/facets").route(web::get().to(facets_of)));
}

async fn get(
    request: HttpRequest,
    service: web::Data<Service>,
    body: UafBody,
) -> Result<HttpResponse, Refusal> {
    let tally = limits::tally(&request);
    let answer = match text(&body.0) {
        Ok(text) => service.uaf_request_counted(text, &tally).await,
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(answer) => Ok(message(answer.encode())),
        Err(UafRefusal {
            limited: Some(refusal),
            ..
        }) => Err(*refusal),
        Err(refusal) => {
            log(&refusal);
            Ok(message(with_description(&refusal)))
        }
    }
}

/// What the TLS proxy in front tells of the connection that a request came over.
pub(super) fn connection(request: &HttpRequest, service: &Service) -> Result<TlsConnection, UafRefusal> {
    service.connection_told_by(|name| {
        let values = request.headers().get_all(name);
        values.map(|value| value.as_bytes()).collect()
    })
}

async fn respond(request: HttpRequest, service: web::Data<Service>, body: UafBody) -> HttpResponse {
    let asked = text(&body.0).and_then(|text| Ok((text, connection(&request, &service)?)));
    let answer = match asked {
        Ok((text, connection)) => service.uaf_response_over(text, connection).await,
        Err(refusal) => Err(refusal),
    };
    match answer {
        Ok(answer) => message(answer.encode()),
        Err(refusal) => {
            log(&refusal);
            let mut answer = ServerResponse::new(refusal.status);
            answer.description = Some(refusal.rule);
            message(answer.encode())
        }
    }
}

/// RFC 8259 §8.1: JSON between systems is UTF-8. Refused as a whole, also where a member that nobody reads breaks it.
pub(super) fn text(body: &[u8]) -> Result<&str, UafRefusal> {
    std::str::from_utf8(body).map_err(|error| {
        let rule = format!(
            "malformed: not UTF-8 after byte {} (RFC 8259 §8.1)",
            error.valid_up_to()
        );
        UafRefusal::new(UafStatusCode::UnacceptableContent, rule)
    })
}

/// The same list for every caller (AppID and facets §3.1.2): it may be cached for an hour. It is the first tenant's.
async fn facets(service: web::Data<Service>) -> HttpResponse {
    list(service.trusted_facets())
}

/// A tenant's own list.
async fn facets_of(tenant: web::Path<String>, service: web::Data<Service>) -> Result<HttpResponse, Refusal> {
    service.trusted_facets_of(&tenant).map(list)
}

fn list(document: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(TRUSTED_FACETS)
        .insert_header(("cache-control", "public, max-age=3600"))
        .body(document)
}

fn message(body: String) -> HttpResponse {
    HttpResponse::Ok().content_type(CONTENT_TYPE).body(body)
}

/// ReturnUAFRequest has no room for words; clients ignore members that they do not know, so the rule goes into one.
pub(super) fn with_description(refusal: &UafRefusal) -> String {
    let bare = ReturnUafRequest {
        status_code: refusal.status,
        uaf_request: None,
        op: None,
        lifetime_ms: None,
    };
    let mut answer: serde_json::Value =
        serde_json::from_str(&bare.encode()).expect("an encoded message is a JSON object");
    answer["description"] = refusal.rule.clone().into();
    answer.to_string()
}

pub(super) fn log(refusal: &UafRefusal) {
    let (status, rule, cause) = (
        refusal.status.code(),
        refusal.log_rule(),
        refusal.cause.as_deref(),
    );
    if status >= 1500 {
        tracing::error!(uaf_status = status, rule, cause, "refused");
    } else {
        tracing::info!(uaf_status = status, rule, cause, "refused");
    }
}
