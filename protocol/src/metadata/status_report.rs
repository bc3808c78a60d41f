//! What a metadata service reports of a model (Metadata Service §3.1.2, §3.1.3).

use std::fmt;

use serde_json::Value;

use crate::base64url;
use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson};
use crate::limits;
use crate::metadata::CalendarDate;

/// Declares the statuses with their names and whether they say that the model must not be trusted.
macro_rules! statuses {
    ($($(#[$meta:meta])* $variant:ident = $name:literal, $untrusted:literal;)+) => {
        /// The status of a model (Metadata Service §3.1.3; the levels and `RETIRED` are of later services).
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum AuthenticatorStatus {
            $($(#[$meta])* $variant,)+
            /// One that is not listed here: to be ignored, and kept as it came.
            Unknown(String),
        }

        impl AuthenticatorStatus {
            /// Every listed status.
            pub const LISTED: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in JSON.
            #[must_use]
            pub fn name(&self) -> &str {
                match self {
                    $(Self::$variant => $name,)+
                    Self::Unknown(name) => name,
                }
            }

            /// Whether the status says that keys or user verification of the model are not to be relied on.
            #[must_use]
            pub const fn is_compromise(&self) -> bool {
                match self {
                    $(Self::$variant => $untrusted,)+
                    Self::Unknown(_) => false,
                }
            }

            fn from_name(name: &str) -> Self {
                match name {
                    $($name => Self::$variant,)+
                    other => Self::Unknown(other.to_owned()),
                }
            }
        }
    };
}

statuses! {
    /// No certification.
    NotFidoCertified = "NOT_FIDO_CERTIFIED", false;
    /// Functional certification.
    FidoCertified = "FIDO_CERTIFIED", false;
    /// Malware gets around the user verification.
    UserVerificationBypass = "USER_VERIFICATION_BYPASS", true;
    /// An attestation key leaked.
    AttestationKeyCompromise = "ATTESTATION_KEY_COMPROMISE", true;
    /// Registered keys can be had from afar.
    UserKeyRemoteCompromise = "USER_KEY_REMOTE_COMPROMISE", true;
    /// Registered keys can be had by who holds the device.
    UserKeyPhysicalCompromise = "USER_KEY_PHYSICAL_COMPROMISE", true;
    /// A newer firmware is to be had.
    UpdateAvailable = "UPDATE_AVAILABLE", false;
    /// Not to be trusted for any reason.
    Revoked = "REVOKED", true;
    /// The vendor certified itself.
    SelfAssertionSubmitted = "SELF_ASSERTION_SUBMITTED", false;
    /// The vendor gave the model up.
    Retired = "RETIRED", false;
    /// Security level 1.
    FidoSecurityCertifiedL1 = "FIDO_SECURITY_CERTIFIED_L1", false;
    /// Security level 2.
    FidoSecurityCertifiedL2 = "FIDO_SECURITY_CERTIFIED_L2", false;
    /// Security level 3.
    FidoSecurityCertifiedL3 = "FIDO_SECURITY_CERTIFIED_L3", false;
    /// Security level 4.
    FidoSecurityCertifiedL4 = "FIDO_SECURITY_CERTIFIED_L4", false;
    /// Level 1 of later services.
    FidoCertifiedL1 = "FIDO_CERTIFIED_L1", false;
    /// Level 1+ of later services.
    FidoCertifiedL1Plus = "FIDO_CERTIFIED_L1plus", false;
    /// Level 2 of later services.
    FidoCertifiedL2 = "FIDO_CERTIFIED_L2", false;
    /// Level 2+ of later services.
    FidoCertifiedL2Plus = "FIDO_CERTIFIED_L2plus", false;
    /// Level 3 of later services.
    FidoCertifiedL3 = "FIDO_CERTIFIED_L3", false;
    /// Level 3+ of later services.
    FidoCertifiedL3Plus = "FIDO_CERTIFIED_L3plus", false;
}

impl fmt::Display for AuthenticatorStatus {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.name())
    }
}

/// One report (Metadata Service §3.1.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatusReport {
    /// The status.
    pub status: AuthenticatorStatus,
    /// Since when; without a date it is in effect while it is there.
    pub effective_date: Option<CalendarDate>,
    /// The certificate (DER) that the status is about, for instance the root of leaked attestation keys.
    pub certificate: Option<Vec<u8>>,
    /// Where there is more to read.
    pub url: Option<String>,
}

impl StatusReport {
    /// Whether the report is in effect at `now_ms`, unix milliseconds.
    #[must_use]
    pub fn is_effective_at(&self, now_ms: u64) -> bool {
        self.effective_date
            .is_none_or(|date| date.starts_at_ms() <= now_ms)
    }
}

impl FromJson for StatusReport {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let status = node.required("status")?;
        let status = AuthenticatorStatus::from_name(status.text_of(1, limits::STATUS_CHARS)?);
        let certificate = node.optional("certificate")?;
        Ok(Self {
            status,
            effective_date: node.optional_as("effectiveDate")?,
            certificate: certificate.as_ref().map(super::certificate).transpose()?,
            url: node.optional_as("url")?,
        })
    }
}

impl ToJson for StatusReport {
    fn to_json(&self) -> Value {
        let certificate = self.certificate.as_deref().map(base64url::encode_standard);
        ObjectWriter::default()
            .put("status", self.status.name())
            .put_some("effectiveDate", self.effective_date.as_ref().map(ToJson::to_json))
            .put_some("certificate", certificate)
            .put_some("url", self.url.as_deref())
            .finish()
    }
}
