//! Elements that registrations and authentications share (Commands §5.2).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::hash::{HashAlgorithm, HashValue};
use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv};
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{Aaid, KeyId};

/// `TAG_ASSERTION_INFO` of a registration: seven bytes (Commands §5.2.1). The mode is always
/// 1, user verified, and is written and checked without being a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationAssertionInfo {
    /// The authenticator's firmware version.
    pub authenticator_version: u16,
    /// The algorithm of the attestation signature and of the new key.
    pub signature_algorithm: AuthenticationAlgorithm,
    /// How the public key is written.
    pub public_key_format: PublicKeyFormat,
}

impl RegistrationAssertionInfo {
    pub(super) fn decode(element: &Tlv<'_>) -> Result<Self, ProtocolError> {
        let [v0, v1, mode, s0, s1, k0, k1] = element.array()?;
        // Commands §5.2.1: the mode must be 0x01 in a registration.
        if mode != AuthenticationMode::UserVerified.code() {
            let rule = "the authentication mode of a registration has to be 1";
            return Err(element.error(TlvErrorKind::BadValue(rule)));
        }
        let key_format = u16::from_le_bytes([k0, k1]);
        Ok(Self {
            authenticator_version: u16::from_le_bytes([v0, v1]),
            signature_algorithm: algorithm(element, u16::from_le_bytes([s0, s1]))?,
            public_key_format: PublicKeyFormat::try_from(key_format)
                .map_err(|_| element.error(TlvErrorKind::UnknownCode { code: key_format }))?,
        })
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = self.authenticator_version.to_le_bytes().to_vec();
        bytes.push(AuthenticationMode::UserVerified.code());
        bytes.extend_from_slice(&self.signature_algorithm.code().to_le_bytes());
        bytes.extend_from_slice(&self.public_key_format.code().to_le_bytes());
        bytes
    }
}

/// What the user did (Commands §5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthenticationMode {
    /// The user was verified.
    UserVerified,
    /// The user was verified after the transaction was shown.
    TransactionConfirmed,
}

impl AuthenticationMode {
    /// The byte in `TAG_ASSERTION_INFO`.
    #[must_use]
    pub const fn code(self) -> u8 {
        match self {
            Self::UserVerified => 0x01,
            Self::TransactionConfirmed => 0x02,
        }
    }
}

/// `TAG_ASSERTION_INFO` of an authentication: five bytes (Commands §5.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AuthenticationAssertionInfo {
    /// The authenticator's firmware version.
    pub authenticator_version: u16,
    /// What the user did.
    pub authentication_mode: AuthenticationMode,
    /// The algorithm of the signature, as the authenticator claims. The server goes by the
    /// registered one.
    pub signature_algorithm: AuthenticationAlgorithm,
}

impl AuthenticationAssertionInfo {
    pub(super) fn decode(element: &Tlv<'_>) -> Result<Self, ProtocolError> {
        let [v0, v1, mode, s0, s1] = element.array()?;
        let authentication_mode = match mode {
            0x01 => AuthenticationMode::UserVerified,
            0x02 => AuthenticationMode::TransactionConfirmed,
            _ => {
                let rule = "the authentication mode has to be 1 or 2";
                return Err(element.error(TlvErrorKind::BadValue(rule)));
            }
        };
        Ok(Self {
            authenticator_version: u16::from_le_bytes([v0, v1]),
            authentication_mode,
            signature_algorithm: algorithm(element, u16::from_le_bytes([s0, s1]))?,
        })
    }

    pub(super) fn encode(self) -> Vec<u8> {
        let mut bytes = self.authenticator_version.to_le_bytes().to_vec();
        bytes.push(self.authentication_mode.code());
        bytes.extend_from_slice(&self.signature_algorithm.code().to_le_bytes());
        bytes
    }
}

fn algorithm(element: &Tlv<'_>, code: u16) -> Result<AuthenticationAlgorithm, ProtocolError> {
    AuthenticationAlgorithm::try_from(code).map_err(|_| element.error(TlvErrorKind::UnknownCode { code }))
}

/// Reads `TAG_AAID`.
pub(in crate::uaf) fn aaid(composite: &Composite<'_>) -> Result<Aaid, ProtocolError> {
    let element = composite.required(tags::AAID)?;
    element.text_of(Aaid::CHARS, Aaid::CHARS)?.parse().map_err(|_| {
        element.error(TlvErrorKind::BadValue(
            "is not four hex digits, #, four hex digits",
        ))
    })
}

/// Reads `TAG_KEYID`.
pub(in crate::uaf) fn key_id(composite: &Composite<'_>) -> Result<KeyId, ProtocolError> {
    let element = composite.required(tags::KEYID)?;
    let bytes = element.bytes_of(1, crate::limits::KEY_ID_BYTES)?;
    KeyId::new(bytes.to_vec())
}

/// Reads `TAG_FINAL_CHALLENGE_HASH` of an assertion that is signed with `algorithm`.
pub(in crate::uaf) fn final_challenge_hash(
    composite: &Composite<'_>,
    algorithm: AuthenticationAlgorithm,
) -> Result<FinalChallengeHash, ProtocolError> {
    hash_value(&composite.required(tags::FINAL_CHALLENGE_HASH)?, algorithm.hash()).map(FinalChallengeHash)
}

/// Reads a value of `hash` (Commands §5.2.1), or of any hash function where it is not known: commands do not say it,
/// and assertions in an algorithm without one are read so that they can be refused by its name.
pub(in crate::uaf) fn hash_value(
    element: &Tlv<'_>,
    hash: Option<HashAlgorithm>,
) -> Result<HashValue, ProtocolError> {
    let (min, max) = match hash {
        Some(hash) => (hash.output_bytes(), hash.output_bytes()),
        None => (32, 64),
    };
    let between = TlvErrorKind::BadValue("has a length between those of hashes: 32, 48 or 64 bytes");
    HashValue::try_from(element.bytes_of(min, max)?).map_err(|_| element.error(between))
}
