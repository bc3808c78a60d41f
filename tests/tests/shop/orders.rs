//! From the order to the receipt, and what the cheats meet.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;
use smile_quickstart::receipt;
use smile_quickstart::shop::Subject;
use smile_quickstart::wire::Wire;
use smile_tests::signer::Signer;

use crate::world::{PROVIDER, World, address, enrolment, fido, order, pay, respond, uaf_request};

#[test]
fn a_stamp_is_bought_and_the_receipt_holds() {
    let world = World::new();
    let mut signer = Signer::number(1);
    let browser = world.registered(&signer);
    assert_eq!(browser.get("/shop/me").json()["keys"], 1);
    let order = order(&browser);
    assert_eq!(
        (
            &order["payment"]["amount"],
            &order["payment"]["currency"],
            &order["payment"]["payee"]
        ),
        (&json!(2000), &json!("EUR"), &json!("Stamp Shop Hannover"))
    );
    let text = order["payment"]["transaction_text"].as_str().expect("a text");
    let name = order["order"].as_str().expect("a name");
    assert!(text.contains(name), "the device shows what is paid for: {text}");
    assert_eq!(browser.get(&address(&order, "/receipt")).code(), "order_unpaid");
    assert_eq!(pay(&browser, &mut signer, &order)["statusCode"], 1200);
    assert_eq!(browser.get(&address(&order, "")).json()["status"], "succeeded");

    let told = browser.get(&address(&order, "/receipt")).json();
    assert_eq!(told["payment"], order["payment"]["id"]);
    assert_eq!(told["transaction_text"], order["payment"]["transaction_text"]);
    assert_eq!(
        (&told["status"], &told["issuer"]),
        (&json!("succeeded"), &json!("stampshop"))
    );
    let file = browser.get(&address(&order, "/receipt.cose"));
    assert_eq!(told["bytes"], file.body.len());
    assert_eq!(
        file.header("content-disposition"),
        Some("attachment; filename=\"receipt.cose\"")
    );
    let server = world.server.as_ref().expect("it runs").addr;
    let keys = Wire::new(server, None).get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set")));
    receipt::verify(&file.body, &keys.expect("keys").body).expect("anyone can check it");
}

#[test]
fn an_order_has_the_providers_page_which_leads_back_to_it() {
    let world = World::new();
    let browser = world.registered(&Signer::number(1));
    let order = order(&browser);
    let payment = &order["payment"];
    let word = |value: &serde_json::Value| value.as_str().expect("a text").to_owned();
    let (id, secret) = (word(&payment["id"]), word(&payment["client_secret"]));
    assert_eq!(payment["page"], json!(format!("{PROVIDER}/pay/{id}#{secret}")));
    let server = world.server.as_ref().expect("it runs").addr;
    let key = Some(world.secret_key.clone());
    let read = Wire::new(server, key).get(&format!("/v1/payment_intents/{id}"), None);
    let read = read.and_then(|read| read.json()).expect("the server shows it");
    let back = format!("{}/?order={}", world.shop.origin, word(&order["order"]));
    assert_eq!(read["return_url"], json!(back));
    assert_eq!(
        browser
            .get("/?order=S-1&payment_intent=pi_1&status=succeeded")
            .status,
        200,
        "the page itself"
    );
}

#[test]
fn amounts_are_the_catalogues_and_quantities_have_bounds() {
    let world = World::new();
    let browser = world.browser();
    enrolment(&browser);
    let ask = |item: &str, quantity: u64| {
        browser.post("/shop/orders", &json!({"item": item, "quantity": quantity}))
    };
    assert_eq!(ask("blue-mauritius", 1).code(), "item_unknown");
    assert_eq!(ask("arc-2015", 0).code(), "quantity_refused");
    assert_eq!(ask("arc-2015", 10).code(), "quantity_refused");
    assert_eq!(ask("arc-2015", 9).json()["payment"]["amount"], 9 * 145);
    let forged = json!({"item": "arc-2015", "quantity": 1, "amount": 1});
    assert_eq!(
        browser.post("/shop/orders", &forged).code(),
        "body_malformed",
        "a page names no price"
    );
}

#[test]
fn an_order_is_its_buyers_alone() {
    let world = World::new();
    let mut signer = Signer::number(2);
    let anna = world.registered(&signer);
    let bert = world.browser();
    enrolment(&bert);
    let order = order(&anna);
    pay(&anna, &mut signer, &order);
    for rest in ["", "/receipt", "/receipt.cose"] {
        assert_eq!(bert.get(&address(&order, rest)).code(), "order_unknown", "{rest}");
        assert_eq!(anna.get(&address(&order, rest)).status, 200, "{rest}");
    }
}

#[test]
fn a_changed_amount_a_replay_and_a_stale_challenge_are_refused_in_the_servers_own_words() {
    let world = World::new();
    let mut signer = Signer::number(3);
    let browser = world.registered(&signer);

    // The page's own cheat: another text in the request on its way to the device.
    let first = order(&browser);
    let text = first["payment"]["transaction_text"].as_str().expect("a text");
    let secret = json!({"clientSecret": first["payment"]["client_secret"]});
    let request = uaf_request(&browser, &secret);
    let (content, half) = (
        URL_SAFE_NO_PAD.encode(text),
        URL_SAFE_NO_PAD.encode(text.replace("20.00", "10.00")),
    );
    assert!(request.contains(&content) && content != half);
    let verdict = respond(&browser, &signer.authenticate(&request.replace(&content, &half)));
    assert_eq!(verdict["statusCode"], 1498, "{verdict}");
    assert_eq!(
        browser.get(&address(&first, "")).json()["status"],
        "requires_action"
    );

    let request = uaf_request(&browser, &secret);
    let response = signer.authenticate(&request);
    assert_eq!(
        respond(&browser, &response)["statusCode"],
        1200,
        "the same without the change"
    );
    let verdict = respond(&browser, &response);
    assert_eq!(verdict["statusCode"], 1491, "a replay: {verdict}");

    let late = order(&browser);
    let request = uaf_request(
        &browser,
        &json!({"clientSecret": late["payment"]["client_secret"]}),
    );
    let response = signer.authenticate(&request);
    assert_eq!(
        browser
            .post("/shop/stage", &json!({"advance_clock_s": 360}))
            .status,
        200
    );
    let verdict = respond(&browser, &response);
    assert_eq!(verdict["statusCode"], 1491, "stale: {verdict}");
    assert_eq!(
        pay(&browser, &mut signer, &late)["statusCode"],
        1200,
        "a fresh challenge is answered"
    );
}

#[test]
fn the_stage_puts_anybody_before_the_camera_and_only_where_there_is_one() {
    let world = World::new();
    let browser = world.browser();
    for subject in Subject::ALL {
        let wanted = json!({"before_camera": subject.as_str()});
        assert_eq!(browser.post("/shop/stage", &wanted).status, 200, "{subject:?}");
    }
    assert_eq!(*world.told.subjects.lock().expect("a lock"), Subject::ALL);
    assert_eq!(
        browser
            .post("/shop/stage", &json!({"before_camera": "nobody"}))
            .code(),
        "body_malformed"
    );
    assert_eq!(
        browser
            .post("/shop/stage", &json!({"advance_clock_s": 3601}))
            .code(),
        "body_malformed"
    );
    assert_eq!(browser.get("/shop/catalogue").json()["stage"], true);

    let real = World::without_stage();
    let browser = real.browser();
    assert_eq!(
        browser
            .post("/shop/stage", &json!({"before_camera": "photo"}))
            .code(),
        "stage_missing"
    );
    assert_eq!(browser.get("/shop/catalogue").json()["stage"], false);
}

#[test]
fn the_page_is_told_what_each_byte_is() {
    let world = World::new();
    let signer = Signer::number(4);
    let browser = world.browser();
    let request = uaf_request(
        &browser,
        &json!({"enrolmentSession": enrolment(&browser)["token"]}),
    );
    let response = signer.register(&request);
    let answer = browser.send(
        "POST",
        "/shop/inspect",
        "text/plain; charset=utf-8",
        response.as_bytes(),
    );
    let map = answer.json();
    assert_eq!(
        (&map["kind"], &map["broken"]),
        (&json!("registration response"), &json!(0)),
        "{map}"
    );
    let layers = map["layers"].as_array().expect("layers");
    let whole = layers[0]["hex"].as_str().expect("bytes");
    assert_eq!(whole.len(), 2 * response.len());
    assert!(layers.iter().all(|layer| layer["hex"].is_string()), "{map}");
    // What the server says comes through byte for byte.
    let body = json!({"context": "{}"}).to_string();
    let server = world.server.as_ref().expect("it runs").addr;
    let direct = Wire::new(server, None).post("/uaf/get", crate::browser::FIDO, body.as_bytes());
    assert_eq!(
        fido(&browser, "/shop/uaf/get", &body).body,
        direct.expect("an answer").body
    );
}
