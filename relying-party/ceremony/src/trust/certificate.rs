//! One certificate of a path, and the rules about one or two of them.

mod packed;

use std::time::Duration;

use der::{
    Decode, Reader, SliceReader,
    asn1::{ObjectIdentifier, OctetStringRef, Utf8StringRef},
};
use smile_protocol::uaf::identity::Aaid;
use x509_cert::{
    Certificate, Version,
    ext::{
        Extension,
        pkix::{BasicConstraints, KeyUsage},
    },
};

use super::{TrustPolicy, TrustRule};
use crate::{
    limits::CERTIFICATE_BYTES_MAX,
    signature::{VerifyingKey, verify_certificate},
};

const BASIC_CONSTRAINTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.19");
const KEY_USAGE: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.15");
/// `id-fido-gen-ce-aaid`: the model that an attestation certificate was issued for.
const FIDO_AAID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.45724.1.1.1");

/// Critical extensions that the rules here take account of.
const UNDERSTOOD: [ObjectIdentifier; 3] = [BASIC_CONSTRAINTS, KEY_USAGE, FIDO_AAID];

/// A certificate that is well-formed by itself.
pub(super) struct AttestationCertificate<'d> {
    der: &'d [u8],
    tbs: &'d [u8],
    certificate: Certificate,
    basic_constraints: Option<BasicConstraints>,
    key_usage: Option<KeyUsage>,
    aaid_extension: Option<Vec<u8>>,
}

impl<'d> AttestationCertificate<'d> {
    pub(super) fn decode(der: &'d [u8]) -> Result<Self, TrustRule> {
        if der.len() > CERTIFICATE_BYTES_MAX {
            return Err(TrustRule::Malformed);
        }
        let certificate = Certificate::from_der(der).map_err(|_| TrustRule::Malformed)?;
        let tbs = signed_part(der).map_err(|_| TrustRule::Malformed)?;
        let fields = certificate.tbs_certificate();
        // RFC 5280 §4.1.1.2: the algorithm inside and outside of the signed part is the same.
        if fields.signature() != certificate.signature_algorithm() {
            return Err(TrustRule::AlgorithmsDiffer);
        }
        let extensions = fields.extensions().map_or(&[][..], Vec::as_slice);
        check_extensions(extensions, fields.version())?;
        Ok(Self {
            der,
            tbs,
            basic_constraints: decoded(extensions, BASIC_CONSTRAINTS)?,
            key_usage: decoded(extensions, KEY_USAGE)?,
            aaid_extension: value_of(extensions, FIDO_AAID).map(<[u8]>::to_vec),
            certificate,
        })
    }

    pub(super) fn der(&self) -> &'d [u8] {
        self.der
    }

    pub(super) fn key(&self) -> Result<VerifyingKey, TrustRule> {
        let spki = self.certificate.tbs_certificate().subject_public_key_info();
        VerifyingKey::from_spki(spki).map_err(TrustRule::Key)
    }

    pub(super) fn must_be_valid_at(&self, now_ms: u64) -> Result<(), TrustRule> {
        let validity = self.certificate.tbs_certificate().validity();
        let now = Duration::from_millis(now_ms);
        // RFC 5280 §4.1.2.5: both ends belong to the validity; `notAfter` names a whole second.
        if now < validity.not_before.to_unix_duration() {
            return Err(TrustRule::NotYetValid);
        }
        if now >= validity.not_after.to_unix_duration() + Duration::from_secs(1) {
            return Err(TrustRule::Expired);
        }
        Ok(())
    }

    pub(super) fn names_issuer(&self, issuer: &AttestationCertificate) -> bool {
        self.certificate.tbs_certificate().issuer() == issuer.certificate.tbs_certificate().subject()
    }

    /// That `issuer`, a certificate of the path, issued this one and may; `below` is how many CA certificates of
    /// the path are between `issuer` and the leaf.
    pub(super) fn must_be_issued_by(
        &self,
        issuer: &AttestationCertificate,
        below: usize,
        policy: TrustPolicy,
    ) -> Result<(), TrustRule> {
        // RFC 5280 §6.1.4 (k): only version 3 can say that it is a CA. Without this, each version 1 leaf in the
        // field could issue further leaves.
        if issuer.basic_constraints.is_none() {
            return Err(TrustRule::IssuerNotCa);
        }
        self.must_be_issued_by_anchor(issuer, below, policy)
    }

    /// The same for an issuer that metadata lists: that makes it a CA even as a version 1 certificate.
    pub(super) fn must_be_issued_by_anchor(
        &self,
        anchor: &AttestationCertificate,
        below: usize,
        policy: TrustPolicy,
    ) -> Result<(), TrustRule> {
        // RFC 5280 §6.1.3 (a)(4). Names are compared as they were encoded, which is stricter than §7.1.
        if !self.names_issuer(anchor) {
            return Err(TrustRule::IssuerMismatch);
        }
        anchor.must_be_ca(below)?;
        // RFC 5280 §6.1.3 (a)(1).
        let signature = self
            .certificate
            .signature()
            .as_bytes()
            .ok_or(TrustRule::Malformed)?;
        verify_certificate(
            self.certificate.signature_algorithm(),
            &anchor.key()?,
            self.tbs,
            signature,
            policy,
        )
        .map_err(TrustRule::Signature)?;
        Ok(())
    }

    fn must_be_ca(&self, below: usize) -> Result<(), TrustRule> {
        let version_1 = self.certificate.tbs_certificate().version() == Version::V1;
        match &self.basic_constraints {
            None if version_1 => return Ok(()),
            // RFC 5280 §6.1.4 (k).
            None => return Err(TrustRule::IssuerNotCa),
            Some(constraints) if !constraints.ca => return Err(TrustRule::IssuerNotCa),
            // RFC 5280 §6.1.4 (m).
            Some(constraints)
                if constraints
                    .path_len_constraint
                    .is_some_and(|limit| usize::from(limit) < below) =>
            {
                return Err(TrustRule::PathLenConstraint);
            }
            Some(_) => {}
        }
        // RFC 5280 §6.1.4 (n).
        match &self.key_usage {
            Some(usage) if !usage.key_cert_sign() => Err(TrustRule::IssuerKeyUsage),
            _ => Ok(()),
        }
    }

    /// RFC 5280 §4.2.1.3: a key usage, where there is one, must include signing data. Leaves that are CAs are
    /// let through: real UAF authenticators sign with the key of their self-made root.
    pub(super) fn must_be_able_to_sign(&self) -> Result<(), TrustRule> {
        let is_ca = self
            .basic_constraints
            .as_ref()
            .is_some_and(|constraints| constraints.ca);
        match &self.key_usage {
            Some(usage) if !usage.digital_signature() && !is_ca => Err(TrustRule::LeafKeyUsage),
            _ => Ok(()),
        }
    }

    /// Where the leaf names a model (Metadata: `id-fido-gen-ce-aaid`), it is `aaid`.
    pub(super) fn must_not_name_another(&self, aaid: Aaid) -> Result<(), TrustRule> {
        let Some(value) = &self.aaid_extension else {
            return Ok(());
        };
        // Certificates in use hold the nine characters in an OCTET STRING or in a UTF8String.
        let text = <&OctetStringRef>::from_der(value)
            .map(|octets| octets.as_bytes())
            .or_else(|_| Utf8StringRef::from_der(value).map(|text| text.as_str().as_bytes()));
        let named = text
            .ok()
            .and_then(|text| std::str::from_utf8(text).ok())
            .and_then(|text| text.parse().ok());
        if named == Some(aaid) {
            Ok(())
        } else {
            Err(TrustRule::LeafAaid)
        }
    }
}

/// The bytes of `tbsCertificate` as they were signed: never a re-encoding.
fn signed_part(der: &[u8]) -> Result<&[u8], der::Error> {
    let mut reader = SliceReader::new(der)?;
    der::Header::decode(&mut reader)?;
    reader.tlv_bytes()
}

fn check_extensions(extensions: &[Extension], version: Version) -> Result<(), TrustRule> {
    // RFC 5280 §4.1.2.9.
    if !extensions.is_empty() && version != Version::V3 {
        return Err(TrustRule::ExtensionsWithoutVersion3);
    }
    for (index, extension) in extensions.iter().enumerate() {
        // RFC 5280 §4.2: no extension occurs twice; an unknown critical one refuses the certificate.
        if extensions[..index]
            .iter()
            .any(|earlier| earlier.extn_id == extension.extn_id)
        {
            return Err(TrustRule::ExtensionTwice);
        }
        if extension.critical && !UNDERSTOOD.contains(&extension.extn_id) {
            return Err(TrustRule::CriticalExtensionUnknown);
        }
    }
    Ok(())
}

fn value_of(extensions: &[Extension], oid: ObjectIdentifier) -> Option<&[u8]> {
    extensions
        .iter()
        .find(|extension| extension.extn_id == oid)
        .map(|extension| extension.extn_value.as_bytes())
}

fn decoded<'e, T: Decode<'e, Error = der::Error>>(
    extensions: &'e [Extension],
    oid: ObjectIdentifier,
) -> Result<Option<T>, TrustRule> {
    value_of(extensions, oid)
        .map(T::from_der)
        .transpose()
        .map_err(|_| TrustRule::Malformed)
}
