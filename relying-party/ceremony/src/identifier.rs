//! The names of things that the server keeps: `pi_…` a payment, `es_…` an enrolment session, and so on.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use smile_protocol::uaf::{
    identity::{Aaid, KeyId},
    wav1cbor::WAV1CBOR,
};

use crate::{
    error::CeremonyError,
    limits::{IDENTIFIER_BYTES, TENANT_CHARS_MAX, USER_CHARS_MAX},
    payment::AttemptKind,
    random::{RandomSource, draw},
};

/// Declares an identifier: a fixed prefix and 32 lower-case hexadecimal digits (16 bytes).
macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// What every such identifier starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A fresh, random identifier.
            pub fn generate(rng: &mut dyn RandomSource) -> Self {
                Self::from_bytes(draw(rng))
            }

            /// The identifier of these 16 bytes.
            pub fn from_bytes(bytes: [u8; IDENTIFIER_BYTES]) -> Self {
                Self(format!("{}{}", $prefix, hex(&bytes)))
            }

            /// Reads an identifier: the prefix, then exactly 32 lower-case hexadecimal digits.
            pub fn parse(text: &str) -> Result<Self, CeremonyError> {
                let digits = text.strip_prefix($prefix).unwrap_or("");
                let hexadecimal = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
                if digits.len() == 2 * IDENTIFIER_BYTES && digits.bytes().all(hexadecimal) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(CeremonyError::IdentifierInvalid { kind: stringify!($name) })
                }
            }

            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = CeremonyError;
            fn try_from(text: String) -> Result<Self, Self::Error> {
                Self::parse(&text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }
    };
}

identifier!(
    /// One run of a ceremony: one challenge, one use.
    CeremonyId, "ce_"
);
identifier!(
    /// One registered key.
    CredentialId, "cred_"
);
identifier!(
    /// One payment intent.
    PaymentId, "pi_"
);
identifier!(
    /// One permission to register a key for a user.
    EnrolmentSessionId, "es_"
);
identifier!(
    /// One login without a payment.
    AuthenticationSessionId, "as_"
);
identifier!(
    /// One refund of a payment.
    RefundId, "re_"
);
identifier!(
    /// One question to the processor; the idempotency key towards it.
    AttemptId, "at_"
);
identifier!(
    /// One consent of a person. Derived from the enrolment session that it permitted, so that each finds the other.
    ConsentId, "co_"
);
identifier!(
    /// One double entry of the books.
    LedgerEntryId, "le_"
);
identifier!(
    /// One idempotency key of a tenant. Derived from the key by a code that only the server can make, so that the
    /// store does not hold what the tenant chose.
    IdempotencyId, "ik_"
);

identifier!(
    /// One API key of a tenant. Derived from the hash of its text, so that no text can be stored twice.
    ApiKeyId, "ak_"
);

impl ApiKeyId {
    /// The identifier of the key whose text has this SHA-256.
    pub fn of_hash(hash: &[u8; 32]) -> Self {
        Self::from_bytes(derived(&["api key", &hex(hash)]))
    }
}

impl AttemptId {
    /// The identifier of the one question of this kind about the thing named `subject`: derived, so that it is asked
    /// under one name however often it is decided.
    pub(crate) fn of(kind: AttemptKind, subject: &str, number: u32) -> Self {
        let kind = match kind {
            AttemptKind::Capture => "capture",
            AttemptKind::Void => "void",
            AttemptKind::Refund => "refund",
        };
        // The first has none: so was it named when there was no second.
        match number {
            0 => Self::from_bytes(derived(&["attempt", kind, subject])),
            number => Self::from_bytes(derived(&["attempt", kind, subject, &number.to_string()])),
        }
    }
}

impl ConsentId {
    /// The identifier of the consent behind this enrolment session.
    pub fn of_session(session: &EnrolmentSessionId) -> Self {
        Self::from_bytes(derived(&["consent", session.as_str()]))
    }
}

impl LedgerEntryId {
    /// The identifier of the one entry that books `what` of the thing named `subject`.
    pub(crate) fn of(what: &str, subject: &str) -> Self {
        Self::from_bytes(derived(&["entry", what, subject]))
    }
}

/// 16 bytes that follow from these parts, and from no others.
fn derived(parts: &[&str]) -> [u8; IDENTIFIER_BYTES] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    let mut bytes = [0; IDENTIFIER_BYTES];
    bytes.copy_from_slice(&hash.finalize()[..IDENTIFIER_BYTES]);
    bytes
}

impl CredentialId {
    /// The identifier of the key (tenant, AAID, KeyID): derived, so that the same key cannot be stored twice
    /// (UAF §3.4.6.5: a duplicate (AAID, KeyID) fails, whoever the user is).
    pub fn of_key(tenant: &TenantId, aaid: Aaid, key_id: &KeyId) -> Self {
        Self::of(tenant, &aaid.to_string(), key_id)
    }

    /// The identifier of a key of the scheme `WAV1CBOR` (experimental), whatever its AAID: a login in that scheme names
    /// the key by its credential ID alone (WebAuthn §7.1: a credential ID is registered once).
    pub fn of_passkey(tenant: &TenantId, credential_id: &KeyId) -> Self {
        // No AAID: those have nine characters.
        Self::of(tenant, WAV1CBOR, credential_id)
    }

    fn of(tenant: &TenantId, within: &str, key_id: &KeyId) -> Self {
        let mut hash = Sha256::new();
        for part in [tenant.as_str().as_bytes(), within.as_bytes(), key_id.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let mut bytes = [0; IDENTIFIER_BYTES];
        bytes.copy_from_slice(&hash.finalize()[..IDENTIFIER_BYTES]);
        Self::from_bytes(bytes)
    }
}

impl CeremonyId {
    /// The 16 bytes behind the identifier, as they travel in `serverData`.
    pub fn to_bytes(&self) -> [u8; IDENTIFIER_BYTES] {
        let mut bytes = [0; IDENTIFIER_BYTES];
        for (byte, pair) in bytes
            .iter_mut()
            .zip(self.0.as_bytes()[Self::PREFIX.len()..].chunks_exact(2))
        {
            let nibble = |digit: u8| {
                if digit.is_ascii_digit() {
                    digit - b'0'
                } else {
                    digit - b'a' + 10
                }
            };
            *byte = nibble(pair[0]) << 4 | nibble(pair[1]);
        }
        bytes
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A merchant or provider with its own users, keys and payments: 1..=64 of `a-z A-Z 0-9 _ - .`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TenantId(String);

impl TenantId {
    /// Checks the characters and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
        if (1..=TENANT_CHARS_MAX).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(CeremonyError::IdentifierInvalid { kind: "TenantId" })
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A processor as the configuration names it, so that only the one that a payment was made for is asked about it:
/// 1..=64 of `a-z A-Z 0-9 _ - .`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ProcessorName(String);

impl ProcessorName {
    /// Checks the characters and the length.
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        // The alphabet of tenants, which log lines and file names take as it is.
        TenantId::parse(text)
            .map(|name| Self(name.0))
            .map_err(|_| CeremonyError::IdentifierInvalid {
                kind: "ProcessorName",
            })
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A person as the tenant names them: 1..=128 characters without controls, no white space at the ends.
///
/// Compared as it was given: the tenant owns its user names and their normalisation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct UserId(String);

impl UserId {
    /// Checks the characters and the length (UAF §3.4.2: username 1..=128).
    pub fn parse(text: &str) -> Result<Self, CeremonyError> {
        let length = text.chars().count();
        let tidy = text.trim() == text && !text.chars().any(char::is_control);
        if (1..=USER_CHARS_MAX).contains(&length) && tidy {
            Ok(Self(text.to_owned()))
        } else {
            Err(CeremonyError::IdentifierInvalid { kind: "UserId" })
        }
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

macro_rules! text_conversions {
    ($($name:ident),*) => {$(
        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
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
text_conversions!(TenantId, UserId, ProcessorName);
