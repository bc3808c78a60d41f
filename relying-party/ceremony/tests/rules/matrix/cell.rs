//! A relying party that knows one model, of one cell of the matrix, and a device of that model.

use smile_ceremony::{error::CeremonyError, metadata::MetadataSet, record::Credential, transition::Outcome};
use smile_protocol::{
    base64url,
    hash::HashAlgorithm,
    metadata::MetadataStatement,
    registry::{
        AttestationType, AuthenticationAlgorithm as Algorithm, PublicKeyFormat as Format, user_verification,
    },
    uaf::{
        assertion::{
            authentication::AuthenticationAssertion,
            registration::{Attestation, RegistrationAssertion},
        },
        authentication::{AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion},
        identity::Aaid,
        policy::MatchCriteria,
        registration::{AuthenticatorRegistrationAssertion, RegistrationResponse},
    },
};

use crate::{
    authenticator::{AttestWith, AuthenticationForge, DeviceKey, Envelope, RegistrationForge},
    certificates::{ECDSA_SHA256, Recipe, oid, test_key, tlv},
    foreign_key::ForeignKey,
    world::{ATTESTED, FACET, SURROGATE, World, root, statement},
};

/// Where one bit of an otherwise sound message is flipped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flip {
    Nothing,
    /// In the middle of the signature.
    Signature,
    /// In the KeyID of a registration, in the nonce of an authentication.
    SignedData,
    /// In the middle of the public key of a registration.
    Key,
}

/// One cell with one way to attest.
pub struct Cell {
    pub algorithm: Algorithm,
    pub format: Format,
    pub attestation: AttestationType,
    device: ForeignKey,
    attester: ForeignKey,
}

impl Cell {
    pub fn new(algorithm: Algorithm, format: Format, attestation: AttestationType) -> Self {
        Self {
            algorithm,
            format,
            attestation,
            device: ForeignKey::for_algorithm(algorithm, 10),
            attester: ForeignKey::for_algorithm(algorithm, 11),
        }
    }

    fn aaid(&self) -> Aaid {
        match self.attestation {
            AttestationType::BasicFull => ATTESTED,
            _ => SURROGATE,
        }
    }

    /// The hash function that the algorithm's name says (UAF §3.4.6.5).
    pub fn hash(&self) -> HashAlgorithm {
        let name = self.algorithm.name();
        match () {
            () if name.contains("SHA256") => HashAlgorithm::Sha256,
            () if name.contains("SHA384") => HashAlgorithm::Sha384,
            () if name.contains("SHA512") => HashAlgorithm::Sha512,
            () => panic!("{name} names no hash function"),
        }
    }

    /// What the cell's model says of itself.
    pub fn statement(&self) -> MetadataStatement {
        let roots = match self.attestation {
            AttestationType::BasicFull => vec![root()],
            _ => Vec::new(),
        };
        MetadataStatement {
            authentication_algorithm: self.algorithm,
            public_key_format: self.format,
            ..statement(self.aaid(), self.attestation, roots)
        }
    }

    /// A relying party that knows the cell's model and accepts every algorithm.
    pub fn world(&self) -> World {
        let mut world = World::new();
        let text = self.statement().encode();
        world.rp.metadata = MetadataSet::from_json([text.as_str()]).expect("a legal cell");
        let face = MatchCriteria {
            user_verification: Some(user_verification::FACEPRINT),
            authentication_algorithms: Some(Algorithm::ALL.iter().map(|one| one.code()).collect()),
            assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
            ..MatchCriteria::default()
        };
        world.rp.accepted = vec![vec![face]];
        world
    }

    /// The public key as the device writes it.
    pub fn public_key(&self) -> Vec<u8> {
        self.device.written(self.format, self.algorithm)
    }

    /// The same as COSE.
    pub fn cose(&self) -> Vec<u8> {
        self.device.written(Format::Cose, self.algorithm)
    }

    /// A registration, after `flaw` has changed what is signed.
    pub fn register(
        &self,
        world: &mut World,
        flip: Flip,
        flaw: impl FnOnce(&mut RegistrationForge),
    ) -> Result<Vec<Credential>, CeremonyError> {
        let session = world.enrolment_session("alice");
        let request = world.begin_registration(&session)?;
        let unused = DeviceKey::new(self.aaid(), 1);
        let mut forge = RegistrationForge::answering(&request, &unused, FACET, AttestWith::Ecdaa);
        forge.krd.assertion_info.signature_algorithm = self.algorithm;
        forge.krd.assertion_info.public_key_format = self.format;
        forge.krd.public_key = self.public_key();
        forge.krd.final_challenge_hash = forge.envelope.fc.encode().expect("short").hash(self.hash());
        flaw(&mut forge);
        world.finish_registration(&self.registration_message(forge, flip))
    }

    fn registration_message(&self, forge: RegistrationForge, flip: Flip) -> String {
        let signed = forge.krd.encode().expect("short");
        let signer = match self.attestation {
            AttestationType::BasicFull => &self.attester,
            _ => &self.device,
        };
        let mut signature = signer.sign(self.algorithm, &signed);
        if flip == Flip::Signature {
            flip_middle(&mut signature);
        }
        let attestation = match self.attestation {
            AttestationType::BasicFull => Attestation::BasicFull {
                signature,
                certificates: vec![self.leaf()],
            },
            _ => Attestation::BasicSurrogate { signature },
        };
        let (key_id, public_key) = (forge.krd.key_id.as_bytes().to_vec(), forge.krd.public_key.clone());
        let assertion = RegistrationAssertion::new(forge.krd, attestation).expect("short");
        let mut bytes = assertion.encode().expect("short");
        match flip {
            Flip::SignedData => flip_middle(part(&mut bytes, &key_id)),
            Flip::Key => flip_middle(part(&mut bytes, &public_key)),
            Flip::Nothing | Flip::Signature => {}
        }
        let Envelope { header, fc, .. } = forge.envelope;
        let response = RegistrationResponse {
            header,
            fc_params: fc.encode().expect("short"),
            assertions: vec![AuthenticatorRegistrationAssertion {
                assertion_scheme: "UAFV1TLV".to_owned(),
                assertion: base64url::encode(&bytes),
                tc_display_png_characteristics: Vec::new(),
                exts: Vec::new(),
            }],
        };
        serde_json::to_string(&[response]).expect("JSON")
    }

    /// The attestation certificate: a key of the cell's kind, certified by the model's P-256 root.
    fn leaf(&self) -> Vec<u8> {
        let recipe = Recipe::leaf("test leaf", "test root", test_key(201));
        let algorithm = tlv(0x30, &[&oid(ECDSA_SHA256)]);
        let root = ForeignKey::P256(test_key(200));
        recipe.assemble(&self.attester.spki(), (&algorithm, &algorithm), |tbs| {
            root.ecdsa(HashAlgorithm::Sha256, tbs).1
        })
    }

    /// A login, after `flaw` has changed what is signed.
    pub fn log_in(
        &self,
        world: &mut World,
        flip: Flip,
        flaw: impl FnOnce(&mut AuthenticationForge),
    ) -> Result<Outcome, CeremonyError> {
        let session = world.authentication_session("alice");
        let request = world.begin_login(&session)?;
        let message = self.authentication_message(&request, flip, flaw);
        world.finish_authentication(&message)
    }

    /// A payment, after `flaw` has changed what is signed.
    pub fn pay(
        &self,
        world: &mut World,
        flip: Flip,
        flaw: impl FnOnce(&mut AuthenticationForge),
    ) -> Result<Outcome, CeremonyError> {
        let payment = world.payment("alice");
        let request = world.begin_payment(&payment)?;
        let message = self.authentication_message(&request, flip, flaw);
        world.finish_authentication(&message)
    }

    fn authentication_message(
        &self,
        request: &AuthenticationRequest,
        flip: Flip,
        flaw: impl FnOnce(&mut AuthenticationForge),
    ) -> String {
        // Each answer of the device counts on.
        static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(2);
        let unused = DeviceKey::new(self.aaid(), 1);
        let mut forge = AuthenticationForge::answering(request, &unused, FACET);
        forge.data.sign_counter = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        forge.data.assertion_info.signature_algorithm = self.algorithm;
        forge.data.final_challenge_hash = forge.envelope.fc.encode().expect("short").hash(self.hash());
        let transaction = request.transaction.first();
        forge.data.transaction_content_hash =
            transaction.map(|shown| shown.content_hash(self.hash()).expect("base64url"));
        flaw(&mut forge);
        let signed = forge.data.encode().expect("short");
        let mut signature = self.device.sign(self.algorithm, &signed);
        if flip == Flip::Signature {
            flip_middle(&mut signature);
        }
        let nonce = forge.data.authenticator_nonce.clone();
        let assertion = AuthenticationAssertion::new(forge.data, signature).expect("short");
        let mut bytes = assertion.encode().expect("short");
        if flip == Flip::SignedData {
            flip_middle(part(&mut bytes, &nonce));
        }
        let Envelope { header, fc, .. } = forge.envelope;
        let response = AuthenticationResponse {
            header,
            fc_params: fc.encode().expect("short"),
            assertions: vec![AuthenticatorSignAssertion {
                assertion_scheme: "UAFV1TLV".to_owned(),
                assertion: base64url::encode(&bytes),
                exts: Vec::new(),
            }],
        };
        serde_json::to_string(&[response]).expect("JSON")
    }
}

/// Flips the lowest bit of the byte in the middle.
pub fn flip_middle(bytes: &mut [u8]) {
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
}

/// Where `wanted` stands in `bytes`.
fn part<'b>(bytes: &'b mut [u8], wanted: &[u8]) -> &'b mut [u8] {
    let at = bytes.windows(wanted.len()).position(|window| window == wanted);
    let at = at.expect("the assertion holds it");
    &mut bytes[at..at + wanted.len()]
}
