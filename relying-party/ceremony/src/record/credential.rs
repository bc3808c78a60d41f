//! A registered key.

use serde::{Deserialize, Serialize};
use smile_protocol::{
    key::PublicKey,
    metadata::DisplayPngCharacteristics,
    registry::{AuthenticationAlgorithm, PublicKeyFormat},
    uaf::identity::{Aaid, KeyId},
};

use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::{ConsentId, CredentialId, TenantId, UserId},
    limits::CREDENTIAL_NAME_CHARS_MAX,
};

/// Whether a key may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum CredentialStatus {
    /// It may.
    Active,
    /// Not now; it can be made active again.
    Suspended,
    /// Never again.
    Revoked,
}

/// What is done with a registered key, other than signing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CredentialChange {
    /// It is called by this name.
    Name(CredentialName),
    /// It signs nothing until it is reinstated.
    Suspend,
    /// It may be used again.
    Reinstate,
    /// It never signs again.
    Revoke,
}

/// What a person calls the device that holds a key: 1..=64 characters without controls, no white space at the ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CredentialName(String);

impl CredentialName {
    /// Checks the characters and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        if is_label(text, CREDENTIAL_NAME_CHARS_MAX) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CeremonyError::CredentialNameInvalid)
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for CredentialName {
    type Error = CeremonyError;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text)
    }
}

impl From<CredentialName> for String {
    fn from(name: CredentialName) -> String {
        name.0
    }
}

/// Whether a text is 1..=`chars_max` characters on one line, without controls and without white space at the ends.
pub(super) fn is_label(text: &str, chars_max: usize) -> bool {
    let tidy = text.trim() == text && !text.chars().any(char::is_control);
    (1..=chars_max).contains(&text.chars().count()) && tidy
}

/// A public key as it was attested, and the same key as COSE.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredPublicKey {
    /// FIDO registry code of the signature algorithm; from metadata, confirmed by the message.
    pub algorithm: u16,
    /// FIDO registry code of the format of `original`; from metadata, confirmed by the message.
    pub format: u16,
    /// The bytes of TAG_PUB_KEY, or of the credential public key, as they were signed.
    pub original: Binary,
    /// The key as a COSE_Key (RFC 9052 §7).
    pub cose: Binary,
}

impl StoredPublicKey {
    /// The key and the algorithm that it was registered for.
    ///
    /// The reader of a message may be stricter today than on the day of registration; the key that was accepted then is
    /// the same one. So where it refuses `original`, `cose` counts, which we wrote ourselves.
    pub(crate) fn decode(&self) -> Result<(AuthenticationAlgorithm, PublicKey), CeremonyError> {
        let algorithm = AuthenticationAlgorithm::try_from(self.algorithm);
        let format = PublicKeyFormat::try_from(self.format);
        let (Ok(algorithm), Ok(format)) = (algorithm, format) else {
            return Err(CeremonyError::PublicKeyInvalid);
        };
        let key = PublicKey::decode(format, algorithm, self.original.as_slice())
            .or_else(|_| PublicKey::decode(PublicKeyFormat::Cose, algorithm, self.cose.as_slice()))
            .map_err(|_| CeremonyError::PublicKeyInvalid)?;
        Ok((algorithm, key))
    }
}

/// How the key was attested, kept so that the decision can be made again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttestationEvidence {
    /// Tag of the attestation: 0x3E07 Basic Full, 0x3E08 Basic Surrogate, 0x3E0A ATTCA; with the experimental scheme
    /// `WAV1CBOR` also 0x3E0B, none.
    pub attestation_type: u16,
    /// The whole registration assertion, in its scheme.
    pub assertion: Binary,
    /// `fcParams` as transmitted.
    pub fc_params: String,
    /// SHA-256 of the listed root (DER) that the path ends at; `None` for Basic Surrogate, which proves
    /// possession of the key and nothing about the authenticator, and for none, which proves neither.
    pub trust_anchor_sha256: Option<Binary>,
    /// SHA-256 of the metadata statement (its JSON text) that was in force.
    pub metadata_sha256: Binary,
}

/// One registered key of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credential {
    /// The identifier, derived from (tenant, AAID, KeyID); with `WAV1CBOR` from (tenant, scheme, KeyID).
    pub id: CredentialId,
    /// Whose app the key was made for.
    pub tenant: TenantId,
    /// Whose key it is.
    pub user: UserId,
    /// The assertion scheme, `UAFV1TLV` or `WAV1CBOR` (experimental). A key signs in one scheme only.
    pub scheme: String,
    /// The model of the authenticator.
    pub aaid: Aaid,
    /// The key's name inside that model.
    pub key_id: KeyId,
    /// The public key.
    pub public_key: StoredPublicKey,
    /// Highest signature counter accepted so far; 0 where the authenticator does not count.
    pub sign_counter: u32,
    /// The authenticator's version at registration or at its last use.
    pub authenticator_version: u16,
    /// What its transaction display can show, as the authenticator reported it at registration; empty where it did
    /// not, and metadata says it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tc_display_png_characteristics: Vec<DisplayPngCharacteristics>,
    /// How the key was attested.
    pub attestation: AttestationEvidence,
    /// Whether the key may be used.
    pub status: CredentialStatus,
    /// When it was registered, unix milliseconds.
    pub registered_at_ms: u64,
    /// When it last signed, unix milliseconds.
    pub last_used_at_ms: Option<u64>,
    // What earlier versions did not know: absent in their records.
    /// What its user calls it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<CredentialName>,
    /// When it was suspended, reinstated or revoked last, unix milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_changed_at_ms: Option<u64>,
    /// The consent that it was registered under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<ConsentId>,
}

impl Credential {
    /// Whether the key may be used.
    pub fn is_active(&self) -> bool {
        self.status == CredentialStatus::Active
    }

    /// The key after `change`, or why that may not happen. What is so already stays as it is.
    pub(crate) fn after(&self, change: &CredentialChange, now_ms: u64) -> Result<Self, CeremonyError> {
        let status = match change {
            CredentialChange::Name(name) => {
                let name = Some(name.clone());
                return Ok(Self { name, ..self.clone() });
            }
            CredentialChange::Revoke => CredentialStatus::Revoked,
            _ if self.status == CredentialStatus::Revoked => return Err(CeremonyError::CredentialRevoked),
            CredentialChange::Suspend => CredentialStatus::Suspended,
            CredentialChange::Reinstate => CredentialStatus::Active,
        };
        if status == self.status {
            return Ok(self.clone());
        }
        Ok(Self {
            status,
            status_changed_at_ms: Some(now_ms),
            ..self.clone()
        })
    }
}
