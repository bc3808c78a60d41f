//! What a person agreed to before a key was registered. Never the text itself: its hash, version and language.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{EnrolmentSession, credential::is_label};
use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::{ConsentId, EnrolmentSessionId, TenantId, UserId},
    limits::{CONSENT_AGE_MAX_MS, CONSENT_AHEAD_MAX_MS, CONSENT_VERSION_CHARS_MAX, LANGUAGE_TAG_CHARS_MAX},
};

/// What was agreed to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ConsentPurpose {
    /// That a face is enrolled on the person's own device and its public key registered here.
    Enrolment,
}

/// The provider's name of the text: 1..=64 characters without controls, no white space at the ends.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ConsentVersion(String);

/// The language of the text, in the shape of RFC 5646: subtags of 1..=8 letters and digits, joined by hyphens, the first
/// of 2..=8 letters; at most 35 characters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LanguageTag(String);

/// The SHA-256 of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Binary", into = "Binary")]
pub struct TextSha256([u8; 32]);

impl ConsentVersion {
    /// Checks the characters and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        if is_label(text, CONSENT_VERSION_CHARS_MAX) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CeremonyError::ConsentVersionInvalid)
        }
    }
}

impl LanguageTag {
    /// Checks the shape and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        let language = text.split('-').next().unwrap_or_default();
        let is_language = language.len() >= 2 && language.bytes().all(|byte| byte.is_ascii_alphabetic());
        let is_subtag = |subtag: &str| {
            (1..=8).contains(&subtag.len()) && subtag.bytes().all(|byte| byte.is_ascii_alphanumeric())
        };
        if text.len() <= LANGUAGE_TAG_CHARS_MAX && is_language && text.split('-').all(is_subtag) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CeremonyError::LanguageTagInvalid)
        }
    }
}

impl TextSha256 {
    /// Reads 64 hexadecimal digits.
    pub fn from_hex(digits: &str) -> Result<Self, CeremonyError> {
        let mut bytes = [0; 32];
        if digits.len() != 2 * bytes.len() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(CeremonyError::TextHashInvalid);
        }
        for (byte, pair) in bytes.iter_mut().zip(digits.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).expect("hexadecimal digits are ASCII");
            *byte = u8::from_str_radix(pair, 16).expect("two hexadecimal digits are a byte");
        }
        Ok(Self(bytes))
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for TextSha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl TryFrom<Binary> for TextSha256 {
    type Error = CeremonyError;
    fn try_from(bytes: Binary) -> Result<Self, Self::Error> {
        let bytes = bytes.0.try_into();
        bytes.map(Self).map_err(|_| CeremonyError::TextHashInvalid)
    }
}

impl From<TextSha256> for Binary {
    fn from(hash: TextSha256) -> Self {
        Self(hash.0.to_vec())
    }
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl $name {
            /// As text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = CeremonyError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }
    )*};
}
text_conversions!(ConsentVersion, LanguageTag);

/// What a provider says that a person agreed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenConsent {
    /// Which text.
    pub version: ConsentVersion,
    /// In which language.
    pub language: LanguageTag,
    /// The text's hash.
    pub text_sha256: TextSha256,
    /// When, unix milliseconds.
    pub agreed_at_ms: u64,
}

/// One consent of one person, behind one enrolment session and the keys that were registered with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Consent {
    id: ConsentId,
    tenant: TenantId,
    user: UserId,
    purpose: ConsentPurpose,
    session: EnrolmentSessionId,
    version: ConsentVersion,
    language: LanguageTag,
    text_sha256: TextSha256,
    agreed_at_ms: u64,
    recorded_at_ms: u64,
    withdrawn_at_ms: Option<u64>,
}

impl Consent {
    /// The record of a consent that was given for `session`.
    pub fn record(session: &EnrolmentSession, given: GivenConsent, now_ms: u64) -> Self {
        Self {
            id: ConsentId::of_session(session.id()),
            tenant: session.tenant().clone(),
            user: session.user().clone(),
            purpose: ConsentPurpose::Enrolment,
            session: session.id().clone(),
            version: given.version,
            language: given.language,
            text_sha256: given.text_sha256,
            agreed_at_ms: given.agreed_at_ms,
            recorded_at_ms: now_ms,
            withdrawn_at_ms: None,
        }
    }

    /// That it was given at most a day before it is recorded, and at most five minutes later by the provider's clock.
    pub(crate) fn must_be_timely(&self) -> Result<(), CeremonyError> {
        let earliest_ms = self.recorded_at_ms.saturating_sub(CONSENT_AGE_MAX_MS);
        let latest_ms = self.recorded_at_ms.saturating_add(CONSENT_AHEAD_MAX_MS);
        if (earliest_ms..=latest_ms).contains(&self.agreed_at_ms) {
            Ok(())
        } else {
            Err(CeremonyError::ConsentTimeOutOfRange)
        }
    }

    /// The consent as withdrawn; the first time counts.
    pub(crate) fn withdrawn(&self, now_ms: u64) -> Self {
        Self {
            withdrawn_at_ms: self.withdrawn_at_ms.or(Some(now_ms)),
            ..self.clone()
        }
    }

    /// The identifier.
    pub fn id(&self) -> &ConsentId {
        &self.id
    }

    /// To whom it was given.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// Who gave it.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// What for.
    pub fn purpose(&self) -> ConsentPurpose {
        self.purpose
    }

    /// The session that it permitted.
    pub fn session(&self) -> &EnrolmentSessionId {
        &self.session
    }

    /// Which text.
    pub fn version(&self) -> &ConsentVersion {
        &self.version
    }

    /// In which language.
    pub fn language(&self) -> &LanguageTag {
        &self.language
    }

    /// The text's hash.
    pub fn text_sha256(&self) -> &TextSha256 {
        &self.text_sha256
    }

    /// When it was given, as the provider says, unix milliseconds.
    pub fn agreed_at_ms(&self) -> u64 {
        self.agreed_at_ms
    }

    /// When it was recorded, unix milliseconds.
    pub fn recorded_at_ms(&self) -> u64 {
        self.recorded_at_ms
    }

    /// When it was withdrawn, unix milliseconds.
    pub fn withdrawn_at_ms(&self) -> Option<u64> {
        self.withdrawn_at_ms
    }
}
