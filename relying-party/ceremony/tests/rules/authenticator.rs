//! An authenticator that does as it is told, also when that is wrong.

use p256::ecdsa::{Signature, SigningKey, signature::Signer};
use smile_protocol::{
    base64url,
    hash::HashAlgorithm,
    metadata::DisplayPngCharacteristics,
    registry::{AuthenticationAlgorithm, PublicKeyFormat},
    uaf::{
        assertion::{
            authentication::AuthenticationAssertion,
            info::{AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo},
            krd::{KeyRegistrationData, RegistrationCounters},
            registration::{Attestation, RegistrationAssertion},
            signed_data::SignedData,
        },
        authentication::{AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion},
        challenge::{ChannelBinding, FinalChallengeHash, FinalChallengeParams},
        header::OperationHeader,
        identity::{Aaid, AppId, Challenge, FacetId, KeyId},
        registration::{AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse},
    },
};

/// How a forged registration is attested.
pub enum AttestWith {
    BasicFull {
        key: SigningKey,
        certificates: Vec<Vec<u8>>,
    },
    BasicSurrogate {
        key: SigningKey,
    },
    Ecdaa,
    AttCa {
        key: SigningKey,
        certificates: Vec<Vec<u8>>,
    },
    /// As it is, signed by nobody.
    As(Attestation),
}

/// The device side of one response: what the client says.
pub struct Envelope {
    pub header: OperationHeader,
    pub fc: FinalChallengeParams,
    /// What the authenticator is given instead of the hash of `fc`.
    pub hash: Option<FinalChallengeHash>,
    pub scheme: String,
    /// Changes the assertion's bytes after signing.
    pub rewrite: fn(Vec<u8>) -> Vec<u8>,
    /// Changes the message after encoding.
    pub rewrite_message: fn(String) -> String,
}

impl Envelope {
    pub fn answering(header: &OperationHeader, challenge: &Challenge, facet: &str) -> Self {
        let app_id = header
            .app_id
            .clone()
            .unwrap_or_else(|| AppId::new(facet).expect("short"));
        Self {
            header: header.clone(),
            fc: FinalChallengeParams {
                app_id,
                challenge: challenge.clone(),
                facet_id: FacetId::new(facet).expect("short"),
                channel_binding: ChannelBinding::default(),
            },
            hash: None,
            scheme: "UAFV1TLV".to_owned(),
            rewrite: |bytes| bytes,
            rewrite_message: |message| message,
        }
    }

    fn hash(&self) -> FinalChallengeHash {
        self.hash
            .unwrap_or_else(|| self.fc.encode().expect("short").hash(HashAlgorithm::Sha256))
    }
}

/// A key on the device.
#[derive(Clone)]
pub struct DeviceKey {
    pub aaid: Aaid,
    pub key_id: KeyId,
    pub key: SigningKey,
    pub counter: u32,
}

impl DeviceKey {
    pub fn new(aaid: Aaid, number: u8) -> Self {
        let key_id = KeyId::new(vec![number; 32]).expect("32 bytes");
        Self {
            aaid,
            key_id,
            key: crate::certificates::test_key(number),
            counter: 1,
        }
    }

    pub fn point(&self) -> Vec<u8> {
        self.key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
    }
}

/// The signature R ‖ S over `bytes`.
pub fn sign(key: &SigningKey, bytes: &[u8]) -> Vec<u8> {
    let signature: Signature = key.sign(bytes);
    signature.to_bytes().to_vec()
}

/// A registration response in the making.
pub struct RegistrationForge {
    pub envelope: Envelope,
    pub krd: KeyRegistrationData,
    pub attest: AttestWith,
    /// What the client reports of the transaction display.
    pub displays: Vec<DisplayPngCharacteristics>,
    /// Assertions beside the forged one.
    pub others: Vec<AuthenticatorRegistrationAssertion>,
}

impl RegistrationForge {
    /// A sound answer to `request` with `device`.
    pub fn answering(
        request: &RegistrationRequest,
        device: &DeviceKey,
        facet: &str,
        attest: AttestWith,
    ) -> Self {
        let krd = KeyRegistrationData {
            aaid: device.aaid,
            assertion_info: RegistrationAssertionInfo {
                authenticator_version: 2,
                signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
                public_key_format: PublicKeyFormat::EccX962Raw,
            },
            final_challenge_hash: FinalChallengeHash([0; 32].into()),
            key_id: device.key_id.clone(),
            counters: RegistrationCounters {
                sign_counter: device.counter,
                reg_counter: 1,
            },
            public_key: device.point(),
            extensions: Vec::new(),
        };
        let envelope = Envelope::answering(&request.header, &request.challenge, facet);
        Self {
            envelope,
            krd,
            attest,
            displays: Vec::new(),
            others: Vec::new(),
        }
    }

    /// The assertion as JSON carries it.
    pub fn assertion(&self) -> AuthenticatorRegistrationAssertion {
        let krd = KeyRegistrationData {
            final_challenge_hash: self.envelope.hash(),
            ..self.krd.clone()
        };
        let signed = krd.encode().expect("short");
        let attestation = match &self.attest {
            AttestWith::BasicFull { key, certificates } => Attestation::BasicFull {
                signature: sign(key, &signed),
                certificates: certificates.clone(),
            },
            AttestWith::BasicSurrogate { key } => Attestation::BasicSurrogate {
                signature: sign(key, &signed),
            },
            AttestWith::Ecdaa => Attestation::Ecdaa {
                signature: vec![1; 64],
            },
            AttestWith::AttCa { key, certificates } => Attestation::AttCa {
                signature: sign(key, &signed),
                certificates: certificates.clone(),
            },
            AttestWith::As(attestation) => attestation.clone(),
        };
        let assertion = RegistrationAssertion::new(krd, attestation).expect("short");
        let bytes = (self.envelope.rewrite)(assertion.encode().expect("short"));
        AuthenticatorRegistrationAssertion {
            assertion_scheme: self.envelope.scheme.clone(),
            assertion: base64url::encode(&bytes),
            tc_display_png_characteristics: self.displays.clone(),
            exts: Vec::new(),
        }
    }

    /// The message.
    pub fn message(&self) -> String {
        let mut assertions = vec![self.assertion()];
        assertions.extend(self.others.iter().cloned());
        let response = RegistrationResponse {
            header: self.envelope.header.clone(),
            fc_params: self.envelope.fc.encode().expect("short"),
            assertions,
        };
        (self.envelope.rewrite_message)(serde_json::to_string(&[response]).expect("JSON"))
    }
}

/// An authentication response in the making.
pub struct AuthenticationForge {
    pub envelope: Envelope,
    pub data: SignedData,
    pub key: SigningKey,
    /// Assertions beside the forged one.
    pub others: Vec<AuthenticatorSignAssertion>,
}

impl AuthenticationForge {
    /// A sound answer to `request` with `device`: it confirms the transaction where there is one.
    pub fn answering(request: &AuthenticationRequest, device: &DeviceKey, facet: &str) -> Self {
        let confirmed = request.transaction.first();
        let confirmed = confirmed.map(|shown| shown.content_hash(HashAlgorithm::Sha256));
        let confirmed = confirmed.map(|hash| hash.expect("base64url"));
        let data = SignedData {
            aaid: device.aaid,
            assertion_info: AuthenticationAssertionInfo {
                authenticator_version: 2,
                authentication_mode: match confirmed {
                    Some(_) => AuthenticationMode::TransactionConfirmed,
                    None => AuthenticationMode::UserVerified,
                },
                signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
            },
            authenticator_nonce: vec![7; 8],
            final_challenge_hash: FinalChallengeHash([0; 32].into()),
            transaction_content_hash: confirmed,
            key_id: device.key_id.clone(),
            sign_counter: device.counter + 1,
            extensions: Vec::new(),
        };
        let envelope = Envelope::answering(&request.header, &request.challenge, facet);
        Self {
            envelope,
            data,
            key: device.key.clone(),
            others: Vec::new(),
        }
    }

    /// The assertion as JSON carries it.
    pub fn assertion(&self) -> AuthenticatorSignAssertion {
        let data = SignedData {
            final_challenge_hash: self.envelope.hash(),
            ..self.data.clone()
        };
        let signature = sign(&self.key, &data.encode().expect("short"));
        let assertion = AuthenticationAssertion::new(data, signature).expect("short");
        let bytes = (self.envelope.rewrite)(assertion.encode().expect("short"));
        let assertion = base64url::encode(&bytes);
        AuthenticatorSignAssertion {
            assertion_scheme: self.envelope.scheme.clone(),
            assertion,
            exts: Vec::new(),
        }
    }

    /// The message.
    pub fn message(&self) -> String {
        let mut assertions = vec![self.assertion()];
        assertions.extend(self.others.iter().cloned());
        let response = AuthenticationResponse {
            header: self.envelope.header.clone(),
            fc_params: self.envelope.fc.encode().expect("short"),
            assertions,
        };
        (self.envelope.rewrite_message)(serde_json::to_string(&[response]).expect("JSON"))
    }
}
