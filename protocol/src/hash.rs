//! The hash functions that belong to signature algorithms, and their values.

use std::fmt;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256, Sha384, Sha512};

use crate::base64url;

/// A hash function that final challenges and transactions are hashed with (UAF §3.4.6.5).
/// [`crate::registry::AuthenticationAlgorithm::hash`] says which one an authenticator uses.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HashAlgorithm {
    /// SHA-256, 32 bytes.
    Sha256,
    /// SHA-384, 48 bytes.
    Sha384,
    /// SHA-512, 64 bytes.
    Sha512,
}

impl HashAlgorithm {
    /// Every hash function, shortest value first.
    pub const ALL: [Self; 3] = [Self::Sha256, Self::Sha384, Self::Sha512];

    /// Bytes of a value.
    #[must_use]
    pub const fn output_bytes(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// The hash of `content`.
    #[must_use]
    pub fn digest(self, content: &[u8]) -> HashValue {
        match self {
            Self::Sha256 => HashValue::Sha256(Sha256::digest(content).into()),
            Self::Sha384 => HashValue::Sha384(Sha384::digest(content).into()),
            Self::Sha512 => HashValue::Sha512(Sha512::digest(content).into()),
        }
    }
}

/// A hash: 32, 48 or 64 bytes, which says by which function it can have been made.
/// In serde's formats it is the sequence of its bytes.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
#[non_exhaustive]
pub enum HashValue {
    /// A value of SHA-256.
    Sha256([u8; 32]),
    /// A value of SHA-384.
    Sha384([u8; 48]),
    /// A value of SHA-512.
    Sha512([u8; 64]),
}

impl HashValue {
    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        match self {
            Self::Sha256(bytes) => bytes,
            Self::Sha384(bytes) => bytes,
            Self::Sha512(bytes) => bytes,
        }
    }

    /// The hash function.
    #[must_use]
    pub const fn algorithm(&self) -> HashAlgorithm {
        match self {
            Self::Sha256(_) => HashAlgorithm::Sha256,
            Self::Sha384(_) => HashAlgorithm::Sha384,
            Self::Sha512(_) => HashAlgorithm::Sha512,
        }
    }
}

impl fmt::Debug for HashValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:?} {}",
            self.algorithm(),
            base64url::encode(self.as_bytes())
        )
    }
}

/// The bytes are as many as no hash function here makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a hash has 32, 48 or 64 bytes, not {actual}")]
pub struct NotAHash {
    /// How many bytes there are.
    pub actual: usize,
}

impl TryFrom<&[u8]> for HashValue {
    type Error = NotAHash;

    fn try_from(bytes: &[u8]) -> Result<Self, NotAHash> {
        let actual = bytes.len();
        let sha256 = || bytes.try_into().map(Self::Sha256);
        let sha384 = || bytes.try_into().map(Self::Sha384);
        let sha512 = || bytes.try_into().map(Self::Sha512);
        sha256()
            .or_else(|_| sha384())
            .or_else(|_| sha512())
            .map_err(|_| NotAHash { actual })
    }
}

impl TryFrom<Vec<u8>> for HashValue {
    type Error = NotAHash;

    fn try_from(bytes: Vec<u8>) -> Result<Self, NotAHash> {
        Self::try_from(bytes.as_slice())
    }
}

impl From<HashValue> for Vec<u8> {
    fn from(value: HashValue) -> Self {
        value.as_bytes().to_vec()
    }
}

impl From<[u8; 32]> for HashValue {
    fn from(bytes: [u8; 32]) -> Self {
        Self::Sha256(bytes)
    }
}

#[cfg(test)]
mod tests;
