//! One broken rule of a response at a time: the code, a message that names the rule, and a state that did not change
//! but for the spent challenge. The same response without the flaw is accepted in the same test.

use crate::signer::{Authentication, FACET, Registration, Signer};
use crate::world::{On, World};
use serde_json::{Value, json};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::registry::AuthenticationAlgorithm;
use smile_protocol::uaf::assertion::info::AuthenticationMode;
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::identity::{Aaid, AppId, Challenge, FacetId, ServerData};

/// Sends a flawed and a flawless registration, each for a request of its own.
fn refused_registration(code: u64, rule: &str, flaw: impl FnOnce(&mut Registration)) {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let before = world.dump_without_challenges();
    let verdict = world.respond(&signer.register(&request).with(flaw).message());
    assert_refused(&verdict, code, rule);
    assert_eq!(world.dump_without_challenges(), before);
    world.register("bob", &signer);
}

/// Sends a flawed payment authorisation, then one without the flaw for a fresh request.
fn refused_payment(code: u64, rule: &str, flaw: impl FnOnce(&mut Authentication)) {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let request = world.payment_request(&payment);
    let before = world.dump_without_challenges();
    let verdict = world.respond(&signer.authenticate(&request).with(flaw).message());
    assert_refused(&verdict, code, rule);
    assert_eq!(world.dump_without_challenges(), before);
    let fresh = world.payment_request(&payment);
    assert_eq!(
        world.respond(&signer.authenticate(&fresh).message())["statusCode"],
        1200
    );
    assert_eq!(world.payment_status(&payment), "succeeded");
}

/// That a verdict has this code and names this rule.
pub fn assert_refused(verdict: &Value, code: u64, rule: &str) {
    assert_eq!(verdict["statusCode"], code, "{verdict}");
    let description = verdict["description"].as_str().expect("a refusal says why");
    assert!(description.contains(rule), "{description:?} names {rule:?}");
}

fn foreign_facet() -> FacetId {
    FacetId::new("https://evil.example").expect("a facet")
}

fn foreign_app() -> AppId {
    AppId::new("https://evil.example/facets").expect("an AppID")
}

fn foreign_challenge() -> Challenge {
    Challenge::new(vec![7; 32]).expect("a challenge")
}

#[test]
pub fn a_registration_from_another_facet_is_refused() {
    refused_registration(1498, "facetID", |answer| answer.params.facet_id = foreign_facet());
}

#[test]
fn a_registration_for_another_app_is_refused() {
    refused_registration(1498, "fcParams.appID", |answer| {
        answer.params.app_id = foreign_app()
    });
    refused_registration(1498, "header.appID", |answer| {
        answer.header.app_id = Some(foreign_app())
    });
}

#[test]
pub fn a_registration_of_another_challenge_is_refused() {
    refused_registration(1491, "fcParams.challenge", |answer| {
        answer.params.challenge = foreign_challenge()
    });
}

#[test]
fn a_registration_whose_hash_is_of_other_parameters_is_refused() {
    refused_registration(1498, "TAG_FINAL_CHALLENGE_HASH", |answer| {
        let mut other = answer.params.clone();
        other.facet_id = foreign_facet();
        answer.hash_of = Some(other);
    });
}

#[test]
pub fn a_registration_signed_by_another_key_is_refused() {
    refused_registration(1496, "attestation", |answer| answer.signs = Signer::number(2));
}

#[test]
pub fn a_registration_of_an_unknown_model_is_refused() {
    refused_registration(1480, "AAID", |answer| answer.krd.aaid = Aaid::new(0xFFFF, 0x0001));
}

#[test]
pub fn a_registration_in_another_algorithm_than_the_models_is_refused() {
    refused_registration(1495, "TAG_ASSERTION_INFO", |answer| {
        answer.krd.assertion_info.signature_algorithm = AuthenticationAlgorithm::Secp256r1EcdsaSha256Der;
    });
}

#[test]
fn a_registration_with_altered_server_data_is_refused_and_spends_nothing() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let before = world.dump();
    let altered = signer.register(&request).with(|answer| {
        let honest = answer.header.server_data.clone().expect("our requests have it");
        let mut text = honest.as_str().to_owned();
        let last = if text.ends_with('A') { "B" } else { "A" };
        text.replace_range(text.len() - 2..text.len() - 1, last);
        answer.header.server_data = Some(ServerData::new(text).expect("server data"));
    });
    assert_refused(&world.respond(&altered.message()), 1491, "serverData");
    let without = signer
        .register(&request)
        .with(|answer| answer.header.server_data = None);
    assert_refused(&world.respond(&without.message()), 1491, "serverData");
    assert_eq!(
        world.dump(),
        before,
        "a forged name of a ceremony spends no challenge"
    );
    assert_eq!(
        world.respond(&signer.register(&request).message())["statusCode"],
        1200
    );
}

#[test]
fn a_response_of_an_unknown_version_is_refused_and_spends_nothing() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let before = world.dump();
    let good = signer.register(&request).message();
    let mut future: Value = serde_json::from_str(&good).expect("a message is JSON");
    future[0]["header"]["upv"] = json!({"major": 9, "minor": 9});
    assert_refused(&world.respond(&future.to_string()), 1498, "version");
    assert_eq!(world.dump(), before);
    assert_eq!(world.respond(&good)["statusCode"], 1200);
}

/// A change to the bytes of an assertion.
type Damage = fn(&mut Vec<u8>);

#[test]
fn damaged_tlv_is_refused_with_tag_and_offset() {
    let damages: [(&str, Damage); 4] = [
        ("truncated", |bytes| bytes.truncate(bytes.len() - 9)),
        ("lying length", |bytes| bytes[2] = bytes[2].wrapping_add(1)),
        ("trailing byte", |bytes| bytes.push(0)),
        ("duplicate tag", |bytes| {
            // The first element inside KRD is TAG_AAID of 9 bytes: put it there twice and mend both lengths.
            let aaid: Vec<u8> = bytes[8..21].to_vec();
            bytes.splice(8..8, aaid);
            for at in [2, 6] {
                let length = u16::from_le_bytes([bytes[at], bytes[at + 1]]) + 13;
                bytes[at..at + 2].copy_from_slice(&length.to_le_bytes());
            }
        }),
    ];
    for (name, damage) in damages {
        let world = World::new(On::Memory);
        let signer = Signer::number(1);
        let message = signer.register(&world.registration_request("alice")).message();
        let before = world.dump_without_challenges();
        let verdict = world.respond(&with_assertion(&message, damage));
        assert_eq!(verdict["statusCode"], 1498, "{name}: {verdict}");
        assert!(
            verdict["description"]
                .as_str()
                .is_some_and(|rule| rule.contains("0x")),
            "{name}: {verdict}"
        );
        assert_eq!(world.dump_without_challenges(), before, "{name}");
        world.register("alice", &signer);
    }
}

/// The message with the bytes of its assertion changed.
fn with_assertion(message: &str, change: Damage) -> String {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
    let mut json: Value = serde_json::from_str(message).expect("a message is JSON");
    let assertion = &mut json[0]["assertions"][0]["assertion"];
    let mut bytes = BASE64URL
        .decode(assertion.as_str().expect("text"))
        .expect("base64url");
    change(&mut bytes);
    *assertion = json!(BASE64URL.encode(bytes));
    json.to_string()
}

#[test]
pub fn a_key_is_registered_once_whoever_asks() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    world.register("alice", &signer);
    let request = world.registration_request("bob");
    let before = world.dump_without_challenges();
    assert_refused(
        &world.respond(&signer.register(&request).message()),
        1494,
        "already registered",
    );
    assert_eq!(world.dump_without_challenges(), before);
    world.register("bob", &Signer::number(2));
}

#[test]
fn a_failed_registration_leaves_its_challenge_spent() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let flawed = signer
        .register(&request)
        .with(|answer| answer.params.facet_id = foreign_facet());
    assert_eq!(world.respond(&flawed.message())["statusCode"], 1498);
    assert_refused(
        &world.respond(&signer.register(&request).message()),
        1491,
        "already used",
    );
    world.register("alice", &signer);
}

#[test]
fn an_expired_challenge_is_refused() {
    let world = World::new(On::Memory);
    let signer = Signer::number(1);
    let request = world.registration_request("alice");
    let before = world.dump();
    world.clock.advance_ms(120_000);
    assert_refused(
        &world.respond(&signer.register(&request).message()),
        1491,
        "expired",
    );
    assert_eq!(world.dump(), before);
    let request = world.registration_request("alice");
    world.clock.advance_ms(110_000);
    assert_eq!(
        world.respond(&signer.register(&request).message())["statusCode"],
        1200
    );
}

#[test]
fn a_payment_from_another_facet_is_refused() {
    refused_payment(1498, "facetID", |answer| answer.params.facet_id = foreign_facet());
}

#[test]
fn a_payment_of_another_challenge_or_app_is_refused() {
    refused_payment(1491, "fcParams.challenge", |answer| {
        answer.params.challenge = foreign_challenge()
    });
    refused_payment(1498, "fcParams.appID", |answer| {
        answer.params.app_id = foreign_app()
    });
}

#[test]
fn a_payment_whose_hash_is_of_other_parameters_is_refused() {
    refused_payment(1498, "TAG_FINAL_CHALLENGE_HASH", |answer| {
        let mut other = answer.params.clone();
        other.challenge = foreign_challenge();
        answer.hash_of = Some(other);
    });
}

#[test]
fn a_payment_signed_by_another_key_is_refused() {
    refused_payment(1498, "TAG_SIGNATURE", |answer| answer.signs = Signer::number(2));
}

#[test]
fn a_payment_in_another_algorithm_than_the_registered_one_is_refused() {
    refused_payment(1495, "TAG_ASSERTION_INFO", |answer| {
        answer.signed_data.assertion_info.signature_algorithm =
            AuthenticationAlgorithm::Secp256r1EcdsaSha256Der;
    });
}

#[test]
fn a_payment_over_another_text_is_refused() {
    refused_payment(1498, "TAG_TRANSACTION_CONTENT_HASH", |answer| {
        let dearer = TransactionContentHash::of(HashAlgorithm::Sha256, b"Pay 99.00 EUR to \"Deutsche Post\"");
        answer.signed_data.transaction_content_hash = Some(dearer);
    });
}

#[test]
fn a_payment_without_confirmed_transaction_is_refused() {
    refused_payment(1498, "mode", |answer| {
        answer.signed_data.assertion_info.authentication_mode = AuthenticationMode::UserVerified;
        answer.signed_data.transaction_content_hash = None;
    });
}

#[test]
pub fn a_payment_with_a_counter_that_did_not_grow_is_refused() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    for counter in [1, 5] {
        signer.counter = counter - 1;
        let request = world.payment_request(&world.payment("alice"));
        assert_eq!(
            world.respond(&signer.authenticate(&request).message())["statusCode"],
            1200
        );
    }
    let payment = world.payment("alice");
    for stale in [5, 4, 0] {
        let request = world.payment_request(&payment);
        let before = world.dump_without_challenges();
        let answer = signer
            .authenticate(&request)
            .with(|answer| answer.signed_data.sign_counter = stale);
        assert_refused(&world.respond(&answer.message()), 1492, "TAG_COUNTERS");
        assert_eq!(world.dump_without_challenges(), before);
    }
    let request = world.payment_request(&payment);
    let answer = signer
        .authenticate(&request)
        .with(|answer| answer.signed_data.sign_counter = 6);
    assert_eq!(world.respond(&answer.message())["statusCode"], 1200);
}

#[test]
pub fn another_users_key_does_not_pay() {
    let world = World::new(On::Memory);
    let (mut alices, mut bobs) = (Signer::number(1), Signer::number(2));
    world.register("alice", &alices);
    world.register("bob", &bobs);
    let payment = world.payment("alice");
    let request = world.payment_request(&payment);
    let before = world.dump_without_challenges();
    assert_refused(
        &world.respond(&bobs.authenticate(&request).message()),
        1481,
        "TAG_KEYID",
    );
    assert_eq!(world.dump_without_challenges(), before);
    let request = world.payment_request(&payment);
    assert_eq!(
        world.respond(&alices.authenticate(&request).message())["statusCode"],
        1200
    );
}

#[test]
pub fn a_response_under_another_sessions_token_is_refused_and_spends_nothing() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let (mine, other) = (world.payment("alice"), world.payment("alice"));
    let message = signer.authenticate(&world.payment_request(&mine)).message();
    let send = |payment: &Value| {
        let context = json!({"clientSecret": payment["client_secret"]}).to_string();
        world.uaf(
            "/uaf/respond",
            &json!({"uafResponse": message, "context": context}).to_string(),
        )
    };
    let before = world.dump();
    assert_refused(&send(&other), 1403, "context");
    assert_eq!(world.dump(), before);
    assert_eq!(send(&mine)["statusCode"], 1200);
}

#[test]
fn a_token_beside_a_response_is_the_ceremonys_own_whatever_became_of_it() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    let used = world.enrolment_token("alice");
    let request = world.request("Reg", &json!({"enrolmentSession": used}));
    let registered = signer.register(&request).message();
    assert_eq!(world.respond(&registered)["statusCode"], 1200);
    let payment = world.payment("alice");
    let own = payment["client_secret"].as_str().expect("a secret").to_owned();
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    let send = |message: &str, context: Value| {
        let context = context.to_string();
        world.uaf(
            "/uaf/respond",
            &json!({"uafResponse": message, "context": context}).to_string(),
        )
    };
    let before = world.dump();
    let altered = |token: &str| {
        let last = if token.ends_with('A') { "B" } else { "A" };
        format!("{}{last}", &token[..token.len() - 1])
    };
    assert_refused(
        &send(&message, json!({"clientSecret": altered(&own)})),
        1401,
        "context",
    );
    assert_refused(
        &send(&message, json!({"clientSecret": "nothing"})),
        1401,
        "context",
    );
    // A token that opens nothing any more is still another session's.
    assert_refused(
        &send(&message, json!({"enrolmentSession": used})),
        1403,
        "context",
    );
    assert_refused(
        &send(&message, json!({"authenticationSession": own})),
        1403,
        "context",
    );
    assert_eq!(world.dump(), before, "a wrong token spends no challenge");
    // The used session's own token goes with its own, spent challenge.
    assert_refused(
        &send(&registered, json!({"enrolmentSession": used})),
        1491,
        "already used",
    );
    assert_refused(
        &send(&registered, json!({"enrolmentSession": altered(&used)})),
        1401,
        "context",
    );
    assert_eq!(send(&message, json!({"clientSecret": own}))["statusCode"], 1200);
}

#[test]
fn another_tenants_server_on_the_same_store_opens_and_judges_nothing() {
    let world = World::new(On::Memory);
    let other = world.beside("coins");
    let mut signer = Signer::number(1);
    let enrolment = json!({"enrolmentSession": world.enrolment_token("alice")});
    assert_eq!(other.uaf_get("Reg", &enrolment)["statusCode"], 1401);
    let message = signer.register(&world.request("Reg", &enrolment)).message();
    assert_refused(&other.respond(&message), 1491, "never issued");
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    let login = world.post("/v1/authentication_sessions", &json!({"user": "alice"}));
    let login = json!({"authenticationSession": login.json()["token"]});
    assert_eq!(other.uaf_get("Auth", &login)["statusCode"], 1401);
    assert_eq!(world.uaf_get("Auth", &login)["statusCode"], 1200);
    let payment = world.payment("alice");
    let secret = json!({"clientSecret": payment["client_secret"]});
    assert_eq!(other.uaf_get("Auth", &secret)["statusCode"], 1401);
    let path = format!("/v1/payment_intents/{}", payment["id"].as_str().expect("an id"));
    let shown = payment["client_secret"].as_str().expect("a secret");
    let header = format!("smile-client-secret: {shown}\r\n");
    assert_eq!(other.raw("GET", &path, &header, b"").status, 401);
    assert_eq!(world.raw("GET", &path, &header, b"").status, 200);
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    assert_refused(&other.respond(&message), 1491, "never issued");
    assert_eq!(world.respond(&message)["statusCode"], 1200);
}

#[test]
fn a_login_signature_does_not_pay_and_a_registration_answer_does_not_log_in() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let session = world
        .post("/v1/authentication_sessions", &json!({"user": "alice"}))
        .json();
    let login = world.request("Auth", &json!({"authenticationSession": session["token"]}));
    let over_payment = signer.authenticate(&world.payment_request(&payment));
    // The transaction signature, under the login's serverData and challenge.
    let login_answer = signer.authenticate(&login);
    let crossed = signer.authenticate(&login).with(|answer| {
        answer.signed_data.transaction_content_hash = over_payment.signed_data.transaction_content_hash;
        answer.signed_data.assertion_info.authentication_mode = AuthenticationMode::TransactionConfirmed;
    });
    let before = world.dump_without_challenges();
    assert_refused(
        &world.respond(&crossed.message()),
        1498,
        "no transaction was asked for",
    );
    assert_eq!(world.dump_without_challenges(), before);
    assert_refused(&world.respond(&login_answer.message()), 1491, "already used");
    assert_eq!(world.payment_status(&payment), "requires_action");

    let registration = world.registration_request("alice");
    let before = world.dump();
    let answer = signer.authenticate(&login).with(|answer| {
        let other = Signer::number(3).register(&registration);
        answer.header.server_data = other.header.server_data.clone();
    });
    assert_refused(&world.respond(&answer.message()), 1491, "another operation");
    assert_eq!(world.dump(), before, "another operation's challenge is not spent");
    assert_eq!(world.respond(&over_payment.message())["statusCode"], 1200);
}

#[test]
pub fn a_user_without_a_key_gets_no_authentication_request() {
    let world = World::new(On::Memory);
    let payment = world.payment("carol");
    let before = world.dump();
    let verdict = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
    assert_refused(&verdict, 1404, "key");
    assert_eq!(world.dump(), before);
    world.register("carol", &Signer::number(1));
    let verdict = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
    assert_eq!(verdict["statusCode"], 1200);
}

#[test]
fn the_facet_of_the_tests_is_the_configured_one() {
    // Guards the tests above: were FACET not trusted, every refusal would be one of the facet.
    let world = World::new(On::Memory);
    let list = world.raw("GET", "/uaf/facets", "", b"").json();
    assert_eq!(list["trustedFacets"][0]["ids"], json!([FACET]));
}
