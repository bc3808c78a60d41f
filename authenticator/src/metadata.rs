//! What a relying party is told of this installation (Metadata §4): honest values, in plain words.

#[cfg(test)]
mod tests;

use smile_protocol::metadata::{BiometricAccuracy, MetadataStatement, VerificationMethod};
use smile_protocol::uaf::assertion::UAFV1TLV;
use smile_protocol::uaf::header::Upv;

use crate::attestation::Attestation;
use crate::authenticator::{AttestationMode, Authenticator};
use crate::commands::get_info::{
    ATTACHMENT_HINT, AUTHENTICATOR_VERSION, KEY_PROTECTION, MATCHER_PROTECTION, PUBLIC_KEY_FORMAT,
    SIGNATURE_ALGORITHM, USER_VERIFICATION, tc_display, tc_display_content_type,
};
use crate::lockout::{FAILURES_PER_ROUND, FIRST_LOCKOUT_MS};

/// The statement of one installation, with its attestation root; without one the list of roots is empty,
/// which is what makes Basic Surrogate acceptable (UAF §3.4.6.5).
pub(crate) fn statement(authenticator: &Authenticator) -> MetadataStatement {
    let mode = authenticator.attestation_mode;
    let attestation = match mode {
        AttestationMode::BasicFull => "attested by a root that this installation made for itself",
        AttestationMode::BasicSurrogate => "self-attested",
    };
    let model = if authenticator.aaid == mode.aaid() {
        "Smile software authenticator, TEST AAID"
    } else {
        "Smile software authenticator"
    };
    let root_der = authenticator.attestation.as_ref().map(Attestation::root_der);
    MetadataStatement {
        aaid: authenticator.aaid,
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
        tc_display: tc_display(authenticator),
        tc_display_content_type: tc_display_content_type(authenticator),
        tc_display_png_characteristics: Vec::new(),
        attestation_root_certificates: root_der.map(<[u8]>::to_vec).into_iter().collect(),
        ecdaa_trust_anchors: Vec::new(),
        icon: None,
    }
}
