//! `/dashboard/`: the provider's page. Static files in the program; the page asks `/v1` like any other client, with a
//! secret key that its user types in and that nothing keeps.

use super::fence::{self, CSS, File, HTML, JSON, SCRIPT, SVG};
use crate::scripts;
use actix_web::http::header::LOCATION;
use actix_web::{HttpResponse, web};
use std::sync::Arc;

/// Embeds a file of `web/dashboard`.
macro_rules! file {
    ($kind:expr, $name:literal) => {
        (
            concat!("/dashboard/", $name),
            $kind,
            include_bytes!(concat!("../../web/dashboard/", $name)).as_slice(),
        )
    };
}

/// The page itself, which has no name in its address.
const PAGE: File = (
    "/dashboard/",
    HTML,
    include_bytes!("../../web/dashboard/index.html"),
);

/// Everything it is made of.
const FILES: &[File] = &[
    PAGE,
    file!(CSS, "dashboard.css"),
    file!(SVG, "icon.svg"),
    file!(SCRIPT, "dashboard.js"),
    file!(SCRIPT, "api.js"),
    file!(SCRIPT, "devices.js"),
    file!(SCRIPT, "person.js"),
    file!(SCRIPT, "payments.js"),
    ("/dashboard/view.js", SCRIPT, scripts::VIEW_JS),
    ("/dashboard/words.js", SCRIPT, scripts::WORDS_JS),
    file!(JSON, "en.json"),
    file!(JSON, "zh.json"),
];

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/dashboard").route(web::get().to(with_slash)));
    let policy: Arc<str> = fence::policy("").into();
    for file in FILES {
        let policy = policy.clone();
        let page = move || {
            let policy = policy.clone();
            async move { fence::answer(file, &policy) }
        };
        config.service(web::resource(file.0).route(web::get().to(page)));
    }
}

/// The page's own addresses are relative to its folder.
async fn with_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/dashboard/"))
        .finish()
}
