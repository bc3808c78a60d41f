//! The OpenAPI description of this interface: `docs/openapi.json`, and what `GET /openapi.json` serves.
//!
//! To describe a new endpoint: add an `Operation` to the list of its subject in `operations/`, and what it takes and
//! answers to `schemas/`. The tests name each route without an operation, each operation without a route, and each
//! answer that a test of the server got and that is not described here.

mod header;
mod operation;
mod operations;
mod problem;
pub mod promises;
mod schemas;
mod security;
mod shape;
#[cfg(test)]
mod tests;

use super::fence;
use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpResponse, web};
use operation::Operation;
use shape::Shape;
use std::sync::LazyLock;
use utoipa::openapi::header::Header;
use utoipa::openapi::path::{PathItem, PathsBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Paths,
};

/// What the whole interface has in common.
const DESCRIPTION: &str = "The server that a payment provider runs. `/v1` is the provider's side: JSON in, JSON out, a key of yours in \
    `Authorization`, and in `Smile-Version` the version that your client was written for. `/uaf` is the app's side, \
    as FIDO UAF defines it: there the token inside the message is the permission. Times (`…_at`) are Unix seconds, \
    amounts whole minor units of the currency. What is refused is answered with a problem document; its `code` never \
    changes its meaning. Answers may get new members: ignore what you do not know.";

/// The document as it is committed and served: JSON, indented, with a line break at its end.
pub fn text() -> &'static str {
    static TEXT: LazyLock<String> = LazyLock::new(|| {
        let json = document().to_pretty_json();
        format!(
            "{}\n",
            json.expect("an OpenAPI document has nothing that JSON lacks")
        )
    });
    &TEXT
}

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/openapi.json").route(web::get().to(serve)));
}

async fn serve() -> HttpResponse {
    HttpResponse::Ok()
        .content_type(fence::JSON)
        // It changes with the program: a client asks each time.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .body(text())
}

fn document() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Smile")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(DESCRIPTION))
        .license(Some(license()));
    let tags = operations::SUBJECTS.map(|(name, description)| {
        let tag = TagBuilder::new().name(name).description(Some(description));
        tag.build()
    });
    OpenApiBuilder::new()
        .info(info.build())
        .tags(Some(tags))
        .paths(paths(operations::all()))
        .components(Some(components()))
        .build()
}

fn license() -> utoipa::openapi::License {
    LicenseBuilder::new()
        .name("MIT OR Apache-2.0")
        .identifier(Some("MIT OR Apache-2.0"))
        .build()
}

fn paths(operations: Vec<Operation>) -> Paths {
    let paths = operations
        .into_iter()
        .fold(PathsBuilder::new(), |paths, operation| {
            let (path, method) = (operation.path, operation.method.clone());
            paths.path(path, PathItem::new(method, operation.described()))
        });
    paths.build()
}

fn components() -> Components {
    let shapes = Shape::all().iter();
    let named = shapes.map(|shape| (shape.name, (shape.schema)()));
    let components = header::all()
        .into_iter()
        .fold(ComponentsBuilder::new(), |components, (name, schema)| {
            components.header(name, Header::new(schema))
        });
    let components = security::schemes()
        .into_iter()
        .fold(components, |components, (name, scheme)| {
            components.security_scheme(name, scheme)
        });
    components.schemas_from_iter(named).build()
}
