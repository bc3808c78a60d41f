//! `Smile-Version`: named by the client, told in every answer of `/v1`.

use crate::world::{KEY, On, World};
use serde_json::json;

const VERSION: &str = "2026-11-25";

fn read(world: &World, versions: &[&str]) -> crate::wire::Answer {
    let sent: String = versions
        .iter()
        .map(|name| format!("smile-version: {name}\r\n"))
        .collect();
    let headers = format!("authorization: Bearer {KEY}\r\n{sent}");
    world.raw("GET", "/v1/payment_intents", &headers, b"")
}

#[test]
fn every_answer_of_v1_says_in_which_version_it_is() {
    let world = World::new(On::Memory);
    for versions in [&[][..], &[VERSION]] {
        let answer = read(&world, versions);
        assert_eq!(
            (answer.status, answer.header("smile-version")),
            (200, Some(VERSION))
        );
    }
    let refusals = [
        world.get("/v1/nothing"),
        world.post("/v1/refunds", &json!({})),
        world.raw("GET", "/v1/refunds", "", b""),
    ];
    for refused in refusals {
        assert!(refused.status >= 400);
        assert_eq!(refused.header("smile-version"), Some(VERSION), "{refused:?}");
    }
    for other in ["/healthz", "/uaf/facets", "/dashboard/"] {
        assert_eq!(
            world.raw("GET", other, "", b"").header("smile-version"),
            None,
            "{other}"
        );
    }
}

#[test]
pub fn a_version_that_there_is_not_is_refused_and_does_nothing() {
    let world = World::new(On::Memory);
    for versions in [
        &["2026-11-24"][..],
        &[""],
        &["latest"],
        &["\u{e4}"],
        &[VERSION, VERSION],
    ] {
        let answer = read(&world, versions);
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "version_unknown"),
            "{versions:?}"
        );
        let problem = answer.json();
        assert_eq!(problem["param"], "smile-version");
        assert!(
            problem["detail"].as_str().expect("words").contains(VERSION),
            "{problem}"
        );
        assert_eq!(answer.header("smile-version"), Some(VERSION));
    }
    let post = |version: &str| {
        let headers = format!(
            "authorization: Bearer {KEY}\r\ncontent-type: application/json\r\nsmile-version: {version}\r\n"
        );
        let body = world.enrolment("alice").to_string();
        world.raw("POST", "/v1/enrolment_sessions", &headers, body.as_bytes())
    };
    assert_eq!(post("1999-01-01").code(), "version_unknown");
    assert!(world.dump().is_empty());
    assert_eq!(post(VERSION).status, 201);
}

#[test]
fn the_page_has_the_changelog_of_every_version() {
    let page = include_str!("../../../docs/api.md");
    assert!(
        page.contains(&format!("| `{VERSION}` |")),
        "a row of the table of versions"
    );
}
