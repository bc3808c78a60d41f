//! This installation's attestation: a root made here, one leaf under it, and the leaf's key.
//!
//! A root that an installation makes for itself proves that the format is right, not that anybody
//! vouches for the device: trust begins where a relying party puts this root into its own metadata. It
//! also makes this installation recognisable to every relying party that sees the leaf (FIDO asks
//! vendors to share one attestation key between at least 100,000 devices); Basic Surrogate does not.
//!
//! The root's private key signs the leaf and is wiped: nothing here can issue a second leaf.

#[cfg(test)]
mod tests;

use std::path::Path;
use std::str::FromStr;
use std::time::Duration;

use der::{Decode, Encode};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{DerSignature, Signature, SigningKey};
use p256::elliptic_curve::Generate;
use smile_protocol::uaf::assertion::krd::KeyRegistrationData;
use x509_cert::Certificate;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, KeyUsage, KeyUsages, SubjectKeyIdentifier,
};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};
use zeroize::Zeroizing;

use crate::clock::Clock;
use crate::error::AuthenticatorError;
use crate::keys::FreshKey;
use crate::sealed::{self, Sealing, Vault};

const NAME: &str = "attestation";
const KEY_BYTES: usize = 32;
/// Both certificates begin a day early: a server's clock may run behind this machine's.
const EARLIER: Duration = Duration::from_secs(24 * 60 * 60);
/// Ten years: longer than any installation of a test authenticator should live.
const LIFETIME: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The attestation key with its certificates. No `Debug`, no `Clone`.
pub(crate) struct Attestation {
    key: SigningKey,
    leaf_der: Vec<u8>,
    root_der: Vec<u8>,
}

impl Attestation {
    /// Reads this installation's attestation, or makes and seals one if there is none yet.
    pub(crate) fn open(vault: &Vault, aaid: &str, clock: &dyn Clock) -> Result<Self, AuthenticatorError> {
        match vault.read(NAME)? {
            Some(record) => Self::decode(&record).ok_or_else(malformed),
            None => {
                let attestation = Self::issue(aaid, clock)?;
                vault.write(NAME, &attestation.encode())?;
                Ok(attestation)
            }
        }
    }

    /// Reads the attestation of a home that nobody opens for it; `None` if it has none.
    pub(crate) fn look(
        home: &Path,
        sealing: &Sealing,
        aaid: &str,
    ) -> Result<Option<Self>, AuthenticatorError> {
        sealed::look(home, sealing, aaid, NAME)?
            .map(|record| Self::decode(&record).ok_or_else(malformed))
            .transpose()
    }

    /// Erases a record that does not open, so that the next start issues another; a sound one stays.
    pub(crate) fn erase_if_damaged(vault: &Vault) -> Result<(), AuthenticatorError> {
        let sound = match vault.read(NAME) {
            Ok(record) => record.is_none_or(|record| Self::decode(&record).is_some()),
            Err(AuthenticatorError::Sealed { .. }) => false,
            Err(error) => return Err(error),
        };
        if !sound {
            vault.erase(NAME)?;
        }
        Ok(())
    }

    /// The root certificate, DER: what a relying party puts into its metadata.
    pub(crate) fn root_der(&self) -> &[u8] {
        &self.root_der
    }

    /// The certificates that go into a Basic Full attestation, leaf first. The root is in the metadata
    /// and need not travel.
    pub(crate) fn chain(&self) -> Vec<Vec<u8>> {
        vec![self.leaf_der.clone()]
    }

    /// Signs one registration's KeyRegistrationData, R‖S. The fresh key is taken by value: one user
    /// verification, one attestation. The KRD must be the one this verification was for.
    pub(crate) fn sign(
        &self,
        fresh: FreshKey,
        krd: &KeyRegistrationData,
    ) -> Result<Vec<u8>, AuthenticatorError> {
        fresh.check(krd)?;
        let signature: Signature = self.key.sign(&krd.encode()?);
        Ok(signature.to_bytes().to_vec())
    }

    fn issue(aaid: &str, clock: &dyn Clock) -> Result<Self, AuthenticatorError> {
        let failed = |_| AuthenticatorError::AttestationCertificate;
        let tag = sealed::hex(&sealed::random::<4>()?);
        let root_name = Name::from_str(&format!(
            "CN=Smile test attestation root {tag} (self-made),O=Smile"
        ))
        .map_err(failed)?;
        let leaf_name = Name::from_str(&format!(
            "CN=Smile test authenticator {aaid},OU=Authenticator Attestation,O=Smile"
        ))
        .map_err(failed)?;
        let validity = validity(clock.now_ms()).map_err(failed)?;
        let root_key = SigningKey::try_generate().map_err(|_| AuthenticatorError::Randomness)?;
        let key = SigningKey::try_generate().map_err(|_| AuthenticatorError::Randomness)?;
        let root = certificate(
            AttestationProfile::Root {
                name: root_name.clone(),
            },
            validity,
            &root_key,
            &root_key,
        )?;
        let leaf = certificate(
            AttestationProfile::Leaf {
                name: leaf_name,
                issuer: root_name,
            },
            validity,
            &key,
            &root_key,
        )?;
        Ok(Self {
            key,
            leaf_der: leaf.to_der().map_err(failed)?,
            root_der: root.to_der().map_err(failed)?,
        })
    }

    /// key (32) ‖ leaf length (u32, little-endian) ‖ leaf ‖ root.
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let length = KEY_BYTES + 4 + self.leaf_der.len() + self.root_der.len();
        // The exact capacity, so that no half-grown copy of the key stays behind on the heap.
        let mut record = Zeroizing::new(Vec::with_capacity(length));
        record.extend_from_slice(&Zeroizing::new(<[u8; KEY_BYTES]>::from(self.key.to_bytes()))[..]);
        let leaf_length = u32::try_from(self.leaf_der.len()).expect("a certificate is below 4 GiB");
        record.extend_from_slice(&leaf_length.to_le_bytes());
        record.extend_from_slice(&self.leaf_der);
        record.extend_from_slice(&self.root_der);
        record
    }

    fn decode(record: &[u8]) -> Option<Self> {
        let (key, rest) = record.split_at_checked(KEY_BYTES)?;
        let (length, rest) = rest.split_first_chunk::<4>()?;
        let (leaf, root) = rest.split_at_checked(u32::from_le_bytes(*length) as usize)?;
        Certificate::from_der(leaf).ok()?;
        Certificate::from_der(root).ok()?;
        Some(Self {
            key: SigningKey::from_slice(key).ok()?,
            leaf_der: leaf.to_vec(),
            root_der: root.to_vec(),
        })
    }
}

fn malformed() -> AuthenticatorError {
    AuthenticatorError::Sealed {
        name: NAME.to_owned(),
        rule: "not an attestation record",
    }
}

fn validity(now_ms: u64) -> der::Result<Validity> {
    let begin = Duration::from_millis(now_ms).saturating_sub(EARLIER);
    let time = |since_1970| {
        // RFC 5280 §4.1.2.5: UTCTime to the end of 2049, GeneralizedTime from 2050.
        let date = der::DateTime::from_unix_duration(since_1970)?;
        if date.year() < 2050 {
            der::asn1::UtcTime::from_date_time(date).map(Time::UtcTime)
        } else {
            Ok(Time::GeneralTime(der::asn1::GeneralizedTime::from_date_time(
                date,
            )))
        }
    };
    Ok(Validity::new(time(begin)?, time(begin + LIFETIME)?))
}

fn certificate(
    profile: AttestationProfile,
    validity: Validity,
    subject_key: &SigningKey,
    issuer_key: &SigningKey,
) -> Result<Certificate, AuthenticatorError> {
    let failed = |_| AuthenticatorError::AttestationCertificate;
    let serial = SerialNumber::new(&sealed::random::<16>()?)
        .map_err(|_| AuthenticatorError::AttestationCertificate)?;
    let public = SubjectPublicKeyInfo::from_key(subject_key.verifying_key())
        .map_err(|_| AuthenticatorError::AttestationCertificate)?;
    CertificateBuilder::new(profile, serial, validity, public)
        .map_err(failed)?
        .build::<_, DerSignature>(issuer_key)
        .map_err(failed)
}

/// The extensions a UAF attestation path needs, and no others (RFC 5280 §4.2.1).
enum AttestationProfile {
    Root { name: Name },
    Leaf { name: Name, issuer: Name },
}

impl BuilderProfile for AttestationProfile {
    fn get_issuer(&self, subject: &Name) -> Name {
        match self {
            Self::Root { .. } => subject.clone(),
            Self::Leaf { issuer, .. } => issuer.clone(),
        }
    }

    fn get_subject(&self) -> Name {
        match self {
            Self::Root { name } | Self::Leaf { name, .. } => name.clone(),
        }
    }

    fn build_extensions(
        &self,
        subject_key: SubjectPublicKeyInfoRef<'_>,
        issuer_key: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let is_root = matches!(self, Self::Root { .. });
        let constraints = BasicConstraints {
            ca: is_root,
            // The root signs leaves, never another authority.
            path_len_constraint: is_root.then_some(0),
        };
        let usage = if is_root {
            KeyUsages::KeyCertSign
        } else {
            KeyUsages::DigitalSignature
        };
        let subject = tbs.subject();
        Ok(vec![
            constraints.to_extension(subject, &[])?,
            KeyUsage(usage.into()).to_extension(subject, &[])?,
            SubjectKeyIdentifier::try_from(subject_key)?.to_extension(subject, &[])?,
            AuthorityKeyIdentifier::try_from(issuer_key)?.to_extension(subject, &[])?,
        ])
    }
}
