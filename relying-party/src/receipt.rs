//! A receipt: the facts of an authorised payment as COSE_Sign1 (RFC 9052 §4.2), signed with ES256, so that anyone
//! who has the server's public key can check it without asking the server.
//!
//! The payload is a CBOR map with text keys: `v`, `issuer`, and the members of
//! [`ReceiptFacts`]: `payment`, `amount`, `amount_captured`, `payee`, `transaction_text`, `status`, `authorisation`. The last one holds
//! the authentication assertion and `fcParams` as they were received, and the public key that verifies them. No name of
//! the buyer is in it.
//!
//! The same payment in the same state yields the same bytes: of its facts only `status` and
//! `amount_captured` can change (by a capture), and
//! ECDSA is deterministic (RFC 6979).

use crate::durable_file;
use crate::entropy::{self, Entropy};
use crate::error::RelyingPartyError;
use coset::iana::{self, EnumI64};
use coset::{CborSerializable, CoseKey, CoseKeyBuilder, CoseKeySet, CoseSign1Builder, HeaderBuilder};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde::Serialize;
use sha2::{Digest, Sha256};
use smile_ceremony::identifier::PaymentId;
use smile_ceremony::payment::{Authorisation, Money, Payee, PaymentStatus, ReceiptFacts};
use std::path::Path;
use zeroize::Zeroizing;

/// Version of the payload.
const PAYLOAD_VERSION: u8 = 1;

/// Media type of the payload, in the protected header: a signature over something else is not a receipt.
const PAYLOAD_TYPE: &str = "application/smile-receipt+cbor";

/// The name of the key's file in the data folder.
const KEY_FILE: &str = "receipt.key";

/// What is signed. The facts stand here one by one, because `flatten` would make a map of indefinite length, and equal
/// facts should always give equal bytes.
#[derive(Serialize)]
struct Payload<'a> {
    v: u8,
    issuer: &'a str,
    payment: &'a PaymentId,
    amount: &'a Money,
    amount_captured: u64,
    payee: &'a Payee,
    transaction_text: &'a str,
    status: &'a PaymentStatus,
    authorisation: &'a Authorisation,
}

impl<'a> Payload<'a> {
    fn new(issuer: &'a str, facts: &'a ReceiptFacts) -> Self {
        let ReceiptFacts {
            payment,
            amount,
            amount_captured,
            payee,
            transaction_text,
            status,
            authorisation,
        } = facts;
        Self {
            v: PAYLOAD_VERSION,
            issuer,
            payment,
            amount,
            amount_captured: *amount_captured,
            payee,
            transaction_text,
            status,
            authorisation,
        }
    }
}

/// Signs receipts.
pub struct ReceiptSigner {
    key: SigningKey,
    public: CoseKey,
}

impl ReceiptSigner {
    /// The signer whose key lies in `folder`; makes the key (mode 0600) at the first call.
    ///
    /// # Errors
    /// The file cannot be read or written, others may read it, or it does not hold a key.
    pub fn open(folder: &Path, entropy: &dyn Entropy) -> Result<Self, RelyingPartyError> {
        let path = folder.join(KEY_FILE);
        let bytes = durable_file::read_or_create(&path, || new_scalar(entropy)).map_err(|source| {
            RelyingPartyError::DataFolder {
                path: path.clone(),
                source,
            }
        })?;
        let key = SigningKey::from_slice(&*bytes).map_err(|_| RelyingPartyError::KeyFile { path })?;
        Ok(Self::new(key))
    }

    /// A signer whose key lives as long as the process.
    #[must_use]
    pub fn ephemeral(entropy: &dyn Entropy) -> Self {
        let bytes = new_scalar(entropy);
        Self::new(SigningKey::from_slice(&*bytes).expect("new_scalar returns only valid keys"))
    }

    fn new(key: SigningKey) -> Self {
        let point = key.verifying_key().to_sec1_point(false);
        // SEC 1 §2.3.3: 0x04, then x and y of 32 bytes each.
        let (x, y) = (
            point.as_bytes()[1..33].to_vec(),
            point.as_bytes()[33..65].to_vec(),
        );
        let public = CoseKeyBuilder::new_ec2_pub_key(iana::EllipticCurve::P_256, x.clone(), y.clone())
            .algorithm(iana::Algorithm::ES256)
            .add_key_op(iana::KeyOperation::Verify)
            .key_id(key_id(&x, &y))
            .build();
        Self { key, public }
    }

    /// The receipt of an authorised payment as the bytes of an untagged COSE_Sign1.
    ///
    /// # Errors
    /// The facts cannot be encoded, which no value of their types can cause.
    pub fn sign(&self, issuer: &str, facts: &ReceiptFacts) -> Result<Vec<u8>, String> {
        let mut payload = Vec::new();
        ciborium::into_writer(&Payload::new(issuer, facts), &mut payload)
            .map_err(|error| error.to_string())?;
        let protected = HeaderBuilder::new()
            .algorithm(iana::Algorithm::ES256)
            .key_id(self.public.key_id.clone())
            .content_type(PAYLOAD_TYPE.to_owned())
            .build();
        CoseSign1Builder::new()
            .protected(protected)
            .payload(payload)
            .create_signature(&[], |signed| {
                let signature: Signature = self.key.sign(signed);
                signature.to_bytes().to_vec()
            })
            .build()
            .to_vec()
            .map_err(|error| error.to_string())
    }

    /// The keys that receipts are signed with, as a COSE_KeySet (RFC 9052 §7).
    #[must_use]
    pub fn key_set(&self) -> Vec<u8> {
        CoseKeySet(vec![self.public.clone()])
            .to_vec()
            .expect("a P-256 key always encodes")
    }

    /// The same keys as a JSON Web Key Set (RFC 7517) with the same key ids, in base64url.
    #[must_use]
    pub fn jwk_set(&self) -> serde_json::Value {
        let coordinate = |label: iana::Ec2KeyParameter| {
            let wanted = coset::Label::Int(label.to_i64());
            let found = self.public.params.iter().find(|(label, _)| *label == wanted);
            found
                .and_then(|(_, value)| value.as_bytes())
                .map(|bytes| base64url(bytes))
        };
        serde_json::json!({"keys": [{
            "kty": "EC",
            "crv": "P-256",
            "alg": "ES256",
            "use": "sig",
            "kid": base64url(&self.public.key_id),
            "x": coordinate(iana::Ec2KeyParameter::X),
            "y": coordinate(iana::Ec2KeyParameter::Y),
        }]})
    }
}

/// 32 random bytes that are a P-256 private key: below the group order and not zero.
fn new_scalar(entropy: &dyn Entropy) -> Zeroizing<[u8; 32]> {
    loop {
        let bytes = entropy::secret::<32>(entropy);
        if SigningKey::from_slice(&*bytes).is_ok() {
            return bytes;
        }
    }
}

/// The first 8 bytes of SHA-256 over the point: enough to tell this server's keys apart.
fn key_id(x: &[u8], y: &[u8]) -> Vec<u8> {
    Sha256::new().chain_update(x).chain_update(y).finalize()[..8].to_vec()
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}
