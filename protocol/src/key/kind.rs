//! Which kind of key a signature algorithm signs with, and which formats can hold it.

use crate::registry::{AuthenticationAlgorithm, PublicKeyFormat};

/// The elliptic curves, in short Weierstrass form, whose keys are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EcCurve {
    /// secp256r1.
    P256,
    /// secp384r1.
    P384,
    /// secp521r1.
    P521,
    /// secp256k1.
    Secp256k1,
}

impl EcCurve {
    /// Bytes of a coordinate (SEC 1 §2.3.5).
    #[must_use]
    pub const fn coordinate_bytes(self) -> usize {
        match self {
            Self::P256 | Self::Secp256k1 => 32,
            Self::P384 => 48,
            Self::P521 => 66,
        }
    }
}

/// The kinds of keys that are read here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyKind {
    /// A point on this curve.
    Ec(EcCurve),
    /// An Ed25519 key.
    Ed25519,
    /// A modulus and an exponent.
    Rsa,
}

impl KeyKind {
    /// The kind of key that `algorithm` signs with (Registry §3.6.1); `None` for SM2 and Ed448, whose keys are not
    /// read here.
    #[must_use]
    pub const fn of(algorithm: AuthenticationAlgorithm) -> Option<Self> {
        use AuthenticationAlgorithm as A;
        match algorithm {
            A::Secp256r1EcdsaSha256Raw | A::Secp256r1EcdsaSha256Der => Some(Self::Ec(EcCurve::P256)),
            A::Secp256k1EcdsaSha256Raw | A::Secp256k1EcdsaSha256Der => Some(Self::Ec(EcCurve::Secp256k1)),
            A::Secp384r1EcdsaSha384Raw => Some(Self::Ec(EcCurve::P384)),
            A::Secp521r1EcdsaSha512Raw => Some(Self::Ec(EcCurve::P521)),
            A::Ed25519EddsaSha512Raw => Some(Self::Ed25519),
            A::RsassaPssSha256Raw
            | A::RsassaPssSha256Der
            | A::RsaEmsaPkcs1Sha256Raw
            | A::RsaEmsaPkcs1Sha256Der
            | A::RsassaPssSha384Raw
            | A::RsassaPssSha512Raw
            | A::RsassaPkcsv15Sha256Raw
            | A::RsassaPkcsv15Sha384Raw
            | A::RsassaPkcsv15Sha512Raw
            | A::RsassaPkcsv15Sha1Raw => Some(Self::Rsa),
            A::Sm2Sm3Raw | A::Ed448EddsaSha512Raw => None,
        }
    }

    /// Whether `format` can hold such a key (Registry §3.6.2).
    ///
    /// For algorithms 1 to 9 that is what the registry lists, and COSE beside it. For the algorithms from 0x0A on the
    /// later registries speak of COSE; X9.62 and RSA forms hold the same keys without any doubt, and are read too.
    /// Ed25519 has no X9.62 form: its `SubjectPublicKeyInfo` is that of RFC 8410, not of RFC 5480.
    #[must_use]
    pub const fn fits(self, format: PublicKeyFormat) -> bool {
        use PublicKeyFormat as F;
        match format {
            F::EccX962Raw | F::EccX962Der => matches!(self, Self::Ec(_)),
            F::Rsa2048Raw | F::Rsa2048Der => matches!(self, Self::Rsa),
            F::Cose => true,
        }
    }
}
