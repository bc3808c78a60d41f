//! Payments to names that are not ASCII: drawn, shown by hash and size, signed, kept, and on the receipt the same bytes.

use std::path::PathBuf;

use crate::signer::{METADATA, Signer};
use crate::wire::Answer;
use crate::world::{KEY, On, World, wait};
use ciborium::Value as Cbor;
use coset::{CborSerializable, CoseSign1};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smile_ceremony::identifier::PaymentId;
use smile_ceremony::payment::PaymentIntent;
use smile_ceremony::transition::Transition;
use smile_protocol::metadata::DisplayPngCharacteristics;
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_relying_party::picture::STANDARD;

const LATIN: &str = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";
const CHINESE: &str = "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc";

/// The fonts of these tests, which `tests/run` installs; `None`, said aloud, where they are not there.
fn fonts() -> Option<Vec<PathBuf>> {
    let paths = [LATIN, CHINESE].map(PathBuf::from).to_vec();
    if paths.iter().all(|path| path.exists()) {
        return Some(paths);
    }
    println!("skipped: no font: install fonts-dejavu-core and fonts-wqy-microhei");
    let must_run = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!must_run, "with CI=true a skip is a failure");
    None
}

/// The signer's statement with these pictures on its display, beside text or instead of it.
fn showing(content_type: &str, pictures: &[DisplayPngCharacteristics]) -> String {
    let mut statement: Value = serde_json::from_str(METADATA).expect("JSON");
    statement["tcDisplayContentType"] = json!(content_type);
    statement["tcDisplayPNGCharacteristics"] = serde_json::to_value(pictures).expect("JSON");
    statement.to_string()
}

/// A server with fonts, whose users' authenticators show text and pictures of the standard form.
fn world() -> Option<World> {
    world_showing("text/plain", &[STANDARD])
}

fn world_showing(content_type: &str, pictures: &[DisplayPngCharacteristics]) -> Option<World> {
    beside(&World::new(On::Memory), content_type, pictures)
}

/// A server with fonts on the store of another one.
fn beside(base: &World, content_type: &str, pictures: &[DisplayPngCharacteristics]) -> Option<World> {
    let (fonts, statement) = (fonts()?, showing(content_type, pictures));
    Some(base.again(|folder, config| {
        std::fs::write(folder.join("metadata/signer.json"), statement).expect("written");
        config.pictures.fonts = fonts;
    }))
}

fn create(world: &World, members: &Value) -> Answer {
    let mut body = json!({"amount": 145, "currency": "EUR", "payee": "德国邮政", "user": "alice"});
    for (name, value) in members.as_object().expect("an object") {
        body[name] = value.clone();
    }
    world.post("/v1/payment_intents", &body)
}

/// That `member` is refused, and the rule.
fn refused(answer: &Answer, member: &str) -> String {
    let problem = answer.json();
    assert_eq!(
        (answer.status, &problem["code"], &problem["param"]),
        (400, &json!("member_invalid"), &json!(member)),
        "{problem}"
    );
    problem["detail"].as_str().expect("a rule").to_owned()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn member<'a>(map: &'a Cbor, name: &str) -> &'a Cbor {
    let entries = map.as_map().expect("a map");
    let found = entries.iter().find(|(key, _)| key.as_text() == Some(name));
    &found.unwrap_or_else(|| panic!("{name} is in the receipt")).1
}

#[test]
fn a_name_that_is_not_ascii_is_drawn_signed_and_receipted() {
    for on in [On::Memory, On::Sled] {
        // Its store is closed when it goes.
        let base = World::new(on);
        let Some(world) = beside(&base, "text/plain", &[STANDARD]) else {
            return;
        };
        drawn_signed_and_receipted(&world);
    }
}

fn drawn_signed_and_receipted(world: &World) {
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    for (payee, order) in [
        ("德国邮政", "A-17"),
        ("株式会社 山田", "注文 17"),
        ("Deutsche Post", "订单"),
    ] {
        let payment = world.payment_with(&json!({"payee": payee, "order": order}));
        assert_eq!(payment["payee"], payee);
        let text = payment["transaction_text"].as_str().expect("a text");
        assert!(text.contains(payee) && text.contains(order), "{text}");
        let said = &payment["transaction_picture"];
        let answer = world.get(&World::path(&payment, "/picture"));
        assert_eq!(
            (answer.status, answer.header("content-type")),
            (200, Some("image/png"))
        );
        let png = answer.body;
        assert_eq!(
            *said,
            json!({"sha256": hex(&Sha256::digest(&png)), "bytes": png.len(), "width": 640, "height": 400,
                   "content_type": "image/png"})
        );
        // The app gets the same bytes with its client secret, and in the request.
        let secret = payment["client_secret"].as_str().expect("a secret");
        let header = format!("smile-client-secret: {secret}\r\n");
        let by_app = world.raw("GET", &World::path(&payment, "/picture"), &header, b"");
        assert_eq!(by_app.body, png);
        let request = world.payment_request(&payment);
        for version in decode_request(&request).expect("well-formed") {
            let UafRequest::Authentication(version) = version else {
                panic!("an authentication request")
            };
            let [form] = version.transaction.as_slice() else {
                panic!("one picture and no text")
            };
            assert_eq!(form.content_type, "image/png");
            assert_eq!(form.tc_display_png_characteristics, Some(STANDARD));
            assert_eq!(form.content_bytes().expect("base64url"), png);
        }
        let verdict = world.respond(&signer.authenticate(&request).message());
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
        assert_eq!(world.payment_status(&payment), "succeeded");
        let receipt = world.get(&World::path(&payment, "/receipt"));
        let receipt = CoseSign1::from_slice(&receipt.body).expect("COSE_Sign1");
        let payload: Cbor =
            ciborium::from_reader(receipt.payload.as_deref().expect("a payload")).expect("CBOR");
        let evidence = member(&payload, "authorisation");
        assert_eq!(member(evidence, "transaction_picture").as_bytes(), Some(&png));
        assert_eq!(member(evidence, "pictured_text").as_text(), Some(text));
        assert_eq!(member(&payload, "transaction_text").as_text(), Some(text));
        let hash = Sha256::digest(&png).to_vec();
        assert_eq!(
            member(evidence, "transaction_content_hash").as_bytes(),
            Some(&hash)
        );
    }
}

#[test]
fn the_hash_of_anything_but_the_picture_authorises_nothing() {
    use smile_protocol::hash::HashAlgorithm::Sha256;
    use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
    let Some(world) = world() else { return };
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"payee": "德国邮政"}));
    let other = world.payment_with(&json!({"payee": "德国铁路"}));
    let text = payment["transaction_text"]
        .as_str()
        .expect("a text")
        .as_bytes()
        .to_vec();
    let picture = world.get(&World::path(&other, "/picture")).body;
    for content in [text, picture] {
        let answer = signer
            .authenticate(&world.payment_request(&payment))
            .with(|answer| {
                answer.signed_data.transaction_content_hash =
                    Some(TransactionContentHash::of(Sha256, &content));
            });
        assert_eq!(world.respond(&answer.message())["statusCode"], 1498);
        assert_eq!(world.payment_status(&payment), "requires_action");
    }
    world.sign(&payment, &mut signer);
    assert_eq!(world.payment_status(&payment), "succeeded");
}

#[test]
fn without_fonts_a_name_is_refused_and_the_setting_named() {
    let world = World::new(On::Memory);
    for (members, member) in [
        (json!({"payee": "德国邮政"}), "payee"),
        (json!({"payee": "Deutsche Post", "order": "订单"}), "order"),
    ] {
        let rule = refused(&create(&world, &members), member);
        assert!(rule.contains("pictures.fonts"), "{rule}");
    }
    assert_eq!(create(&world, &json!({"payee": "Deutsche Post"})).status, 201);
    let plain = create(&world, &json!({"payee": "Deutsche Post"})).json();
    assert!(plain.get("transaction_picture").is_none(), "{plain}");
    let none = world.get(&World::path(&plain, "/picture"));
    assert_eq!(
        (none.status, &none.json()["code"]),
        (404, &json!("resource_missing"))
    );
}

#[test]
fn what_cannot_be_shown_as_it_is_is_refused_by_name_and_rule() {
    let Some(world) = world() else { return };
    let cases = [
        ("payee", "Post\u{202e}", "Post", "U+202E"),
        ("payee", "邮\u{200b}政", "邮政", "U+200B"),
        ("payee", "邮\n政", "邮政", "U+000A"),
        ("payee", "Cafe\u{301}", "Caf\u{e9}", "normalisation form C"),
        ("payee", "Bаnk", "Банк", "mix scripts"),
        ("payee", "\u{13000}", "邮", "U+13000"),
        ("payee", "\u{2800}邮", "\u{2801}邮", "U+2800"),
        ("order", "订单 \u{13000}", "订单", "U+13000"),
        ("order", "订单\u{3000}17", "订单 17", "U+3000"),
        ("order", "单\u{200d}", "单", "U+200D"),
    ];
    for (name, broken, sound, word) in cases {
        let rule = refused(&create(&world, &json!({name: broken})), name);
        assert!(rule.contains(word), "{broken}: {rule}");
        assert_eq!(create(&world, &json!({name: sound})).status, 201, "{sound}");
    }
    // Beside a name that is drawn, two spaces of one that is not would be lost in a line break.
    let rule = refused(
        &create(&world, &json!({"payee": "Post  AG", "order": "订单"})),
        "payee",
    );
    assert!(rule.contains("two spaces"), "{rule}");
    assert_eq!(
        create(&world, &json!({"payee": "Post  AG", "order": "A-17"})).status,
        201
    );
}

#[test]
fn a_picture_has_the_form_that_the_users_own_display_names_first() {
    let small = DisplayPngCharacteristics {
        width: 400,
        height: 300,
        bit_depth: 8,
        color_type: 2,
        ..STANDARD
    };
    let interlaced = DisplayPngCharacteristics {
        interlace: 1,
        ..STANDARD
    };
    let Some(world) = world_showing("image/png", &[interlaced.clone(), small.clone(), STANDARD]) else {
        return;
    };
    // Nobody knows yet what alice's display will be.
    let early = world.payment_with(&json!({"payee": "德国邮政"}));
    assert_eq!(early["transaction_picture"]["width"], 640);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"payee": "德国邮政"}));
    let png = world.get(&World::path(&payment, "/picture")).body;
    small.check_png(&png).expect("the first form that can be drawn");
    for payment in [&early, &payment] {
        world.sign(payment, &mut signer);
        assert_eq!(world.payment_status(payment), "succeeded");
    }
    // A display on which the text cannot be read, and one whose pictures are not made.
    for form in [
        DisplayPngCharacteristics {
            width: 120,
            ..STANDARD
        },
        interlaced,
    ] {
        let poor = world.again(|folder, config| {
            std::fs::write(
                folder.join("metadata/signer.json"),
                showing("image/png", std::slice::from_ref(&form)),
            )
            .expect("written");
            config.pictures.fonts = fonts().expect("found before");
        });
        let rule = refused(&create(&poor, &json!({})), "payee");
        assert!(rule.contains("picture"), "{rule}");
    }
}

#[test]
fn a_text_that_does_not_fit_on_the_first_form_is_drawn_in_the_next() {
    let narrow = DisplayPngCharacteristics {
        width: 120,
        ..STANDARD
    };
    let huge = DisplayPngCharacteristics {
        width: 2048,
        height: 2048,
        bit_depth: 16,
        color_type: 6,
        ..STANDARD
    };
    let Some(world) = world_showing("image/png", &[huge, narrow.clone(), STANDARD]) else {
        return;
    };
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment_with(&json!({"payee": "德国邮政"}));
    let png = world.get(&World::path(&payment, "/picture")).body;
    STANDARD.check_png(&png).expect("the form on which it fits");
    world.sign(&payment, &mut signer);
    assert_eq!(world.payment_status(&payment), "succeeded");
    // Four forms are tried and no more.
    let forms: Vec<_> = (0..4)
        .map(|more| DisplayPngCharacteristics {
            width: 120 + more,
            ..STANDARD
        })
        .chain([STANDARD])
        .collect();
    let many = world_showing("image/png", &forms).expect("fonts were found before");
    many.register("alice", &signer);
    let rule = refused(&create(&many, &json!({})), "payee");
    assert!(rule.contains("does not fit"), "{rule}");
}

#[test]
fn a_picture_that_nobody_could_see_is_refused_when_it_is_created_or_asked_for() {
    let Some(world) = world_showing("text/plain", &[]) else {
        return;
    };
    let early = create(&world, &json!({}));
    assert_eq!(early.status, 201, "she may enrol another authenticator");
    world.register("alice", &Signer::number(1));
    let rule = refused(&create(&world, &json!({})), "payee");
    assert!(rule.contains("authenticators show no pictures"), "{rule}");
    let context = json!({"clientSecret": early.json()["client_secret"]});
    let answer = world.uaf_get("Auth", &context);
    assert_eq!(answer["statusCode"], 1404);
    let rule = answer["description"].as_str().expect("a rule");
    assert!(rule.contains("picture"), "{rule}");
    assert_eq!(create(&world, &json!({"payee": "Deutsche Post"})).status, 201);
}

#[test]
fn other_fonts_change_nothing_that_was_created() {
    let Some(world) = world() else { return };
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let key = "picture-1";
    let body = json!({"amount": 145, "currency": "EUR", "payee": "Müller", "user": "alice"});
    let first = world.post_once("/v1/payment_intents", &body, key);
    assert_eq!(first.status, 201);
    let payment = first.json();
    let png = world.get(&World::path(&payment, "/picture")).body;
    for fonts in [vec![PathBuf::from(CHINESE)], Vec::new()] {
        let other = with_fonts(&world, fonts);
        assert_eq!(other.get(&World::path(&payment, "/picture")).body, png);
        let shown = other.get(&World::path(&payment, "")).json();
        assert_eq!(shown["transaction_picture"], payment["transaction_picture"]);
    }
    let chinese = with_fonts(&world, vec![PathBuf::from(CHINESE)]);
    // The same request again is the same answer, also where it would be refused by now; a new one is drawn anew.
    for other in [&chinese, &with_fonts(&world, Vec::new())] {
        let replayed = other.post_once("/v1/payment_intents", &body, key);
        assert_eq!((replayed.status, &replayed.body), (201, &first.body));
        let changed = json!({"amount": 146, "currency": "EUR", "payee": "Müller", "user": "alice"});
        let reused = other.post_once("/v1/payment_intents", &changed, key);
        assert_eq!(reused.code(), "idempotency_key_reused");
    }
    let fresh = create(&chinese, &json!({"payee": "Müller"}));
    assert_eq!(fresh.status, 201, "{fresh:?}");
    assert_ne!(chinese.get(&World::path(&fresh.json(), "/picture")).body, png);
    chinese.sign(&payment, &mut signer);
    assert_eq!(chinese.payment_status(&payment), "succeeded");
}

/// The same server with other fonts.
fn with_fonts(world: &World, fonts: Vec<PathBuf>) -> World {
    let statement = showing("text/plain", &[STANDARD]);
    world.again(|folder, config| {
        std::fs::write(folder.join("metadata/signer.json"), statement).expect("written");
        config.pictures.fonts = fonts;
    })
}

/// Puts a changed copy of a payment into a fresh store, as whoever reaches the disk could.
fn tampered(world: &World, payment: &Value, change: impl FnOnce(&mut Value)) -> World {
    let id = PaymentId::parse(payment["id"].as_str().expect("an id")).expect("ours");
    let kept = wait(world.store.payment(id))
        .expect("the store answers")
        .expect("there");
    let mut record = serde_json::to_value(&kept).expect("JSON");
    change(&mut record);
    let changed: PaymentIntent = serde_json::from_value(record).expect("of the same form");
    let other = self::world().expect("fonts were found before");
    wait(other.store.commit(Transition::CreatePayment(Box::new(changed)))).expect("new there");
    other.register("alice", &Signer::number(1));
    other
}

#[test]
fn a_picture_that_changed_on_disk_is_nowhere_passed_for_the_payments() {
    let Some(world) = world() else { return };
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let waiting = world.payment_with(&json!({"payee": "德国邮政"}));
    let held = world.payment_with(&json!({"payee": "德国邮政", "capture_method": "manual"}));
    world.sign(&held, &mut signer);
    let other = world.payment_with(&json!({"payee": "德国铁路"}));
    let other = world.get(&World::path(&other, "/picture")).body;
    let swap = |record: &mut Value| {
        use base64::Engine;
        let text = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&other);
        record["picture"]["png"] = json!(text);
    };
    let rename = |record: &mut Value| record["payee"] = json!("德国铁路");
    let changes: [&dyn Fn(&mut Value); 2] = [&swap, &rename];
    for change in changes {
        let drifted = tampered(&world, &waiting, |record| change(record));
        let picture = drifted.get(&World::path(&waiting, "/picture"));
        assert_eq!(
            (picture.status, &picture.json()["code"]),
            (409, &json!("payment_drifted"))
        );
        let shown = drifted.get(&World::path(&waiting, "")).json();
        assert!(shown.get("transaction_picture").is_none(), "{shown}");
        let context = json!({"clientSecret": waiting["client_secret"]});
        assert_eq!(drifted.uaf_get("Auth", &context)["statusCode"], 1403);
        let drifted = tampered(&world, &held, |record| change(record));
        let capture = drifted.post(&World::path(&held, "/capture"), &json!({}));
        assert_eq!(
            (capture.status, &capture.json()["code"]),
            (409, &json!("payment_drifted"))
        );
    }
    let same = tampered(&world, &held, |_| ());
    let captured = same.post(&World::path(&held, "/capture"), &json!({}));
    assert_eq!(
        (captured.status, &captured.json()["status"]),
        (200, &json!("succeeded"))
    );
}

#[test]
fn whoever_may_read_the_payment_may_read_its_picture_and_nobody_else() {
    let Some(world) = world() else { return };
    let (payment, other) = (
        create(&world, &json!({})).json(),
        create(&world, &json!({})).json(),
    );
    let path = World::path(&payment, "/picture");
    let with = |headers: &str| world.raw("GET", &path, headers, b"").status;
    assert_eq!(with(""), 401);
    let secret = |of: &Value| {
        format!(
            "smile-client-secret: {}\r\n",
            of["client_secret"].as_str().expect("one")
        )
    };
    assert_eq!(with(&secret(&other)), 401);
    assert_eq!(with(&secret(&payment)), 200);
    assert_eq!(with(&format!("authorization: Bearer {KEY}\r\n")), 200);
    let stranger = world.beside("other-tenant");
    assert_eq!(stranger.get(&path).status, 404);
}

#[test]
fn a_font_that_cannot_be_read_stops_the_start_and_says_which() {
    use smile_relying_party::service::Service;
    let folder = tempfile::tempdir().expect("a folder");
    let mut config = crate::world::config(folder.path());
    assert!(Service::check(&config).is_ok());
    config.pictures.fonts = vec![folder.path().join("none.ttf")];
    let error = Service::check(&config).expect_err("refused").to_string();
    assert!(
        error.starts_with("pictures.fonts ") && error.contains("none.ttf"),
        "{error}"
    );
}
