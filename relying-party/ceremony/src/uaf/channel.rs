//! What the client says about its TLS channel, compared with the certificates that we serve.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use der::{Decode, asn1::ObjectIdentifier};
use sha2::{Digest, Sha256, Sha384, Sha512};
use smile_protocol::uaf::challenge::ChannelBinding;
use x509_cert::Certificate;

use crate::error::CeremonyError;

/// Signature algorithms whose certificates are hashed with SHA-384 and SHA-512 (RFC 5929 §4.1).
const SHA384_SIGNED: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.3"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.12"),
];
const SHA512_SIGNED: [ObjectIdentifier; 2] = [
    ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.4"),
    ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.13"),
];

/// The TLS certificates that a client may have seen (UAF §3.1.9).
///
/// `serverEndPoint` and `tlsServerCertificate` can be judged by them. `tlsUnique` and `cid_pubkey` belong to
/// one connection, which ends before this server: they are read and not compared.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedChannel {
    /// DER of each certificate that our front end serves. Without any, bindings are not compared: then TLS ends
    /// somewhere that this server does not know.
    certificates: Vec<Vec<u8>>,
    /// Whether a response without a comparable binding is refused.
    required: bool,
}

impl ExpectedChannel {
    /// Expects one of these certificates (DER); `required` refuses responses that name none.
    pub fn new(certificates: Vec<Vec<u8>>, required: bool) -> Self {
        Self {
            certificates,
            required,
        }
    }

    /// That `binding` fits.
    pub(crate) fn must_fit(&self, binding: &ChannelBinding) -> Result<(), CeremonyError> {
        let end_point = binding.server_end_point.as_deref();
        let certificate = binding.tls_server_certificate.as_deref();
        // UAF §3.4.6.5 step 3: channelBinding is as expected; a server may demand one.
        if self.required && end_point.is_none() && certificate.is_none() {
            return Err(CeremonyError::ChannelBindingRejected);
        }
        if self.certificates.is_empty() {
            return if self.required {
                Err(CeremonyError::ChannelBindingRejected)
            } else {
                Ok(())
            };
        }
        let fits = |told: Option<&str>, expected: fn(&[u8]) -> Option<Vec<u8>>| {
            told.is_none_or(|told| {
                let expected = self
                    .certificates
                    .iter()
                    .filter_map(|certificate| expected(certificate));
                expected
                    .map(|bytes| URL_SAFE_NO_PAD.encode(bytes))
                    .any(|expected| expected == told)
            })
        };
        if fits(end_point, end_point_hash) && fits(certificate, |certificate| Some(certificate.to_vec())) {
            Ok(())
        } else {
            Err(CeremonyError::ChannelBindingRejected)
        }
    }
}

/// RFC 5929 §4.1: the certificate's hash under its own signature's hash function, SHA-256 in place of MD5 and SHA-1.
fn end_point_hash(certificate: &[u8]) -> Option<Vec<u8>> {
    let algorithm = Certificate::from_der(certificate).ok()?.signature_algorithm().oid;
    Some(match algorithm {
        oid if SHA384_SIGNED.contains(&oid) => Sha384::digest(certificate).to_vec(),
        oid if SHA512_SIGNED.contains(&oid) => Sha512::digest(certificate).to_vec(),
        _ => Sha256::digest(certificate).to_vec(),
    })
}
