//! What is no request, a server that is away or refuses, and that every code is documented.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use serde_json::json;
use smile_quickstart::shop::{RunningShop, ShopConfig, ShopRefusalCode};
use smile_quickstart::wire::Wire;
use smile_tests::signer::Signer;
use smile_tests::test_data::workspace_root;

use crate::browser::FIDO;
use crate::played::{played, told};
use crate::world::{World, address, consent, enrolment, order, pay};

/// The addresses of the files in the page's folder.
pub fn files() -> Vec<String> {
    let root = workspace_root().join("docs/quickstart/web/shop");
    let list = |folder: &str| {
        let entries = std::fs::read_dir(root.join(folder)).expect("the folder is there");
        let files = entries.map(|entry| entry.expect("it can be listed").path());
        let names: Vec<String> = files
            .filter(|path| path.is_file())
            .map(|path| path.file_name().expect("a name").to_string_lossy().into_owned())
            .collect();
        names
    };
    let own = list("").into_iter().map(|name| match name.as_str() {
        "index.html" => "/".to_owned(),
        _ => format!("/{name}"),
    });
    own.chain(list("stamps").into_iter().map(|name| format!("/stamps/{name}")))
        .collect()
}

#[test]
fn what_is_no_request_is_refused_by_name() {
    let world = World::new();
    let browser = world.browser();
    let body = json!({"consent": consent(&browser, "en")}).to_string();
    let send = |kind: &str, body: &[u8]| browser.send("POST", "/shop/enrolments", kind, body);
    assert_eq!(send("text/plain", body.as_bytes()).code(), "media_type_refused");
    assert_eq!(
        send("application/json", &body.as_bytes()[1..]).code(),
        "body_malformed"
    );
    assert_eq!(send("application/json", body.as_bytes()).status, 201);

    let fits = vec![b'x'; 64 << 10];
    let inspect = |body: &[u8]| browser.send("POST", "/shop/inspect", "text/plain", body);
    assert_eq!(inspect(&fits).status, 200);
    assert_eq!(inspect(&[&fits[..], b"x"].concat()).code(), "body_too_large");

    assert_eq!(browser.get("/shop/secret_key").code(), "endpoint_unknown");
    assert_eq!(
        browser.get("/shop/enrolments").code(),
        "endpoint_unknown",
        "it is for POST"
    );
    let uaf = json!({"context": "{}"}).to_string();
    let answer = browser.send("POST", "/shop/uaf/get", "application/json", uaf.as_bytes());
    assert_eq!(answer.code(), "media_type_refused");
    assert_eq!(
        browser.send("POST", "/shop/uaf/get", FIDO, uaf.as_bytes()).status,
        200
    );
}

#[test]
fn a_server_that_is_away_is_named() {
    let mut world = World::new();
    let browser = world.browser();
    enrolment(&browser);
    let wanted = json!({"item": "arc-2015", "quantity": 1});
    assert_eq!(browser.post("/shop/orders", &wanted).status, 201);
    world
        .server
        .take()
        .expect("it runs")
        .stop()
        .expect("a clean stop");
    assert_eq!(
        browser.post("/shop/orders", &wanted).code(),
        "provider_unreachable"
    );
    assert_eq!(
        browser.get("/shop/catalogue").status,
        200,
        "the page itself does not need it"
    );
}

#[test]
fn a_server_that_refuses_is_quoted() {
    let world = World::new();
    let browser = world.browser();
    enrolment(&browser);
    // A key of somebody else's: the shop's own was taken back.
    let stranger = shop_of(world.server.as_ref().expect("it runs").addr, "sk_test_taken_back");
    let refused = crate::browser::Browser::new(stranger.addr);
    let answer = refused.post("/shop/enrolments", &json!({"consent": consent(&refused, "en")}));
    assert_eq!(answer.code(), "provider_refused");
    let detail = answer.json()["detail"].as_str().expect("words").to_owned();
    assert!(detail.starts_with("401 "), "{detail}");
    assert!(!detail.contains("sk_test"), "{detail}");
}

#[test]
fn a_receipt_of_another_payment_is_not_handed_on() {
    let world = World::new();
    let mut signer = Signer::number(7);
    let browser = world.registered(&signer);
    let paid = order(&browser);
    pay(&browser, &mut signer, &paid);
    let receipt = browser.get(&address(&paid, "/receipt.cose"));
    assert_eq!(receipt.status, 200, "the same receipt from the one who made it");
    let server = world.server.as_ref().expect("it runs").addr;
    let keys = Wire::new(server, None).get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set")));
    let keys = keys.expect("keys").body;
    let liar = played(move |path, _| match path {
        path if path.ends_with("/receipt") => Some(receipt.body.clone()),
        "/v1/receipt_keys" => Some(keys.clone()),
        _ => Some(told()),
    });
    let deceived = shop_of(liar, "sk_test_any");
    let browser = crate::browser::Browser::new(deceived.addr);
    enrolment(&browser);
    let order = order(&browser);
    for rest in ["/receipt", "/receipt.cose"] {
        assert_eq!(browser.get(&address(&order, rest)).code(), "receipt_refused");
    }
}

#[test]
fn an_order_whose_answer_is_lost_is_asked_for_once_more_under_the_same_key() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let noted = asked.clone();
    let forgetful = played(move |path, head| {
        if path != "/v1/payment_intents" {
            return Some(told());
        }
        let key = head
            .lines()
            .find(|line| line.to_lowercase().starts_with("idempotency-key:"));
        let mut noted = noted.lock().expect("no test panics with the lock");
        noted.push(key.expect("an order has a key").to_owned());
        (noted.len() > 1).then(told)
    });
    let shop = shop_of(forgetful, "sk_test_any");
    let browser = crate::browser::Browser::new(shop.addr);
    enrolment(&browser);
    let first = order(&browser);
    order(&browser);
    let asked = asked.lock().expect("no test panics with the lock");
    assert_eq!(
        asked.len(),
        3,
        "twice for the first order, once for the second: {asked:?}"
    );
    assert_eq!(asked[0], asked[1]);
    assert_ne!(asked[1], asked[2]);
    assert!(
        asked[0].ends_with(first["order"].as_str().expect("a name")),
        "{asked:?}"
    );
}

/// A shop before another server, or with another key.
fn shop_of(provider: std::net::SocketAddr, secret_key: &str) -> RunningShop {
    let shop = RunningShop::open(ShopConfig {
        listener: std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free"),
        provider,
        secret_key: secret_key.to_owned(),
        agent: crate::world::AGENT.to_owned(),
        stage: None,
    });
    shop.expect("the shop opens")
}

#[test]
fn the_secret_key_is_in_no_answer() {
    let world = World::new();
    let mut signer = Signer::number(9);
    let browser = world.registered(&signer);
    let order = order(&browser);
    pay(&browser, &mut signer, &order);
    let mut addresses = files();
    addresses.extend(["/shop/catalogue", "/shop/me"].map(str::to_owned));
    addresses.extend(["", "/receipt", "/receipt.cose"].map(|rest| address(&order, rest)));
    for path in addresses {
        let answer = browser.get(&path);
        assert_eq!(answer.status, 200, "{path}");
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        assert!(!text.contains(&world.secret_key), "{path}");
    }
}

#[test]
fn the_page_of_the_shop_lists_every_code() {
    let page = std::fs::read_to_string(workspace_root().join("docs/shop.md")).expect("the page is there");
    let (_, table) = page.split_once("| code | status |").expect("a table of codes");
    let rows = table.lines().skip(2).take_while(|line| line.starts_with("| `"));
    let listed: BTreeSet<(String, String)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.trim_matches('|').split('|').map(str::trim).collect();
            (cells[0].trim_matches('`').to_owned(), cells[1].to_owned())
        })
        .collect();
    let codes = ShopRefusalCode::ALL
        .iter()
        .map(|code| (code.as_str().to_owned(), code.http_status().to_string()));
    assert_eq!(listed, codes.collect());
}
