//! The FIDO UAF client: from a server's message to the answer, or to one error code (UAF §3.4.6.2,
//! §3.5.7.2, §3.6.4.2).

pub mod facets;
mod negotiation;
#[cfg(test)]
pub(crate) mod tests;

use smile_face::Camera;
use smile_protocol::ProtocolError;
use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::asm::{AuthenticateIn, DeregisterIn, RegisterIn};
use smile_protocol::uaf::authentication::{
    AuthenticationRequest, AuthenticationResponse, AuthenticatorSignAssertion,
};
use smile_protocol::uaf::challenge::{ChannelBinding, FcParams, FinalChallengeParams};
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::facets::PublicSuffixes;
use smile_protocol::uaf::identity::{AppId, Challenge, FacetId, KeyId};
use smile_protocol::uaf::message::UafRequest;
use smile_protocol::uaf::policy::{MatchCriteria, Policy};
use smile_protocol::uaf::registration::{
    AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse,
};

use crate::asm::{self, CallerId};
use crate::authenticator::{Authenticator, Presence};
use crate::commands::get_info::AUTHENTICATOR_VERSION;
use crate::error::{AuthenticatorError, ClientError};
use crate::transaction::TransactionDisplay;
use facets::{FacetFetcher, FacetSources, PublicSuffixList};
pub use negotiation::NegotiatedRequest;

/// Answers a relying party's UAF messages with this device's authenticator.
pub struct UafClient<'a> {
    authenticator: &'a mut Authenticator,
    /// Who this client is to the ASM.
    caller: CallerId,
    facet_id: FacetId,
    fetcher: Box<dyn FacetFetcher>,
    suffixes: Box<dyn PublicSuffixes>,
    channel_binding: ChannelBinding,
}

impl<'a> UafClient<'a> {
    /// A client for the app whose facet is `facet_id`.
    ///
    /// The facet is the platform's answer to "who is calling": in a library the caller is the app itself,
    /// so an app that lies about its facet is not found out here, but it cannot reach the keys of another
    /// home.
    pub fn new(
        authenticator: &'a mut Authenticator,
        facet_id: FacetId,
        fetcher: Box<dyn FacetFetcher>,
    ) -> Self {
        Self {
            authenticator,
            caller: CallerId::own_client(),
            facet_id,
            fetcher,
            suffixes: Box::new(PublicSuffixList),
            channel_binding: ChannelBinding::default(),
        }
    }

    /// The same with other public suffixes than those of [`PublicSuffixList`]: they say which hosts have one
    /// owner, whose AppID may list web facets on all of them.
    #[must_use]
    pub fn with_public_suffixes(self, suffixes: Box<dyn PublicSuffixes>) -> Self {
        Self { suffixes, ..self }
    }

    /// The same with what is known of the TLS channel to the server (UAF §3.1.8); without it the channel
    /// binding is an empty object.
    #[must_use]
    pub fn with_channel_binding(self, channel_binding: ChannelBinding) -> Self {
        Self {
            channel_binding,
            ..self
        }
    }

    /// Answers one UAF message (a JSON array with one request per protocol version, at most 64 KiB).
    ///
    /// Returns the response message, or `None` for a deregistration, which has none. Nothing is shown and
    /// no camera opens before version, facet and policy are accepted; a transaction's text is shown
    /// before the face is asked for.
    ///
    /// # Errors
    /// [`ClientError`]; its [`code`](AuthenticatorError::code) is what the app reports.
    pub fn process(
        &mut self,
        uaf_message: &str,
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> Result<Option<String>, ClientError> {
        self.process_negotiated(NegotiatedRequest::of(uaf_message)?, camera, display)
    }

    /// The same for the request of a message that was picked before.
    ///
    /// # Errors
    /// As [`UafClient::process`], without those of the message as a whole.
    pub fn process_negotiated(
        &mut self,
        request: NegotiatedRequest,
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> Result<Option<String>, ClientError> {
        let request = request.into_request();
        let upv = request.header().upv;
        let app_id = facets::trusted_app_id(
            request.header().app_id.as_ref(),
            &self.facet_id,
            upv,
            FacetSources {
                now: self.authenticator.clock.moment(),
                cache: &mut self.authenticator.facet_lists,
                fetcher: self.fetcher.as_mut(),
                suffixes: self.suffixes.as_ref(),
            },
        )?;
        let mut presence = Presence { camera, display };
        match request {
            UafRequest::Registration(request) => self.register(request, app_id, &mut presence).map(Some),
            UafRequest::Authentication(request) => {
                self.authenticate(request, app_id, &mut presence).map(Some)
            }
            UafRequest::Deregistration(request) => self.deregister(&request, &app_id).map(|()| None),
        }
    }

    /// UAF §3.4.6.2.
    fn register(
        &mut self,
        request: RegistrationRequest,
        app_id: AppId,
        presence: &mut Presence<'_>,
    ) -> Result<String, ClientError> {
        let known = asm::usable_key_ids(self.authenticator, &self.caller, &app_id)?;
        let (_, attestation_type) = self.accepted(&request.policy, known)?;
        let fc_params = self.final_challenge(&app_id, &request.challenge)?;
        let asm_request = RegisterIn {
            app_id,
            username: request.username,
            final_challenge: fc_params.clone(),
            attestation_type,
        };
        let with_index = asm::asks_for_index(&request.header.exts);
        let assertion = asm::register(
            self.authenticator,
            &self.caller,
            asm_request,
            with_index,
            presence,
        )?;
        let mut registered = AuthenticatorRegistrationAssertion::uafv1tlv(&assertion)?;
        // UAF §3.4.6.4: what the display shows is reported; a server prefers it over metadata (UAF §3.5.7.1).
        registered.tc_display_png_characteristics =
            asm::get_info(self.authenticator).tc_display_png_characteristics;
        let response = RegistrationResponse {
            // UAF §3.4.5, §3.5.5: the response's header is the request's.
            header: request.header,
            fc_params,
            assertions: vec![registered],
        };
        Ok(response.encode()?)
    }

    /// UAF §3.5.7.2.
    fn authenticate(
        &mut self,
        request: AuthenticationRequest,
        app_id: AppId,
        presence: &mut Presence<'_>,
    ) -> Result<String, ClientError> {
        // Also keys that no longer open: that they are gone for good is the answer to give.
        let mut key_ids = asm::key_ids(self.authenticator, &self.caller, &app_id)?;
        let (criteria, _) = self.accepted(&request.policy, key_ids.clone())?;
        if let Some(wanted) = &criteria.key_ids {
            key_ids.retain(|key_id| wanted.contains(key_id));
        }
        if key_ids.is_empty() {
            return Err(AuthenticatorError::NoSuitableAuthenticator);
        }
        let fc_params = self.final_challenge(&app_id, &request.challenge)?;
        let asm_request = AuthenticateIn {
            app_id,
            key_ids,
            final_challenge: fc_params.clone(),
            transaction: request.transaction,
        };
        let with_index = asm::asks_for_index(&request.header.exts);
        let assertion = asm::authenticate(
            self.authenticator,
            &self.caller,
            asm_request,
            with_index,
            presence,
        )?;
        let response = AuthenticationResponse {
            // UAF §3.4.5, §3.5.5: the response's header is the request's.
            header: request.header,
            fc_params,
            assertions: vec![AuthenticatorSignAssertion::uafv1tlv(&assertion)?],
        };
        Ok(response.encode()?)
    }

    /// UAF §3.6.4.2: the application's own keys that the list covers; what it does not have, it need not
    /// be told about.
    fn deregister(&mut self, request: &DeregistrationRequest, app_id: &AppId) -> Result<(), ClientError> {
        let aaid = self.authenticator.aaid();
        for key_id in asm::key_ids(self.authenticator, &self.caller, app_id)? {
            let covered = |entry: &DeregisterAuthenticator| entry.covers(aaid, &key_id);
            if request.authenticators.iter().any(covered) {
                let asm_request = DeregisterIn {
                    app_id: app_id.clone(),
                    key_id: Some(key_id),
                };
                asm::deregister(self.authenticator, &self.caller, &asm_request)?;
            }
        }
        Ok(())
    }

    /// The criteria by which the policy accepts this authenticator with `key_ids` registered, and the attestation it
    /// prefers (UAF §3.1.11, §3.4.6.2).
    fn accepted(
        &self,
        policy: &Policy,
        key_ids: Vec<KeyId>,
    ) -> Result<(MatchCriteria, AttestationType), ClientError> {
        let description = asm::get_info(self.authenticator).describe(AUTHENTICATOR_VERSION, key_ids);
        let accepted = policy
            .first_accepted(std::slice::from_ref(&description))
            .ok_or(AuthenticatorError::NoSuitableAuthenticator)?;
        // One authenticator meets a set only if the set asks for one.
        let criteria = policy.accepted[accepted.set][0].clone();
        let attestation_type = criteria
            .preferred_attestation(&description)
            .ok_or(AuthenticatorError::NoSuitableAuthenticator)?;
        Ok((criteria, attestation_type))
    }

    /// UAF §3.1.7.
    fn final_challenge(&self, app_id: &AppId, challenge: &Challenge) -> Result<FcParams, ClientError> {
        let params = FinalChallengeParams {
            app_id: app_id.clone(),
            challenge: challenge.clone(),
            facet_id: self.facet_id.clone(),
            channel_binding: self.channel_binding.clone(),
        };
        Ok(params.encode()?)
    }
}

/// What a message that does not decode is to the app: a version it does not speak, a transaction that
/// cannot be shown, or a protocol error.
fn from_decoding(error: ProtocolError) -> AuthenticatorError {
    match &error {
        ProtocolError::UnsupportedVersion => AuthenticatorError::UnsupportedVersion,
        // Transport §4.5: the content of a transaction has an error code of its own.
        ProtocolError::Field { field, .. } if field.contains("].transaction[") => {
            AuthenticatorError::TransactionContent {
                rule: "not 1 to 200 characters of printable ASCII as text/plain, nor a picture",
            }
        }
        _ => AuthenticatorError::Message(error),
    }
}
