//! Files of pages, and the headers under which a browser shows them.

use actix_web::HttpResponse;
use actix_web::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY,
};

/// A file: its address, media type and content.
pub type File = (&'static str, &'static str, &'static [u8]);

pub const HTML: &str = "text/html; charset=utf-8";
pub const CSS: &str = "text/css; charset=utf-8";
pub const SCRIPT: &str = "text/javascript; charset=utf-8";
pub const JSON: &str = "application/json";
pub const SVG: &str = "image/svg+xml";
/// What browsers do not run, and editors read.
pub const TEXT: &str = "text/plain; charset=utf-8";

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What a page may load: its own origin's files, no script or style in its HTML; and nothing may frame it. No form is
/// ever sent by the browser itself: a field's value must not end in an address. `reaches` is what it may connect to
/// beside its own origin, beginning with a space where there is anything.
pub fn policy(reaches: &str) -> String {
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'{reaches}; \
         form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// A file of a page that lives under `policy`.
pub fn answer((_, kind, content): &File, policy: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(*kind)
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        // The files change with the program: a browser asks each time.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
        .insert_header((PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=()"))
        .body(*content)
}

/// A file that pages of any origin may load.
pub fn public_answer((_, kind, content): &File) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(*kind)
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((ACCESS_CONTROL_ALLOW_ORIGIN, "*"))
        .insert_header((CROSS_ORIGIN_RESOURCE_POLICY, "cross-origin"))
        .body(*content)
}
