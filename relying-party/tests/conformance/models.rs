//! The authenticator models that the tests' relying party knows.

use std::sync::OnceLock;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};

use crate::certificates::{Recipe, test_key};

/// Basic Full with roots; its statement names all attestations, so that each is refused for a reason of its own.
pub const FULL: &str = "FFFF#5301";
/// Basic Surrogate, no roots; claims Basic Full as well.
pub const SURROGATE: &str = "FFFF#5302";
/// Cannot show a transaction.
pub const BLIND: &str = "FFFF#5303";
/// Names a type that it shows, and has no display.
pub const WITHOUT_DISPLAY: &str = "FFFF#5307";
/// Has a display, and shows something else than text.
pub const WITHOUT_TEXT: &str = "FFFF#5308";
/// Basic Full with roots and nothing else.
pub const FULL_ONLY: &str = "FFFF#5304";
/// secp256k1 signatures, Basic Surrogate.
pub const KOBLITZ: &str = "FFFF#5305";
/// secp256k1 signatures, Basic Full below an RSA root.
pub const KOBLITZ_FULL: &str = "FFFF#5306";
/// Not known to the server.
pub const UNKNOWN: &str = "FFFF#5399";

/// The firmware version of all models.
pub const VERSION: u16 = 2;

/// The number of the root's key and of the attestation key below it.
pub const ROOT_KEY: u8 = 200;
pub const LEAF_KEY: u8 = 201;

/// The root that [`FULL`] and [`FULL_ONLY`] list.
pub fn root() -> Vec<u8> {
    static ROOT: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || Recipe::authority("test root", "test root", test_key(ROOT_KEY)).sign(&test_key(ROOT_KEY));
    ROOT.get_or_init(make).clone()
}

/// The certificate of their attestation key.
pub fn leaf() -> Vec<u8> {
    static LEAF: OnceLock<Vec<u8>> = OnceLock::new();
    let make = || leaf_recipe().sign(&test_key(ROOT_KEY));
    LEAF.get_or_init(make).clone()
}

/// How [`leaf`] is made.
pub fn leaf_recipe() -> Recipe {
    Recipe::leaf("test leaf", "test root", test_key(LEAF_KEY))
}

/// The metadata statements of all models.
pub fn statements() -> Vec<Value> {
    let root = STANDARD.encode(root());
    let rsa_root = STANDARD.encode(crate::ebay::rsa_root());
    vec![
        statement(FULL, &[0x3E07, 0x3E08, 0x3E09], &[&root]),
        statement(SURROGATE, &[0x3E08, 0x3E07], &[]),
        blind(statement(BLIND, &[0x3E08], &[])),
        with(statement(WITHOUT_DISPLAY, &[0x3E08], &[]), "tcDisplay", json!(0)),
        with(
            statement(WITHOUT_TEXT, &[0x3E08], &[]),
            "tcDisplayContentType",
            json!("text/html"),
        ),
        statement(FULL_ONLY, &[0x3E07], &[&root]),
        with(
            statement(KOBLITZ, &[0x3E08], &[]),
            "authenticationAlgorithm",
            json!(5),
        ),
        with(
            statement(KOBLITZ_FULL, &[0x3E07], &[&rsa_root]),
            "authenticationAlgorithm",
            json!(5),
        ),
    ]
}

fn statement(aaid: &str, attestation_types: &[u16], roots: &[&String]) -> Value {
    json!({
        "aaid": aaid,
        "description": "A model of the tests. It does not check liveness: a photo would pass.",
        "authenticatorVersion": VERSION,
        "upv": [{"major": 1, "minor": 1}, {"major": 1, "minor": 0}],
        "assertionScheme": "UAFV1TLV",
        "authenticationAlgorithm": 1,
        "publicKeyAlgAndEncoding": 0x100,
        "attestationTypes": attestation_types,
        "userVerificationDetails": [[{"userVerification": 16}]],
        "keyProtection": 1,
        "matcherProtection": 1,
        "attachmentHint": 1,
        "isSecondFactorOnly": false,
        "tcDisplay": 1,
        "tcDisplayContentType": "text/plain",
        "attestationRootCertificates": roots,
    })
}

fn blind(mut statement: Value) -> Value {
    statement["tcDisplay"] = json!(0);
    let members = statement.as_object_mut().expect("a statement is an object");
    members.remove("tcDisplayContentType");
    statement
}

fn with(mut statement: Value, member: &str, value: Value) -> Value {
    statement[member] = value;
    statement
}
