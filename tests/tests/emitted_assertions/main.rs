//! Every kind of assertion that we emit, from a real face through the device, accepted by our server and judged by a
//! checker that nobody on this project wrote.

use serde_json::{Value, json};
use smile_authenticator::AttestationMode;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_tests::foreign::uaf_verdicts;
use smile_tests::world::emitted::{
    authentication, authentication_entry, damaged, registration, registration_entry,
};
use smile_tests::world::people::{self, Person};
use smile_tests::world::{ANNA, BERT, World};

/// A world with one device of this attestation, and the sample clip's person enrolled on it.
fn enrolled(mode: AttestationMode) -> Option<(World, &'static Person)> {
    let (owner, mut world) = (people::clip()?, World::with_devices(&[mode])?);
    world.devices[0].enrol(owner).expect("the sample clip enrols");
    Some((world, owner))
}

/// The verdicts on the entries, and on each with one signed byte changed, which must be refused: a checker that accepts
/// everything would prove nothing.
fn judged(entries: &[Value]) -> Option<Vec<Value>> {
    let all: Vec<Value> = entries
        .iter()
        .cloned()
        .chain(entries.iter().map(damaged))
        .collect();
    let mut verdicts = uaf_verdicts(&all)?;
    for verdict in verdicts.split_off(entries.len()) {
        assert_eq!(verdict["sig"], false, "{verdict}");
    }
    Some(verdicts)
}

#[track_caller]
fn assert_members(verdict: &Value, expected: Value) {
    for (name, value) in expected.as_object().expect("what is expected is an object") {
        assert_eq!(verdict[name], *value, "{name} in {verdict}");
    }
}

/// What the checker must say of every assertion.
fn good() -> Value {
    json!({"sig": true, "fcHash": "OK(as received)", "extra_top": 0, "alg": "P256 raw", "ver": 1, "keyid_len": 32})
}

fn registration_is_good(mode: AttestationMode, attestation: &Value) {
    let Some((mut world, owner)) = enrolled(mode) else {
        return;
    };
    let responses = [ANNA, BERT].map(|user| world.register(0, user, owner));
    let entries = responses
        .each_ref()
        .map(|response| registration_entry("registration", response));
    let Some(verdicts) = judged(&entries) else { return };
    for (number, (verdict, response)) in verdicts.iter().zip(&responses).enumerate() {
        assert_members(verdict, good());
        assert_members(verdict, attestation.clone());
        // Registry §3.6.2: ALG_KEY_ECC_X962_RAW; UAF §5.2.1: the tags in their order.
        assert_members(
            verdict,
            json!({"keyalg": "0x100", "pub_ok": true, "aaid": mode.aaid().to_string()}),
        );
        assert_members(
            verdict,
            json!({
                "tags": ["AAID:9", "ASSERTION_INFO:7", "FINAL_CHALLENGE_HASH:32", "KEYID:32", "COUNTERS:8", "PUB_KEY:65"],
            }),
        );
        // Nothing signed yet, and one more registration each time.
        assert_eq!(verdict["counters"], json!([0, number + 1]));
        assert_same_key(verdict, &registration(response));
    }
}

/// The checker and our decoder read the same public key.
fn assert_same_key(verdict: &Value, ours: &RegistrationAssertion) {
    assert_eq!(
        verdict["pub"],
        smile_protocol::base64url::encode(&ours.krd.public_key)
    );
}

#[test]
fn registrations_with_basic_full_are_accepted_by_a_foreign_checker() {
    let attestation = json!({"att": "BASIC_FULL", "ncert": 1, "certkey": "secp256r1", "selfsigned": false});
    registration_is_good(AttestationMode::BasicFull, &attestation);
}

#[test]
fn registrations_with_basic_surrogate_are_accepted_by_a_foreign_checker() {
    registration_is_good(
        AttestationMode::BasicSurrogate,
        &json!({"att": "BASIC_SURROGATE"}),
    );
}

#[test]
fn logins_and_payments_are_accepted_by_a_foreign_checker_and_their_counters_rise() {
    for mode in [AttestationMode::BasicFull, AttestationMode::BasicSurrogate] {
        let Some((mut world, owner)) = enrolled(mode) else {
            return;
        };
        let key = registration(&world.register(0, ANNA, owner));
        let mut entries = Vec::new();
        for _ in 0..2 {
            let (_, token) = world.login(ANNA);
            let token = ("authenticationSession", token.as_str());
            let request = world.request(token);
            let login = world
                .answer(0, &request, owner)
                .expect("the device signs the login");
            world.must_accept(&login, token);
            entries.push(authentication_entry("login", &login, &key, None));
            let payment = world.payment(ANNA);
            let paid = world.pay(0, &payment, owner);
            entries.push(authentication_entry("payment", &paid, &key, Some(&payment.text)));
            assert_eq!(authentication(&paid).signed_data.key_id, key.krd.key_id);
        }
        let Some(verdicts) = judged(&entries) else { return };
        for (number, verdict) in verdicts.iter().enumerate() {
            assert_members(verdict, good());
            assert_eq!(verdict["counters"], json!([number + 1]), "{verdict}");
            // Commands §5.2.2: mode 1 is a verified user, mode 2 a verified user who confirmed a text.
            let expected = match verdict["id"].as_str() {
                Some("payment") => json!({"mode": 2, "tc": true, "tchash_len": 32}),
                _ => json!({"mode": 1, "tchash_len": 0}),
            };
            assert_members(verdict, expected);
        }
    }
}

#[test]
fn a_foreign_checker_sees_that_another_text_was_not_signed() {
    let Some((mut world, owner)) = enrolled(AttestationMode::BasicFull) else {
        return;
    };
    let key = registration(&world.register(0, ANNA, owner));
    let payment = world.payment(ANNA);
    let paid = world.pay(0, &payment, owner);
    let other = payment.text.replace("20.00", "10.00");
    assert_ne!(payment.text, other);
    let entries =
        [payment.text.as_str(), &other].map(|text| authentication_entry("payment", &paid, &key, Some(text)));
    let Some(verdicts) = uaf_verdicts(&entries) else {
        return;
    };
    assert_eq!(
        (&verdicts[0]["tc"], &verdicts[1]["tc"]),
        (&json!(true), &json!(false))
    );
}
