//! `docs/errors.md` lists every code, and nothing that the server does not have.

use crate::program::smile_rp;
use crate::world::{On, World};
use smile_protocol::uaf::transport::UafStatusCode;
use smile_relying_party::service::RefusalCode;
use std::collections::BTreeMap;

/// The first two columns of every table row on the page whose first cell is a code in backticks.
fn rows() -> BTreeMap<String, String> {
    let page = include_str!("../../../docs/errors.md");
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let code = cells[0].trim_matches('`').to_owned();
        assert!(
            cells.len() == 4 && cells.iter().all(|cell| !cell.is_empty()),
            "code, status, cause, remedy: {line}"
        );
        assert!(
            rows.insert(code, cells[1].to_owned()).is_none(),
            "listed twice: {line}"
        );
    }
    rows
}

/// Whether the page says of a UAF status code that the server does not send it.
pub fn is_never_sent(code: u16) -> bool {
    let page = include_str!("../../../docs/errors.md");
    let row = page
        .lines()
        .find(|line| line.starts_with(&format!("| `{code}` |")));
    row.expect("listed").contains("| this server does not send it |")
}

#[test]
fn the_committed_page_is_the_one_of_the_codes() {
    assert!(
        include_str!("../../../docs/errors.md") == smile_relying_party::errors_page::text(),
        "docs/errors.md is of another time: smile-rp errors > docs/errors.md"
    );
    let printed = smile_rp().arg("errors").output().expect("the program starts");
    assert!(printed.status.success());
    assert_eq!(
        String::from_utf8_lossy(&printed.stdout),
        smile_relying_party::errors_page::text()
    );
}

#[test]
fn the_page_and_the_server_have_the_same_codes() {
    let mut listed = rows();
    for code in RefusalCode::ALL {
        let status = listed.remove(code.as_str());
        assert_eq!(status, Some(code.http_status().to_string()), "{}", code.as_str());
    }
    for status in UafStatusCode::ALL {
        let name = listed.remove(&status.code().to_string());
        assert_eq!(name.as_deref(), Some(status.description()), "{}", status.code());
    }
    assert!(
        listed.is_empty(),
        "codes that the server does not have: {listed:?}"
    );
}

#[test]
fn each_code_has_an_anchor_that_its_doc_url_leads_to() {
    let page = include_str!("../../../docs/errors.md");
    for code in RefusalCode::ALL.map(RefusalCode::as_str) {
        let row = page
            .lines()
            .find(|line| line.starts_with(&format!("| `{code}` |")))
            .expect("listed");
        assert!(row.contains(&format!("<a id=\"{code}\"></a>")), "{row}");
    }
}

#[test]
fn the_configuration_says_where_the_page_is() {
    let world = World::configured(|_, config| config.server.docs_url = "https://pay.example/docs".to_owned());
    let problem = world.get("/v1/nothing").json();
    assert_eq!(
        problem["doc_url"],
        "https://pay.example/docs/errors.md#endpoint_unknown"
    );
    let world = World::new(On::Memory);
    assert_eq!(
        world.get("/v1/nothing").json()["doc_url"],
        "docs/errors.md#endpoint_unknown"
    );
}
