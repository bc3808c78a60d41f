//! What `smile-rp vectors` and `smile-rp inspect` say of the experimental scheme `WAV1CBOR`.

use crate::passkey::Passkey;
use crate::tools::run_with;
use crate::vectors::verdicts_on;
use ciborium::Value as Cbor;
use serde_json::{Value, json};
use smile_protocol::base64url;

const FC_PARAMS: &str = "e30";

/// An entry in the scheme, with `more` members.
fn entry(assertion: &[u8], more: Value) -> Value {
    let mut entry = json!({"assertionScheme": "WAV1CBOR", "assertion": base64url::encode(assertion)});
    let members = entry.as_object_mut().expect("an object");
    members.extend(more.as_object().expect("an object").clone());
    entry
}

fn verdict(assertion: &[u8], more: Value) -> (String, String) {
    let verdicts = verdicts_on(&json!([entry(assertion, more)]));
    let [verdict] = verdicts.as_slice() else {
        panic!("one line an entry: {verdicts:?}")
    };
    assert_eq!(verdict["scheme"], "WAV1CBOR (experimental)");
    assert_eq!(
        (&verdict["fc_hash"], &verdict["aaid"]),
        (&json!("absent"), &Value::Null)
    );
    if verdict["decode"] == "ok" {
        assert_eq!(
            (&verdict["key_id_len"], &verdict["sign_counter"]),
            (&json!(32), &json!(0))
        );
    }
    let word = |name: &str| verdict[name].as_str().expect("a string").to_owned();
    (word("decode"), word("signature"))
}

fn expect(assertion: &[u8], more: Value, signature: &str) {
    let shown = more.to_string();
    let expected = ("ok".to_owned(), signature.to_owned());
    assert_eq!(verdict(assertion, more), expected, "{shown}");
}

#[test]
fn signatures_are_verified_over_the_data_and_the_hash_of_fc_params() {
    let passkey = Passkey::number(7);
    let object = passkey.attestation_object(FC_PARAMS);
    expect(&object, json!({"kind": "reg", "fcParams": FC_PARAMS}), "valid");
    // Without `kind` the structure says which it is; without or with other fcParams nothing is proved.
    expect(&object, json!({"fcParams": FC_PARAMS}), "valid");
    expect(&object, json!({"fcParams": "e30A"}), "invalid");
    expect(&object, json!({}), "invalid");

    let login = passkey.assertion(FC_PARAMS);
    let key = base64url::encode(&passkey.cose());
    expect(&login, json!({"fcParams": FC_PARAMS, "pubkey": key}), "valid");
    expect(
        &login,
        json!({"kind": "auth", "fcParams": FC_PARAMS, "pubkey": key}),
        "valid",
    );
    expect(&login, json!({"fcParams": FC_PARAMS}), "no-key");
    expect(&login, json!({"pubkey": key}), "invalid");
    let other = base64url::encode(&Passkey::number(8).cose());
    expect(&login, json!({"fcParams": FC_PARAMS, "pubkey": other}), "invalid");
    for unusable in ["?", "oA"] {
        expect(
            &login,
            json!({"fcParams": FC_PARAMS, "pubkey": unusable}),
            "invalid",
        );
    }
    let mut flipped = login.clone();
    *flipped.last_mut().expect("bytes") ^= 1;
    expect(&flipped, json!({"fcParams": FC_PARAMS, "pubkey": key}), "invalid");
}

#[test]
fn formats_and_certificates_say_whose_key_verifies() {
    let passkey = Passkey::number(7);
    let object: Cbor = ciborium::from_reader(&passkey.attestation_object(FC_PARAMS)[..]).expect("CBOR");
    let with = |format: &str, statement: Vec<(Cbor, Cbor)>| {
        let mut members = object.as_map().expect("a map").clone();
        members[0].1 = Cbor::Text(format.to_owned());
        members[1].1 = Cbor::Map(statement);
        crate::passkey::cbor(&Cbor::Map(members))
    };
    expect(
        &with("none", Vec::new()),
        json!({"fcParams": FC_PARAMS}),
        "no-key",
    );
    // A certificate that is none: its key cannot be used, and the new key is not tried in its place.
    let mut statement = object.as_map().expect("a map")[1]
        .1
        .as_map()
        .expect("a map")
        .clone();
    let x5c = Cbor::Array(vec![Cbor::Bytes(vec![0x30, 0])]);
    statement.push((Cbor::Text("x5c".to_owned()), x5c));
    expect(
        &with("packed", statement),
        json!({"fcParams": FC_PARAMS}),
        "invalid",
    );
}

#[test]
fn what_does_not_decode_is_said_to_be_so() {
    let object = Passkey::number(7).attestation_object(FC_PARAMS);
    let login = Passkey::number(7).assertion(FC_PARAMS);
    let refused = |assertion: &[u8], kind: &str| {
        let (decode, signature) = verdict(assertion, json!({"kind": kind, "fcParams": FC_PARAMS}));
        assert_eq!(signature, "invalid");
        decode
    };
    let cut = refused(&object[..object.len() - 1], "reg");
    assert!(
        cut.starts_with("error: attestation object ends within an item"),
        "{cut}"
    );
    assert!(refused(&object, "auth").starts_with("error: assertion is not a map of 1"));
    assert!(refused(&login, "reg").starts_with("error: attestation object has to have"));
    let no_text = verdicts_on(&json!([{"assertionScheme": "WAV1CBOR"}]));
    assert_eq!(no_text[0]["decode"], "error: assertion: is required");
}

#[test]
fn inspect_says_that_the_scheme_is_experimental() {
    let object = Passkey::number(7).attestation_object(FC_PARAMS);
    let output = run_with(&["inspect", "uaf", "-"], &object);
    let shown = String::from_utf8_lossy(&output.stdout).into_owned();
    assert_eq!(output.status.code(), Some(0), "{shown}");
    assert!(
        shown.starts_with("attestation object (WAV1CBOR, experimental), read as bytes"),
        "{shown}"
    );
    for said in [
        "a7a7a7a7-a7a7-a7a7-a7a7-a7a7a7a7a7a7",
        "0x45, UP, UV, AT",
        "-7, ES256",
    ] {
        assert!(shown.contains(said), "{said}: {shown}");
    }
    let output = run_with(&["inspect", "uaf", "-"], &object[..100]);
    assert_eq!(output.status.code(), Some(3));
}
