//! An authority and the certificates that it signs, some of them as no authority should. Signed by p256, which is foreign
//! to the cryptography that checks them.

use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use der::asn1::{Ia5String, UtcTime};
use der::flagset::FlagSet;
use der::{Decode, Encode};
use p256::ecdsa::{DerSignature, SigningKey};
use p256::pkcs8::EncodePrivateKey;
use x509_cert::builder::profile::BuilderProfile;
use x509_cert::builder::{Builder, CertificateBuilder};
use x509_cert::certificate::TbsCertificate;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, KeyUsages, SubjectAltName};
use x509_cert::ext::{Extension, ToExtension};
use x509_cert::name::Name;
use x509_cert::serial_number::SerialNumber;
use x509_cert::spki::{SubjectPublicKeyInfo, SubjectPublicKeyInfoRef};
use x509_cert::time::{Time, Validity};

const DAY: Duration = Duration::from_secs(86_400);

/// A certificate and its key, in DER.
pub struct Identity {
    pub certificate: Vec<u8>,
    pub key: Vec<u8>,
}

/// Signs certificates.
pub struct Authority {
    name: Name,
    key: SigningKey,
    certificate: Vec<u8>,
}

/// What a certificate says, and when it holds: from so many days ago to so many days from now, either may be negative.
struct Contents {
    subject: Name,
    issuer: Name,
    names: Vec<GeneralName>,
    is_authority: bool,
}

impl BuilderProfile for Contents {
    fn get_issuer(&self, _: &Name) -> Name {
        self.issuer.clone()
    }

    fn get_subject(&self) -> Name {
        self.subject.clone()
    }

    fn build_extensions(
        &self,
        _: SubjectPublicKeyInfoRef<'_>,
        _: SubjectPublicKeyInfoRef<'_>,
        tbs: &TbsCertificate,
    ) -> x509_cert::builder::Result<Vec<Extension>> {
        let constraints = BasicConstraints {
            ca: self.is_authority,
            path_len_constraint: None,
        };
        let usage: FlagSet<KeyUsages> = match self.is_authority {
            true => KeyUsages::KeyCertSign.into(),
            false => KeyUsages::DigitalSignature.into(),
        };
        let mut extensions = vec![
            constraints.to_extension(tbs.subject(), &[])?,
            KeyUsage(usage).to_extension(tbs.subject(), &[])?,
        ];
        if !self.names.is_empty() {
            extensions.push(SubjectAltName(self.names.clone()).to_extension(tbs.subject(), &[])?);
        }
        Ok(extensions)
    }
}

/// A moment so many days from now.
fn moment(days: i64) -> Time {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    let away = DAY * u32::try_from(days.unsigned_abs()).unwrap();
    let at = if days < 0 { now - away } else { now + away };
    Time::UtcTime(UtcTime::from_unix_duration(at).unwrap())
}

fn new_key() -> SigningKey {
    let mut bytes = [0; 32];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom").unwrap(), &mut bytes).unwrap();
    SigningKey::from_slice(&bytes).unwrap()
}

fn sign(contents: Contents, valid: (i64, i64), key: &SigningKey, issuer: &SigningKey) -> Vec<u8> {
    let serial = SerialNumber::new(&[1, 2, 3, 4]).unwrap();
    let public = SubjectPublicKeyInfo::from_key(key.verifying_key()).unwrap();
    let validity = Validity::new(moment(valid.0), moment(valid.1));
    let builder = CertificateBuilder::new(contents, serial, validity, public).unwrap();
    builder
        .build::<_, DerSignature>(issuer)
        .unwrap()
        .to_der()
        .unwrap()
}

fn private(key: &SigningKey) -> Vec<u8> {
    key.to_pkcs8_der().unwrap().as_bytes().to_vec()
}

/// A name of hosts as certificates have it.
fn general(host: &str) -> GeneralName {
    match host.parse::<std::net::IpAddr>() {
        Ok(address) => address.into(),
        Err(_) => GeneralName::DnsName(Ia5String::new(host).unwrap()),
    }
}

impl Authority {
    pub fn new(name: &str) -> Self {
        let name = Name::from_str(&format!("CN={name}")).unwrap();
        let key = new_key();
        let contents = Contents {
            subject: name.clone(),
            issuer: name.clone(),
            names: Vec::new(),
            is_authority: true,
        };
        let certificate = sign(contents, (-1, 30), &key, &key);
        Self {
            name,
            key,
            certificate,
        }
    }

    /// For a server of that name, from so many days ahead to so many.
    pub fn server(&self, host: &str, valid: (i64, i64)) -> Identity {
        let key = new_key();
        let contents = Contents {
            subject: Name::from_str("CN=a server").unwrap(),
            issuer: self.name.clone(),
            names: vec![general(host)],
            is_authority: false,
        };
        Identity {
            certificate: sign(contents, valid, &key, &self.key),
            key: private(&key),
        }
    }

    /// Its own certificate as a PEM file in `folder`.
    pub fn pem(&self, folder: &Path) -> PathBuf {
        assert!(x509_cert::Certificate::from_der(&self.certificate).is_ok());
        let file = folder.join(format!("{}.pem", self.name).replace("CN=", ""));
        let text = BASE64_STANDARD.encode(&self.certificate);
        let text = format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n");
        std::fs::write(&file, text).unwrap();
        file
    }
}

/// A server that vouches for itself.
pub fn self_signed(host: &str) -> Identity {
    let key = new_key();
    let name = Name::from_str("CN=a server").unwrap();
    let contents = Contents {
        subject: name.clone(),
        issuer: name,
        names: vec![general(host)],
        is_authority: false,
    };
    Identity {
        certificate: sign(contents, (-1, 30), &key, &key),
        key: private(&key),
    }
}
