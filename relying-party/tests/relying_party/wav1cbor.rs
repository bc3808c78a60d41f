//! The experimental scheme `WAV1CBOR` over the wire: off by default, and what a server does that has it on.

use crate::passkey::{METADATA, Passkey};
use crate::signer::Signer;
use crate::world::World;
use serde_json::{Value, json};

/// A server that knows the passkey's model beside the signer's.
fn server(on: bool) -> World {
    World::configured(|folder, config| {
        std::fs::write(folder.join("metadata/passkey.json"), METADATA).expect("written");
        assert!(!config.uaf.experimental_wav1cbor, "off by default");
        config.uaf.experimental_wav1cbor = on;
    })
}

fn refused(verdict: &Value, code: u16, words: &str) {
    assert_eq!(verdict["statusCode"], code, "{verdict}");
    let rule = verdict["description"].as_str().expect("a rule");
    assert!(rule.contains(words) && rule.contains("experimental"), "{rule}");
}

/// Flips a bit of the last byte, which belongs to the authenticator data of a registration and the signature of a login.
fn flip_last(bytes: &mut [u8]) {
    *bytes.last_mut().expect("bytes") ^= 1;
}

fn login_request(world: &World) -> (Value, String) {
    let session = world
        .post("/v1/authentication_sessions", &json!({"user": "alice"}))
        .json();
    let request = world.request("Auth", &json!({"authenticationSession": session["token"]}));
    (session, request)
}

#[test]
fn a_server_that_was_not_told_otherwise_refuses_the_scheme_and_says_which_setting() {
    let world = server(false);
    let passkey = Passkey::number(1);
    let request = world.registration_request("alice");
    assert!(
        request.contains("FFFF#5399") && !request.contains("FFFF#5398"),
        "{request}"
    );
    let before = world.dump_without_challenges();
    let off = "switched off; the setting is uaf.experimental_wav1cbor";
    refused(&world.respond(&passkey.register(&request, |_| ())), 1498, off);
    assert_eq!(world.dump_without_challenges(), before);
    // The signer's scheme is none the worse for it.
    world.register("alice", &Signer::number(1));
    let (_, request) = login_request(&world);
    refused(
        &world.respond(&Passkey::number(1).authenticate(&request, |_| ())),
        1498,
        off,
    );

    // The same message is accepted by a server that was told.
    let world = server(true);
    let request = world.registration_request("alice");
    assert!(request.contains("FFFF#5398"), "{request}");
    let verdict = world.respond(&passkey.register(&request, |_| ()));
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
}

#[test]
fn a_passkey_registers_and_logs_in_and_a_flipped_bit_is_refused() {
    let world = server(true);
    let mut passkey = Passkey::number(2);
    let token = world.enrolment_token("alice");
    let keys = || {
        world.get("/v1/users/alice/credentials").json()["data"]
            .as_array()
            .map(Vec::len)
    };
    let request = world.request("Reg", &json!({"enrolmentSession": token}));
    let verdict = world.respond(&passkey.register(&request, |bytes| flip_last(bytes)));
    refused(&verdict, 1494, "credentialPublicKey");
    assert_eq!(keys(), Some(0));
    let request = world.request("Reg", &json!({"enrolmentSession": token}));
    let verdict = world.respond(&passkey.register(&request, |_| ()));
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    let listed = world.get("/v1/users/alice/credentials").json();
    let key = &listed["data"][0];
    assert_eq!(
        (&key["scheme"], &key["aaid"]),
        (&json!("WAV1CBOR"), &json!("FFFF#5398")),
        "{listed}"
    );

    let (session, request) = login_request(&world);
    let verdict = world.respond(&passkey.authenticate(&request, |bytes| flip_last(bytes)));
    refused(&verdict, 1498, "signature: wrong");
    let context = json!({"authenticationSession": session["token"]});
    let message = passkey.authenticate(&world.request("Auth", &context), |_| ());
    let verdict = world.respond(&message);
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    let path = format!(
        "/v1/authentication_sessions/{}",
        session["id"].as_str().expect("an id")
    );
    assert_eq!(world.get(&path).json()["status"], "completed");
    // Its challenge is spent, as every other.
    assert_eq!(world.respond(&message)["statusCode"], 1491);
}

#[test]
fn a_payment_is_refused_with_its_own_reason() {
    let world = server(true);
    let mut passkey = Passkey::number(3);
    let verdict = world.respond(&passkey.register(&world.registration_request("alice"), |_| ()));
    assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    let blind = "shows nothing of what was displayed";
    let payment = world.payment("alice");
    let context = json!({"clientSecret": payment["client_secret"]});
    refused(&world.uaf_get("Auth", &context), 1492, blind);
    // With a key that shows text there is a request, and the passkey cannot answer it.
    let mut signer = Signer::number(4);
    world.register("alice", &signer);
    let request = world.payment_request(&payment);
    assert!(!request.contains("FFFF#5398"), "{request}");
    refused(
        &world.respond(&passkey.authenticate(&request, |_| ())),
        1492,
        blind,
    );
    assert_eq!(world.payment_status(&payment), "requires_action");
    let message = signer.authenticate(&world.payment_request(&payment)).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    assert_eq!(world.payment_status(&payment), "succeeded");
}
