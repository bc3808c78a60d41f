//! A registered key.

use serde::{Deserialize, Serialize};
use smile_protocol::{
    metadata::DisplayPngCharacteristics,
    uaf::identity::{Aaid, KeyId},
};

use crate::{
    binary::Binary,
    identifier::{CredentialId, TenantId, UserId},
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
    /// The identifier, derived from (tenant, AAID, KeyID).
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
}
