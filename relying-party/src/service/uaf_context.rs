//! What an app writes into `context`: a JSON object with the one token that permits what it wants.
//!
//! UAF leaves `context` to application and server (UAF Transport §8.3.3). Ours holds exactly one of
//! `enrolmentSession`, `authenticationSession` and `clientSecret`; other members are ignored.

use super::{Service, UafRefusal};
use crate::members::Members;
use smile_ceremony::identifier::{AuthenticationSessionId, EnrolmentSessionId, PaymentId, TenantId, UserId};
use smile_ceremony::payment::PaymentIntent;
use smile_ceremony::record::{AuthenticationSession, EnrolmentSession, PendingCeremony, Purpose};
use smile_ceremony::secret::id_of_secret;
use smile_protocol::uaf::transport::UafStatusCode;

/// A presented token, by what it is for; nothing is known of it yet.
pub(super) enum Token {
    Enrolment(String),
    Authentication(String),
    Payment(String),
}

impl Token {
    fn text(&self) -> &str {
        match self {
            Self::Enrolment(text) | Self::Authentication(text) | Self::Payment(text) => text,
        }
    }
}

/// Witness: the caller showed the token of this session or payment, and it may still be used.
pub(super) enum Permission {
    Enrolment(EnrolmentSession),
    Authentication(AuthenticationSession),
    Payment(Box<PaymentIntent>),
}

impl Permission {
    /// The tenant, and the person if one is named.
    pub(super) fn whose(&self) -> (&TenantId, Option<&UserId>) {
        match self {
            Self::Enrolment(session) => (session.tenant(), Some(session.user())),
            Self::Authentication(session) => (session.tenant(), Some(session.user())),
            Self::Payment(payment) => (payment.tenant(), payment.user()),
        }
    }
}

impl Token {
    /// Reads a context.
    ///
    /// # Errors
    /// 1400 where it is not a JSON object or does not hold exactly one token.
    pub(super) fn decode(context: Option<&str>) -> Result<Self, UafRefusal> {
        let refused = |rule: &str| UafRefusal::new(UafStatusCode::BadRequest, format!("context: {rule}"));
        let context = context.ok_or_else(|| refused("must be there (UAF Transport §8.3.3)"))?;
        let mut members = Members::decode(context.as_bytes()).map_err(|error| {
            refused("must be one JSON object of at most 32 members, none twice").because(error.rule)
        })?;
        let mut token = |name| {
            let token = members.take_optional_string(name);
            token.map_err(|_| refused(&format!("{name} must be a string")))
        };
        match (
            token("enrolmentSession")?,
            token("authenticationSession")?,
            token("clientSecret")?,
        ) {
            (Some(token), None, None) => Ok(Self::Enrolment(token)),
            (None, Some(token), None) => Ok(Self::Authentication(token)),
            (None, None, Some(token)) => Ok(Self::Payment(token)),
            _ => Err(refused(
                "must hold exactly one of enrolmentSession, authenticationSession, clientSecret",
            )),
        }
    }
}

impl Service {
    /// What a token permits now.
    ///
    /// # Errors
    /// 1401, the same for a wrong, an unknown and an expired token; 1500 where the store does not answer.
    pub(super) async fn permission(&self, token: &Token) -> Result<Permission, UafRefusal> {
        let found = match token {
            Token::Enrolment(token) => self.enrolment_by_token(token).await?.map(Permission::Enrolment),
            Token::Authentication(token) => self.login_by_token(token).await?.map(Permission::Authentication),
            Token::Payment(secret) => self
                .payment_by_client_secret(secret)
                .await?
                .map(|payment| Permission::Payment(Box::new(payment))),
        };
        found.ok_or_else(UafRefusal::token)
    }

    /// That a token which came with a response is the one of the session or payment that `ceremony` is for, whatever
    /// became of that since: an old token under its own challenge is refused by the challenge's name.
    ///
    /// # Errors
    /// 1403 for a token that names another session or payment, 1401 for one that is wrong; 1500 where the store does
    /// not answer.
    pub(super) async fn must_have_begun(
        &self,
        token: &Token,
        ceremony: &PendingCeremony,
    ) -> Result<(), UafRefusal> {
        let shown = token.text();
        let named = id_of_secret(shown).ok_or_else(UafRefusal::token)?;
        let is_it = match (token, ceremony.purpose()) {
            (Token::Enrolment(_), Purpose::Enrolment(id)) if named == id.as_str() => {
                let session = self.store.enrolment_session(id.clone()).await?;
                session.is_some_and(|session| session.token_matches(shown))
            }
            (Token::Authentication(_), Purpose::Authentication(id)) if named == id.as_str() => {
                let session = self.store.authentication_session(id.clone()).await?;
                session.is_some_and(|session| session.token_matches(shown))
            }
            (Token::Payment(_), Purpose::Payment(id)) if named == id.as_str() => {
                let payment = self.store.payment(id.clone()).await?;
                payment.is_some_and(|payment| payment.client_secret_matches(shown))
            }
            _ => {
                let rule = "context: the token is of another session or payment than the challenge";
                return Err(UafRefusal::new(UafStatusCode::Forbidden, rule));
            }
        };
        if is_it { Ok(()) } else { Err(UafRefusal::token()) }
    }

    async fn enrolment_by_token(&self, token: &str) -> Result<Option<EnrolmentSession>, UafRefusal> {
        let Some(Ok(id)) = id_of_secret(token).map(EnrolmentSessionId::parse) else {
            return Ok(None);
        };
        let session = self.store.enrolment_session(id).await?;
        let now_ms = self.now_ms();
        Ok(session.filter(|session| {
            self.tenants.named(session.tenant()).is_some()
                && session.token_matches(token)
                && session.must_be_open(now_ms).is_ok()
        }))
    }

    async fn login_by_token(&self, token: &str) -> Result<Option<AuthenticationSession>, UafRefusal> {
        let Some(Ok(id)) = id_of_secret(token).map(AuthenticationSessionId::parse) else {
            return Ok(None);
        };
        let session = self.store.authentication_session(id).await?;
        let now_ms = self.now_ms();
        Ok(session.filter(|session| {
            self.tenants.named(session.tenant()).is_some()
                && session.token_matches(token)
                && session.must_be_open(now_ms).is_ok()
        }))
    }

    async fn payment_by_client_secret(&self, secret: &str) -> Result<Option<PaymentIntent>, UafRefusal> {
        let Some(Ok(id)) = id_of_secret(secret).map(PaymentId::parse) else {
            return Ok(None);
        };
        let payment = self.store.payment(id).await?;
        Ok(payment.filter(|payment| {
            self.tenants.named(payment.tenant()).is_some()
                && payment.client_secret_opens(secret, self.now_ms())
        }))
    }
}
