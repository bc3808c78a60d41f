//! `POST /uaf/get`: a token becomes a challenge.

use super::uaf_context::{Permission, Token};
use super::{Service, Tally, UafRefusal};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{TenantId, UserId};
use smile_ceremony::record::Credential;
use smile_ceremony::transition::Transition;
use smile_ceremony::uaf::registration::BegunCeremony;
use smile_ceremony::uaf::{authentication, registration};
use smile_protocol::uaf::header::Operation;
use smile_protocol::uaf::transport::{GetUafRequest, ReturnUafRequest, UafStatusCode};

impl Service {
    /// As [`Service::uaf_request_counted`], of a caller inside of this process, who is not counted.
    ///
    /// # Errors
    /// The status code and the rule.
    pub async fn uaf_request(&self, body: &str) -> Result<ReturnUafRequest, UafRefusal> {
        self.uaf_request_counted(body, &Tally::default()).await
    }

    /// Answers a GetUAFRequest: the request is sent only after its challenge is durable.
    ///
    /// # Errors
    /// The status code and the rule; too many requests about one person are [`UafRefusal::limited`].
    pub async fn uaf_request_counted(
        &self,
        body: &str,
        tally: &Tally,
    ) -> Result<ReturnUafRequest, UafRefusal> {
        let asked = GetUafRequest::decode(body).map_err(CeremonyError::from)?;
        let token = Token::decode(asked.context.as_deref())?;
        let permission = self.permission(&token).await?;
        let op = match permission {
            Permission::Enrolment(_) => Operation::Reg,
            Permission::Authentication(_) | Permission::Payment(_) => Operation::Auth,
        };
        // UAF Transport §8.3.3: `op` is optional; where it is there it must be what the token permits.
        if asked.op.is_some_and(|asked| asked != op) {
            let rule = format!("op: this token permits {op} (UAF Transport §8.3.3)");
            return Err(UafRefusal::new(UafStatusCode::BadRequest, rule));
        }
        if let (tenant, Some(user)) = permission.whose() {
            self.limits.count_user(tenant, user, tally)?;
        }
        let begun = self.begin(permission).await?;
        self.issue(op, begun).await
    }

    /// Sends a request once its challenge is durable.
    pub(super) async fn issue(
        &self,
        op: Operation,
        begun: BegunCeremony,
    ) -> Result<ReturnUafRequest, UafRefusal> {
        let lifetime_ms = u32::try_from(begun.lifetime_ms()).unwrap_or(u32::MAX);
        self.store.commit(Transition::Begin(begun.ceremony)).await?;
        Ok(ReturnUafRequest {
            status_code: UafStatusCode::Ok,
            uaf_request: Some(begun.message),
            op: Some(op),
            lifetime_ms: Some(lifetime_ms),
        })
    }

    pub(super) async fn begin(&self, permission: Permission) -> Result<BegunCeremony, UafRefusal> {
        let (tenant, user) = permission.whose();
        let user = user.ok_or(CeremonyError::NoUsableCredential)?;
        let registered = self.registered(tenant, user).await?;
        let tenant = self.tenants.named(tenant).ok_or_else(UafRefusal::token)?;
        let (rp, now_ms) = (&tenant.relying_party, self.now_ms());
        let mut rng = self.rng();
        Ok(match &permission {
            Permission::Enrolment(session) => registration::begin(rp, session, &registered, now_ms, &mut rng),
            Permission::Authentication(session) => {
                authentication::begin_login(rp, session, &registered, now_ms, &mut rng)
            }
            Permission::Payment(payment) => {
                authentication::begin_payment(rp, payment, &registered, now_ms, &mut rng)
            }
        }?)
    }

    pub(super) async fn registered(
        &self,
        tenant: &TenantId,
        user: &UserId,
    ) -> Result<Vec<Credential>, UafRefusal> {
        Ok(self.store.credentials_of(tenant.clone(), user.clone()).await?)
    }
}
