//! Who calls, as witnesses that only a check can make.

use super::key_ring::RingKey;
use super::sessions::user_id;
use super::tenants::Tenant;
use super::{Refusal, RefusalCode, Service, Tally};
use crate::api_key::prefix;
use crate::config::Mode;
use smile_ceremony::identifier::{ApiKeyId, TenantId, UserId};
use smile_ceremony::record::Scope;
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;

/// Witness: the caller holds a key of this tenant that permits what the endpoint does.
#[derive(Clone)]
pub struct Provider {
    key: Arc<RingKey>,
    tally: Tally,
}

/// Without the key's hash.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("tenant", self.tenant())
            .field("key", self.key.record.id())
            .finish()
    }
}

impl Provider {
    /// The tenant that the key belongs to.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.key.tenant.id
    }

    /// Whether the tenant's money is real.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.key.tenant.mode
    }

    /// The same caller, whose request is counted in `tally`.
    #[must_use]
    pub fn counted_in(self, tally: Tally) -> Self {
        Self { tally, ..self }
    }

    /// The first of these scopes that the key does not have.
    pub(super) fn first_lacking(&self, scopes: &[Scope]) -> Option<Scope> {
        scopes.iter().copied().find(|scope| !self.key.permits(*scope))
    }

    /// The name of the caller's key in the store; none has one of the configuration.
    pub(super) fn stored_key(&self) -> Option<&ApiKeyId> {
        (!self.key.is_configured).then(|| self.key.record.id())
    }

    pub(super) fn of_tenant(&self) -> &Arc<Tenant> {
        &self.key.tenant
    }
}

impl Service {
    /// Checks a presented key, and that it permits what `scope` names.
    ///
    /// # Errors
    /// `api_key_missing`, `api_key_invalid`, `api_key_expired`, `api_key_publishable`, `scope_missing`.
    pub fn provider(&self, key: Option<&str>, scope: Scope) -> Result<Provider, Refusal> {
        let key = key.ok_or_else(|| {
            let rule = "send the header Authorization: Bearer sk_…";
            Refusal::new(RefusalCode::ApiKeyMissing, rule).at("authorization")
        })?;
        let key = self.valid_key(key)?;
        if key.is_publishable() {
            let rule = "a publishable key names its tenant and opens nothing by itself: send a secret or restricted \
                        key, or to read a payment the header Smile-Client-Secret too";
            return Err(Refusal::new(RefusalCode::ApiKeyPublishable, rule).at("authorization"));
        }
        if !key.permits(scope) {
            return Err(lacks(scope));
        }
        tracing::debug!(holder = key.record.name(), "provider");
        let tally = Tally::default();
        Ok(Provider { key, tally })
    }

    /// The tenant of a publishable key; `None` for a key of another kind, which has to open more.
    ///
    /// # Errors
    /// `api_key_invalid`, `api_key_expired`.
    pub fn publisher(&self, key: &str) -> Result<Option<TenantId>, Refusal> {
        let key = self.valid_key(key)?;
        Ok(key.is_publishable().then(|| key.tenant.id.clone()))
    }

    /// Counts a request by where it comes from, and by its key if it is one of ours that is secret. A publishable key
    /// anybody can send, who would hold up all others that do.
    ///
    /// # Errors
    /// `rate_limited`.
    pub fn count_request(
        &self,
        address: Option<IpAddr>,
        key: Option<&str>,
        tally: &Tally,
    ) -> Result<(), Refusal> {
        if let Some(address) = address {
            self.limits.count_address(address, tally)?;
        }
        match key.and_then(|key| self.keys.find(key)) {
            Some(key) if key.is_publishable() => Ok(()),
            Some(key) => self.limits.count_key(key.record.id(), tally),
            None => Ok(()),
        }
    }

    /// The request header in which a proxy tells the client's address.
    #[must_use]
    pub fn address_header(&self) -> Option<&str> {
        self.limits.address_header.as_deref()
    }

    /// The person that a request is about, by the name that came, once the request is counted as one about them.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `rate_limited`.
    pub(super) fn counted_user(&self, provider: &Provider, user: &str) -> Result<UserId, Refusal> {
        let user = user_id(user)?;
        self.limits
            .count_user(provider.tenant(), &user, &provider.tally)?;
        Ok(user)
    }

    fn valid_key(&self, text: &str) -> Result<Arc<RingKey>, Refusal> {
        let refused = |code, rule: String| Refusal::new(code, rule).at("authorization");
        let Some(key) = self.keys.find(text) else {
            let rule =
                "the key must be one whose hash is in the configuration, or one that /v1/api_keys made";
            return Err(refused(RefusalCode::ApiKeyInvalid, rule.to_owned()));
        };
        let begins = prefix(key.record.kind(), key.tenant.mode);
        if !text.starts_with(&begins) {
            let rule = format!("a key of this kind, of a tenant in this mode, begins with {begins}");
            return Err(refused(RefusalCode::ApiKeyInvalid, rule));
        }
        if key.record.revoked_at_ms().is_some() {
            return Err(refused(
                RefusalCode::ApiKeyInvalid,
                "the key was revoked".to_owned(),
            ));
        }
        if key.record.is_over(self.now_ms()) {
            let rule = "the key was rolled, and the time of both is over: send its successor";
            return Err(refused(RefusalCode::ApiKeyExpired, rule.to_owned()));
        }
        Ok(key)
    }
}

/// The refusal of a key that does not permit `scope`.
pub(super) fn lacks(scope: Scope) -> Refusal {
    let rule = format!("the key needs the scope {}", scope.as_str());
    Refusal::new(RefusalCode::ScopeMissing, rule).at("authorization")
}
