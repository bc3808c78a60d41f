//! `/dashboard/`: the provider's page. Static files in the program; the page asks `/v1` like any other client, with a
//! secret key that its user types in and that nothing keeps.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, LOCATION, REFERRER_POLICY,
};
use actix_web::{HttpResponse, web};

/// A file: its address, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";
const SVG: &str = "image/svg+xml";

/// The page may load and reach its own origin only; there is no script or style in its HTML, and nothing may frame it. No
/// form is ever sent by the browser itself: a field's value, the secret key among them, must not end in an address.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
                      form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

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
    file!(SCRIPT, "view.js"),
    file!(SCRIPT, "words.js"),
    file!(JSON, "en.json"),
    file!(JSON, "zh.json"),
];

/// The routes of this module.
pub fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/dashboard").route(web::get().to(with_slash)));
    for file in FILES {
        let page = move || async move { answer(file) };
        config.service(web::resource(file.0).route(web::get().to(page)));
    }
}

/// The page's own addresses are relative to its folder.
async fn with_slash() -> HttpResponse {
    HttpResponse::PermanentRedirect()
        .insert_header((LOCATION, "/dashboard/"))
        .finish()
}

fn answer((_, kind, content): &File) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(*kind)
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        // The files change with the program: a browser asks each time.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .insert_header((PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=()"))
        .body(*content)
}
