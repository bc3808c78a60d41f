//! Nothing reaches out, and nothing is inline: a content security policy without loopholes can be served.

use crate::files::{FENCED, PAGES, WebFile, files};

/// Addresses that name no place to load from: the namespace of SVG, and parts of the same drawing.
const NAMES: &[&str] = &["http://www.w3.org/2000/svg", "url(#"];

/// Ways in which HTML and scripts run text, or style it, without a file.
const INLINE: &[&str] = &[
    "<style",
    " style=",
    " onclick=",
    " onload=",
    " onerror=",
    " onsubmit=",
    "javascript:",
    "eval(",
    "new Function",
    "innerHTML",
    "outerHTML",
    "insertAdjacentHTML",
    "document.write",
    ".style.",
];

fn reaches_out(file: &WebFile) -> Vec<String> {
    let text = NAMES
        .iter()
        .fold(file.text.clone(), |text, name| text.replace(name, ""));
    let mut marks = vec!["http://", "https://", "ws://", "wss://", "@import", "=\"//"];
    // A script has functions whose names end so.
    if !file.is(".js") {
        marks.push("url(");
    }
    let found = marks.iter().filter(|mark| text.contains(**mark));
    found.map(|mark| format!("{}: {mark}", file.name)).collect()
}

fn inline(file: &WebFile) -> Vec<String> {
    let found = INLINE.iter().filter(|mark| file.text.contains(**mark));
    let mut wrong: Vec<String> = found.map(|mark| format!("{}: {mark}", file.name)).collect();
    let scripts = file.text.matches("<script").count();
    let with_source = file.text.matches("<script type=\"module\" src=").count();
    let empty = file.text.matches("\"></script>").count();
    if scripts != with_source || scripts != empty {
        wrong.push(format!("{}: a script without a file", file.name));
    }
    wrong
}

#[test]
fn no_page_names_an_address_outside() {
    for page in FENCED {
        for file in files(page) {
            assert_eq!(reaches_out(&file), Vec::<String>::new(), "{page}");
        }
    }
}

#[test]
fn no_page_has_inline_script_or_style() {
    for page in FENCED {
        for file in files(page)
            .iter()
            .filter(|file| file.is(".html") || file.is(".js"))
        {
            assert_eq!(inline(file), Vec::<String>::new(), "{page}");
        }
    }
}

#[test]
fn an_address_and_an_inline_script_are_caught() {
    let html = |text: &str| WebFile {
        name: "a.html".into(),
        text: text.into(),
    };
    for bad in [
        "<img src=\"https://a.example/b.png\">",
        "<img src=\"//a.example\">",
        "a { background: url(b) }",
    ] {
        assert_eq!(reaches_out(&html(bad)).len(), 1, "{bad}");
    }
    assert!(reaches_out(&html("<svg xmlns=\"http://www.w3.org/2000/svg\">")).is_empty());
    for bad in [
        "<script>a()</script>",
        "<p style=\"a\">",
        "<p onclick=\"a()\">",
        "a.innerHTML = b",
    ] {
        assert_eq!(inline(&html(bad)).len(), 1, "{bad}");
    }
    assert!(inline(&html("<script type=\"module\" src=\"a.js\"></script>")).is_empty());
}

#[test]
fn the_shops_page_has_no_way_to_a_camera() {
    for file in files(PAGES[0])
        .iter()
        .filter(|file| file.is(".js") || file.is(".html"))
    {
        for way in [
            "getUserMedia",
            "mediaDevices",
            "<video",
            "<canvas",
            "ImageCapture",
            "type=\"file\"",
        ] {
            assert!(!file.text.contains(way), "{}: {way}", file.name);
        }
    }
}
