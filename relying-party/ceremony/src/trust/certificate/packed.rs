//! What WebAuthn asks of the leaf of a packed attestation (WebAuthn §8.2.1), beyond the rules of every path.
//! Experimental, with the scheme `WAV1CBOR`.

use der::{
    Decode,
    asn1::{ObjectIdentifier, OctetStringRef},
};
use smile_protocol::webauthn::aaguid::Aaguid;
use x509_cert::Version;

use super::{AttestationCertificate, value_of};
use crate::trust::TrustRule;

/// `id-fido-gen-ce-aaguid`: the model that an attestation certificate was issued for. Not one of the extensions that may
/// be critical, as WebAuthn §8.2.1 has it.
const FIDO_AAGUID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.4");

/// What the subject's organisational unit says in every such certificate.
const UNIT: &str = "Authenticator Attestation";

impl AttestationCertificate<'_> {
    /// That this certificate may be the leaf of a packed attestation by a model with this AAGUID.
    pub(in crate::trust) fn must_be_packed_leaf(&self, aaguid: Aaguid) -> Result<(), TrustRule> {
        // WebAuthn §8.2.1: version 3.
        if self.certificate.tbs_certificate().version() != Version::V3 {
            return Err(TrustRule::PackedVersion);
        }
        if !self.has_packed_subject() {
            return Err(TrustRule::PackedSubject);
        }
        // WebAuthn §8.2.1: basicConstraints says that it is no CA.
        if self
            .basic_constraints
            .as_ref()
            .is_none_or(|constraints| constraints.ca)
        {
            return Err(TrustRule::PackedCa);
        }
        // WebAuthn §8.2: where the extension is there, its value is the AAGUID of the authenticator data.
        let extensions = self.certificate.tbs_certificate().extensions();
        let value = value_of(extensions.map_or(&[][..], Vec::as_slice), FIDO_AAGUID);
        let names = |value: &[u8]| {
            <&OctetStringRef>::from_der(value).is_ok_and(|octets| octets.as_bytes() == aaguid.0)
        };
        if value.is_none_or(names) {
            Ok(())
        } else {
            Err(TrustRule::LeafAaguid)
        }
    }

    /// WebAuthn §8.2.1: a country of two letters, an organisation, the literal unit, and a common name.
    fn has_packed_subject(&self) -> bool {
        let subject = self.certificate.tbs_certificate().subject();
        let country = subject.country().ok().flatten();
        let unit = subject.organization_unit().ok().flatten();
        let named = [subject.organization(), subject.common_name()];
        country.is_some_and(|country| country.as_str().len() == 2)
            && unit.is_some_and(|unit| unit.value() == UNIT)
            && named
                .into_iter()
                .all(|name| name.ok().flatten().is_some_and(|name| !name.value().is_empty()))
    }
}
