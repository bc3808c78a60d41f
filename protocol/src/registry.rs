//! The FIDO registry of predefined values: algorithms, key formats, attestation types and
//! the bit flags of authenticator descriptions (Registry §3, UAF Registry §4).

use serde::{Deserialize, Serialize};

use crate::hash::HashAlgorithm;

/// Declares an enum over registry codes with its names and both conversions.
macro_rules! registry_codes {
    ($(#[$outer:meta])* $name:ident, $what:literal { $($(#[$inner:meta])* $variant:ident = $code:literal, $text:literal;)+ }) => {
        $(#[$outer])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "u16", into = "u16")]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$inner])* $variant,)+
        }

        impl $name {
            /// Every code of the registry that this crate knows, in ascending order.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The 16-bit code.
            #[must_use]
            pub const fn code(self) -> u16 {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The constant's name in the specification.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $text,)+ }
            }
        }

        impl TryFrom<u16> for $name {
            type Error = UnknownCode;

            fn try_from(code: u16) -> Result<Self, UnknownCode> {
                match code {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownCode { what: $what, code }),
                }
            }
        }

        impl From<$name> for u16 {
            fn from(value: $name) -> Self {
                value.code()
            }
        }
    };
}

/// A code that the registry does not list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{what} 0x{code:04X} is not in the registry")]
pub struct UnknownCode {
    /// What the code should have been, for example `authentication algorithm`.
    pub what: &'static str,
    /// The code.
    pub code: u16,
}

registry_codes! {
    /// `ALG_SIGN_*` (Registry §3.6.1): signature algorithm together with the signature's
    /// encoding. Codes from 0x0A on come with later registries.
    AuthenticationAlgorithm, "authentication algorithm" {
        /// ECDSA on P-256 with SHA-256, `R ‖ S`, 64 bytes.
        Secp256r1EcdsaSha256Raw = 0x0001, "ALG_SIGN_SECP256R1_ECDSA_SHA256_RAW";
        /// ECDSA on P-256 with SHA-256, DER `SEQUENCE { r, s }`.
        Secp256r1EcdsaSha256Der = 0x0002, "ALG_SIGN_SECP256R1_ECDSA_SHA256_DER";
        /// RSASSA-PSS with SHA-256, MGF1-SHA256, salt of 32 bytes; the signature's bytes.
        RsassaPssSha256Raw = 0x0003, "ALG_SIGN_RSASSA_PSS_SHA256_RAW";
        /// As above, inside a DER `OCTET STRING`.
        RsassaPssSha256Der = 0x0004, "ALG_SIGN_RSASSA_PSS_SHA256_DER";
        /// ECDSA on secp256k1 with SHA-256, `R ‖ S`, 64 bytes.
        Secp256k1EcdsaSha256Raw = 0x0005, "ALG_SIGN_SECP256K1_ECDSA_SHA256_RAW";
        /// ECDSA on secp256k1 with SHA-256, DER.
        Secp256k1EcdsaSha256Der = 0x0006, "ALG_SIGN_SECP256K1_ECDSA_SHA256_DER";
        /// SM2 with SM3 (optional for servers). Listed so that it can be named when refused.
        Sm2Sm3Raw = 0x0007, "ALG_SIGN_SM2_SM3_RAW";
        /// RSASSA-PKCS1-v1_5 with SHA-256; the signature's bytes.
        RsaEmsaPkcs1Sha256Raw = 0x0008, "ALG_SIGN_RSA_EMSA_PKCS1_SHA256_RAW";
        /// As above, inside a DER `OCTET STRING`.
        RsaEmsaPkcs1Sha256Der = 0x0009, "ALG_SIGN_RSA_EMSA_PKCS1_SHA256_DER";
        /// RSASSA-PSS with SHA-384, MGF1-SHA384, salt of 48 bytes; the signature's bytes.
        RsassaPssSha384Raw = 0x000A, "ALG_SIGN_RSASSA_PSS_SHA384_RAW";
        /// RSASSA-PSS with SHA-512, MGF1-SHA512, salt of 64 bytes; the signature's bytes.
        RsassaPssSha512Raw = 0x000B, "ALG_SIGN_RSASSA_PSS_SHA512_RAW";
        /// RSASSA-PKCS1-v1_5 with SHA-256.
        RsassaPkcsv15Sha256Raw = 0x000C, "ALG_SIGN_RSASSA_PKCSV15_SHA256_RAW";
        /// RSASSA-PKCS1-v1_5 with SHA-384.
        RsassaPkcsv15Sha384Raw = 0x000D, "ALG_SIGN_RSASSA_PKCSV15_SHA384_RAW";
        /// RSASSA-PKCS1-v1_5 with SHA-512.
        RsassaPkcsv15Sha512Raw = 0x000E, "ALG_SIGN_RSASSA_PKCSV15_SHA512_RAW";
        /// RSASSA-PKCS1-v1_5 with SHA-1. Listed so that it can be named when refused.
        RsassaPkcsv15Sha1Raw = 0x000F, "ALG_SIGN_RSASSA_PKCSV15_SHA1_RAW";
        /// ECDSA on P-384 with SHA-384, `R ‖ S`, 96 bytes.
        Secp384r1EcdsaSha384Raw = 0x0010, "ALG_SIGN_SECP384R1_ECDSA_SHA384_RAW";
        /// ECDSA on P-521 with SHA-512, `R ‖ S`, 132 bytes.
        Secp521r1EcdsaSha512Raw = 0x0011, "ALG_SIGN_SECP521R1_ECDSA_SHA512_RAW";
        /// Ed25519, 64 bytes (RFC 8032 §5.1.6).
        Ed25519EddsaSha512Raw = 0x0012, "ALG_SIGN_ED25519_EDDSA_SHA512_RAW";
        /// Ed448. Listed so that it can be named when refused.
        Ed448EddsaSha512Raw = 0x0013, "ALG_SIGN_ED448_EDDSA_SHA512_RAW";
    }
}

impl AuthenticationAlgorithm {
    /// The hash function that belongs to the algorithm. Final challenges and transactions are hashed with it too, not
    /// only what is signed (UAF §3.4.6.5). `None` where it is SM3, SHA-1 or SHAKE256, which are not used here.
    #[must_use]
    pub const fn hash(self) -> Option<HashAlgorithm> {
        match self {
            Self::Secp256r1EcdsaSha256Raw
            | Self::Secp256r1EcdsaSha256Der
            | Self::RsassaPssSha256Raw
            | Self::RsassaPssSha256Der
            | Self::Secp256k1EcdsaSha256Raw
            | Self::Secp256k1EcdsaSha256Der
            | Self::RsaEmsaPkcs1Sha256Raw
            | Self::RsaEmsaPkcs1Sha256Der
            | Self::RsassaPkcsv15Sha256Raw => Some(HashAlgorithm::Sha256),
            Self::RsassaPssSha384Raw | Self::RsassaPkcsv15Sha384Raw | Self::Secp384r1EcdsaSha384Raw => {
                Some(HashAlgorithm::Sha384)
            }
            Self::RsassaPssSha512Raw
            | Self::RsassaPkcsv15Sha512Raw
            | Self::Secp521r1EcdsaSha512Raw
            | Self::Ed25519EddsaSha512Raw => Some(HashAlgorithm::Sha512),
            Self::Sm2Sm3Raw | Self::RsassaPkcsv15Sha1Raw | Self::Ed448EddsaSha512Raw => None,
        }
    }
}

registry_codes! {
    /// `ALG_KEY_*` (Registry §3.6.2): how a public key is written.
    PublicKeyFormat, "public key format" {
        /// Uncompressed point `04 ‖ X ‖ Y`: 65 bytes on the 256-bit curves, 97 on P-384, 133 on P-521.
        EccX962Raw = 0x0100, "ALG_KEY_ECC_X962_RAW";
        /// DER `SubjectPublicKeyInfo` with a named curve.
        EccX962Der = 0x0101, "ALG_KEY_ECC_X962_DER";
        /// Modulus of 256 bytes, then the exponent.
        Rsa2048Raw = 0x0102, "ALG_KEY_RSA_2048_RAW";
        /// DER `SEQUENCE { n, e }`.
        Rsa2048Der = 0x0103, "ALG_KEY_RSA_2048_DER";
        /// A `COSE_Key` (RFC 9052 §7).
        Cose = 0x0104, "ALG_KEY_COSE";
    }
}

registry_codes! {
    /// `TAG_ATTESTATION_*` (UAF Registry §4): how an authenticator vouches for a new key.
    AttestationType, "attestation type" {
        /// Signed by an attestation key with a certificate chain.
        BasicFull = 0x3E07, "TAG_ATTESTATION_BASIC_FULL";
        /// Signed by the new key itself.
        BasicSurrogate = 0x3E08, "TAG_ATTESTATION_BASIC_SURROGATE";
        /// Direct anonymous attestation.
        Ecdaa = 0x3E09, "TAG_ATTESTATION_ECDAA";
        /// A privacy CA (later registries).
        AttCa = 0x3E0A, "ATTESTATION_ATTCA";
        /// None (later registries).
        None = 0x3E0B, "ATTESTATION_NONE";
        /// An anonymisation CA (later registries).
        AnonCa = 0x3E0C, "ATTESTATION_ANONCA";
    }
}

/// `USER_VERIFY_*` (Registry §3.1): 32-bit flags.
pub mod user_verification {
    /// Any sign of a user.
    pub const PRESENCE: u32 = 0x0001;
    /// Fingerprint.
    pub const FINGERPRINT: u32 = 0x0002;
    /// PIN or password.
    pub const PASSCODE: u32 = 0x0004;
    /// Voice.
    pub const VOICEPRINT: u32 = 0x0008;
    /// Face.
    pub const FACEPRINT: u32 = 0x0010;
    /// Location.
    pub const LOCATION: u32 = 0x0020;
    /// Iris or retina.
    pub const EYEPRINT: u32 = 0x0040;
    /// Drawn pattern.
    pub const PATTERN: u32 = 0x0080;
    /// Hand geometry.
    pub const HANDPRINT: u32 = 0x0100;
    /// No user verification.
    pub const NONE: u32 = 0x0200;
    /// Every flagged method is used, not any one of them.
    pub const ALL: u32 = 0x0400;
    /// PIN or password, entered outside of the authenticator (later registries).
    pub const PASSCODE_EXTERNAL: u32 = 0x0800;
    /// Drawn pattern, entered outside of the authenticator (later registries).
    pub const PATTERN_EXTERNAL: u32 = 0x1000;
}

/// `KEY_PROTECTION_*` (Registry §3.2): 16-bit flags.
pub mod key_protection {
    /// Software.
    pub const SOFTWARE: u16 = 0x0001;
    /// Hardware.
    pub const HARDWARE: u16 = 0x0002;
    /// Trusted execution environment.
    pub const TEE: u16 = 0x0004;
    /// Secure element.
    pub const SECURE_ELEMENT: u16 = 0x0008;
    /// The wrapped key leaves the authenticator.
    pub const REMOTE_HANDLE: u16 = 0x0010;
}

/// `MATCHER_PROTECTION_*` (Registry §3.3): 16-bit flags.
pub mod matcher_protection {
    /// Software.
    pub const SOFTWARE: u16 = 0x0001;
    /// Trusted execution environment.
    pub const TEE: u16 = 0x0002;
    /// On the sensor's chip.
    pub const ON_CHIP: u16 = 0x0004;
}

/// `ATTACHMENT_HINT_*` (Registry §3.4): 32-bit flags.
pub mod attachment_hint {
    /// Part of the device.
    pub const INTERNAL: u32 = 0x0001;
    /// A separate device.
    pub const EXTERNAL: u32 = 0x0002;
    /// Wired.
    pub const WIRED: u32 = 0x0004;
    /// Wireless.
    pub const WIRELESS: u32 = 0x0008;
    /// NFC.
    pub const NFC: u32 = 0x0010;
    /// Bluetooth.
    pub const BLUETOOTH: u32 = 0x0020;
    /// IP network.
    pub const NETWORK: u32 = 0x0040;
    /// Ready now.
    pub const READY: u32 = 0x0080;
    /// Wi-Fi Direct.
    pub const WIFI_DIRECT: u32 = 0x0100;
}

/// `TRANSACTION_CONFIRMATION_DISPLAY_*` (Registry §3.5): 16-bit flags.
pub mod tc_display {
    /// Some display.
    pub const ANY: u16 = 0x0001;
    /// Privileged software.
    pub const PRIVILEGED_SOFTWARE: u16 = 0x0002;
    /// Trusted execution environment.
    pub const TEE: u16 = 0x0004;
    /// Hardware.
    pub const HARDWARE: u16 = 0x0008;
    /// A remote device.
    pub const REMOTE: u16 = 0x0010;
}
