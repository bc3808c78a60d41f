//! The provider's page: what is served, under which headers, and that it can reach nobody but its own server.

use crate::world::{On, World};
use std::path::PathBuf;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("web/dashboard")
}

/// (address, media type) of each file in the folder.
fn files() -> Vec<(String, PathBuf)> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    // Words and elements are every page's, and so in a folder of their own.
    let shared = ["view.js", "words.js"].map(|name| folder().join("../page").join(name));
    let named = paths.chain(shared).map(|path| {
        let name = path
            .file_name()
            .expect("a file has a name")
            .to_string_lossy()
            .into_owned();
        let address = if name == "index.html" { String::new() } else { name };
        (format!("/dashboard/{address}"), path)
    });
    named.collect()
}

fn media_type(path: &std::path::Path) -> &'static str {
    match path.extension().and_then(|ending| ending.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("json") => "application/json",
        Some("svg") => "image/svg+xml",
        other => panic!("no media type for {other:?}"),
    }
}

#[test]
fn every_file_of_the_page_is_served_as_it_is() {
    let world = World::new(On::Memory);
    let files = files();
    assert!(files.len() >= 10, "page, style, scripts, dictionaries: {files:?}");
    for (address, path) in files {
        let answer = world.raw("GET", &address, "", b"");
        assert_eq!(answer.status, 200, "{address}");
        assert_eq!(
            answer.body,
            std::fs::read(&path).expect("it can be read"),
            "{address}"
        );
        assert_eq!(
            answer.header("content-type"),
            Some(media_type(&path)),
            "{address}"
        );
    }
    assert_eq!(
        world.raw("GET", "/dashboard/else.js", "", b"").code(),
        "endpoint_unknown"
    );
}

#[test]
fn the_page_is_fenced_in_by_its_headers() {
    let world = World::new(On::Memory);
    for (address, _) in files() {
        let answer = world.raw("GET", &address, "", b"");
        let policy = answer.header("content-security-policy").expect("a policy");
        for rule in [
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "connect-src 'self'",
            "form-action 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        ] {
            assert!(
                policy.split("; ").any(|part| part == rule),
                "{address}: {rule} in {policy}"
            );
        }
        for loophole in ["unsafe", "http:", "https:", "data:", "blob:", "*"] {
            assert!(!policy.contains(loophole), "{address}: {loophole} in {policy}");
        }
        let headers = [
            ("cache-control", "no-cache"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("permissions-policy", "camera=(), microphone=(), geolocation=()"),
        ];
        for (name, value) in headers {
            assert_eq!(answer.header(name), Some(value), "{address}: {name}");
        }
    }
}

#[test]
fn the_address_without_its_slash_leads_to_the_page_and_nothing_else_is_asked_of_it() {
    let world = World::new(On::Memory);
    let answer = world.raw("GET", "/dashboard", "", b"");
    assert_eq!(
        (answer.status, answer.header("location")),
        (308, Some("/dashboard/"))
    );
    assert_eq!(world.raw("GET", "/dashboard/", "", b"").status, 200);
    assert_eq!(
        world.raw("POST", "/dashboard/", "", b"").code(),
        "method_not_allowed"
    );
}
