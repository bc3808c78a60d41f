//! A passkey in libraries that are not the ones that read and verify: CBOR by hand, signatures of foreign crates.

use sha2::{Digest, Sha256};
use smile_ceremony::{error::CeremonyError, record::Credential, transition::Outcome};
use smile_protocol::{
    base64url,
    metadata::MetadataStatement,
    registry::{AttestationType, AuthenticationAlgorithm as Algorithm, PublicKeyFormat},
    uaf::{
        authentication::{AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion},
        identity::Aaid,
        policy::MatchCriteria,
        registration::{AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse},
    },
    webauthn::aaguid::Aaguid,
};

use crate::{
    authenticator::Envelope,
    certificates::{Recipe, basic_constraints, key_usage, names_aaguid, test_key},
    foreign_key::{ForeignKey, byte_string, cose_number, negative},
    world::{FACET, World, root, statement},
};

pub const PASSKEY: Aaid = Aaid::new(0xFFFF, 0x5310);
pub const AAGUID: [u8; 16] = [0xA7; 16];
/// The host of the AppID in all tests.
pub const HOST: &str = "shop.example";
pub const SUBJECT: &str = "C=SE,O=Example,OU=Authenticator Attestation,CN=passkey leaf";

pub const UP: u8 = 0x01;
pub const UV: u8 = 0x04;
const AT: u8 = 0x40;
const ED: u8 = 0x80;

/// What a passkey's model says of itself, with roots or without.
pub fn model(algorithm: Algorithm, types: &[AttestationType], roots: Vec<Vec<u8>>) -> MetadataStatement {
    MetadataStatement {
        aaguid: Some(Aaguid(AAGUID)),
        assertion_scheme: "WAV1CBOR".to_owned(),
        authentication_algorithm: algorithm,
        public_key_format: PublicKeyFormat::Cose,
        attestation_types: types.to_vec(),
        tc_display: 0,
        tc_display_content_type: None,
        ..statement(PASSKEY, AttestationType::BasicFull, roots)
    }
}

/// A relying party that knows these models, accepts any of them, and has the scheme on.
pub fn world(models: &[MetadataStatement]) -> World {
    let texts: Vec<String> = models.iter().map(MetadataStatement::encode).collect();
    let mut world = World::knowing(&texts);
    world.rp.accepted = models
        .iter()
        .map(|model| vec![MatchCriteria::for_aaid(model.aaid)])
        .collect();
    world.rp.wav1cbor = true;
    world
}

/// A relying party that knows the passkey's model, which attests itself with ES256.
pub fn plain_world() -> World {
    world(&[plain_model()])
}

pub fn plain_model() -> MetadataStatement {
    model(
        Algorithm::Secp256r1EcdsaSha256Raw,
        &[AttestationType::BasicSurrogate],
        Vec::new(),
    )
}

/// One key on the device.
#[derive(Clone)]
pub struct Passkey {
    pub algorithm: Algorithm,
    pub key: ForeignKey,
    pub credential_id: Vec<u8>,
    pub counter: u32,
}

impl Passkey {
    pub fn new(algorithm: Algorithm, number: u8) -> Self {
        Self {
            algorithm,
            key: ForeignKey::for_algorithm(algorithm, number),
            credential_id: vec![number; 32],
            counter: 1,
        }
    }

    pub fn es256(number: u8) -> Self {
        Self::new(Algorithm::Secp256r1EcdsaSha256Der, number)
    }
}

/// WebAuthn §6.5.5: ECDSA in DER, the others as they are.
pub fn signature(key: &ForeignKey, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    use smile_protocol::hash::HashAlgorithm::{Sha256, Sha384, Sha512};
    match algorithm.code() {
        0x01 | 0x02 | 0x05 | 0x06 => key.ecdsa(Sha256, message).1,
        0x10 => key.ecdsa(Sha384, message).1,
        0x11 => key.ecdsa(Sha512, message).1,
        0x04 => key.pss(Sha256, 32, message),
        0x09 => key.pkcs1(Sha256, message),
        _ => key.sign(algorithm, message),
    }
}

/// The authenticator data in the making.
#[derive(Clone)]
pub struct Data {
    pub rp_id: &'static str,
    pub flags: u8,
    pub counter: u32,
    /// AAGUID, credential ID and public key of a registration.
    pub attested: Option<([u8; 16], Vec<u8>, Vec<u8>)>,
    /// CBOR; announced where it is not empty.
    pub extensions: Vec<u8>,
}

impl Data {
    fn of(passkey: &Passkey, attested: Option<([u8; 16], Vec<u8>, Vec<u8>)>) -> Self {
        Self {
            rp_id: HOST,
            flags: UP | UV | attested.as_ref().map_or(0, |_| AT),
            counter: passkey.counter,
            attested,
            extensions: Vec::new(),
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let announced = if self.extensions.is_empty() { 0 } else { ED };
        let mut bytes = Sha256::digest(self.rp_id).to_vec();
        bytes.push(self.flags | announced);
        bytes.extend(self.counter.to_be_bytes());
        if let Some((aaguid, id, key)) = &self.attested {
            bytes.extend(aaguid);
            bytes.extend(u16::try_from(id.len()).expect("short").to_be_bytes());
            bytes.extend(id);
            bytes.extend(key);
        }
        bytes.extend(&self.extensions);
        bytes
    }
}

/// An attestation in the format `packed`; in its place nothing is the format `none`.
#[derive(Clone)]
pub struct Packed {
    /// The number of `alg` without its sign.
    pub alg: u16,
    pub key: ForeignKey,
    /// What the key signs with.
    pub algorithm: Algorithm,
    /// `x5c`.
    pub certificates: Vec<Vec<u8>>,
}

/// Something else than what is sent: another `fcParams` to sign over, a change of what was signed.
#[derive(Clone)]
pub struct Flaws {
    pub signed_over: Option<String>,
    /// Changes the signature.
    pub signature: fn(&mut Vec<u8>),
    /// Changes the authenticator data after signing.
    pub data: fn(&mut Vec<u8>),
}

impl Default for Flaws {
    fn default() -> Self {
        Self {
            signed_over: None,
            signature: |_| (),
            data: |_| (),
        }
    }
}

/// A registration response in the making.
pub struct Registration {
    pub envelope: Envelope,
    pub data: Data,
    pub attest: Option<Packed>,
    pub flaws: Flaws,
}

/// The leaf of the rooted model, and its key.
pub fn leaf() -> Recipe {
    let mut leaf = Recipe::leaf(SUBJECT, "test root", test_key(201));
    leaf.extensions = vec![key_usage(0), basic_constraints(false, None), names_aaguid(AAGUID)];
    leaf
}

/// Packed with certificates, by the leaf of the test root.
pub fn packed_by(leaf: &Recipe) -> Option<Packed> {
    Some(Packed {
        alg: 7,
        key: ForeignKey::P256(leaf.key.clone()),
        algorithm: Algorithm::Secp256r1EcdsaSha256Der,
        certificates: vec![leaf.sign(&test_key(200))],
    })
}

pub fn rooted_model() -> MetadataStatement {
    let algorithm = Algorithm::Secp256r1EcdsaSha256Raw;
    model(algorithm, &[AttestationType::BasicFull], vec![root()])
}

impl Registration {
    /// A sound answer that attests itself.
    pub fn answering(request: &RegistrationRequest, passkey: &Passkey) -> Self {
        let mut envelope = Envelope::answering(&request.header, &request.challenge, FACET);
        envelope.scheme = "WAV1CBOR".to_owned();
        let key = passkey.key.written(PublicKeyFormat::Cose, passkey.algorithm);
        let number = cose_number(passkey.algorithm);
        Self {
            envelope,
            data: Data::of(passkey, Some((AAGUID, passkey.credential_id.clone(), key))),
            attest: Some(Packed {
                alg: number,
                key: passkey.key.clone(),
                algorithm: passkey.algorithm,
                certificates: Vec::new(),
            }),
            flaws: Flaws::default(),
        }
    }

    /// The attestation object.
    fn object(&self, fc_params: &str) -> Vec<u8> {
        let (mut data, flaws) = (self.data.bytes(), &self.flaws);
        let message = signed(&data, flaws.signed_over.as_deref().unwrap_or(fc_params));
        let (format, statement) = match &self.attest {
            None => ("none", vec![0xA0]),
            Some(Packed {
                alg,
                key,
                algorithm,
                certificates,
            }) => {
                let mut signature = signature(key, *algorithm, &message);
                (flaws.signature)(&mut signature);
                let mut statement = vec![if certificates.is_empty() { 0xA2 } else { 0xA3 }];
                statement
                    .extend([text("alg"), negative(*alg), text("sig"), byte_string(&signature)].concat());
                if !certificates.is_empty() {
                    statement.extend(text("x5c"));
                    statement.push(0x80 | u8::try_from(certificates.len()).expect("few"));
                    statement.extend(certificates.iter().flat_map(|der| byte_string(der)));
                }
                ("packed", statement)
            }
        };
        (flaws.data)(&mut data);
        [
            vec![0xA3],
            text("fmt"),
            text(format),
            text("attStmt"),
            statement,
            text("authData"),
            byte_string(&data),
        ]
        .concat()
    }

    pub fn message(&self) -> String {
        let fc_params = self.envelope.fc.encode().expect("short");
        let bytes = (self.envelope.rewrite)(self.object(fc_params.as_str()));
        let response = RegistrationResponse {
            header: self.envelope.header.clone(),
            fc_params,
            assertions: vec![AuthenticatorRegistrationAssertion {
                assertion_scheme: self.envelope.scheme.clone(),
                assertion: base64url::encode(&bytes),
                tc_display_png_characteristics: Vec::new(),
                exts: Vec::new(),
            }],
        };
        serde_json::to_string(&[response]).expect("JSON")
    }
}

/// An authentication response in the making.
pub struct Authentication {
    pub envelope: Envelope,
    pub data: Data,
    pub credential_id: Vec<u8>,
    pub key: ForeignKey,
    pub algorithm: Algorithm,
    pub flaws: Flaws,
}

impl Authentication {
    /// A sound answer that counts on.
    pub fn answering(request: &AuthenticationRequest, passkey: &Passkey) -> Self {
        let mut envelope = Envelope::answering(&request.header, &request.challenge, FACET);
        envelope.scheme = "WAV1CBOR".to_owned();
        let mut data = Data::of(passkey, None);
        data.counter += 1;
        Self {
            envelope,
            data,
            credential_id: passkey.credential_id.clone(),
            key: passkey.key.clone(),
            algorithm: passkey.algorithm,
            flaws: Flaws::default(),
        }
    }

    /// The response of authenticatorGetAssertion.
    fn assertion(&self, fc_params: &str) -> Vec<u8> {
        let (mut data, flaws) = (self.data.bytes(), &self.flaws);
        let message = signed(&data, flaws.signed_over.as_deref().unwrap_or(fc_params));
        let mut signature = signature(&self.key, self.algorithm, &message);
        (flaws.signature)(&mut signature);
        (flaws.data)(&mut data);
        let credential = [
            vec![0xA2],
            text("id"),
            byte_string(&self.credential_id),
            text("type"),
            text("public-key"),
        ]
        .concat();
        [
            vec![0xA3, 1],
            credential,
            vec![2],
            byte_string(&data),
            vec![3],
            byte_string(&signature),
        ]
        .concat()
    }

    pub fn message(&self) -> String {
        let fc_params = self.envelope.fc.encode().expect("short");
        let bytes = (self.envelope.rewrite)(self.assertion(fc_params.as_str()));
        let response = AuthenticationResponse {
            header: self.envelope.header.clone(),
            fc_params,
            assertions: vec![AuthenticatorSignAssertion {
                assertion_scheme: self.envelope.scheme.clone(),
                assertion: base64url::encode(&bytes),
                exts: Vec::new(),
            }],
        };
        serde_json::to_string(&[response]).expect("JSON")
    }
}

fn signed(data: &[u8], fc_params: &str) -> Vec<u8> {
    [data, &Sha256::digest(fc_params)].concat()
}

/// CBOR of a short text.
fn text(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).expect("short");
    assert!(length < 24, "one byte of head");
    [&[0x60 | length], text.as_bytes()].concat()
}

/// A whole registration for alice, with a flaw.
pub fn register(
    world: &mut World,
    passkey: &Passkey,
    flaw: impl FnOnce(&mut Registration),
) -> Result<Vec<Credential>, CeremonyError> {
    let session = world.enrolment_session("alice");
    let request = world.begin_registration(&session)?;
    let mut forge = Registration::answering(&request, passkey);
    flaw(&mut forge);
    world.finish_registration(&forge.message())
}

/// A whole login of alice, with a flaw.
pub fn log_in(
    world: &mut World,
    passkey: &Passkey,
    flaw: impl FnOnce(&mut Authentication),
) -> Result<Outcome, CeremonyError> {
    let session = world.authentication_session("alice");
    let request = world.begin_login(&session)?;
    let mut forge = Authentication::answering(&request, passkey);
    flaw(&mut forge);
    world.finish_authentication(&forge.message())
}

/// A sound P-256 signature as `R ‖ S`, which the other scheme has and WebAuthn has not.
pub fn raw(bytes: &mut Vec<u8>) {
    let signature = p256::ecdsa::Signature::from_der(bytes).expect("DER");
    *bytes = signature.to_bytes().to_vec();
}

/// The lowest bit of the byte in the middle.
pub fn flip(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}
