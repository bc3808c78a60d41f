//! Registration assertions (Commands §5.2.1).

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::registry::AttestationType;
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
}

impl Attestation {
    /// The attestation's type in the registry.
    #[must_use]
    pub const fn kind(&self) -> AttestationType {
        match self {
            Self::BasicFull { .. } => AttestationType::BasicFull,
            Self::BasicSurrogate { .. } => AttestationType::BasicSurrogate,
            Self::Ecdaa { .. } => AttestationType::Ecdaa,
        }
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        match self {
            Self::BasicFull { signature, .. }
            | Self::BasicSurrogate { signature }
            | Self::Ecdaa { signature } => signature,
        }
    }

    fn decode(element: Tlv<'_>) -> Result<Self, ProtocolError> {
        let certificates: &[u16] = match element.tag {
            tags::ATTESTATION_BASIC_FULL => &[tags::ATTESTATION_CERT],
            _ => &[],
        };
        let inner = Composite::read(element, &[tags::SIGNATURE], certificates)?;
        let signature = inner.required(tags::SIGNATURE)?;
        let signature = signature.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec();
        match element.tag {
            tags::ATTESTATION_BASIC_FULL => {
                // Commands §5.2.1: at least the attestation certificate itself.
                inner.required(tags::ATTESTATION_CERT)?;
                let certificate = |cert: Tlv<'_>| -> Result<Vec<u8>, ProtocolError> {
                    Ok(cert.bytes_of(1, limits::ASSERTION_BYTES)?.to_vec())
                };
                let certificates = inner
                    .repeated(tags::ATTESTATION_CERT)
                    .map(certificate)
                    .collect::<Result<_, _>>()?;
                Ok(Self::BasicFull {
                    signature,
                    certificates,
                })
            }
            tags::ATTESTATION_BASIC_SURROGATE => Ok(Self::BasicSurrogate { signature }),
            _ => Ok(Self::Ecdaa { signature }),
        }
    }

    fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let mut writer = TlvWriter::default().put(tags::SIGNATURE, self.signature())?;
        if let Self::BasicFull { certificates, .. } = self {
            for certificate in certificates {
                writer = writer.put(tags::ATTESTATION_CERT, certificate)?;
            }
        }
        writer.wrap(self.kind().code())
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
}

const ATTESTATIONS: [u16; 3] = [
    tags::ATTESTATION_BASIC_FULL,
    tags::ATTESTATION_BASIC_SURROGATE,
    tags::ATTESTATION_ECDAA,
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
        let [full, surrogate, ecdaa] = ATTESTATIONS;
        let single = [tags::UAFV1_KRD, full, surrogate, ecdaa];
        let parts = Composite::read(outer, &single, &[tags::EXTENSION, tags::EXTENSION_CRITICAL])?;
        // UAF §3.4.6.5: the assertion has TAG_UAFV1_KRD as first element.
        let krd = parts.first(tags::UAFV1_KRD)?;
        let mut attestations = ATTESTATIONS.iter().filter_map(|tag| parts.optional(*tag));
        let missing = error(full, outer.offset, TlvErrorKind::Missing);
        let attestation = attestations.next().ok_or(missing)?;
        if let Some(second) = attestations.next() {
            return Err(second.error(TlvErrorKind::Duplicate));
        }
        Ok(Self {
            krd: KeyRegistrationData::decode(krd)?,
            signed_bytes: krd.raw.to_vec(),
            attestation: Attestation::decode(attestation)?,
            unsigned_extensions: AssertionExtension::of(&parts)?,
        })
    }

    /// The assertion's bytes, with the signed data exactly as in `signed_bytes`.
    ///
    /// # Errors
    /// [`ProtocolError`] where it would be longer than 4096 bytes.
    pub fn encode(&self) -> Result<Vec<u8>, ProtocolError> {
        let bytes = TlvWriter::default()
            .raw(&self.signed_bytes)
            .raw(&self.attestation.encode()?)
            .raw(&AssertionExtension::encode_all(&self.unsigned_extensions)?)
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
