//! `smile-rp vectors`: the public assertions come out as an independent verifier says, and every other entry has its
//! line, whatever is wrong with it.

use crate::program::smile_rp;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use smile_protocol::base64url;
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::info::{
    AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo,
};
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::identity::{Aaid, KeyId};
use std::path::{Path, PathBuf};
use std::process::Command;

const FC_PARAMS: &str = "e30";

/// Says aloud that something could not run here; in CI nothing may be skipped.
fn skip(reason: &str) {
    println!("skipped: {reason}");
    assert!(
        std::env::var("CI").as_deref() != Ok("true"),
        "with CI=true a skip is a failure: {reason}"
    );
}

/// The folder of shared test data; `None`, said aloud, where it is not there.
fn shared() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../shared");
    let folder = std::env::var_os("SMILE_SHARED").map_or(beside, PathBuf::from);
    if folder.join("vectors/uaf").is_dir() {
        return Some(folder);
    }
    skip("no $SMILE_SHARED");
    None
}

/// What the independent verifier says of each entry; `None`, said aloud, where Python lacks its packages.
fn foreign_verdicts(tool: &Path, file: &Path) -> Option<Vec<Value>> {
    let python = std::env::var_os("SMILE_PYTHON").unwrap_or_else(|| "python3".into());
    let output = Command::new(python).arg(tool).arg(file).output();
    let Some(output) = output.ok().filter(|output| output.status.success()) else {
        skip("no Python with the package cryptography ($SMILE_PYTHON, which tests/run makes)");
        return None;
    };
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    Some(
        lines
            .lines()
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect(),
    )
}

fn our_verdicts(file: &Path) -> Vec<Value> {
    let output = smile_rp()
        .args(["vectors", "uaf", "--json"])
        .arg(file)
        .output()
        .expect("the program starts");
    assert_eq!(output.status.code(), Some(0));
    let lines = String::from_utf8(output.stdout).expect("UTF-8");
    lines
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect()
}

/// The verdicts on entries that are written to a file first.
pub fn verdicts_on(entries: &Value) -> Vec<Value> {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("entries.json");
    std::fs::write(&file, entries.to_string()).expect("written");
    our_verdicts(&file)
}

#[test]
fn the_public_assertions_come_out_as_an_independent_verifier_says() {
    let Some(shared) = shared() else { return };
    let file = shared.join("vectors/uaf/uaf-assertions.json");
    let ours = our_verdicts(&file);
    assert_eq!(ours.len(), 8);
    for verdict in &ours {
        // This one is folded and padded, which no message may be.
        let malformed = verdict["id"] == "ebay-getExampleRegAssertionsFromClient";
        let decode = if malformed {
            "error: assertion: is not base64url without padding"
        } else {
            "ok"
        };
        assert_eq!(verdict["decode"], decode, "{verdict}");
    }
    let Some(theirs) = foreign_verdicts(&shared.join("tools/uafv.py"), &file) else {
        return;
    };
    for (ours, theirs) in ours.iter().zip(&theirs) {
        assert_eq!(ours["id"], theirs["id"]);
        assert_eq!(ours["aaid"], theirs["aaid"], "{ours}");
        assert_eq!(ours["key_id_len"], theirs["keyid_len"], "{ours}");
        assert_eq!(ours["sign_counter"], theirs["counters"][0], "{ours}");
        let signature = match &theirs["sig"] {
            Value::Null => "no-key",
            Value::Bool(true) => "valid",
            _ => "invalid",
        };
        assert_eq!(ours["signature"], signature, "{ours}");
        let fc_hash = match theirs["fcHash"].as_str() {
            None => "absent",
            Some("OK(as received)") => "ok",
            Some(_) => "mismatch",
        };
        assert_eq!(ours["fc_hash"], fc_hash, "{ours}");
    }
}

fn key() -> SigningKey {
    SigningKey::from_slice(&[7; 32]).expect("a small number is a valid scalar")
}

fn point() -> Vec<u8> {
    key().verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

/// A registration that the new key itself attests, with the given algorithm.
fn registration(algorithm: AuthenticationAlgorithm) -> RegistrationAssertion {
    let krd = KeyRegistrationData {
        aaid: Aaid::new(0xFFFF, 0x5301),
        assertion_info: RegistrationAssertionInfo {
            authenticator_version: 1,
            signature_algorithm: algorithm,
            public_key_format: PublicKeyFormat::EccX962Raw,
        },
        final_challenge_hash: FcParams::from_transmitted(FC_PARAMS)
            .expect("short")
            .hash(HashAlgorithm::Sha256),
        key_id: KeyId::new(vec![9; 32]).expect("32 bytes"),
        counters: RegistrationCounters {
            sign_counter: 3,
            reg_counter: 1,
        },
        public_key: point(),
        extensions: Vec::new(),
    };
    let signed: Signature = key().sign(&krd.encode().expect("short"));
    let signature = match algorithm {
        AuthenticationAlgorithm::Secp256r1EcdsaSha256Der => signed.to_der().to_bytes().to_vec(),
        _ => signed.to_bytes().to_vec(),
    };
    RegistrationAssertion::new(krd, Attestation::BasicSurrogate { signature }).expect("short")
}

fn authentication() -> AuthenticationAssertion {
    let data = SignedData {
        aaid: Aaid::new(0xFFFF, 0x5301),
        assertion_info: AuthenticationAssertionInfo {
            authenticator_version: 1,
            authentication_mode: AuthenticationMode::UserVerified,
            signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        },
        authenticator_nonce: vec![1; 8],
        final_challenge_hash: FcParams::from_transmitted(FC_PARAMS)
            .expect("short")
            .hash(HashAlgorithm::Sha256),
        transaction_content_hash: None,
        key_id: KeyId::new(vec![9; 32]).expect("32 bytes"),
        sign_counter: 4,
        extensions: Vec::new(),
    };
    let signed: Signature = key().sign(&data.encode().expect("short"));
    AuthenticationAssertion::new(data, signed.to_bytes().to_vec()).expect("short")
}

fn registered(assertion: &RegistrationAssertion) -> String {
    base64url::encode(&assertion.encode().expect("short"))
}

fn login() -> String {
    base64url::encode(&authentication().encode().expect("short"))
}

/// The one verdict on one entry, as decode, signature and fc_hash.
fn verdict(entry: Value) -> (String, String, String) {
    let verdicts = verdicts_on(&json!([entry]));
    let [verdict] = verdicts.as_slice() else {
        panic!("one line an entry: {verdicts:?}")
    };
    let word = |name: &str| verdict[name].as_str().expect("a string").to_owned();
    (word("decode"), word("signature"), word("fc_hash"))
}

fn expect(entry: Value, decode: &str, signature: &str, fc_hash: &str) {
    let shown = entry.to_string();
    let verdict = verdict(entry);
    let verdict = (verdict.0.as_str(), verdict.1.as_str(), verdict.2.as_str());
    assert_eq!(verdict, (decode, signature, fc_hash), "{shown}");
}

#[test]
fn signatures_of_registrations_are_verified_with_their_algorithm() {
    use AuthenticationAlgorithm as A;
    let entry = |assertion: &RegistrationAssertion| json!({"kind": "reg", "assertion": registered(assertion), "fcParams": FC_PARAMS});
    expect(
        entry(&registration(A::Secp256r1EcdsaSha256Raw)),
        "ok",
        "valid",
        "ok",
    );
    expect(
        entry(&registration(A::Secp256r1EcdsaSha256Der)),
        "ok",
        "valid",
        "ok",
    );
    // The algorithm is signed, and these are not the key's.
    expect(entry(&registration(A::Sm2Sm3Raw)), "ok", "invalid", "ok");
    expect(entry(&registration(A::RsassaPssSha256Raw)), "ok", "invalid", "ok");
    expect(
        entry(&registration(A::Secp256k1EcdsaSha256Raw)),
        "ok",
        "invalid",
        "ok",
    );
    let mut flipped = registration(A::Secp256r1EcdsaSha256Raw);
    let Attestation::BasicSurrogate { signature } = &mut flipped.attestation else {
        panic!("a surrogate")
    };
    signature[40] ^= 1;
    expect(entry(&flipped), "ok", "invalid", "ok");
    let mut ecdaa = registration(A::Secp256r1EcdsaSha256Raw);
    ecdaa.attestation = Attestation::Ecdaa {
        signature: vec![1; 64],
    };
    let (_, signature, _) = verdict(entry(&ecdaa));
    assert_eq!(signature, "no-key", "no key of a map verifies it");
    let mut full = registration(A::Secp256r1EcdsaSha256Raw);
    full.attestation = Attestation::BasicFull {
        signature: vec![1; 64],
        certificates: vec![vec![0x30, 0]],
    };
    expect(entry(&full), "ok", "invalid", "ok");
}

#[test]
fn signatures_of_authentications_are_verified_with_the_key_of_the_entry() {
    let spki = key().verifying_key().to_public_key_der().expect("encodes");
    for public_key in [point(), spki.as_bytes().to_vec()] {
        let public_key = base64url::encode(&public_key);
        let entry =
            json!({"kind": "auth", "assertion": login(), "pubkey": public_key, "fcParams": FC_PARAMS});
        expect(entry, "ok", "valid", "ok");
    }
    let entry = |more: Value| {
        let mut entry = json!({"kind": "auth", "assertion": login()});
        let members = entry.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        entry
    };
    expect(entry(json!({})), "ok", "no-key", "absent");
    expect(entry(json!({"pubkey": "AAAA"})), "ok", "invalid", "absent");
    expect(entry(json!({"pubkey": "?"})), "ok", "invalid", "absent");
    expect(entry(json!({"fcParams": "e30="})), "ok", "no-key", "mismatch");
    // As a whole message, which also says the scheme.
    let message = |scheme: &str| {
        json!({"message": [{"fcParams": FC_PARAMS, "assertions": [{"assertionScheme": scheme, "assertion": login()}]}],
            "pubkey": base64url::encode(&point())})
    };
    expect(message("UAFV1TLV"), "ok", "valid", "ok");
    expect(
        message("APCV1CBOR"),
        "error: assertionScheme: has to be UAFV1TLV",
        "valid",
        "ok",
    );
}

#[test]
fn whatever_is_wrong_with_an_entry_it_has_its_line() {
    let bytes = authentication().encode().expect("short");
    let cut = base64url::encode(&bytes[..bytes.len() - 10]);
    let trailing = base64url::encode(&[bytes.as_slice(), &[0]].concat());
    let login = login();
    let key = base64url::encode(&point());
    let entries = json!([
        {"id": "sound", "kind": "auth", "assertion": login, "pubkey": key},
        {"id": "cut", "kind": "auth", "assertion": cut, "fcParams": FC_PARAMS, "pubkey": key},
        {"id": "trailing", "kind": "auth", "assertion": trailing, "pubkey": key},
        {"id": "other kind", "kind": "reg", "assertion": login},
        {"id": "padded", "assertion": format!("{login}=="), "pubkey": key},
        {"id": "no base64", "assertion": "?"},
        {"id": "no text", "assertion": 7},
        {"id": "empty", "assertion": ""},
        {"id": 9},
        {},
        null,
        "text",
        [[]],
    ]);
    let verdicts = verdicts_on(&entries);
    assert_eq!(verdicts.len(), entries.as_array().expect("a list").len());
    let expected = [
        ("ok", "valid"),
        ("error: tag 0x3E02 at offset 0: truncated", "invalid"),
        ("error: tag 0x0000 at offset", "valid"),
        (
            "error: tag 0x3E02 at offset 0: tag 0x3E01 is required at this place",
            "no-key",
        ),
        ("error: assertion: is not base64url without padding", "valid"),
        ("error: assertion: is not base64url without padding", "invalid"),
        ("error: assertion: is required", "invalid"),
        ("error: tag 0x3E01 at offset 0: is missing", "invalid"),
    ];
    let rest = std::iter::repeat(("error: assertion: is required", "invalid"));
    for (verdict, (decode, signature)) in verdicts.iter().zip(expected.into_iter().chain(rest)) {
        let said = verdict["decode"].as_str().expect("a string");
        assert!(said.starts_with(decode), "{verdict}");
        assert_eq!(verdict["signature"], signature, "{verdict}");
        let members: Vec<&String> = verdict.as_object().expect("an object").keys().collect();
        let mut all = [
            "id",
            "decode",
            "signature",
            "fc_hash",
            "aaid",
            "key_id_len",
            "sign_counter",
        ];
        all.sort_unstable();
        assert_eq!(members, all);
    }
    assert_eq!(verdicts[8]["id"], 9);
    assert_eq!(verdicts[9]["id"], Value::Null);
    assert_eq!(verdicts[1]["aaid"], Value::Null);
    assert_eq!(verdicts[2]["aaid"], "FFFF#5301");
}

/// An unsigned second key beside the signed one is refused, and never verified with.
#[test]
fn a_shadowing_key_is_refused_and_not_used() {
    let sound = registration(AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw);
    let mut bytes = sound.encode().expect("short");
    let attacker = [
        &[0x0C, 0x2E, 65, 0, 4][..],
        &Sha256::digest("a"),
        &Sha256::digest("b"),
    ]
    .concat();
    bytes.extend_from_slice(&attacker);
    let length = u16::try_from(bytes.len() - 4).expect("short");
    bytes[2..4].copy_from_slice(&length.to_le_bytes());
    let entry = json!({"kind": "reg", "assertion": base64url::encode(&bytes)});
    let (decode, signature, _) = verdict(entry);
    assert!(
        decode.starts_with("error: tag 0x2E0C")
            && decode.ends_with("critical, and not defined at this place"),
        "{decode}"
    );
    assert_eq!(signature, "valid", "of the key that is inside");
}

#[test]
fn a_file_that_is_no_list_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let file = folder.path().join("file");
    for (content, status) in [("[]", 0), ("{}", 0), ("7", 1), ("[", 1), ("", 1)] {
        std::fs::write(&file, content).expect("written");
        let output = smile_rp()
            .args(["vectors", "uaf"])
            .arg(&file)
            .output()
            .expect("the program starts");
        assert_eq!(output.status.code(), Some(status), "{content:?}");
    }
}
