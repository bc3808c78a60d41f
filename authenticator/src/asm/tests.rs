//! The ASM behind its JSON, as a FIDO client of another maker sees it.
#![allow(clippy::unwrap_used)]

mod accounts;
mod operations;
mod refusals;

use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::asm::{
    AppRegistration, AsmOperation, AsmOutput, AsmRequest, AsmResponse, AsmStatusCode, AuthenticateIn,
    DeregisterIn, RegisterIn,
};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::header::{Extension, Upv};
use smile_protocol::uaf::identity::{AppId, KeyId, Username};

use super::{Asm, CallerId};
use crate::authenticator::Authenticator;
use crate::rehearsal::{NoCamera, Rehearsal, Screen};

const APP: &str = "https://shop.example";

/// A home with an enrolled face, and the screen before it.
struct Device {
    rehearsal: Rehearsal,
    authenticator: Authenticator,
    screen: Screen,
}

impl Device {
    fn new() -> Self {
        let rehearsal = Rehearsal::new();
        let authenticator = rehearsal.enrolled();
        rehearsal.take_diary();
        let screen = rehearsal.screen();
        Self {
            rehearsal,
            authenticator,
            screen,
        }
    }

    fn send_text(&mut self, caller: &str, text: &str) -> String {
        Asm::new(&mut self.authenticator, CallerId::new(caller)).process(
            text,
            &mut NoCamera,
            &mut self.screen,
        )
    }

    fn send_as(&mut self, caller: &str, request: &AsmRequest) -> Result<AsmOutput, AsmStatusCode> {
        let answer = self.send_text(caller, &request.encode());
        let response = AsmResponse::decode(&answer, &request.operation).unwrap();
        match response.status_code {
            AsmStatusCode::Ok => Ok(response.output),
            status => Err(status),
        }
    }

    fn send(&mut self, request: &AsmRequest) -> Result<AsmOutput, AsmStatusCode> {
        self.send_as("client", request)
    }

    fn register(&mut self, username: &str) -> RegistrationAssertion {
        let output = self.send(&request(AsmOperation::Register(register_in(username))));
        RegistrationAssertion::decode(&assertion(output)).unwrap()
    }

    fn key_of(&mut self, username: &str) -> KeyId {
        let key_id = self.register(username).krd.key_id;
        self.rehearsal.take_diary();
        key_id
    }

    fn authenticate(&mut self, arguments: AuthenticateIn) -> Result<AuthenticationAssertion, AsmStatusCode> {
        let output = self.send(&request(AsmOperation::Authenticate(arguments)))?;
        Ok(AuthenticationAssertion::decode(&assertion(Ok(output))).unwrap())
    }

    fn keys_of(&mut self, caller: &str) -> Vec<AppRegistration> {
        match self.send_as(caller, &request(AsmOperation::GetRegistrations)) {
            Ok(AsmOutput::Registrations(list)) => list,
            other => panic!("{other:?}"),
        }
    }
}

fn assertion(output: Result<AsmOutput, AsmStatusCode>) -> Vec<u8> {
    match output {
        Ok(AsmOutput::Assertion(out)) => {
            assert_eq!(out.assertion_scheme, "UAFV1TLV");
            smile_protocol::base64url::decode(&out.assertion).unwrap()
        }
        other => panic!("{other:?}"),
    }
}

fn request(operation: AsmOperation) -> AsmRequest {
    let about_one = operation != AsmOperation::GetInfo;
    AsmRequest {
        asm_version: about_one.then_some(Upv::V1_1),
        authenticator_index: about_one.then_some(0),
        operation,
        exts: Vec::new(),
    }
}

fn app() -> AppId {
    AppId::new(APP).unwrap()
}

fn final_challenge() -> FcParams {
    FcParams::from_transmitted("eyJmYyI6MX0").unwrap()
}

fn register_in(username: &str) -> RegisterIn {
    RegisterIn {
        app_id: app(),
        username: Username::new(username).unwrap(),
        final_challenge: final_challenge(),
        attestation_type: AttestationType::BasicFull,
    }
}

fn authenticate_in(key_ids: &[KeyId]) -> AuthenticateIn {
    AuthenticateIn {
        app_id: app(),
        key_ids: key_ids.to_vec(),
        final_challenge: final_challenge(),
        transaction: Vec::new(),
    }
}
