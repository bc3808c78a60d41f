//! Registration assertions (Commands §5.2.1).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::registry::AttestationType;
use crate::uaf::assertion::arrangement::Arrangement;
use crate::uaf::assertion::extension::AssertionExtension;
use crate::uaf::assertion::krd::KeyRegistrationData;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, Tlv, TlvWriter, error};

/// How the authenticator vouches for the new key (Commands §5.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attestation {
    /// Signed by an attestation key.
    BasicFull {
        /// Over [`RegistrationAssertion::signed_bytes`].
        signature: Vec<u8>,
        /// X.509 in DER, at least one: the attestation certificate, then its issuers.
        certificates: Vec<Vec<u8>>,
    },
    /// Signed by the new key itself.
    BasicSurrogate {
        /// Over [`RegistrationAssertion::signed_bytes`].
        signature: Vec<u8>,
    },
    /// Direct anonymous attestation; decoded so that it can be refused by name.
    Ecdaa {
        /// Over [`RegistrationAssertion::signed_bytes`].
        signature: Vec<u8>,
    },
    /// Signed by an attestation key that a privacy CA certified, with the layout of Basic Full (later registries).
    AttCa {
        /// Over [`RegistrationAssertion::signed_bytes`].
        signature: Vec<u8>,
        /// X.509 in DER, at least one: the attestation certificate, then its issuers.
        certificates: Vec<Vec<u8>>,
    },
    /// No attestation (later registries). No specification at hand says what is inside: carried, to be refused by
    /// name.
    None {
        /// The element's value, as it came.
        value: Vec<u8>,
    },
    /// Signed by a key that an anonymisation CA certified (later registries). As for `None`: carried, to be refused
    /// by name.
    AnonCa {
        /// The element's value, as it came.
        value: Vec<u8>,
    },
}

impl Attestation {
    /// The attestation's type in the registry.
    #[must_use]
    pub const fn kind(&self) -> AttestationType {
        match self {
            Self::BasicFull { .. } => AttestationType::BasicFull,
            Self::BasicSurrogate { .. } => AttestationType::BasicSurrogate,
            Self::Ecdaa { .. } => AttestationType::Ecdaa,
            Self::AttCa { .. } => AttestationType::AttCa,
            Self::None { .. } => AttestationType::None,
            Self::AnonCa { .. } => AttestationType::AnonCa,
        }
    }

    /// The signature; empty for the types whose layout is not known here.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        match self {
            Self::BasicFull { signature, .. }
            | Self::BasicSurrogate { signature }
            | Self::Ecdaa { signature }
            | Self::AttCa { signature, .. } => signature,
            Self::None { .. } | Self::AnonCa { .. } => &[],
        }
    }

    /// The certificates (DER), attestation certificate first; empty for the types that have none.
    #[must_use]
    pub fn certificates(&self) -> &[Vec<u8>] {
        match self {
            Self::BasicFull { certificates, .. } | Self::AttCa { certificates, .. } => certificates,
            _ => &[],
        }
    }

    fn decode(element: Tlv<'_>) -> Result<(Self, Arrangement), ProtocolError> {
        let as_it_came = |attestation| Ok((attestation, Arrangement::default()));
        let value = || element.value.to_vec();
        match element.tag {
            tags::ATTESTATION_NONE => return as_it_came(Self::None { value: value() }),
            tags::ATTESTATION_ANONCA => return as_it_came(Self::AnonCa { value: value() }),
            _ => {}
        }
        let certified = matches!(
            element.tag,
            tags::ATTESTATION_BASIC_FULL | tags::ATTESTATION_ATTCA
        );
        let repeated: &[u16] = if certified { &[tags::ATTESTATION_CERT] } else { &[] };
        let inner = Composite::read(element, &[tags::SIGNATURE], repeated)?;
        let signature = inner.required(tags::SIGNATURE)?;
        let signature = signature.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec();
        if certified {
            // Commands §5.2.1: at least the attestation certificate itself.
            inner.required(tags::ATTESTATION_CERT)?;
        }
        let certificate = |cert: Tlv<'_>| -> Result<Vec<u8>, ProtocolError> {
            Ok(cert.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec())
        };
        let certificates = inner
            .repeated(tags::ATTESTATION_CERT)
            .map(certificate)
            .collect::<Result<_, _>>()?;
        let arrangement = Arrangement::of(&inner, None, &[tags::SIGNATURE, tags::ATTESTATION_CERT]);
        let attestation = match element.tag {
            tags::ATTESTATION_BASIC_FULL => Self::BasicFull {
                signature,
                certificates,
            },
            tags::ATTESTATION_ATTCA => Self::AttCa {
                signature,
                certificates,
            },
            tags::ATTESTATION_BASIC_SURROGATE => Self::BasicSurrogate { signature },
            _ => Self::Ecdaa { signature },
        };
        Ok((attestation, arrangement))
    }

    fn encode(&self, arrangement: &Arrangement) -> Result<Vec<u8>, ProtocolError> {
        let kind = self.kind().code();
        if let Self::None { value } | Self::AnonCa { value } = self {
            return TlvWriter::default().raw(value).wrap(kind);
        }
        let element = |tag: u16, value: &[u8]| -> Result<Vec<u8>, ProtocolError> {
            Ok(TlvWriter::default().put(tag, value)?.into_bytes())
        };
        let mut inner = vec![element(tags::SIGNATURE, self.signature())?];
        for certificate in self.certificates() {
            inner.push(element(tags::ATTESTATION_CERT, certificate)?);
        }
        TlvWriter::default().raw(&arrangement.write(inner)).wrap(kind)
    }
}

/// `TAG_UAFV1_REG_ASSERTION` (Commands §5.2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegistrationAssertion {
    /// The key registration data.
    pub krd: KeyRegistrationData,
    /// The key registration data exactly as it came, with tag and length: what the
    /// attestation signs.
    pub signed_bytes: Vec<u8>,
    /// The attestation.
    pub attestation: Attestation,
    /// Extensions outside the signed data: nobody vouches for them.
    pub unsigned_extensions: Vec<AssertionExtension>,
    /// The order of what stands beside the signed data, and the unknown elements among it.
    arrangement: Arrangement,
    /// The same inside the attestation.
    attestation_arrangement: Arrangement,
}

const ATTESTATIONS: [u16; 6] = [
    tags::ATTESTATION_BASIC_FULL,
    tags::ATTESTATION_BASIC_SURROGATE,
    tags::ATTESTATION_ECDAA,
    tags::ATTESTATION_ATTCA,
    tags::ATTESTATION_NONE,
    tags::ATTESTATION_ANONCA,
];

impl RegistrationAssertion {
    /// An assertion from data that has been encoded and attested.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] where a value is too long for a TLV.
    pub fn new(krd: KeyRegistrationData, attestation: Attestation) -> Result<Self, ProtocolError> {
        let signed_bytes = krd.encode()?;
        Ok(Self {
            krd,
            signed_bytes,
            attestation,
            unsigned_extensions: Vec::new(),
            arrangement: Arrangement::default(),
            attestation_arrangement: Arrangement::default(),
        })
    }

    /// Reads an assertion of at most 4096 bytes. Only elements inside the signed data count:
    /// the same element beside it is refused.
    ///
    /// # Errors
    /// [`ProtocolError::Tlv`] with tag, offset and rule; [`ProtocolError::TooLarge`].
    pub fn decode(bytes: &[u8]) -> Result<Self, ProtocolError> {
        check_size(bytes)?;
        let outer = Tlv::read_only(bytes, tags::UAFV1_REG_ASSERTION)?;
        let single = [&[tags::UAFV1_KRD], &ATTESTATIONS[..]].concat();
        let parts = Composite::read(outer, &single, &[tags::EXTENSION, tags::EXTENSION_CRITICAL])?;
        // UAF §3.4.6.5: the assertion has TAG_UAFV1_KRD as first element.
        let krd = parts.first(tags::UAFV1_KRD)?;
        let mut attestations = ATTESTATIONS.iter().filter_map(|tag| parts.optional(*tag));
        let missing = error(ATTESTATIONS[0], outer.offset, TlvErrorKind::Missing);
        let attestation = attestations.next().ok_or(missing)?;
        if let Some(second) = attestations.next() {
            return Err(second.error(TlvErrorKind::Duplicate));
        }
        let signed = KeyRegistrationData::decode(krd)?;
        let (attestation, attestation_arrangement) = Attestation::decode(attestation)?;
        let beside = [&ATTESTATIONS[..], &[tags::EXTENSION]].concat();
        Ok(Self {
            krd: signed,
            signed_bytes: krd.raw.to_vec(),
            attestation,
            unsigned_extensions: AssertionExtension::of(&parts)?,
            arrangement: Arrangement::of(&parts, Some(&krd), &beside),
            attestation_arrangement,
        })
    }

    /// The assertion's bytes, with the signed data exactly as in `signed_bytes`. One that was decoded comes out as it
    /// was, with its unknown elements and in its order.
    ///
    /// # Errors
    /// [`ProtocolError`] where it would be longer than 4096 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut beside = vec![self.attestation.encode(&self.attestation_arrangement)?];
        for extension in &self.unsigned_extensions {
            beside.push(extension.encode()?);
        }
        let bytes = TlvWriter::default()
            .raw(&self.signed_bytes)
            .raw(&self.arrangement.write(beside))
            .wrap(tags::UAFV1_REG_ASSERTION)?;
        check_size(&bytes)?;
        Ok(bytes)
    }
}

/// UAF §3.4.3: an assertion has at most 4096 bytes.
pub(super) fn check_size(bytes: &[u8]) -> Result<(), ProtocolError> {
    let (actual, limit) = (bytes.len(), limits::ASSERTION_BYTES);
    if actual <= limit {
        Ok(())
    } else {
        Err(ProtocolError::TooLarge {
            what: "assertion",
            limit,
            actual,
        })
    }
}
