//! The readable page of the interface: what is served, under which headers, and that it asks nobody but its own server.

use crate::world::{On, World};
use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("web/docs")
}

/// (address, media type, content) of each file in the folder.
fn files() -> Vec<(String, &'static str, Vec<u8>)> {
    let entries = std::fs::read_dir(folder()).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("it can be listed").path());
    let each = paths.map(|path| {
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("html") => "text/html; charset=utf-8",
            Some("css") => "text/css; charset=utf-8",
            Some("js") => "text/javascript; charset=utf-8",
            other => panic!("no media type for {other:?}"),
        };
        let address = if name == "index.html" { String::new() } else { name };
        (
            format!("/docs/{address}"),
            kind,
            std::fs::read(&path).expect("it can be read"),
        )
    });
    each.collect()
}

#[test]
fn every_file_of_the_readable_page_is_served_under_the_policy_of_all_pages() {
    let world = World::new(On::Memory);
    let page = world.raw("GET", "/dashboard/", "", b"");
    let policy = page.header("content-security-policy").expect("a policy");
    let files = files();
    assert!(files.len() >= 4, "page, style, scripts");
    for (address, kind, content) in files {
        let answer = world.raw("GET", &address, "", b"");
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some(kind)),
            "{address}"
        );
        assert!(answer.body == content, "{address}");
        assert_eq!(
            answer.header("content-security-policy"),
            Some(policy),
            "{address}"
        );
        assert_eq!(answer.header("cache-control"), Some("no-cache"), "{address}");
    }
    let without_slash = world.raw("GET", "/docs", "", b"");
    assert_eq!(
        (without_slash.status, without_slash.header("location")),
        (308, Some("/docs/"))
    );
    assert_eq!(
        world.raw("GET", "/docs/else.js", "", b"").code(),
        "endpoint_unknown"
    );
}

#[test]
fn the_readable_page_names_no_other_origin_and_reads_nothing_as_html() {
    for (address, kind, content) in files() {
        let text = String::from_utf8(content).expect("UTF-8");
        for loophole in [
            "https://",
            "http://",
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
        ] {
            assert!(!text.contains(loophole), "{address}: {loophole}");
        }
        if kind.starts_with("text/html") {
            for inline in ["<script>", "<style", " style=", " onclick", " onload"] {
                assert!(!text.contains(inline), "{address}: {inline}");
            }
        }
    }
}
