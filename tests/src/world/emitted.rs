//! The assertions inside our responses, in the form that the independent checker takes, and read by our own decoder.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::authentication::AuthenticationResponse;
use smile_protocol::uaf::registration::RegistrationResponse;

/// The assertion of a registration response.
///
/// # Panics
/// If the response does not decode.
pub fn registration(response: &str) -> RegistrationAssertion {
    let response = RegistrationResponse::decode(response).expect("our responses decode");
    response.assertions[0]
        .decode_assertion()
        .expect("our assertions decode")
}

/// The assertion of an authentication response.
///
/// # Panics
/// If the response does not decode.
pub fn authentication(response: &str) -> AuthenticationAssertion {
    let response = AuthenticationResponse::decode(response).expect("our responses decode");
    response.assertions[0]
        .decode_assertion()
        .expect("our assertions decode")
}

/// What the independent checker takes of a registration response.
pub fn registration_entry(id: &str, response: &str) -> Value {
    entry(id, "reg", response)
}

/// What the independent checker takes of an authentication response: with the public key of the registration that came
/// before, and the text that the user must have seen, if any.
pub fn authentication_entry(
    id: &str,
    response: &str,
    registration: &RegistrationAssertion,
    text: Option<&str>,
) -> Value {
    let mut entry = entry(id, "auth", response);
    entry["pubkey"] = URL_SAFE_NO_PAD.encode(&registration.krd.public_key).into();
    if let Some(text) = text {
        entry["transaction"] = text.into();
    }
    entry
}

/// The members are taken from the JSON as it is sent, not from what our decoder makes of it.
fn entry(id: &str, kind: &str, response: &str) -> Value {
    let sent: Value = serde_json::from_str(response).expect("a UAF message is JSON");
    json!({
        "id": id,
        "kind": kind,
        "assertion": sent[0]["assertions"][0]["assertion"],
        "fcParams": sent[0]["fcParams"],
    })
}

/// The entry with one byte of what is signed changed: a digit of the AAID.
///
/// # Panics
/// If the entry holds no assertion.
pub fn damaged(entry: &Value) -> Value {
    let text = entry["assertion"].as_str().expect("an entry has an assertion");
    let mut bytes = URL_SAFE_NO_PAD
        .decode(text)
        .expect("our assertions are base64url");
    let at = bytes
        .iter()
        .position(|byte| *byte == b'#')
        .expect("an assertion names its AAID");
    bytes[at + 1] ^= 1;
    let mut damaged = entry.clone();
    damaged["assertion"] = URL_SAFE_NO_PAD.encode(bytes).into();
    damaged
}
