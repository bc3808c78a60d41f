//! Checks a receipt as anyone could, with the server's public key alone, and reads what it says.

use ciborium::Value;
use coset::{CborSerializable, CoseKey, CoseKeySet, CoseSign1, Label, RegisteredLabelWithPrivate, iana};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};

use crate::QuickstartError;

/// Verifies the COSE_Sign1 (RFC 9052 §4.2) `receipt` with the key of the COSE_KeySet `keys` that it names, and
/// returns its payload (CBOR). Errors: it is no COSE_Sign1, its key is unknown, it is not ES256, or the signature is
/// not the key's.
pub fn verify(receipt: &[u8], keys: &[u8]) -> Result<Vec<u8>, QuickstartError> {
    let bad = |rule: &str| QuickstartError::Receipt(rule.to_owned());
    let sign1 = CoseSign1::from_slice(receipt).map_err(|_| bad("is not a COSE_Sign1"))?;
    if sign1.protected.header.alg != Some(RegisteredLabelWithPrivate::Assigned(iana::Algorithm::ES256)) {
        return Err(bad("is not signed with ES256"));
    }
    let keys = CoseKeySet::from_slice(keys).map_err(|_| bad("comes with keys that are no COSE_KeySet"))?;
    let named = keys
        .0
        .iter()
        .find(|key| key.key_id == sign1.protected.header.key_id);
    let key = named
        .and_then(verifying_key)
        .ok_or_else(|| bad("names a key that is not published"))?;
    sign1
        .verify_signature(&[], |signature, signed| {
            key.verify(signed, &Signature::from_slice(signature)?)
        })
        .map_err(|_: p256::ecdsa::Error| bad("is not signed by the key that it names"))?;
    sign1.payload.ok_or_else(|| bad("has no payload"))
}

/// The P-256 point of a COSE_Key (RFC 9053 §7.1.1): x and y under the labels -2 and -3.
fn verifying_key(key: &CoseKey) -> Option<VerifyingKey> {
    let coordinate = |label: i64| {
        let found = key.params.iter().find(|(name, _)| *name == Label::Int(label));
        found.and_then(|(_, value)| value.as_bytes())
    };
    let point = [&[4], coordinate(-2)?.as_slice(), coordinate(-3)?.as_slice()].concat();
    VerifyingKey::from_sec1_bytes(&point).ok()
}

/// What a verified payload says.
#[derive(Debug, PartialEq, Eq)]
pub struct Facts {
    /// Who signed the receipt: the tenant of the server.
    pub issuer: String,
    /// The payment, `pi_…`.
    pub payment: String,
    /// Its state when the receipt was written.
    pub status: String,
    /// The text that was shown and signed.
    pub transaction_text: String,
    /// The model of the authenticator that signed.
    pub aaid: String,
    /// The key's signature counter in that assertion.
    pub sign_counter: i128,
    /// When the server verified it, Unix milliseconds.
    pub authorised_at_ms: i128,
}

impl Facts {
    /// Reads a payload. Errors: it is not the CBOR map of a receipt.
    pub fn decode(payload: &[u8]) -> Result<Self, QuickstartError> {
        let bad = || QuickstartError::Receipt("does not hold what a receipt holds".to_owned());
        let facts: Value = ciborium::from_reader(payload).map_err(|_| bad())?;
        let text = |path: &[&str]| {
            at(&facts, path)
                .and_then(Value::as_text)
                .map(str::to_owned)
                .ok_or_else(bad)
        };
        let number = |path: &[&str]| {
            at(&facts, path)
                .and_then(Value::as_integer)
                .map(i128::from)
                .ok_or_else(bad)
        };
        Ok(Self {
            issuer: text(&["issuer"])?,
            payment: text(&["payment"])?,
            status: text(&["status"])?,
            transaction_text: text(&["transaction_text"])?,
            aaid: text(&["authorisation", "aaid"])?,
            sign_counter: number(&["authorisation", "sign_counter"])?,
            authorised_at_ms: number(&["authorisation", "authorised_at_ms"])?,
        })
    }

    /// Errors unless the receipt is about this payment, in this state, with this text: a signature alone would also
    /// hold for somebody else's receipt.
    pub fn must_tell_of(&self, payment: &str, text: &str, status: &str) -> Result<(), QuickstartError> {
        let told = [
            (&self.payment, payment),
            (&self.transaction_text, text),
            (&self.status, status),
        ];
        match told.iter().find(|(found, expected)| found.as_str() != *expected) {
            None => Ok(()),
            Some((found, expected)) => Err(QuickstartError::Receipt(format!(
                "tells of {found:?} and not of {expected:?}"
            ))),
        }
    }

    /// The facts for a person: name and value.
    pub fn lines(&self) -> [(&'static str, String); 7] {
        [
            ("issuer", self.issuer.clone()),
            ("payment", self.payment.clone()),
            ("status", self.status.clone()),
            ("text that was shown and signed", self.transaction_text.clone()),
            ("authenticator model (AAID)", self.aaid.clone()),
            ("signature counter", self.sign_counter.to_string()),
            ("authorised at (Unix ms)", self.authorised_at_ms.to_string()),
        ]
    }
}

fn at<'a>(value: &'a Value, path: &[&str]) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, name| {
        let members = value.as_map()?;
        members
            .iter()
            .find(|(key, _)| key.as_text() == Some(name))
            .map(|(_, value)| value)
    })
}

#[cfg(test)]
mod tests {
    use super::Facts;

    fn facts() -> Facts {
        Facts {
            issuer: "shop".into(),
            payment: "pi_1".into(),
            status: "succeeded".into(),
            transaction_text: "Pay 1.00 EUR".into(),
            aaid: "FFFF#5301".into(),
            sign_counter: 1,
            authorised_at_ms: 2,
        }
    }

    #[test]
    fn a_receipt_of_another_payment_text_or_state_is_refused() {
        facts()
            .must_tell_of("pi_1", "Pay 1.00 EUR", "succeeded")
            .expect("its own");
        for (payment, text, status) in [
            ("pi_2", "Pay 1.00 EUR", "succeeded"),
            ("pi_1", "Pay 2.00 EUR", "succeeded"),
            ("pi_1", "Pay 1.00 EUR", "failed"),
        ] {
            assert!(
                facts().must_tell_of(payment, text, status).is_err(),
                "{payment} {text} {status}"
            );
        }
    }

    #[test]
    fn a_payload_that_is_no_receipt_is_refused() {
        assert!(Facts::decode(&[0xA0]).is_err(), "an empty map");
        assert!(Facts::decode(b"not CBOR").is_err());
    }
}
