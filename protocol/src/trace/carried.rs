//! What text members of a document hold: messages, final challenges, assertions.

use super::document::{Document, Span};
use super::layer::{Layer, Place};
use super::loose::LooseAssertion;
use super::message::{document, kind_of};
use super::{Kind, assertion, verdict, webauthn};
use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::uaf::assertion::{UAFV1TLV, tags};
use crate::uaf::challenge::FcParams;
use crate::uaf::wav1cbor::WAV1CBOR;

/// How many documents may be inside each other: a message inside an envelope, and no more.
const NESTED: usize = 1;

/// Adds layers for what a text member holds.
pub(super) fn expand(layers: &mut Vec<Layer>, index: usize, document: &Document, span: &Span, text: &str) {
    match span.member.as_str() {
        "fcParams" | "finalChallenge" => fc_params(layers, index, span, text),
        "assertion" => carried_assertion(layers, index, document, span, text),
        "uafRequest" | "previousRequest" | "newUAFRequest" | "uafResponse" | "uafProtocolMessage"
            if depth_of(layers, index) < NESTED =>
        {
            let known = kind_of(&Document::read(text, ""));
            let kind = if is_message(known) { known } else { Kind::Message };
            super::message::document(layers, &span.path, Some(index), text, Some(kind));
        }
        _ => {}
    }
}

/// How many documents are around the layer.
fn depth_of(layers: &[Layer], index: usize) -> usize {
    let outer = std::iter::successors(layers[index].inside, |outer| layers[*outer].inside);
    outer.filter(|outer| layers[*outer].kind != Kind::Text).count()
}

const fn is_message(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::RegistrationRequest
            | Kind::RegistrationResponse
            | Kind::AuthenticationRequest
            | Kind::AuthenticationResponse
            | Kind::DeregistrationRequest
    )
}

/// UAF §3.1.7. The text is base64url of JSON.
fn fc_params(layers: &mut Vec<Layer>, index: usize, span: &Span, text: &str) {
    let strict = FcParams::from_transmitted(text).and_then(|_| base64url::decode(text));
    if let Err(error) = strict {
        verdict::place(&mut layers[index].entries, &error.under(&span.path), "");
    }
    let Some(bytes) = base64url::decode_loose(text) else {
        return;
    };
    match String::from_utf8(bytes) {
        Ok(inner) => {
            let kind = Some(Kind::FinalChallengeParams);
            document(layers, &span.path, Some(index), &inner, kind);
        }
        Err(_) => {
            let error = ProtocolError::field(span.path.as_str(), FieldRule::Other("is not UTF-8"));
            verdict::place(&mut layers[index].entries, &error, "");
        }
    }
}

/// UAF §3.4.3, §3.5.4, ASM §3.6.2. The text is base64url of an assertion in a scheme.
fn carried_assertion(layers: &mut Vec<Layer>, index: usize, document: &Document, span: &Span, text: &str) {
    if let Err(error) = base64url::decode(text) {
        verdict::place(&mut layers[index].entries, &error.under(&span.path), "");
    }
    let Some(bytes) = base64url::decode_loose(text) else {
        return;
    };
    let around = span.path.strip_suffix("assertion").unwrap_or_default();
    let scheme = format!("{around}assertionScheme");
    if document.text_at(&scheme) == Some(WAV1CBOR) {
        let kind = match layers[index].kind {
            Kind::RegistrationResponse => Kind::AttestationObject,
            Kind::AuthenticationResponse => Kind::WebauthnAssertion,
            _ => webauthn::kind_of(&bytes).unwrap_or(Kind::AttestationObject),
        };
        // Nothing in it can be compared with fcParams: their hash is only signed.
        webauthn::expected(layers, &span.path, Some(index), &bytes, kind);
        return;
    }
    if document.text_at(&scheme).is_some_and(|name| name != UAFV1TLV) {
        let error = ProtocolError::field(scheme, FieldRule::Other("has to be UAFV1TLV"));
        verdict::place(&mut layers[index].entries, &error, "");
    }
    let kind = match layers[index].kind {
        Kind::RegistrationResponse => Kind::RegistrationAssertion,
        Kind::AuthenticationResponse => Kind::AuthenticationAssertion,
        _ => Kind::of_tlv(&bytes),
    };
    assertion::expected(layers, &span.path, Some(index), &bytes, kind);
    // UAF §3.4.6.5, §3.5.7.5: the assertion answers the fcParams beside it.
    let message = around.split("assertions[").next().unwrap_or_default();
    let fc_params = document.text_at(&format!("{message}fcParams"));
    let claimed = LooseAssertion::find(&bytes)
        .and_then(|found| Some((found.hash_algorithm(), found.final_challenge_hash?.to_vec())));
    if let (Some(text), Some((hash, claimed)), Some(layer)) = (fc_params, claimed, layers.last_mut()) {
        compare_hash(layer, hash.digest(text.as_bytes()).as_bytes(), &claimed);
    }
}

/// Says of the hash in an assertion whether it is that of the message's `fcParams`.
fn compare_hash(layer: &mut Layer, hash: &[u8], claimed: &[u8]) {
    let tag = Place::Tag(tags::FINAL_CHALLENGE_HASH);
    let Some(entry) = layer.entries.iter_mut().find(|entry| entry.place == tag) else {
        return;
    };
    if hash == claimed {
        entry.meaning.push_str(", the hash of fcParams");
    } else {
        entry
            .broken
            .push("is not the hash of fcParams (UAF §3.4.6.5)".to_owned());
    }
}
