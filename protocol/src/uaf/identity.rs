//! The names of UAF: authenticator models, keys, challenges, applications, facets, users.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::json::{FromJson, Node};
use crate::limits;

/// An authenticator model, `VVVV#MMMM`: vendor code and model number in hexadecimal
/// (UAF §3.1.4). Compared without regard to case; always shown in upper case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Aaid {
    vendor: u16,
    model: u16,
}

impl Aaid {
    /// The number of characters of an AAID, and of bytes in `TAG_AAID`.
    pub const CHARS: usize = 9;

    /// An AAID from its two numbers.
    #[must_use]
    pub const fn new(vendor: u16, model: u16) -> Self {
        Self { vendor, model }
    }

    /// The vendor code, which FIDO assigns.
    #[must_use]
    pub const fn vendor(self) -> u16 {
        self.vendor
    }

    /// The vendor's number of the model.
    #[must_use]
    pub const fn model(self) -> u16 {
        self.model
    }

    /// The vendor code as the four upper-case characters of `vendorID` (UAF §3.1.11).
    #[must_use]
    pub fn vendor_id(self) -> String {
        format!("{:04X}", self.vendor)
    }
}

impl fmt::Display for Aaid {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04X}#{:04X}", self.vendor, self.model)
    }
}

impl FromStr for Aaid {
    type Err = ProtocolError;

    /// # Errors
    /// [`ProtocolError::Field`] `aaid` unless the text is four hexadecimal digits, `#`, four more.
    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        let parse = || {
            let (vendor, model) = text.split_once('#')?;
            Some(Self {
                vendor: four_hex_digits(vendor)?,
                model: four_hex_digits(model)?,
            })
        };
        parse().ok_or_else(|| {
            let rule = "has to be four hexadecimal digits, #, four hexadecimal digits";
            ProtocolError::field("aaid", FieldRule::Other(rule))
        })
    }
}

/// Exactly four hexadecimal digits; the standard parser alone would take a sign.
pub(crate) fn four_hex_digits(text: &str) -> Option<u16> {
    let digits = text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u16::from_str_radix(text, 16).ok()).flatten()
}

/// A key within one AAID: 1 to 2048 bytes, base64url in JSON (UAF §3.1.5). UAF asks for at
/// least 32 bytes; deployed clients send fewer, so the server refuses those by name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct KeyId(Vec<u8>);

impl KeyId {
    /// A key identifier from its bytes.
    ///
    /// # Errors
    /// [`FieldRule::Length`] for `keyID` unless there are 1 to 2048 bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ProtocolError> {
        check_length("keyID", bytes.len(), 1, limits::KEY_ID_BYTES)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base64url::encode(&self.0))
    }
}

impl FromStr for KeyId {
    type Err = ProtocolError;

    /// # Errors
    /// [`ProtocolError::Field`] `keyID` unless the text is base64url of 1 to 2048 bytes.
    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        Self::new(base64url::decode(text).map_err(|error| error.under("keyID"))?)
    }
}

/// The server's random challenge: 8 to 64 bytes, base64url in JSON (UAF §3.1.6).
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Challenge(Vec<u8>);

impl Challenge {
    /// A challenge from its bytes, which the caller draws from a cryptographic generator.
    ///
    /// # Errors
    /// [`FieldRule::Length`] for `challenge` unless there are 8 to 64 bytes.
    pub fn new(bytes: Vec<u8>) -> Result<Self, ProtocolError> {
        let (min, max) = (limits::CHALLENGE_MIN_BYTES, limits::CHALLENGE_MAX_BYTES);
        check_length("challenge", bytes.len(), min, max)?;
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&base64url::encode(&self.0))
    }
}

impl FromStr for Challenge {
    type Err = ProtocolError;

    /// # Errors
    /// [`ProtocolError::Field`] `challenge` unless the text is base64url of 8 to 64 bytes.
    fn from_str(text: &str) -> Result<Self, ProtocolError> {
        Self::new(base64url::decode(text).map_err(|error| error.under("challenge"))?)
    }
}

/// Text newtypes: `1..=max` characters.
macro_rules! bounded_text {
    ($(#[$outer:meta])* $name:ident, $field:literal, $max:expr) => {
        $(#[$outer])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            ///
            /// # Errors
            /// [`FieldRule::Length`] when it is empty or too long.
            pub fn new(text: impl Into<String>) -> Result<Self, ProtocolError> {
                let text = text.into();
                check_length($field, text.chars().count(), 1, $max)?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }

        impl FromStr for $name {
            type Err = ProtocolError;

            fn from_str(text: &str) -> Result<Self, ProtocolError> {
                Self::new(text)
            }
        }
    };
}

bounded_text! {
    /// The application that a key belongs to: 1 to 512 characters, an `https` URL of a trusted
    /// facet list or a facet itself (UAF §3.1.3, Facets §3).
    AppId, "appID", limits::APP_ID_CHARS
}
bounded_text! {
    /// The application that asked: 1 to 512 characters, for example a web origin or
    /// `android:apk-key-hash:…` (UAF §3.1.7, Facets §3).
    FacetId, "facetID", limits::APP_ID_CHARS
}
bounded_text! {
    /// The server's own data, which the client returns unchanged: 1 to 1536 characters
    /// (UAF §3.1.3).
    ServerData, "serverData", limits::SERVER_DATA_CHARS
}
bounded_text! {
    /// The user's name as the authenticator shows it: 1 to 128 characters (UAF §3.4.2).
    Username, "username", limits::USERNAME_CHARS
}

/// Conversions that every text form shares: serde's `try_from`/`into`, and reading from JSON.
macro_rules! text_conversions {
    ($($name:ident),+) => {$(
        impl TryFrom<String> for $name {
            type Error = ProtocolError;

            fn try_from(text: String) -> Result<Self, ProtocolError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.to_string()
            }
        }

        impl FromJson for $name {
            fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
                node.place(node.text()?.parse())
            }
        }

        impl crate::json::ToJson for $name {
            fn to_json(&self) -> serde_json::Value {
                self.to_string().into()
            }
        }
    )+};
}
text_conversions!(Aaid, KeyId, Challenge, AppId, FacetId, ServerData, Username);

fn check_length(field: &'static str, actual: usize, min: usize, max: usize) -> Result<(), ProtocolError> {
    if (min..=max).contains(&actual) {
        Ok(())
    } else {
        Err(ProtocolError::field(
            field,
            FieldRule::Length { min, max, actual },
        ))
    }
}
