//! `POST /uaf/respond`: a response is judged, once.
//!
//! Two commits. The first takes the challenge, before anything else of the response is looked at: a response that
//! fails leaves it spent, and of two that arrive together only one goes on. The second applies what was verified.

use super::tenants::Tenant;
use super::uaf_context::Token;
use super::uaf_refusal::without_quotes;
use super::{Service, UafRefusal};
use serde::Deserialize;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::CeremonyId;
use smile_ceremony::payment::{AttemptSubject, PaymentIntent};
use smile_ceremony::record::{PendingCeremony, TakenCeremony};
use smile_ceremony::server_data::PresentedCeremony;
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::channel::TlsConnection;
use smile_ceremony::uaf::registration::SkippedAssertion;
use smile_ceremony::uaf::{authentication, registration};
use smile_protocol::uaf::transport::{SendUafResponse, ServerResponse, UafStatusCode};
use std::sync::Arc;

/// What comes along with a response in `context`, and says whose ceremony it answers.
pub(super) enum Claim {
    /// Nothing: the message names its ceremony by itself.
    Nothing,
    /// The token that began the ceremony.
    Token(Token),
    /// The name of its user.
    #[cfg(feature = "conformance")]
    User(smile_ceremony::identifier::UserId),
}

impl Service {
    /// As [`Service::uaf_response_over`], of a response on whose TLS connection nothing is known.
    ///
    /// # Errors
    /// The status code and the rule.
    pub async fn uaf_response(&self, body: &str) -> Result<ServerResponse, UafRefusal> {
        self.uaf_response_over(body, TlsConnection::default()).await
    }

    /// Judges a SendUAFResponse that came over `connection`. The answer 1200 comes only after what it means is durable.
    ///
    /// # Errors
    /// The status code and the rule.
    pub async fn uaf_response_over(
        &self,
        body: &str,
        connection: TlsConnection,
    ) -> Result<ServerResponse, UafRefusal> {
        let sent = SendUafResponse::decode(body).map_err(CeremonyError::from)?;
        let claim = match &sent.context {
            None => Claim::Nothing,
            Some(context) => Claim::Token(Token::decode(Some(context))?),
        };
        self.judge(&sent.uaf_response, claim, connection).await
    }

    /// Judges a response message that came over `connection`.
    pub(super) async fn judge(
        &self,
        message: &str,
        claim: Claim,
        connection: TlsConnection,
    ) -> Result<ServerResponse, UafRefusal> {
        let transition = if is_authentication(message) {
            self.verify_authentication(message, claim, connection).await?
        } else {
            self.verify_registration(message, claim, connection).await?
        };
        match self.store.commit(transition).await? {
            Outcome::Registered(credentials) => tracing::info!(count = credentials.len(), "registered"),
            Outcome::Authenticated(credentials) => tracing::info!(count = credentials.len(), "authenticated"),
            Outcome::Authorised(payment) => {
                tracing::info!(payment = %payment.id(), "authorised");
                self.capture_at_once(&payment).await;
            }
            other => tracing::warn!(?other, "an outcome that no response should have"),
        }
        Ok(ServerResponse::new(UafStatusCode::Ok))
    }

    /// Has the processor take the money where it is taken at once. The authorisation is on disk and stands, whatever
    /// comes of this; an attempt that stays open is resumed.
    async fn capture_at_once(&self, payment: &PaymentIntent) {
        if payment.pending_call().is_some() {
            let subject = AttemptSubject::Payment(payment.id().clone());
            if let Err(error) = self.settler.finish(&subject).await {
                tracing::warn!(%error, payment = %payment.id(), "the processor was not asked");
            }
        }
    }

    // What a message says of its ceremony is read alike for every tenant; by whose rules it is judged, its ceremony says.
    async fn verify_registration(
        &self,
        message: &str,
        claim: Claim,
        connection: TlsConnection,
    ) -> Result<Transition, UafRefusal> {
        let received =
            registration::Received::decode(&self.tenants.first().relying_party, message)?.over(connection);
        let (ceremony, tenant) = self.ceremony(received.ceremony_id(), claim).await?;
        let rp = &tenant.relying_party;
        let presented = received.present(&rp.server_key, &ceremony)?;
        let taken = self.take(presented).await?;
        let verified = received.finish(rp, taken, self.now_ms())?;
        log_skipped(verified.skipped());
        Ok(verified.into_transition())
    }

    async fn verify_authentication(
        &self,
        message: &str,
        claim: Claim,
        connection: TlsConnection,
    ) -> Result<Transition, UafRefusal> {
        let received =
            authentication::Received::decode(&self.tenants.first().relying_party, message)?.over(connection);
        let (ceremony, tenant) = self.ceremony(received.ceremony_id(), claim).await?;
        let rp = &tenant.relying_party;
        let presented = received.present(&rp.server_key, &ceremony)?;
        let taken = self.take(presented).await?;
        let registered = self.registered(ceremony.tenant(), ceremony.user()).await?;
        let verified = received.finish(rp, taken, &registered, self.now_ms())?;
        log_skipped(verified.skipped());
        Ok(verified.into_transition())
    }

    /// The ceremony that a response names, and the tenant whose rules it is judged by. What came along with the response
    /// must fit it.
    async fn ceremony(
        &self,
        id: &CeremonyId,
        claim: Claim,
    ) -> Result<(PendingCeremony, Arc<Tenant>), UafRefusal> {
        let ceremony = self.store.ceremony(id.clone()).await?;
        let ceremony = ceremony.ok_or(CeremonyError::ChallengeUnknown)?;
        // Other tenants' servers may share the store: each judges its own challenges only.
        let tenant = self.tenants.named(ceremony.tenant());
        let tenant = tenant.ok_or(CeremonyError::ChallengeUnknown)?.clone();
        match claim {
            Claim::Nothing => {}
            Claim::Token(token) => self.must_have_begun(&token, &ceremony).await?,
            #[cfg(feature = "conformance")]
            Claim::User(user) if user == *ceremony.user() => {}
            #[cfg(feature = "conformance")]
            Claim::User(_) => {
                let rule = "context.username: the challenge was issued for another user";
                return Err(UafRefusal::new(UafStatusCode::Forbidden, rule));
            }
        }
        Ok((ceremony, tenant))
    }

    async fn take(&self, presented: PresentedCeremony) -> Result<TakenCeremony, UafRefusal> {
        match self
            .store
            .commit(Transition::Take {
                presented,
                now_ms: self.now_ms(),
            })
            .await?
        {
            Outcome::Taken(taken) => Ok(taken),
            other => Err(UafRefusal::internal(format!(
                "taking a challenge had the outcome {other:?}"
            ))),
        }
    }
}

/// Whether a response says that it is an authentication. Anything else, well-formed or not, is read as a registration,
/// whose reader then says what is wrong with it. Objects of versions that are not ours may stand beside the one that
/// counts, and may lack anything.
fn is_authentication(message: &str) -> bool {
    #[derive(Default, Deserialize)]
    #[serde(default)]
    struct Header {
        op: serde_json::Value,
    }
    #[derive(Deserialize)]
    struct Response {
        header: Header,
    }
    let responses: Result<Vec<Response>, _> = serde_json::from_str(message);
    responses.is_ok_and(|responses| responses.iter().any(|response| response.header.op == "Auth"))
}

fn log_skipped(skipped: &[SkippedAssertion]) {
    for one in skipped {
        let rule = without_quotes(&one.error);
        tracing::info!(index = one.index, rule, "an assertion was skipped");
    }
}
