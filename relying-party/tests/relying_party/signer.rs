//! A key that signs whatever a test asks for. It verifies no user and is not an authenticator.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::info::{
    AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo,
};
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::authentication::{
    AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion,
};
use smile_protocol::uaf::challenge::{ChannelBinding, FinalChallengeParams};
use smile_protocol::uaf::header::OperationHeader;
use smile_protocol::uaf::identity::{Aaid, FacetId, KeyId};
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_protocol::uaf::registration::{
    AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse,
};

/// The facet that the tests' relying party trusts.
pub const FACET: &str = "https://shop.example";

/// The model of the signer.
pub const AAID: Aaid = Aaid::new(0xFFFF, 0x5399);

/// What the signer's model says of itself: Basic Surrogate, P-256 raw, text transactions.
pub const METADATA: &str = r#"{"aaid":"FFFF#5399","description":"Software signer of the server's tests; verifies nobody",
"authenticatorVersion":1,"upv":[{"major":1,"minor":1},{"major":1,"minor":0}],"assertionScheme":"UAFV1TLV",
"authenticationAlgorithm":1,"publicKeyAlgAndEncoding":256,"attestationTypes":[15880],
"userVerificationDetails":[[{"userVerification":16}]],"keyProtection":1,"matcherProtection":1,"attachmentHint":1,
"isSecondFactorOnly":false,"tcDisplay":3,"tcDisplayContentType":"text/plain","attestationRootCertificates":[]}"#;

/// One key and its counter.
#[derive(Clone)]
pub struct Signer {
    key: SigningKey,
    pub key_id: KeyId,
    pub counter: u32,
}

impl Signer {
    /// The signer with this number; each number has its own key.
    pub fn number(number: u32) -> Self {
        let key_id: Vec<u8> = number.to_be_bytes().repeat(8);
        let mut scalar = [1; 32];
        scalar[28..].copy_from_slice(&number.to_be_bytes());
        let key = SigningKey::from_slice(&scalar).expect("numbers below the group order are private keys");
        Self {
            key,
            key_id: KeyId::new(key_id).expect("32 bytes"),
            counter: 0,
        }
    }

    /// An answer to a registration request, to be changed or sent.
    pub fn register(&self, request: &str) -> Registration {
        let UafRequest::Registration(request) = highest(request) else {
            panic!("a registration request")
        };
        Registration::of(self, &request)
    }

    /// An answer to an authentication request, to be changed or sent; counts one up.
    pub fn authenticate(&mut self, request: &str) -> Authentication {
        let UafRequest::Authentication(request) = highest(request) else {
            panic!("an authentication request")
        };
        self.counter += 1;
        Authentication::of(self.clone(), &request)
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(bytes);
        signature.to_bytes().to_vec()
    }
}

/// UAF §3.3: the client answers the highest version that it speaks.
fn highest(request: &str) -> UafRequest {
    let requests = decode_request(request).expect("the server's request is well-formed");
    requests
        .into_iter()
        .max_by_key(|request| request.header().upv)
        .expect("a message has an object")
}

fn params(
    header: &OperationHeader,
    challenge: smile_protocol::uaf::identity::Challenge,
) -> FinalChallengeParams {
    FinalChallengeParams {
        app_id: header
            .app_id
            .clone()
            .expect("the tests' relying party has an AppID"),
        challenge,
        facet_id: FacetId::new(FACET).expect("a facet"),
        channel_binding: ChannelBinding::default(),
    }
}

/// A registration response before it is signed.
pub struct Registration {
    /// Who makes the attestation signature; the key itself unless a test cheats.
    pub signs: Signer,
    pub header: OperationHeader,
    pub params: FinalChallengeParams,
    pub krd: KeyRegistrationData,
    /// Signs a hash of other parameters than the ones sent.
    pub hash_of: Option<FinalChallengeParams>,
}

impl Registration {
    fn of(signer: &Signer, request: &RegistrationRequest) -> Self {
        let params = params(&request.header, request.challenge.clone());
        let krd = KeyRegistrationData {
            aaid: AAID,
            assertion_info: RegistrationAssertionInfo {
                authenticator_version: 1,
                signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
                public_key_format: PublicKeyFormat::EccX962Raw,
            },
            final_challenge_hash: params
                .encode()
                .expect("parameters encode")
                .hash(HashAlgorithm::Sha256),
            key_id: signer.key_id.clone(),
            counters: RegistrationCounters {
                sign_counter: signer.counter,
                reg_counter: 1,
            },
            public_key: signer
                .key
                .verifying_key()
                .to_sec1_point(false)
                .as_bytes()
                .to_vec(),
            extensions: Vec::new(),
        };
        Self {
            signs: signer.clone(),
            header: request.header.clone(),
            params,
            krd,
            hash_of: None,
        }
    }

    /// The same with a change.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Signs and encodes.
    pub fn message(mut self) -> String {
        let fc_params = self.params.encode().expect("parameters encode");
        self.krd.final_challenge_hash =
            self.hash_of
                .as_ref()
                .map_or(fc_params.hash(HashAlgorithm::Sha256), |other| {
                    other
                        .encode()
                        .expect("parameters encode")
                        .hash(HashAlgorithm::Sha256)
                });
        let signature = self.signs.sign(&self.krd.encode().expect("KRD encodes"));
        let assertion = RegistrationAssertion::new(self.krd, Attestation::BasicSurrogate { signature });
        let assertion =
            AuthenticatorRegistrationAssertion::uafv1tlv(&assertion.expect("the assertion is made"));
        let assertions = vec![assertion.expect("the assertion encodes")];
        let response = RegistrationResponse {
            header: self.header,
            fc_params,
            assertions,
        };
        response.encode().expect("the response encodes")
    }
}

/// An authentication response before it is signed.
pub struct Authentication {
    /// Who signs.
    pub signs: Signer,
    pub header: OperationHeader,
    pub params: FinalChallengeParams,
    pub signed_data: SignedData,
    /// Signs a hash of other parameters than the ones sent.
    pub hash_of: Option<FinalChallengeParams>,
}

impl Authentication {
    fn of(signer: Signer, request: &AuthenticationRequest) -> Self {
        let params = params(&request.header, request.challenge.clone());
        let shown = request.transaction.first().map(|shown| {
            shown
                .content_hash(HashAlgorithm::Sha256)
                .expect("content decodes")
        });
        let mode = match shown {
            Some(_) => AuthenticationMode::TransactionConfirmed,
            None => AuthenticationMode::UserVerified,
        };
        let signed_data = SignedData {
            aaid: AAID,
            assertion_info: AuthenticationAssertionInfo {
                authenticator_version: 1,
                authentication_mode: mode,
                signature_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
            },
            authenticator_nonce: vec![0x5A; 8],
            final_challenge_hash: params
                .encode()
                .expect("parameters encode")
                .hash(HashAlgorithm::Sha256),
            transaction_content_hash: shown,
            key_id: signer.key_id.clone(),
            sign_counter: signer.counter,
            extensions: Vec::new(),
        };
        Self {
            signs: signer,
            header: request.header.clone(),
            params,
            signed_data,
            hash_of: None,
        }
    }

    /// The same with a change.
    pub fn with(mut self, change: impl FnOnce(&mut Self)) -> Self {
        change(&mut self);
        self
    }

    /// Signs and encodes.
    pub fn message(mut self) -> String {
        let fc_params = self.params.encode().expect("parameters encode");
        self.signed_data.final_challenge_hash =
            self.hash_of
                .as_ref()
                .map_or(fc_params.hash(HashAlgorithm::Sha256), |other| {
                    other
                        .encode()
                        .expect("parameters encode")
                        .hash(HashAlgorithm::Sha256)
                });
        let signature = self
            .signs
            .sign(&self.signed_data.encode().expect("signed data encodes"));
        let assertion =
            AuthenticationAssertion::new(self.signed_data, signature).expect("the assertion is made");
        let assertions =
            vec![AuthenticatorSignAssertion::uafv1tlv(&assertion).expect("the assertion encodes")];
        let response = AuthenticationResponse {
            header: self.header,
            fc_params,
            assertions,
        };
        response.encode().expect("the response encodes")
    }
}
