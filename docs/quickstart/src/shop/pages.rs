//! The page's files, embedded, and the headers that fence it in.

use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use actix_web::{HttpResponse, HttpResponseBuilder};
use smile_relying_party::scripts;

/// A file: its address, media type and content.
type File = (&'static str, &'static str, &'static [u8]);

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const JSON: &str = "application/json";
const TEXT: &str = "text/plain; charset=utf-8";
const SVG: &str = "image/svg+xml";

/// Embeds a file of `web/shop`.
macro_rules! file {
    ($address:literal, $kind:expr, $path:literal) => {
        (
            $address,
            $kind,
            include_bytes!(concat!("../../web/shop/", $path)).as_slice(),
        )
    };
}

/// All of them.
pub const FILES: &[File] = &[
    file!("/", HTML, "index.html"),
    file!("/shop.css", CSS, "shop.css"),
    file!("/icon.svg", SVG, "icon.svg"),
    file!("/stamps/fair-1948.svg", SVG, "stamps/fair-1948.svg"),
    file!("/stamps/leibniz-1703.svg", SVG, "stamps/leibniz-1703.svg"),
    file!("/stamps/arc-2015.svg", SVG, "stamps/arc-2015.svg"),
    file!("/shop.js", SCRIPT, "shop.js"),
    file!("/agent.js", SCRIPT, "agent.js"),
    file!("/backend.js", SCRIPT, "backend.js"),
    file!("/bytes.js", SCRIPT, "bytes.js"),
    file!("/cheats.js", SCRIPT, "cheats.js"),
    file!("/checkout.js", SCRIPT, "checkout.js"),
    ("/view.js", SCRIPT, scripts::VIEW_JS),
    ("/words.js", SCRIPT, scripts::WORDS_JS),
    ("/smile.js", SCRIPT, scripts::SMILE_JS),
    file!("/en.json", JSON, "en.json"),
    file!("/zh.json", JSON, "zh.json"),
    file!("/consent.en.txt", TEXT, "consent.en.txt"),
    file!("/consent.zh.txt", TEXT, "consent.zh.txt"),
];

const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");
/// Who may embed an answer: nobody else.
pub const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// The policy of an answer that is no page: should a browser show it as one, it can do nothing.
pub const NO_PAGE: &str = "default-src 'none'; frame-ancestors 'none'";

/// What the page may load and reach: itself and the agent, nothing else; no script or style in the HTML, no frame
/// around it, and no form that the browser sends by itself.
pub fn content_security_policy(agent: &str) -> String {
    let sockets = agent.replacen("http://", "ws://", 1);
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; \
         connect-src 'self' {agent} {sockets}; form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The answer for a file.
pub fn answer((_, kind, content): &File, agent: &str) -> HttpResponse {
    let mut answer: HttpResponseBuilder = HttpResponse::Ok();
    answer
        .content_type(*kind)
        .insert_header((CONTENT_SECURITY_POLICY, content_security_policy(agent)))
        // The files change with the program: a browser asks each time.
        .insert_header((CACHE_CONTROL, "no-cache"))
        .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header((CROSS_ORIGIN_OPENER_POLICY, "same-origin"))
        // The shop's page can have no camera, whatever anybody asks of it.
        .insert_header((PERMISSIONS_POLICY, "camera=(), microphone=(), geolocation=()"));
    answer.body(*content)
}
