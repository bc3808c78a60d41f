//! Key registration data: what an attestation signs (Commands §5.2.1).

use crate::error::ProtocolError;
use crate::uaf::assertion::extension::AssertionExtension;
use crate::uaf::assertion::info::{self, RegistrationAssertionInfo};
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{Aaid, KeyId};

/// The two counters of a registration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RegistrationCounters {
    /// Signatures made with the new key; 0 where not counted.
    pub sign_counter: u32,
    /// Registrations made by the authenticator; 0 where not counted.
    pub reg_counter: u32,
}

/// `TAG_UAFV1_KRD` (Commands §5.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRegistrationData {
    /// The authenticator's model.
    pub aaid: Aaid,
    /// Version and algorithms.
    pub assertion_info: RegistrationAssertionInfo,
    /// The hash of the transmitted `fcParams`.
    pub final_challenge_hash: FinalChallengeHash,
    /// The new key's identifier.
    pub key_id: KeyId,
    /// The counters.
    pub counters: RegistrationCounters,
    /// The new public key, in `assertion_info.public_key_format`; 1 byte or more.
    /// [`crate::key::PublicKey::decode`] reads it.
    pub public_key: Vec<u8>,
    /// Extensions that are signed, in order.
    pub extensions: Vec<AssertionExtension>,
}

/// Elements that occur once. The nonce belongs to authentications, but early clients put one
/// here as well; it is signed, it is known, and nothing is read from it.
const SINGLE: [u16; 7] = [
    tags::AAID,
    tags::ASSERTION_INFO,
    tags::FINAL_CHALLENGE_HASH,
    tags::KEYID,
    tags::COUNTERS,
    tags::PUB_KEY,
    tags::AUTHENTICATOR_NONCE,
];

impl KeyRegistrationData {
    /// Reads the structure.
    pub(super) fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let extensions = [tags::EXTENSION, tags::EXTENSION_CRITICAL];
        let krd = Composite::read(element, &SINGLE, &extensions)?;
        let [s0, s1, s2, s3, r0, r1, r2, r3] = krd.required(tags::COUNTERS)?.array()?;
        let assertion_info = RegistrationAssertionInfo::decode(&krd.required(tags::ASSERTION_INFO)?)?;
        Ok(Self {
            aaid: info::aaid(&krd)?,
            assertion_info,
            final_challenge_hash: info::final_challenge_hash(&krd, assertion_info.signature_algorithm)?,
            key_id: info::key_id(&krd)?,
            counters: RegistrationCounters {
                sign_counter: u32::from_le_bytes([s0, s1, s2, s3]),
                reg_counter: u32::from_le_bytes([r0, r1, r2, r3]),
            },
            public_key: krd
                .required(tags::PUB_KEY)?
                .bytes_of(1, crate::limits::ASSERTION_BYTES)?
                .to_vec(),
            extensions: AssertionExtension::of(&krd)?,
        })
    }

    /// Tag, length and value: exactly the bytes that the attestation signs.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where a value is too long for a TLV.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut counters = self.counters.sign_counter.to_le_bytes().to_vec();
        counters.extend_from_slice(&self.counters.reg_counter.to_le_bytes());
        TlvWriter::default()
            .put(tags::AAID, self.aaid.to_string().as_bytes())?
            .put(tags::ASSERTION_INFO, &self.assertion_info.encode())?
            .put(tags::FINAL_CHALLENGE_HASH, self.final_challenge_hash.0.as_bytes())?
            .put(tags::KEYID, self.key_id.as_bytes())?
            .put(tags::COUNTERS, &counters)?
            .put(tags::PUB_KEY, &self.public_key)?
            .raw(&AssertionExtension::encode_all(&self.extensions)?)
            .wrap(tags::UAFV1_KRD)
    }
}
