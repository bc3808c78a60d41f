//! The signature algorithms of WebAuthn by their COSE numbers (WebAuthn §5.8.5, RFC 9053 §2, RFC 8230 §2, RFC 8812 §2).

use crate::error::ProtocolError;
use crate::key::{EcCurve, KeyKind};
use crate::registry::AuthenticationAlgorithm;
use crate::webauthn::cbor::{self, Value};

/// The number of the algorithm that a `COSE_Key` names.
///
/// # Errors
/// [`ProtocolError::Cbor`] for `public key` where it is not canonical CBOR or names none.
pub fn named_by_key(cose: &[u8]) -> Result<i64, ProtocolError> {
    /// `alg` (RFC 9052 §7.1).
    const ALG: u8 = 3;
    let unnamed = cbor::error("public key", 0, "names no algorithm");
    let Value::Map(members) = cbor::read(cose, "public key")? else {
        return Err(unnamed);
    };
    let label = Value::Integer(ALG.into());
    let named = members.into_iter().find(|(name, _)| *name == label);
    named
        .and_then(|(_, value)| i64::try_from(value.as_integer()?).ok())
        .ok_or(unnamed)
}

/// A COSE algorithm with the one form of signature that WebAuthn gives it (WebAuthn §6.5.5): DER for ECDSA, the
/// signature's bytes for RSA and Ed25519. A registry code says which algorithm it is; its RAW and DER do not matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CoseAlgorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// ECDSA on P-384 with SHA-384.
    Es384,
    /// ECDSA on P-521 with SHA-512.
    Es512,
    /// ECDSA on secp256k1 with SHA-256.
    Es256k,
    /// EdDSA, here with Ed25519 keys only.
    EdDsa,
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// RSASSA-PSS with SHA-384.
    Ps384,
    /// RSASSA-PSS with SHA-512.
    Ps512,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// RSASSA-PKCS1-v1_5 with SHA-384.
    Rs384,
    /// RSASSA-PKCS1-v1_5 with SHA-512.
    Rs512,
}

impl CoseAlgorithm {
    /// Every algorithm that is known here.
    pub const ALL: [Self; 11] = [
        Self::Es256,
        Self::Es384,
        Self::Es512,
        Self::Es256k,
        Self::EdDsa,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
    ];

    /// The number in `COSE_Key` and `attStmt`.
    #[must_use]
    pub const fn code(self) -> i64 {
        match self {
            Self::Es256 => -7,
            Self::EdDsa => -8,
            Self::Es384 => -35,
            Self::Es512 => -36,
            Self::Ps256 => -37,
            Self::Ps384 => -38,
            Self::Ps512 => -39,
            Self::Es256k => -47,
            Self::Rs256 => -257,
            Self::Rs384 => -258,
            Self::Rs512 => -259,
        }
    }

    /// The algorithm with this number; `None` for SHA-1 (-65535) and all others.
    #[must_use]
    pub fn from_code(code: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.code() == code)
    }

    /// The algorithm that metadata means by a registry code (Registry §3.6.1); `None` where COSE has none or its
    /// signatures are not verified here.
    #[must_use]
    pub const fn of(algorithm: AuthenticationAlgorithm) -> Option<Self> {
        use AuthenticationAlgorithm as A;
        match algorithm {
            A::Secp256r1EcdsaSha256Raw | A::Secp256r1EcdsaSha256Der => Some(Self::Es256),
            A::Secp384r1EcdsaSha384Raw => Some(Self::Es384),
            A::Secp521r1EcdsaSha512Raw => Some(Self::Es512),
            A::Secp256k1EcdsaSha256Raw | A::Secp256k1EcdsaSha256Der => Some(Self::Es256k),
            A::Ed25519EddsaSha512Raw => Some(Self::EdDsa),
            A::RsassaPssSha256Raw | A::RsassaPssSha256Der => Some(Self::Ps256),
            A::RsassaPssSha384Raw => Some(Self::Ps384),
            A::RsassaPssSha512Raw => Some(Self::Ps512),
            A::RsaEmsaPkcs1Sha256Raw | A::RsaEmsaPkcs1Sha256Der | A::RsassaPkcsv15Sha256Raw => {
                Some(Self::Rs256)
            }
            A::RsassaPkcsv15Sha384Raw => Some(Self::Rs384),
            A::RsassaPkcsv15Sha512Raw => Some(Self::Rs512),
            A::RsassaPkcsv15Sha1Raw | A::Sm2Sm3Raw | A::Ed448EddsaSha512Raw => None,
        }
    }

    /// The kind of key that it signs with.
    #[must_use]
    pub const fn key_kind(self) -> KeyKind {
        match self {
            Self::Es256 => KeyKind::Ec(EcCurve::P256),
            Self::Es384 => KeyKind::Ec(EcCurve::P384),
            Self::Es512 => KeyKind::Ec(EcCurve::P521),
            Self::Es256k => KeyKind::Ec(EcCurve::Secp256k1),
            Self::EdDsa => KeyKind::Ed25519,
            Self::Ps256 | Self::Ps384 | Self::Ps512 | Self::Rs256 | Self::Rs384 | Self::Rs512 => KeyKind::Rsa,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_number_is_one_algorithm() {
        for one in CoseAlgorithm::ALL {
            assert_eq!(CoseAlgorithm::from_code(one.code()), Some(one));
        }
        // RS1, HMAC, and the number without its sign.
        for none in [-65535, 5, 7, 0, i64::MIN] {
            assert_eq!(CoseAlgorithm::from_code(none), None, "{none}");
        }
    }

    #[test]
    fn a_registry_code_means_an_algorithm_for_its_kind_of_key() {
        for algorithm in AuthenticationAlgorithm::ALL {
            let meant = CoseAlgorithm::of(*algorithm);
            if let Some(meant) = meant {
                assert_eq!(KeyKind::of(*algorithm), Some(meant.key_kind()), "{algorithm:?}");
            }
        }
        let meant = |code: u16| {
            let algorithm = AuthenticationAlgorithm::try_from(code).expect("a code");
            CoseAlgorithm::of(algorithm).map(CoseAlgorithm::code)
        };
        let table = [
            (1, -7),
            (2, -7),
            (3, -37),
            (4, -37),
            (5, -47),
            (6, -47),
            (8, -257),
            (9, -257),
            (0xA, -38),
            (0xB, -39),
            (0xC, -257),
            (0xD, -258),
            (0xE, -259),
            (0x10, -35),
            (0x11, -36),
            (0x12, -8),
        ];
        for (registry, cose) in table {
            assert_eq!(meant(registry), Some(cose), "{registry:#x}");
        }
        assert_eq!([7, 0xF, 0x13].map(meant), [None; 3]);
    }
}
