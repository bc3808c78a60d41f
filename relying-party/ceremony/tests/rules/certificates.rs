//! Certificates assembled by hand, so that each field can be wrong by itself.

use der::{
    Encode,
    asn1::{BitString, ObjectIdentifier, OctetString, UtcTime},
};
use p256::{
    ecdsa::{DerSignature, SigningKey, signature::Signer},
    pkcs8::EncodePublicKey,
};

pub const ECDSA_SHA256: &str = "1.2.840.10045.4.3.2";
pub const ECDSA_SHA1: &str = "1.2.840.10045.4.1";
pub const BASIC_CONSTRAINTS: &str = "2.5.29.19";
pub const KEY_USAGE: &str = "2.5.29.15";
pub const FIDO_AAID: &str = "1.3.6.1.4.1.45724.1.1.1";

/// 2025-06-15T15:06:40Z, when all tests happen; certificates are valid from 2024 to 2030.
pub const NOW_MS: u64 = 1_750_000_000_000;

/// One extension: identifier, critical, value.
pub type ExtensionRecipe = (&'static str, bool, Vec<u8>);

/// Everything that goes into a certificate.
#[derive(Clone)]
pub struct Recipe {
    /// 0 for version 1, 2 for version 3.
    pub version: u8,
    pub inner_algorithm: &'static str,
    pub outer_algorithm: &'static str,
    pub issuer: &'static str,
    pub subject: &'static str,
    pub not_before_s: u64,
    pub not_after_s: u64,
    pub key: SigningKey,
    pub extensions: Vec<ExtensionRecipe>,
}

/// A key that is the same in every run.
pub fn test_key(number: u8) -> SigningKey {
    SigningKey::from_slice(&[number; 32]).expect("a small number is a valid scalar")
}

/// `BasicConstraints { cA, pathLenConstraint }`.
pub fn basic_constraints(ca: bool, path_len: Option<u8>) -> ExtensionRecipe {
    let mut value = Vec::new();
    if ca {
        value.extend([0x01, 0x01, 0xff]);
    }
    if let Some(limit) = path_len {
        value.extend([0x02, 0x01, limit]);
    }
    (BASIC_CONSTRAINTS, true, tlv(0x30, &[&value]))
}

/// `KeyUsage` with one named bit.
pub fn key_usage(bit: u8) -> ExtensionRecipe {
    (KEY_USAGE, true, vec![0x03, 0x02, 7 - bit, 0x80 >> bit])
}

/// The extension that names the authenticator model, in an OCTET STRING.
pub fn names_aaid(aaid: &str) -> ExtensionRecipe {
    (FIDO_AAID, false, tlv(0x04, &[aaid.as_bytes()]))
}

/// The extension that names the authenticator model in WebAuthn.
pub fn names_aaguid(aaguid: [u8; 16]) -> ExtensionRecipe {
    ("1.3.6.1.4.1.45724.1.1.4", false, tlv(0x04, &[&aaguid]))
}

impl Recipe {
    /// A version 3 end-entity certificate for `key`.
    pub fn leaf(subject: &'static str, issuer: &'static str, key: SigningKey) -> Self {
        Self {
            version: 2,
            inner_algorithm: ECDSA_SHA256,
            outer_algorithm: ECDSA_SHA256,
            issuer,
            subject,
            not_before_s: 1_704_067_200,
            not_after_s: 1_893_456_000,
            key,
            extensions: vec![key_usage(0)],
        }
    }

    /// A version 3 authority for `key`.
    pub fn authority(subject: &'static str, issuer: &'static str, key: SigningKey) -> Self {
        let extensions = vec![basic_constraints(true, None), key_usage(5)];
        Self {
            extensions,
            ..Self::leaf(subject, issuer, key)
        }
    }

    /// The certificate in DER, signed with `issuer`.
    pub fn sign(&self, issuer: &SigningKey) -> Vec<u8> {
        let spki = self.key.verifying_key().to_public_key_der();
        let (inner, outer) = (algorithm(self.inner_algorithm), algorithm(self.outer_algorithm));
        self.assemble(
            spki.expect("a public key has DER").as_bytes(),
            (&inner, &outer),
            |tbs| {
                let signature: DerSignature = issuer.sign(tbs);
                signature.to_bytes().to_vec()
            },
        )
    }

    /// The certificate in DER for the key `spki`, with these `AlgorithmIdentifier`s inside and outside of what `sign`
    /// signs.
    pub fn assemble(
        &self,
        spki: &[u8],
        (inner, outer): (&[u8], &[u8]),
        sign: impl FnOnce(&[u8]) -> Vec<u8>,
    ) -> Vec<u8> {
        let mut fields = Vec::new();
        if self.version > 0 {
            fields.extend(tlv(0xa0, &[&tlv(0x02, &[&[self.version]])]));
        }
        fields.extend(tlv(0x02, &[&[1]]));
        fields.extend(inner);
        fields.extend(name(self.issuer));
        fields.extend(tlv(0x30, &[&time(self.not_before_s), &time(self.not_after_s)]));
        fields.extend(name(self.subject));
        fields.extend(spki);
        if !self.extensions.is_empty() {
            let all: Vec<u8> = self.extensions.iter().flat_map(extension).collect();
            fields.extend(tlv(0xa3, &[&tlv(0x30, &[&all])]));
        }
        let tbs = tlv(0x30, &[&fields]);
        let bits = BitString::from_bytes(&sign(&tbs)).expect("a signature is short");
        tlv(0x30, &[&tbs, outer, &bits.to_der().expect("encodes")])
    }
}

fn extension((id, critical, value): &ExtensionRecipe) -> Vec<u8> {
    let critical: &[u8] = if *critical { &[0x01, 0x01, 0xff] } else { &[] };
    let value = OctetString::new(value.as_slice())
        .expect("short")
        .to_der()
        .expect("encodes");
    tlv(0x30, &[&oid(id), critical, &value])
}

/// An object identifier in DER.
pub fn oid(id: &str) -> Vec<u8> {
    ObjectIdentifier::new(id)
        .expect("a well-formed identifier")
        .to_der()
        .expect("encodes")
}

fn algorithm(id: &str) -> Vec<u8> {
    tlv(0x30, &[&oid(id)])
}

/// A common name, or several parts such as `C=SE,O=Example,CN=leaf`.
fn name(text: &str) -> Vec<u8> {
    let part = |part: &str| {
        let (kind, value) = part.split_once('=').unwrap_or(("CN", part));
        let (id, tag) = match kind {
            "C" => ("2.5.4.6", 0x13),
            "O" => ("2.5.4.10", 0x0c),
            "OU" => ("2.5.4.11", 0x0c),
            _ => ("2.5.4.3", 0x0c),
        };
        let attribute = tlv(0x30, &[&oid(id), &tlv(tag, &[value.as_bytes()])]);
        tlv(0x31, &[&attribute])
    };
    tlv(0x30, &[&text.split(',').flat_map(part).collect::<Vec<u8>>()])
}

fn time(unix_s: u64) -> Vec<u8> {
    let time = UtcTime::from_unix_duration(std::time::Duration::from_secs(unix_s));
    time.expect("before 2050").to_der().expect("encodes")
}

/// Tag, length, value.
pub fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let value = parts.concat();
    let [high, low] = u16::try_from(value.len()).expect("short").to_be_bytes();
    let length = match value.len() {
        0..0x80 => vec![low],
        0x80..0x100 => vec![0x81, low],
        _ => vec![0x82, high, low],
    };
    [vec![tag], length, value].concat()
}
