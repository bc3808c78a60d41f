//! FIDO's server test API: registration, authentication and deregistration by user name alone.
//!
//! A test tool is no provider: it has no secret key, makes no sessions and names whom it wants. So this module makes the
//! session that a provider would have made, and from there on everything is the ceremonies' own: the same requests, the
//! same challenges taken once, the same verdicts. That is also why it must never face a user: see
//! [`Config::has_conformance`](crate::Config::has_conformance).

use super::uaf_context::Permission;
use super::uaf_response::Claim;
use super::{Service, UafRefusal};
use serde::Deserialize;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::UserId;
use smile_ceremony::record::{AuthenticationSession, EnrolmentSession};
use smile_ceremony::relying_party::RelyingParty;
use smile_ceremony::transition::Transition;
use smile_ceremony::trust::TrustPolicy;
use smile_ceremony::uaf::authentication;
use smile_ceremony::uaf::channel::TlsConnection;
use smile_ceremony::uaf::deregistration::{self, Deregistration};
use smile_protocol::uaf::header::Operation;
use smile_protocol::uaf::identity::{Aaid, FacetId};
use smile_protocol::uaf::transport::{
    GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse, UafStatusCode,
};

/// What a test server lets pass that one in production does not: the facets of the test tool, and attestation
/// certificates that are signed with SHA-1, as test authenticators and many deployed ones have them. The statements of
/// the test authenticators are in `relying_party` already.
///
/// **The one place for such differences.**
pub(super) fn loosen(relying_party: &mut RelyingParty, facets: &[String]) {
    let tool = facets
        .iter()
        .map(|facet| FacetId::new(&**facet).expect("the configuration's lint checked the length"));
    let ours = relying_party.facets.as_slice().iter().cloned();
    relying_party.facets = smile_ceremony::facets::FacetAllowList::new(ours.chain(tool).collect())
        .of_setting(relying_party.facets.setting().to_owned());
    relying_party.trust = TrustPolicy { allow_sha1: true };
    tracing::warn!("the conformance test API is on: whoever names a user registers a key and signs in");
}

/// The members of `context`, a JSON object in a string; others are ignored.
#[derive(Deserialize)]
struct Context {
    username: String,
    /// For Auth: the text to confirm.
    transaction: Option<String>,
    /// For Dereg: all keys of this model.
    #[serde(rename = "deregisterAAID")]
    deregister_aaid: Option<String>,
    /// For Dereg, `true`: all keys of the application.
    #[serde(rename = "deregisterAll")]
    deregister_all: Option<bool>,
}

impl Context {
    /// The context and its user.
    fn decode(text: &str) -> Result<(Self, UserId), UafRefusal> {
        let context: Self = serde_json::from_str(text).map_err(|_| {
            refused(
                "context: must be a JSON object with the string username; transaction and deregisterAAID are strings, \
                 deregisterAll is true or false, none is there twice",
            )
        })?;
        let user = UserId::parse(&context.username).map_err(|_| {
            refused(
                "context.username: must have 1 to 128 characters, no control characters, no white space at the ends",
            )
        })?;
        Ok((context, user))
    }
}

fn refused(rule: &str) -> UafRefusal {
    UafRefusal::new(UafStatusCode::BadRequest, rule)
}

impl Service {
    /// Whether the test API is to be served.
    #[must_use]
    pub fn has_conformance(&self) -> bool {
        self.conformance
    }

    /// Answers `POST /get`.
    ///
    /// # Errors
    /// As [`Service::uaf_request`]; 1400 for what is wrong with `op` or `context`, 1404 for a user without keys.
    pub async fn conformance_request(&self, body: &str) -> Result<ReturnUafRequest, UafRefusal> {
        let asked = GetUafRequest::decode(body).map_err(CeremonyError::from)?;
        let op = asked
            .op
            .ok_or_else(|| refused("op: must be Reg, Auth or Dereg"))?;
        let text = asked.context.ok_or_else(|| refused("context: must be there"))?;
        let (context, user) = Context::decode(&text)?;
        match (op, &context.transaction) {
            (Operation::Reg, _) => self.request_registration(user).await,
            (Operation::Auth, None) => self.request_login(user).await,
            (Operation::Auth, Some(transaction)) => self.request_confirmation(user, transaction).await,
            (Operation::Dereg, _) => self.request_deregistration(&user, &context).await,
        }
    }

    /// Judges what came with `POST /respond`.
    ///
    /// # Errors
    /// As [`Service::uaf_response`]; 1403 where `context` names another user than the challenge was issued for.
    pub async fn conformance_response(
        &self,
        body: &str,
        connection: TlsConnection,
    ) -> Result<ServerResponse, UafRefusal> {
        let sent = SendUafResponse::decode(body).map_err(CeremonyError::from)?;
        let claim = match &sent.context {
            None => Claim::Nothing,
            Some(context) => Claim::User(Context::decode(context)?.1),
        };
        self.judge(&sent.uaf_response, claim, connection).await
    }

    async fn request_registration(&self, user: UserId) -> Result<ReturnUafRequest, UafRefusal> {
        let (session, _) = EnrolmentSession::create(
            self.tenants.first().id.clone(),
            user,
            self.now_ms(),
            &mut self.rng(),
        );
        let begun = self.begin(Permission::Enrolment(session.clone())).await?;
        self.store
            .commit(Transition::CreateEnrolmentSession(session))
            .await?;
        self.issue(Operation::Reg, begun).await
    }

    async fn request_login(&self, user: UserId) -> Result<ReturnUafRequest, UafRefusal> {
        let session = self.login_session(user);
        let begun = self.begin(Permission::Authentication(session.clone())).await?;
        self.store
            .commit(Transition::CreateAuthenticationSession(session))
            .await?;
        self.issue(Operation::Auth, begun).await
    }

    async fn request_confirmation(&self, user: UserId, text: &str) -> Result<ReturnUafRequest, UafRefusal> {
        let session = self.login_session(user);
        let registered = self.registered(session.tenant(), session.user()).await?;
        let begun = authentication::begin_transaction(
            &self.tenants.first().relying_party,
            &session,
            text,
            &registered,
            self.now_ms(),
            &mut self.rng(),
        )?;
        self.store
            .commit(Transition::CreateAuthenticationSession(session))
            .await?;
        self.issue(Operation::Auth, begun).await
    }

    fn login_session(&self, user: UserId) -> AuthenticationSession {
        AuthenticationSession::create(
            self.tenants.first().id.clone(),
            user,
            self.now_ms(),
            &mut self.rng(),
        )
        .0
    }

    /// The three forms of UAF §3.6.2. In each the user's own records go first (UAF §3.6.4.1).
    async fn request_deregistration(
        &self,
        user: &UserId,
        context: &Context,
    ) -> Result<ReturnUafRequest, UafRefusal> {
        let first = self.tenants.first();
        let (tenant, rp) = (&first.id, &first.relying_party);
        let all = context.deregister_all == Some(true);
        let message = match (&context.deregister_aaid, all) {
            (Some(_), true) => {
                return Err(refused(
                    "context: deregisterAAID and deregisterAll exclude each other",
                ));
            }
            (Some(aaid), false) => {
                let aaid: Aaid = aaid.parse().map_err(|_| {
                    refused("context.deregisterAAID: must be an AAID, 4 hex digits, #, 4 hex digits")
                })?;
                rp.metadata.get(aaid)?;
                let deleted = self.delete_those(tenant, user, |key| key.aaid == aaid).await?;
                deregistration::request_for(rp, Deregistration::Model(aaid), &deleted)
            }
            (None, true) => {
                let deleted = self.delete_those(tenant, user, |_| true).await?;
                deregistration::request_for(rp, Deregistration::Everything, &deleted)
            }
            (None, false) => {
                let deleted = self.delete_those(tenant, user, |_| true).await?;
                if deleted.is_empty() {
                    let rule = "context.username: this user has no registered key";
                    return Err(UafRefusal::new(UafStatusCode::NotFound, rule));
                }
                deregistration::request(rp, Deregistration::Keys(&deleted))
            }
        };
        Ok(ReturnUafRequest {
            status_code: UafStatusCode::Ok,
            uaf_request: Some(message?),
            op: Some(Operation::Dereg),
            lifetime_ms: None,
        })
    }
}
