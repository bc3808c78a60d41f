//! What an authentication signs (Commands §5.2.2).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::hash::{HashAlgorithm, HashValue};
use crate::limits;
use crate::registry::AuthenticationAlgorithm;
use crate::uaf::assertion::extension::AssertionExtension;
use crate::uaf::assertion::info::{self, AuthenticationAssertionInfo, AuthenticationMode};
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{Aaid, KeyId};

/// The hash of a transaction's content (`TAG_TRANSACTION_CONTENT_HASH`), by the same hash function as the final
/// challenge's (UAF §3.5.7.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TransactionContentHash(pub HashValue);

impl TransactionContentHash {
    /// The hash of `content`, the bytes before base64url.
    #[must_use]
    pub fn of(algorithm: HashAlgorithm, content: &[u8]) -> Self {
        Self(algorithm.digest(content))
    }
}

/// `TAG_UAFV1_SIGNED_DATA` (Commands §5.2.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedData {
    /// The authenticator's model.
    pub aaid: Aaid,
    /// Version, mode and algorithm.
    pub assertion_info: AuthenticationAssertionInfo,
    /// Random bytes of the authenticator, at least 8.
    pub authenticator_nonce: Vec<u8>,
    /// The hash of the transmitted `fcParams`.
    pub final_challenge_hash: FinalChallengeHash,
    /// Present exactly in mode `TransactionConfirmed`; absent is an element of length 0.
    pub transaction_content_hash: Option<TransactionContentHash>,
    /// The key's identifier.
    pub key_id: KeyId,
    /// Signatures made with the key, this one included; 0 where not counted.
    pub sign_counter: u32,
    /// Extensions that are signed, in order.
    pub extensions: Vec<AssertionExtension>,
}

const SINGLE: [u16; 7] = [
    tags::AAID,
    tags::ASSERTION_INFO,
    tags::AUTHENTICATOR_NONCE,
    tags::FINAL_CHALLENGE_HASH,
    tags::TRANSACTION_CONTENT_HASH,
    tags::KEYID,
    tags::COUNTERS,
];

impl SignedData {
    /// Reads the structure.
    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let extensions = [tags::EXTENSION, tags::EXTENSION_CRITICAL];
        let data = Composite::read(element, &SINGLE, &extensions)?;
        let assertion_info = AuthenticationAssertionInfo::decode(&data.required(tags::ASSERTION_INFO)?)?;
        let nonce = data.required(tags::AUTHENTICATOR_NONCE)?;
        Ok(Self {
            aaid: info::aaid(&data)?,
            assertion_info,
            authenticator_nonce: nonce
                .bytes_of(limits::AUTHENTICATOR_NONCE_MIN_BYTES, limits::ASSERTION_BYTES)?
                .to_vec(),
            final_challenge_hash: info::final_challenge_hash(&data, assertion_info.signature_algorithm)?,
            transaction_content_hash: transaction_hash(
                &data.required(tags::TRANSACTION_CONTENT_HASH)?,
                assertion_info.authentication_mode,
                assertion_info.signature_algorithm,
            )?,
            key_id: info::key_id(&data)?,
            sign_counter: data.required(tags::COUNTERS)?.array().map(u32::from_le_bytes)?,
            extensions: AssertionExtension::of(&data)?,
        })
    }

    /// Tag, length and value: exactly the bytes that are signed.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where a value is too long for a TLV.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let content_hash = self.transaction_content_hash;
        TlvWriter::default()
            .put(tags::AAID, self.aaid.to_string().as_bytes())?
            .put(tags::ASSERTION_INFO, &self.assertion_info.encode())?
            .put(tags::AUTHENTICATOR_NONCE, &self.authenticator_nonce)?
            .put(tags::FINAL_CHALLENGE_HASH, self.final_challenge_hash.0.as_bytes())?
            .put(
                tags::TRANSACTION_CONTENT_HASH,
                content_hash.as_ref().map_or(&[], |hash| hash.0.as_bytes()),
            )?
            .put(tags::KEYID, self.key_id.as_bytes())?
            .put(tags::COUNTERS, &self.sign_counter.to_le_bytes())?
            .raw(&AssertionExtension::encode_all(&self.extensions)?)
            .wrap(tags::UAFV1_SIGNED_DATA)
    }
}

/// Commands §5.2.2: the hash has length 0 in mode 1 and the length of a hash in mode 2.
fn transaction_hash(
    element: &Tlv<'_>,
    mode: AuthenticationMode,
    algorithm: AuthenticationAlgorithm,
) -> Result<Option<TransactionContentHash>, ProtocolError> {
    match mode {
        AuthenticationMode::UserVerified if element.value.is_empty() => Ok(None),
        AuthenticationMode::UserVerified => {
            let rule = "has to be empty unless a transaction was confirmed";
            Err(element.error(TlvErrorKind::BadValue(rule)))
        }
        AuthenticationMode::TransactionConfirmed => {
            info::hash_value(element, algorithm.hash()).map(|hash| Some(TransactionContentHash(hash)))
        }
    }
}
