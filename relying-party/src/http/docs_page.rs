//! `/docs/`: the interface for people to read. Static files in the program; the page makes itself from `/openapi.json`.

use super::fence::{self, CSS, File, HTML, SCRIPT};
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};

/// Embeds a file of `web/docs`.
macro_rules! file {
    ($kind:expr, $name:literal) => {
        (
            concat!("/docs/", $name),
            $kind,
            include_bytes!(concat!("../../web/docs/", $name)).as_slice(),
        )
    };
}

/// Everything the page is made of; the page itself has no name in its address.
const FILES: &[File] = &[
    ("/docs/", HTML, include_bytes!("../../web/docs/index.html")),
    file!(CSS, "docs.css"),
    file!(SCRIPT, "docs.js"),
    file!(SCRIPT, "example.js"),
    file!(SCRIPT, "schema.js"),
];

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/docs").route(web::get().to(with_slash)));
    for file in FILES {
        let page = move || async move { fence::answer(file, &fence::policy("")) };
        config.service(web::resource(file.0).route(web::get().to(page)));
    }
}

/// The page's own addresses are relative to its folder.
async fn with_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/docs/"))
        .finish()
}
