//! `POST /get` and `POST /respond`: FIDO's server test API, served only where the service says so.

use super::body::{self, UAF_BODY_MAX};
use super::{content_type, uaf};
use crate::service::{Refusal, Service, UafRefusal};
use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, HttpResponse, web};
use smile_protocol::uaf::transport::{CONTENT_TYPE, ServerResponse};
use std::future::Future;
use std::pin::Pin;

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/get").route(web::post().to(get)))
        .service(web::resource("/respond").route(web::post().to(respond)));
}

/// A UAF message as the tools send it: `application/json` as well as `application/fido+uaf`. The answer has the type of
/// the question.
struct TestBody {
    bytes: Vec<u8>,
    answer_type: &'static str,
}

impl FromRequest for TestBody {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let typed = match content_type::must_be_json(request) {
            Ok(()) => Ok("application/json"),
            Err(_) => content_type::must_be_uaf(request).map(|()| CONTENT_TYPE),
        };
        let reading = body::read(payload.take(), UAF_BODY_MAX, body::patience(request));
        Box::pin(async move {
            let bytes = reading.await;
            Ok(Self {
                answer_type: typed?,
                bytes: bytes?,
            })
        })
    }
}

impl TestBody {
    fn answer(&self, message: String) -> HttpResponse {
        HttpResponse::Ok().content_type(self.answer_type).body(message)
    }
}

async fn get(service: web::Data<Service>, body: TestBody) -> HttpResponse {
    let answer = match uaf::text(&body.bytes) {
        Ok(text) => service.conformance_request(text).await,
        Err(refusal) => Err(refusal),
    };
    body.answer(answer.map_or_else(
        |refusal| uaf::with_description(&logged(refusal)),
        |answer| answer.encode(),
    ))
}

async fn respond(request: HttpRequest, service: web::Data<Service>, body: TestBody) -> HttpResponse {
    let asked = uaf::text(&body.bytes).and_then(|text| Ok((text, uaf::connection(&request, &service)?)));
    let answer = match asked {
        Ok((text, connection)) => service.conformance_response(text, connection).await,
        Err(refusal) => Err(refusal),
    };
    let answer = answer.unwrap_or_else(|refusal| {
        let refusal = logged(refusal);
        let mut answer = ServerResponse::new(refusal.status);
        answer.description = Some(refusal.rule);
        answer
    });
    body.answer(answer.encode())
}

fn logged(refusal: UafRefusal) -> UafRefusal {
    uaf::log(&refusal);
    refusal
}
