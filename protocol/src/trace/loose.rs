//! What an assertion holds, whatever else is wrong with it.

use crate::hash::HashAlgorithm;
use crate::registry::AuthenticationAlgorithm;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Tlv, TlvReader};
use crate::uaf::identity::Aaid;

/// The parts of a `UAFV1TLV` assertion that could be found: of each kind the first, where the
/// specification puts it (Commands §5.2). Nothing is checked and nothing is verified; for
/// tools that look at what others sent, never for deciding whether it is accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LooseAssertion<'a> {
    /// Whether it is a registration assertion; else it is an authentication assertion.
    pub is_registration: bool,
    /// Key registration data or signed data with tag and length: what a signature is over.
    pub signed_bytes: &'a [u8],
    /// The model.
    pub aaid: Option<Aaid>,
    /// The code of the signature algorithm.
    pub algorithm: Option<u16>,
    /// The code of the public key's format; registrations only.
    pub key_format: Option<u16>,
    /// The hash of the final challenge.
    pub final_challenge_hash: Option<&'a [u8]>,
    /// The key identifier.
    pub key_id: Option<&'a [u8]>,
    /// The signature counter.
    pub sign_counter: Option<u32>,
    /// The new public key; registrations only.
    pub public_key: Option<&'a [u8]>,
    /// The tag of the attestation; registrations only.
    pub attestation: Option<u16>,
    /// The signature.
    pub signature: Option<&'a [u8]>,
    /// Certificates of the attestation, in order.
    pub certificates: Vec<&'a [u8]>,
}

impl<'a> LooseAssertion<'a> {
    /// The hash function of the algorithm that it claims; SHA-256 where that has none.
    #[must_use]
    pub fn hash_algorithm(&self) -> HashAlgorithm {
        let algorithm = self
            .algorithm
            .and_then(|code| AuthenticationAlgorithm::try_from(code).ok());
        algorithm
            .and_then(AuthenticationAlgorithm::hash)
            .unwrap_or(HashAlgorithm::Sha256)
    }

    /// Looks into `bytes`; `None` where they hold no signed structure of an assertion.
    #[must_use]
    pub fn find(bytes: &'a [u8]) -> Option<Self> {
        let outer = elements(TlvReader::new(bytes, 0)).into_iter().next()?;
        let (is_registration, signed_tag) = match outer.tag {
            tags::UAFV1_REG_ASSERTION => (true, tags::UAFV1_KRD),
            tags::UAFV1_AUTH_ASSERTION => (false, tags::UAFV1_SIGNED_DATA),
            _ => return None,
        };
        let parts = elements(outer.children());
        let signed = first(&parts, signed_tag)?;
        let data = elements(signed.children());
        let value = |tag| first(&data, tag).map(|element| element.value);
        let info = value(tags::ASSERTION_INFO).unwrap_or_default();
        let attestation = parts.iter().find(|part| is_attestation(part.tag));
        let witness = match (is_registration, attestation) {
            (true, Some(attestation)) => elements(attestation.children()),
            (true, None) => Vec::new(),
            (false, _) => parts.clone(),
        };
        let certificates = witness
            .iter()
            .filter(|element| element.tag == tags::ATTESTATION_CERT);
        Some(Self {
            is_registration,
            signed_bytes: signed.raw,
            aaid: value(tags::AAID).and_then(|text| std::str::from_utf8(text).ok()?.parse().ok()),
            algorithm: number_at(info, 3),
            key_format: number_at(info, 5),
            final_challenge_hash: value(tags::FINAL_CHALLENGE_HASH),
            key_id: value(tags::KEYID),
            sign_counter: value(tags::COUNTERS)
                .and_then(|counters| counters.first_chunk().copied())
                .map(u32::from_le_bytes),
            public_key: value(tags::PUB_KEY),
            attestation: attestation.map(|element| element.tag),
            signature: first(&witness, tags::SIGNATURE).map(|element| element.value),
            certificates: certificates.map(|element| element.value).collect(),
        })
    }
}

/// The elements up to the first that is cut short.
fn elements(mut reader: TlvReader<'_>) -> Vec<Tlv<'_>> {
    let mut found = Vec::new();
    while let Ok(Some(element)) = reader.read_next() {
        found.push(element);
    }
    found
}

fn first<'a>(elements: &[Tlv<'a>], tag: u16) -> Option<Tlv<'a>> {
    elements.iter().copied().find(|element| element.tag == tag)
}

/// 0x3E07 to 0x3E0C: those of UAF 1.1 and of later registries.
fn is_attestation(tag: u16) -> bool {
    crate::registry::AttestationType::try_from(tag).is_ok()
}

fn number_at(bytes: &[u8], offset: usize) -> Option<u16> {
    let pair = bytes.get(offset..)?.first_chunk()?;
    Some(u16::from_le_bytes(*pair))
}
