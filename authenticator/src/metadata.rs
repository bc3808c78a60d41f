//! What a relying party is told of this installation (Metadata §4): honest values, in plain words.

#[cfg(test)]
mod tests;

use smile_protocol::metadata::{BiometricAccuracy, MetadataStatement, VerificationMethod};
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::identity::Aaid;

use crate::authenticator::AttestationMode;
use crate::commands::get_info::{
    ATTACHMENT_HINT, AUTHENTICATOR_VERSION, KEY_PROTECTION, MATCHER_PROTECTION, PUBLIC_KEY_FORMAT,
    SIGNATURE_ALGORITHM, USER_VERIFICATION, pictures_shown, tc_display, tc_display_content_type,
};
use crate::lockout::{FAILURES_PER_ROUND, FIRST_LOCKOUT_MS};

/// What of an installation stands in its statement.
pub(crate) struct Described<'a> {
    pub(crate) aaid: Aaid,
    pub(crate) attestation_mode: AttestationMode,
    /// Whether transactions can be shown.
    pub(crate) transaction_display: bool,
    /// Whether pictures of them can be shown too.
    pub(crate) picture_display: bool,
    /// Some for Basic Full.
    pub(crate) root_der: Option<&'a [u8]>,
}

/// The statement of one installation, with its attestation root; without one the list of roots is empty,
/// which is what makes Basic Surrogate acceptable (UAF §3.4.6.5).
pub(crate) fn statement(installation: &Described<'_>) -> MetadataStatement {
    let mode = installation.attestation_mode;
    let attestation = match mode {
        AttestationMode::BasicFull => "attested by a root that this installation made for itself",
        AttestationMode::BasicSurrogate => "self-attested",
    };
    let model = if installation.aaid == mode.aaid() {
        "Smile software authenticator, TEST AAID"
    } else {
        "Smile software authenticator"
    };
    MetadataStatement {
        aaid: installation.aaid,
        aaguid: None,
        description: format!(
            "{model}, {attestation}. Face verification without a liveness check: a photo would pass."
        ),
        authenticator_version: AUTHENTICATOR_VERSION,
        protocol_family: Some("uaf".to_owned()),
        upv: Upv::SUPPORTED.to_vec(),
        assertion_scheme: UAFV1TLV.to_owned(),
        authentication_algorithm: SIGNATURE_ALGORITHM,
        public_key_format: PUBLIC_KEY_FORMAT,
        attestation_types: vec![mode.attestation_type()],
        user_verification_details: vec![vec![VerificationMethod {
            user_verification: USER_VERIFICATION,
            // No error rate stands here: none was measured as a certification asks. What was measured is
            // in the evaluation's report, with its data set.
            biometric: Some(BiometricAccuracy {
                max_reference_data_sets: Some(1),
                max_retries: u16::try_from(FAILURES_PER_ROUND).ok(),
                block_slowdown: u16::try_from(FIRST_LOCKOUT_MS / 1000).ok(),
                ..BiometricAccuracy::default()
            }),
            ..VerificationMethod::default()
        }]],
        key_protection: KEY_PROTECTION,
        is_key_restricted: Some(true),
        is_fresh_user_verification_required: Some(true),
        matcher_protection: MATCHER_PROTECTION,
        attachment_hint: ATTACHMENT_HINT,
        is_second_factor_only: false,
        tc_display: tc_display(installation.transaction_display),
        tc_display_content_type: tc_display_content_type(installation.transaction_display),
        tc_display_png_characteristics: pictures_shown(
            installation.transaction_display && installation.picture_display,
        ),
        attestation_root_certificates: installation.root_der.map(<[u8]>::to_vec).into_iter().collect(),
        ecdaa_trust_anchors: Vec::new(),
        icon: None,
    }
}
