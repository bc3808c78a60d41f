//! The agent's own pages: plain files, compiled in.

use actix_web::http::header::CONTENT_TYPE;
use actix_web::{HttpResponse, web};

use crate::refusal::{Refusal, RefusalCode};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const DRAWING: &str = "image/svg+xml";

/// Name, media type and text of what pages are made of.
const PARTS: &[(&str, &str, &str)] = &[
    ("style.css", STYLE, include_str!("../pages/style.css")),
    ("mark.svg", DRAWING, include_str!("../pages/mark.svg")),
    ("words.js", SCRIPT, include_str!("../pages/words.js")),
    ("stage.js", SCRIPT, include_str!("../pages/stage.js")),
    ("home.js", SCRIPT, include_str!("../pages/home.js")),
    ("pairings.js", SCRIPT, include_str!("../pages/pairings.js")),
    ("operation.js", SCRIPT, include_str!("../pages/operation.js")),
    ("enrol.js", SCRIPT, include_str!("../pages/enrol.js")),
];

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/").route(web::get().to(home)))
        .service(web::resource("/pairings").route(web::get().to(pairings)))
        .service(web::resource("/enrol").route(web::get().to(enrol)))
        .service(web::resource("/operations/{id}").route(web::get().to(operation)))
        .service(web::resource("/parts/{name}").route(web::get().to(part)));
}

fn page(text: impl Into<String>) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HTML))
        .body(text.into())
}

async fn home() -> HttpResponse {
    page(include_str!("../pages/home.html"))
}

async fn pairings() -> HttpResponse {
    page(include_str!("../pages/pairings.html"))
}

/// The same page for every operation: what it shows comes over its WebSocket, once it has shown the nonce.
async fn operation() -> HttpResponse {
    page(include_str!("../pages/operation.html"))
}

/// It asks for its nonce when the person has agreed: that another page leads here must not use up those of others.
async fn enrol() -> HttpResponse {
    page(include_str!("../pages/enrol.html"))
}

async fn part(name: web::Path<String>) -> Result<HttpResponse, Refusal> {
    let found = PARTS.iter().find(|(known, ..)| *known == name.as_str());
    let Some((_, media_type, text)) = found else {
        return Err(Refusal::new(
            RefusalCode::EndpointUnknown,
            "no page is made of this",
        ));
    };
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, *media_type))
        .body(*text))
}
