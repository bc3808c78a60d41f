//! The client against a server that exists only as the messages it would send.
#![allow(clippy::unwrap_used)]

mod ceremonies;
mod codes;
mod deregistration;
mod facets;
mod refusals;

use smile_protocol::registry::user_verification;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::registration::RegistrationAssertion;
use smile_protocol::uaf::authentication::{AuthenticationRequest, AuthenticationResponse, Transaction};
use smile_protocol::uaf::facets::CONTENT_TYPE;
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{AppId, Challenge, FacetId, KeyId, ServerData, Username};
use smile_protocol::uaf::policy::{MatchCriteria, Policy};
use smile_protocol::uaf::registration::{RegistrationRequest, RegistrationResponse};

use super::UafClient;
use super::facets::{FacetFetcher, FetchError, FetchedFacets};
use crate::authenticator::Authenticator;
use crate::error::AuthenticatorError;
use crate::rehearsal::{NoCamera, Rehearsal, Screen};

pub(super) const APP: &str = "https://shop.example/uaf/facets";
pub(super) const FACET: &str = "https://shop.example";

pub(super) fn header(op: Operation) -> OperationHeader {
    OperationHeader {
        server_data: Some(ServerData::new("c2VydmVyLWRhdGE").unwrap()),
        ..OperationHeader::new(Upv::V1_1, op, Some(AppId::new(APP).unwrap()))
    }
}

pub(super) fn any_key(authenticator: &Authenticator) -> Policy {
    Policy::accepting(&[authenticator.aaid()])
}

pub(super) fn registration(authenticator: &Authenticator) -> RegistrationRequest {
    RegistrationRequest {
        header: header(Operation::Reg),
        challenge: Challenge::new(vec![1; 32]).unwrap(),
        username: Username::new("alice").unwrap(),
        policy: any_key(authenticator),
    }
}

pub(crate) fn authentication(authenticator: &Authenticator) -> AuthenticationRequest {
    AuthenticationRequest {
        header: header(Operation::Auth),
        challenge: Challenge::new(vec![2; 32]).unwrap(),
        transaction: Vec::new(),
        policy: any_key(authenticator),
    }
}

pub(super) fn payment(authenticator: &Authenticator, text: &str) -> AuthenticationRequest {
    AuthenticationRequest {
        transaction: vec![Transaction::text_plain(text).unwrap()],
        ..authentication(authenticator)
    }
}

pub(super) fn only_key(authenticator: &Authenticator, key_id: &KeyId) -> Policy {
    let criteria = MatchCriteria::for_key(authenticator.aaid(), key_id.clone());
    Policy {
        accepted: vec![vec![criteria]],
        disallowed: Vec::new(),
    }
}

/// Criteria in attributes, as a server that does not know the model would send.
pub(super) fn by_attributes() -> MatchCriteria {
    MatchCriteria {
        user_verification: Some(user_verification::FACEPRINT),
        authentication_algorithms: Some(vec![1]),
        assertion_schemes: Some(vec!["UAFV1TLV".to_owned()]),
        ..MatchCriteria::default()
    }
}

/// Serves one trusted facet list, or the failure to.
pub(super) struct Served(pub(super) Result<(&'static str, String), FetchError>);

impl Served {
    pub(super) fn list(body: &str) -> Self {
        Self(Ok((CONTENT_TYPE, body.to_owned())))
    }
}

impl FacetFetcher for Served {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        assert_eq!(url, APP);
        let (content_type, body) = self.0.clone()?;
        Ok(FetchedFacets {
            content_type: content_type.to_owned(),
            body,
        })
    }
}

/// Lets the app at [`FACET`] answer `message` in front of `screen`.
pub(super) fn process_at(
    authenticator: &mut Authenticator,
    screen: &mut Screen,
    message: &str,
) -> Result<Option<String>, AuthenticatorError> {
    let fetcher = Box::new(Served(Err(FetchError::Unavailable)));
    let facet = FacetId::new(FACET).unwrap();
    UafClient::new(authenticator, facet, fetcher).process(message, &mut NoCamera, screen)
}

pub(super) fn process(
    rehearsal: &Rehearsal,
    authenticator: &mut Authenticator,
    message: &str,
) -> Result<Option<String>, AuthenticatorError> {
    process_at(authenticator, &mut rehearsal.screen(), message)
}

pub(super) fn register(
    rehearsal: &Rehearsal,
    authenticator: &mut Authenticator,
) -> (RegistrationResponse, RegistrationAssertion) {
    let message = registration(authenticator).encode().unwrap();
    let answer = process(rehearsal, authenticator, &message).unwrap().unwrap();
    let response = RegistrationResponse::decode(&answer).unwrap();
    let assertion = response.assertions[0].decode_assertion().unwrap();
    (response, assertion)
}

pub(super) fn authenticate(
    rehearsal: &Rehearsal,
    authenticator: &mut Authenticator,
    request: &AuthenticationRequest,
) -> Result<(AuthenticationResponse, AuthenticationAssertion), AuthenticatorError> {
    let message = request.encode().unwrap();
    let answer = process(rehearsal, authenticator, &message)?.unwrap();
    let response = AuthenticationResponse::decode(&answer).unwrap();
    let assertion = response.assertions[0].decode_assertion().unwrap();
    Ok((response, assertion))
}
