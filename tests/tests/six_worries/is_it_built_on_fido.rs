//! FIDO UAF 1.1, judged by code and by examples that nobody on this project wrote. It is not certified.
//!
//! Every kind of assertion is judged in `emitted_assertions`; here are the two that a purchase needs.

use serde_json::Value;
use smile_protocol::base64url;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_tests::foreign::uaf_verdicts;
use smile_tests::test_data::{shared_dir, workspace_root};
use smile_tests::world::{ANNA, World, emitted};

#[test]
fn a_checker_by_other_hands_accepts_the_registration_and_the_payment() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let registered = world.register(0, ANNA, owner);
    let payment = world.payment(ANNA);
    let paid = world.pay(0, &payment, owner);
    let key = emitted::registration(&registered);
    let registration = emitted::registration_entry("registration", &registered);
    let payment = emitted::authentication_entry("payment", &paid, &key, Some(&payment.text));
    let damaged = emitted::damaged(&payment);
    let Some(verdicts) = uaf_verdicts(&[registration, payment, damaged]) else {
        return;
    };
    assert_eq!(verdicts[0]["sig"], true, "{}", verdicts[0]);
    assert_eq!(verdicts[1]["sig"], true, "{}", verdicts[1]);
    assert_eq!(verdicts[1]["tc"], true, "{}", verdicts[1]);
    assert_eq!(
        verdicts[2]["sig"], false,
        "the checker refuses a changed byte: {}",
        verdicts[2]
    );
}

#[test]
fn public_assertions_by_other_hands_decode_here() {
    let Some(shared) = shared_dir() else { return };
    let text = std::fs::read_to_string(shared.join("vectors/uaf/uaf-assertions.json"))
        .expect("the vectors are there");
    let vectors: Vec<Value> = serde_json::from_str(&text).expect("the vectors are JSON");
    assert_eq!(vectors.len(), 8);
    for vector in &vectors {
        let text = vector["assertion"]
            .as_str()
            .expect("a vector has an assertion")
            .replace('\n', "");
        let bytes = base64url::decode(text.trim_end_matches('=')).expect("base64url, once unfolded");
        let aaid = match vector["kind"].as_str() {
            Some("reg") => RegistrationAssertion::decode(&bytes).map(|assertion| assertion.krd.aaid),
            _ => AuthenticationAssertion::decode(&bytes).map(|assertion| assertion.signed_data.aaid),
        };
        let aaid = aaid.unwrap_or_else(|error| panic!("{}: {error}", vector["id"]));
        assert_eq!(aaid.to_string(), vector["observed"]["aaid"], "{}", vector["id"]);
    }
}

#[test]
fn it_does_not_call_itself_certified() {
    let readme = std::fs::read_to_string(workspace_root().join("README.md")).expect("the README can be read");
    assert!(readme.contains("It is not certified"));
    let Some(world) = World::new() else { return };
    let statement = world.devices[0].metadata_statement();
    // FFFF is a vendor code for tests; real ones are FIDO's to assign.
    assert!(
        statement.aaid.to_string().starts_with("FFFF#"),
        "{}",
        statement.aaid
    );
    assert!(
        statement.description.contains("TEST AAID"),
        "{}",
        statement.description
    );
}
