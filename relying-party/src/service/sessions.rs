//! Enrolment and authentication sessions: one-time permissions that a provider creates and hands to an app.

use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use smile_ceremony::identifier::{AuthenticationSessionId, EnrolmentSessionId, UserId};
use smile_ceremony::record::{AuthenticationSession, Consent, EnrolmentSession, GivenConsent};
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::transition::Transition;

impl Service {
    /// Lets a user register a key who agreed to it; `show` gets the token, which is not kept.
    ///
    /// # Errors
    /// `member_invalid` and `rate_limited` for `user`, `member_invalid` for `consent.agreed_at`, those of the idempotency key,
    /// `store_unavailable`.
    pub async fn create_enrolment_session(
        &self,
        provider: &Provider,
        user: &str,
        given: GivenConsent,
        once: &Once,
        show: impl FnOnce(&EnrolmentSession, &ClientSecret) -> Reply,
    ) -> Result<Reply, Refusal> {
        let (tenant, user) = (provider.tenant().clone(), self.counted_user(provider, user)?);
        let now_ms = self.now_ms();
        let (session, token) = EnrolmentSession::create(tenant, user, now_ms, &mut self.rng());
        let reply = show(&session, &token);
        let consent = Consent::record(&session, given, now_ms);
        let create = Transition::EnrolWithConsent { session, consent };
        self.perform(once, create, move |_| Ok(reply.clone())).await
    }

    /// Asks for a login; `show` gets the token, which is not kept.
    ///
    /// # Errors
    /// `member_invalid` and `rate_limited` for `user`, those of the idempotency key, `store_unavailable`.
    pub async fn create_authentication_session(
        &self,
        provider: &Provider,
        user: &str,
        once: &Once,
        show: impl FnOnce(&AuthenticationSession, &ClientSecret) -> Reply,
    ) -> Result<Reply, Refusal> {
        let (tenant, user) = (provider.tenant().clone(), self.counted_user(provider, user)?);
        let (session, token) = AuthenticationSession::create(tenant, user, self.now_ms(), &mut self.rng());
        let reply = show(&session, &token);
        let create = Transition::CreateAuthenticationSession(session);
        self.perform(once, create, move |_| Ok(reply.clone())).await
    }

    /// An enrolment session of the provider's tenant.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn enrolment_session(
        &self,
        provider: &Provider,
        id: &str,
    ) -> Result<EnrolmentSession, Refusal> {
        let id = EnrolmentSessionId::parse(id).map_err(|_| missing("enrolment session"))?;
        let session = self.store.enrolment_session(id).await?;
        session
            .filter(|session| session.tenant() == provider.tenant())
            .ok_or_else(|| missing("enrolment session"))
    }

    /// An authentication session of the provider's tenant.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn authentication_session(
        &self,
        provider: &Provider,
        id: &str,
    ) -> Result<AuthenticationSession, Refusal> {
        let id = AuthenticationSessionId::parse(id).map_err(|_| missing("authentication session"))?;
        let session = self.store.authentication_session(id).await?;
        session
            .filter(|session| session.tenant() == provider.tenant())
            .ok_or_else(|| missing("authentication session"))
    }
}

/// A user's name, or the refusal that names the member `user`.
pub(super) fn user_id(user: &str) -> Result<UserId, Refusal> {
    UserId::parse(user).map_err(|_| {
        Refusal::new(
            RefusalCode::MemberInvalid,
            "must have 1 to 128 characters, no control characters, no white space at the ends",
        )
        .at("user")
    })
}

/// The refusal for a thing that does not exist or is another tenant's; the two look the same.
pub(super) fn missing(what: &str) -> Refusal {
    Refusal::new(RefusalCode::ResourceMissing, format!("there is no such {what}")).at("id")
}
