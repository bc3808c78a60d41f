//! Private keys in libraries that are not the one that verifies: what they write, and what they sign.

use std::{convert::Infallible, sync::OnceLock};

use p256::ecdsa::signature::{Signer as _, hazmat::PrehashSigner as _};
use p256::pkcs8::EncodePublicKey as _;
use rsa::{
    BoxedUint,
    pkcs1::EncodeRsaPublicKey as _,
    rand_core::{TryCryptoRng, TryRng},
    traits::PublicKeyParts as _,
};
use sha2::{Sha256, Sha384, Sha512};
use smile_protocol::{
    hash::HashAlgorithm,
    key::{EcCurve, KeyKind},
    registry::{AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format},
};

use crate::certificates::tlv;

/// The primes of two RSA keys of 2048 bits, made for these tests.
const RSA_PRIMES: [[&str; 2]; 2] = [
    [
        concat!(
            "fc6278d0a880a1ffb7e553cc1da9c859988cc2fdb7413fd1ffee352d32a7603a13dad2ccd94e5ca49b8f6454c136a6b1",
            "4556c533dfbf52eacc95203ce7649be823ae59c28b5ab58d04f753d9b2555d8e5ac011805cf911e65042a8b84ba9687d",
            "7d26bb60f11d59f210a1a17514da5b93d1c19f18482e1f44fffd321561ce10cb",
        ),
        concat!(
            "d6ae53cd67b8e5143ca3782724f2142a3762442dff6d85977a805a2e9311080b30d02aaaa9233e9906e87b6ee9a42679",
            "6294f8fe86d9a2fd0988de1a75f3a2bc86c2b7c41e387ae229ce256a943b1534c16463cc6439213951389e30c602ebc6",
            "94ce75ea00b3df30a6bac170f9b1d0dcd886ab127184e0c5f5accb3622225f2d",
        ),
    ],
    [
        concat!(
            "d674f9f93714fc3f6cbd73e2dd675188335631ea8d44cf8564759830fdaa9d743b58236b89f525b49f97e0507ece2a13",
            "221e39b01e68d955efc3011016bad8a60ddb6822decf18758a633db6dad6839acaaf79248a87e1d88030b2fc400d0814",
            "24577beb0c4ea7dd43bfb836a5d260b91a0169ce2f44236e9123f8cc14824331",
        ),
        concat!(
            "cf5da472d36fe8761205ad2bc6d0e5cabb815825c0011b7427d6e1ac2e080285909b81dc707b7b8b1f253c61aa30b044",
            "f86ef7d7ca2d69a1f404a163071380c81c2c25c40354c35fff58a7a5f33f1a81f0788e8e7de1a0ed1cf868c4fb296d03",
            "6eb0681e0ff63b5336cb0b12fdf8f7e925353548392045a1ca9606f54ba44675",
        ),
    ],
];

/// DigestInfo of SHA-1 up to the hash (RFC 8017 §9.2, note 1).
const SHA1_DIGEST_INFO: [u8; 15] = [
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
];

/// Salts that are the same in every run.
pub struct CountingRng(u64);

impl TryRng for CountingRng {
    type Error = Infallible;
    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)
            .map(|()| u32::from_le_bytes(bytes))
    }
    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)
            .map(|()| u64::from_le_bytes(bytes))
    }
    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for byte in bytes {
            self.0 = self
                .0
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            *byte = self.0.to_be_bytes()[0];
        }
        Ok(())
    }
}

impl TryCryptoRng for CountingRng {}

fn rsa_key(number: u8) -> &'static rsa::PrivateKey {
    static KEYS: [OnceLock<rsa::PrivateKey>; 2] = [OnceLock::new(), OnceLock::new()];
    let which = usize::from(number % 2);
    KEYS[which].get_or_init(|| {
        let prime = |text: &str| BoxedUint::from_be_hex(text, 1024).expect("1024 bits of hexadecimal");
        let [p, q] = RSA_PRIMES[which].map(prime);
        rsa::PrivateKey::from_p_q(p, q, BoxedUint::from(65537_u64)).expect("two primes")
    })
}

/// A private key of any kind.
#[derive(Clone)]
pub enum ForeignKey {
    P256(p256::ecdsa::SigningKey),
    P384(p384::ecdsa::SigningKey),
    P521(p521::ecdsa::SigningKey),
    Secp256k1(k256::ecdsa::SigningKey),
    Ed25519(ed25519_dalek::SigningKey),
    Rsa(&'static rsa::PrivateKey),
}

/// Calls one method of whichever ECDSA key it is.
macro_rules! ecdsa {
    ($key:expr, $inner:ident => $call:expr) => {
        match $key {
            ForeignKey::P256($inner) => $call,
            ForeignKey::P384($inner) => $call,
            ForeignKey::P521($inner) => $call,
            ForeignKey::Secp256k1($inner) => $call,
            ForeignKey::Ed25519(_) | ForeignKey::Rsa(_) => panic!("not an ECDSA key"),
        }
    };
}

impl ForeignKey {
    /// A key that is the same in every run. There are two RSA keys, for even and for odd numbers.
    pub fn new(kind: KeyKind, number: u8) -> Self {
        let small = "a small number is a valid scalar";
        match kind {
            KeyKind::Ec(EcCurve::P256) => {
                Self::P256(p256::ecdsa::SigningKey::from_slice(&[number; 32]).expect(small))
            }
            KeyKind::Ec(EcCurve::P384) => {
                Self::P384(p384::ecdsa::SigningKey::from_slice(&[number; 48]).expect(small))
            }
            KeyKind::Ec(EcCurve::P521) => {
                let mut scalar = [number; 66];
                scalar[0] = 0;
                Self::P521(p521::ecdsa::SigningKey::from_slice(&scalar).expect(small))
            }
            KeyKind::Ec(EcCurve::Secp256k1) => {
                Self::Secp256k1(k256::ecdsa::SigningKey::from_slice(&[number; 32]).expect(small))
            }
            KeyKind::Ed25519 => Self::Ed25519(ed25519_dalek::SigningKey::from_bytes(&[number; 32])),
            KeyKind::Rsa => Self::Rsa(rsa_key(number)),
            other => panic!("no keys are made here of {other:?}"),
        }
    }

    /// A key for a registry algorithm.
    pub fn for_algorithm(algorithm: Algorithm, number: u8) -> Self {
        Self::new(KeyKind::of(algorithm).expect("a kind that is read here"), number)
    }

    /// A signature in the form of a registry algorithm (FIDO Registry §3.6.1).
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        match algorithm {
            Algorithm::Secp256r1EcdsaSha256Raw => self.ecdsa(HashAlgorithm::Sha256, message).0,
            Algorithm::Secp256r1EcdsaSha256Der => self.ecdsa(HashAlgorithm::Sha256, message).1,
            Algorithm::Secp256k1EcdsaSha256Raw => self.ecdsa(HashAlgorithm::Sha256, message).0,
            Algorithm::Secp256k1EcdsaSha256Der => self.ecdsa(HashAlgorithm::Sha256, message).1,
            Algorithm::Secp384r1EcdsaSha384Raw => self.ecdsa(HashAlgorithm::Sha384, message).0,
            Algorithm::Secp521r1EcdsaSha512Raw => self.ecdsa(HashAlgorithm::Sha512, message).0,
            Algorithm::Ed25519EddsaSha512Raw => self.ed25519(message),
            Algorithm::RsassaPssSha256Raw => self.pss(HashAlgorithm::Sha256, 32, message),
            Algorithm::RsassaPssSha256Der => tlv(0x04, &[&self.pss(HashAlgorithm::Sha256, 32, message)]),
            Algorithm::RsassaPssSha384Raw => self.pss(HashAlgorithm::Sha384, 48, message),
            Algorithm::RsassaPssSha512Raw => self.pss(HashAlgorithm::Sha512, 64, message),
            Algorithm::RsaEmsaPkcs1Sha256Raw | Algorithm::RsassaPkcsv15Sha256Raw => {
                self.pkcs1(HashAlgorithm::Sha256, message)
            }
            Algorithm::RsaEmsaPkcs1Sha256Der => tlv(0x04, &[&self.pkcs1(HashAlgorithm::Sha256, message)]),
            Algorithm::RsassaPkcsv15Sha384Raw => self.pkcs1(HashAlgorithm::Sha384, message),
            Algorithm::RsassaPkcsv15Sha512Raw => self.pkcs1(HashAlgorithm::Sha512, message),
            other => panic!("{} is not signed with here", other.name()),
        }
    }

    /// An ECDSA signature over the hash of `message`: `R ‖ S`, and DER.
    pub fn ecdsa(&self, hash: HashAlgorithm, message: &[u8]) -> (Vec<u8>, Vec<u8>) {
        self.ecdsa_over(hash.digest(message).as_bytes())
    }

    /// An ECDSA signature over this hash.
    pub fn ecdsa_over(&self, hash: &[u8]) -> (Vec<u8>, Vec<u8>) {
        macro_rules! both {
            ($key:expr, $curve:ident) => {{
                let signature: $curve::ecdsa::Signature =
                    $key.sign_prehash(hash).expect("the hash is long enough");
                (
                    signature.to_bytes().to_vec(),
                    signature.to_der().as_bytes().to_vec(),
                )
            }};
        }
        match self {
            Self::P256(key) => both!(key, p256),
            Self::P384(key) => both!(key, p384),
            Self::P521(key) => both!(key, p521),
            Self::Secp256k1(key) => both!(key, k256),
            Self::Ed25519(_) | Self::Rsa(_) => panic!("not an ECDSA key"),
        }
    }

    /// An Ed25519 signature.
    pub fn ed25519(&self, message: &[u8]) -> Vec<u8> {
        let Self::Ed25519(key) = self else {
            panic!("not an Ed25519 key")
        };
        key.sign(message).to_bytes().to_vec()
    }

    /// An RSASSA-PSS signature with MGF1 of the same hash.
    pub fn pss(&self, hash: HashAlgorithm, salt_bytes: usize, message: &[u8]) -> Vec<u8> {
        let (key, mut rng, hashed) = (self.rsa(), CountingRng(1), hash.digest(message));
        let hashed = hashed.as_bytes();
        let signature = match hash {
            HashAlgorithm::Sha256 => {
                key.sign_with_rng(&mut rng, rsa::Pss::<Sha256>::new_with_salt(salt_bytes), hashed)
            }
            HashAlgorithm::Sha384 => {
                key.sign_with_rng(&mut rng, rsa::Pss::<Sha384>::new_with_salt(salt_bytes), hashed)
            }
            HashAlgorithm::Sha512 => {
                key.sign_with_rng(&mut rng, rsa::Pss::<Sha512>::new_with_salt(salt_bytes), hashed)
            }
            other => panic!("{other:?} is not signed with here"),
        };
        signature.expect("2048 bits are enough")
    }

    /// An RSASSA-PKCS1-v1_5 signature.
    pub fn pkcs1(&self, hash: HashAlgorithm, message: &[u8]) -> Vec<u8> {
        let padding = match hash {
            HashAlgorithm::Sha256 => rsa::Pkcs1v15Sign::new::<Sha256>(),
            HashAlgorithm::Sha384 => rsa::Pkcs1v15Sign::new::<Sha384>(),
            HashAlgorithm::Sha512 => rsa::Pkcs1v15Sign::new::<Sha512>(),
            other => panic!("{other:?} is not signed with here"),
        };
        let signature = self.rsa().sign(padding, hash.digest(message).as_bytes());
        signature.expect("2048 bits are enough")
    }

    /// An RSASSA-PKCS1-v1_5 signature over this SHA-1 hash.
    pub fn pkcs1_sha1_over(&self, hash: &[u8]) -> Vec<u8> {
        let padding = rsa::Pkcs1v15Sign {
            hash_len: Some(20),
            prefix: Box::new(SHA1_DIGEST_INFO),
        };
        self.rsa().sign(padding, hash).expect("2048 bits are enough")
    }

    fn rsa(&self) -> &'static rsa::PrivateKey {
        match self {
            Self::Rsa(key) => key,
            _ => panic!("not an RSA key"),
        }
    }

    /// The public key in a format, for COSE with the algorithm named.
    pub fn written(&self, format: Format, algorithm: Algorithm) -> Vec<u8> {
        match format {
            Format::EccX962Raw => self.point(),
            Format::EccX962Der => self.spki(),
            Format::Rsa2048Raw => {
                let (n, e) = self.modulus_and_exponent();
                [n, e].concat()
            }
            Format::Rsa2048Der => {
                let der = self.rsa().to_public_key().to_pkcs1_der();
                der.expect("a public key has DER").as_bytes().to_vec()
            }
            Format::Cose => self.cose(algorithm),
            other => panic!("{} is not written here", other.name()),
        }
    }

    /// The uncompressed point.
    pub fn point(&self) -> Vec<u8> {
        ecdsa!(self, key => key.verifying_key().to_sec1_point(false).as_bytes().to_vec())
    }

    /// The compressed point.
    pub fn compressed_point(&self) -> Vec<u8> {
        ecdsa!(self, key => key.verifying_key().to_sec1_point(true).as_bytes().to_vec())
    }

    /// Modulus and exponent, big-endian.
    pub fn modulus_and_exponent(&self) -> (Vec<u8>, Vec<u8>) {
        let key = self.rsa();
        (key.n_bytes().to_vec(), key.e_bytes().to_vec())
    }

    /// The `SubjectPublicKeyInfo`.
    pub fn spki(&self) -> Vec<u8> {
        let der = match self {
            Self::P256(key) => key.verifying_key().to_public_key_der(),
            Self::P384(key) => key.verifying_key().to_public_key_der(),
            Self::P521(key) => key.verifying_key().to_public_key_der(),
            Self::Secp256k1(key) => key.verifying_key().to_public_key_der(),
            Self::Ed25519(key) => key.verifying_key().to_public_key_der(),
            Self::Rsa(key) => key.to_public_key().to_public_key_der(),
        };
        der.expect("a public key has DER").as_bytes().to_vec()
    }

    /// The `COSE_Key` by hand (RFC 9052 §7; RFC 9053 §2 and §7, RFC 8230 and RFC 8812 for the numbers).
    fn cose(&self, algorithm: Algorithm) -> Vec<u8> {
        let number = negative(cose_number(algorithm));
        let curve = match self {
            Self::P256(_) => 1,
            Self::P384(_) => 2,
            Self::P521(_) => 3,
            Self::Ed25519(_) => 6,
            Self::Secp256k1(_) => 8,
            Self::Rsa(_) => 0,
        };
        match self {
            Self::Rsa(_) => {
                let (n, e) = self.modulus_and_exponent();
                let head = [&[0xA4, 0x01, 0x03, 0x03], number.as_slice(), &[0x20]].concat();
                [head, byte_string(&n), vec![0x21], byte_string(&e)].concat()
            }
            Self::Ed25519(key) => {
                let head = [&[0xA4, 0x01, 0x01, 0x03], number.as_slice(), &[0x20, curve, 0x21]].concat();
                [head, byte_string(key.verifying_key().as_bytes())].concat()
            }
            _ => {
                let point = self.point();
                let (x, y) = point[1..].split_at(point.len() / 2);
                let head = [&[0xA5, 0x01, 0x02, 0x03], number.as_slice(), &[0x20, curve, 0x21]].concat();
                [head, byte_string(x), vec![0x22], byte_string(y)].concat()
            }
        }
    }
}

/// The number of a registry algorithm in COSE, without its sign (RFC 9053 §2, RFC 8230 §2, RFC 8812 §2).
pub fn cose_number(algorithm: Algorithm) -> u16 {
    match algorithm.code() {
        0x01 | 0x02 => 7,
        0x03 | 0x04 => 37,
        0x05 | 0x06 => 47,
        0x0A => 38,
        0x0B => 39,
        0x08 | 0x09 | 0x0C => 257,
        0x0D => 258,
        0x0E => 259,
        0x10 => 35,
        0x11 => 36,
        0x12 => 8,
        other => panic!("{other:#x} has no number in COSE"),
    }
}

/// CBOR of `-number`.
pub fn negative(number: u16) -> Vec<u8> {
    let [high, low] = (number - 1).to_be_bytes();
    match number {
        1..=24 => vec![0x20 | low],
        25..=256 => vec![0x38, low],
        _ => vec![0x39, high, low],
    }
}

/// CBOR of a byte string.
pub fn byte_string(bytes: &[u8]) -> Vec<u8> {
    let [high, low] = u16::try_from(bytes.len()).expect("short").to_be_bytes();
    let head = match bytes.len() {
        0..24 => vec![0x40 | low],
        24..256 => vec![0x58, low],
        _ => vec![0x59, high, low],
    };
    [head, bytes.to_vec()].concat()
}
