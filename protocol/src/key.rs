//! Public keys: every format of the registry on one side, curve and numbers or a COSE key on
//! the other (Registry §3.6.2). Nothing is computed: whether a point lies on its curve is for
//! whoever verifies a signature with it.

mod cose;
mod kind;
mod point;
mod spki;

use crate::error::ProtocolError;
use crate::limits;
use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};

pub use kind::{EcCurve, KeyKind};
pub use point::EcPoint;

/// Bytes of the modulus in `ALG_KEY_RSA_2048_RAW`.
const RAW_MODULUS_BYTES: usize = 256;

/// Bytes of an Ed25519 key (RFC 8032 §5.1.5).
const ED25519_BYTES: usize = 32;

/// A public key as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PublicKey {
    /// A point on a curve, not checked to lie on it.
    Ec(EcPoint),
    /// An Ed25519 key: the encoded point of RFC 8032 §5.1.2, not checked to be one.
    Ed25519([u8; ED25519_BYTES]),
    /// An RSA key of 2048 to 4096 bits.
    Rsa {
        /// The modulus, big-endian without leading zeros.
        n: Vec<u8>,
        /// The public exponent, big-endian without leading zeros.
        e: Vec<u8>,
    },
}

/// An error about a key in `format`.
fn refuse(format: PublicKeyFormat, rule: &'static str, offset: usize) -> ProtocolError {
    ProtocolError::Key {
        format: format.name(),
        rule,
        offset,
    }
}

impl PublicKey {
    /// Reads a key that is written in `format` and used with `algorithm`, which says the curve
    /// where the format does not.
    ///
    /// `ALG_KEY_RSA_2048_DER` is specified as `SEQUENCE { n, e }`; authenticators in the field
    /// write a whole `SubjectPublicKeyInfo` under it, so both are read.
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where the bytes are not such a key, where bytes follow it, or
    /// where the key is not one for `algorithm`.
    pub fn decode(
        format: PublicKeyFormat,
        algorithm: AuthenticationAlgorithm,
        bytes: &[u8],
    ) -> Result<Self, ProtocolError> {
        let key = match format {
            PublicKeyFormat::EccX962Raw => {
                let Some(KeyKind::Ec(curve)) = KeyKind::of(algorithm) else {
                    return Err(refuse(format, "the algorithm has no curve that is read here", 0));
                };
                Self::from_point(format, curve, bytes)?
            }
            PublicKeyFormat::EccX962Der => match spki::decode(format, bytes)? {
                key @ Self::Ec(_) => key,
                Self::Ed25519(_) => return Err(refuse(format, "holds a key of no X9.62 curve", 0)),
                Self::Rsa { .. } => return Err(refuse(format, "holds an RSA key", 0)),
            },
            PublicKeyFormat::Rsa2048Raw => Self::from_raw_rsa(format, bytes)?,
            PublicKeyFormat::Rsa2048Der => spki::decode_rsa(format, bytes)?,
            PublicKeyFormat::Cose => cose::decode(format, bytes, Some(algorithm))?,
        };
        key.check_algorithm(format, algorithm)?;
        Ok(key)
    }

    /// Writes the key in `format`. `algorithm` is named in COSE keys and ignored otherwise.
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where the format cannot hold this key.
    pub fn encode(
        &self,
        format: PublicKeyFormat,
        algorithm: AuthenticationAlgorithm,
    ) -> Result<Vec<u8>, ProtocolError> {
        match (format, self) {
            (PublicKeyFormat::EccX962Raw, Self::Ec(point)) => Ok(point.uncompressed().to_vec()),
            (PublicKeyFormat::EccX962Der, Self::Ec(_)) => spki::encode(format, self),
            (PublicKeyFormat::Rsa2048Raw, Self::Rsa { n, e }) if n.len() == RAW_MODULUS_BYTES => {
                Ok([n.as_slice(), e].concat())
            }
            (PublicKeyFormat::Rsa2048Der, Self::Rsa { n, e }) => spki::encode_rsa(format, n, e),
            (PublicKeyFormat::Cose, _) => self.to_cose(algorithm),
            _ => Err(refuse(format, "cannot hold a key of this kind", 0)),
        }
    }

    /// The key as a `COSE_Key` in deterministic CBOR, naming the COSE algorithm of `algorithm`
    /// (RFC 9052 §7, RFC 9053 §7.1 and §7.2, RFC 8230 §4, RFC 8812 §3.1).
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where COSE has no such algorithm or the key is not one for it.
    pub fn to_cose(&self, algorithm: AuthenticationAlgorithm) -> Result<Vec<u8>, ProtocolError> {
        self.check_algorithm(PublicKeyFormat::Cose, algorithm)?;
        cose::encode(self, algorithm)
    }

    /// Reads a `COSE_Key`. An algorithm that it names has to fit the kind of key.
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where the bytes are not such a key, or bytes follow it.
    pub fn from_cose(bytes: &[u8]) -> Result<Self, ProtocolError> {
        cose::decode(PublicKeyFormat::Cose, bytes, None)
    }

    /// The key as DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7, RFC 3279 §2.3, RFC 8410 §4), which
    /// verifiers read.
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where a number is too long for DER.
    pub fn to_spki(&self) -> Result<Vec<u8>, ProtocolError> {
        spki::encode(PublicKeyFormat::EccX962Der, self)
    }

    /// Reads a DER `SubjectPublicKeyInfo`, for example a certificate's.
    ///
    /// # Errors
    /// [`ProtocolError::Key`] where it is not one of the kinds read here.
    pub fn from_spki(bytes: &[u8]) -> Result<Self, ProtocolError> {
        spki::decode(PublicKeyFormat::EccX962Der, bytes)
    }

    /// The kind of key.
    #[must_use]
    pub const fn kind(&self) -> KeyKind {
        match self {
            Self::Ec(point) => KeyKind::Ec(point.curve()),
            Self::Ed25519(_) => KeyKind::Ed25519,
            Self::Rsa { .. } => KeyKind::Rsa,
        }
    }

    /// The uncompressed point `04 ‖ X ‖ Y`; `None` for keys that are no X9.62 point.
    #[must_use]
    pub fn x962_point(&self) -> Option<Vec<u8>> {
        match self {
            Self::Ec(point) => Some(point.uncompressed().to_vec()),
            Self::Ed25519(_) | Self::Rsa { .. } => None,
        }
    }

    /// The key from an uncompressed point.
    fn from_point(format: PublicKeyFormat, curve: EcCurve, bytes: &[u8]) -> Result<Self, ProtocolError> {
        let [0x04, coordinates @ ..] = bytes else {
            return Err(refuse(format, "has to begin with 04, an uncompressed point", 0));
        };
        let length = curve.coordinate_bytes();
        if coordinates.len() < 2 * length {
            return Err(refuse(format, "is shorter than its point", bytes.len()));
        }
        let (x, y) = coordinates.split_at(length);
        let point = EcPoint::new(curve, x, y);
        let point = point.ok_or(refuse(format, "is longer than its point", 1 + 2 * length))?;
        Ok(Self::Ec(point))
    }

    /// The key from a modulus of 256 bytes followed by the exponent.
    fn from_raw_rsa(format: PublicKeyFormat, bytes: &[u8]) -> Result<Self, ProtocolError> {
        let (n, e) = bytes.split_at_checked(RAW_MODULUS_BYTES).ok_or(refuse(
            format,
            "is shorter than its modulus",
            bytes.len(),
        ))?;
        Self::from_rsa_numbers(format, n, e)
    }

    /// The key from two big-endian numbers without leading zeros.
    fn from_rsa_numbers(format: PublicKeyFormat, n: &[u8], e: &[u8]) -> Result<Self, ProtocolError> {
        if !limits::RSA_MODULUS_BYTES.contains(&n.len()) || n[0] & 0x80 == 0 {
            return Err(refuse(format, "has to have a modulus of 2048 to 4096 bits", 0));
        }
        let odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        let canonical = e.first().is_some_and(|byte| *byte != 0);
        if !limits::RSA_EXPONENT_BYTES.contains(&e.len()) || !canonical || !odd(e) || e == [1] {
            return Err(refuse(
                format,
                "has to have an odd exponent from 3 to 64 bits",
                n.len(),
            ));
        }
        if !odd(n) {
            return Err(refuse(format, "has to have an odd modulus", 0));
        }
        Ok(Self::Rsa {
            n: n.to_vec(),
            e: e.to_vec(),
        })
    }

    /// Registry §3.6.1: a signature algorithm belongs to one kind of key, and to one curve.
    fn check_algorithm(
        &self,
        format: PublicKeyFormat,
        algorithm: AuthenticationAlgorithm,
    ) -> Result<(), ProtocolError> {
        if KeyKind::of(algorithm) == Some(self.kind()) {
            Ok(())
        } else {
            Err(refuse(format, "is not a key for the algorithm", 0))
        }
    }
}

#[cfg(test)]
mod tests;
