//! API keys: made, listed, rolled and revoked by their tenant.

use super::caller::lacks;
use super::key_ring::RingKey;
use super::payments::{Page, invalid};
use super::sessions::missing;
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use crate::api_key::{ApiKeyHash, new_api_key_of};
use crate::config::Mode;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::ApiKeyId;
use smile_ceremony::record::{ApiKey, ApiKeyKind, Scope};
use smile_ceremony::transition::{KeyMaker, Outcome, Transition};
use std::sync::Arc;

/// Most keys that a tenant can have at the same time: one for each program and person of a large provider.
const KEYS_MAX: usize = 100;

/// Longest time in which a rolled key and its successor work side by side, in seconds: a week, in which every program can
/// be given the new one.
pub const OVERLAP_MAX_S: u64 = 7 * 24 * 60 * 60;

/// A key that is asked for, as it came.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What the tenant calls it, 1 to 64 characters.
    pub name: String,
    /// `secret`, `restricted` or `publishable`.
    pub kind: String,
    /// For a restricted key what it may do.
    pub scopes: Option<Vec<String>>,
}

/// A key as it is shown.
pub struct ShownApiKey<'k> {
    /// The key.
    pub record: &'k ApiKey,
    /// The mode of its tenant.
    pub mode: Mode,
    /// Whether it stands in the configuration, where it can be taken out but not rolled.
    pub is_configured: bool,
    /// Whether it opens nothing any more.
    pub is_over: bool,
}

impl Service {
    /// Makes a key; `show` gets its text, which is not kept.
    ///
    /// # Errors
    /// `member_invalid` for `name`, `kind` and `scopes`, `scope_missing` where the caller's key may do less than the new
    /// one, `state_conflict` where the tenant has 100 keys, those of the idempotency key, `store_unavailable`.
    pub async fn create_api_key(
        self: &Arc<Self>,
        provider: Provider,
        new: NewApiKey,
        once: Once,
        show: fn(&ShownApiKey<'_>, &str) -> Reply,
    ) -> Result<Reply, Refusal> {
        let now_ms = self.now_ms();
        let own = wanted(&new)?;
        let text = new_api_key_of(own.0, provider.mode(), &*self.entropy);
        let hash = ApiKeyHash::of(&text);
        let key = ApiKey::create(provider.tenant().clone(), new.name, own, hash.as_bytes(), now_ms);
        must_have_all(&provider, key.scopes())?;
        let reply = show(&shown(&key, provider.mode(), now_ms), &text);
        let maker = self.key_maker(&provider);
        let create = Transition::CreateApiKey { key, maker };
        self.change(once, create, move |_| Ok(reply.clone())).await
    }

    /// Gives a key a successor, beside which it works for `overlap_s` seconds more; `show` gets the old key and the new one
    /// with its text.
    ///
    /// # Errors
    /// `resource_missing`, `state_conflict` for a key of the configuration and for one that is revoked or was rolled,
    /// `scope_missing` where the caller's key may do less, `state_conflict` where the tenant has 100 keys with both, those of
    /// the idempotency key, `store_unavailable`.
    pub async fn roll_api_key(
        self: &Arc<Self>,
        provider: Provider,
        id: &str,
        overlap_s: u64,
        once: Once,
        show: fn(&ShownApiKey<'_>, &ShownApiKey<'_>, &str) -> Reply,
    ) -> Result<Reply, Refusal> {
        let key = self.stored_key(&provider, id)?;
        // Whoever rolls a key has its successor in hand.
        must_have_all(&provider, key.record.scopes())?;
        let (now_ms, mode) = (self.now_ms(), provider.mode());
        let text = Arc::new(new_api_key_of(key.record.kind(), mode, &*self.entropy));
        let roll = Transition::RollApiKey {
            tenant: provider.tenant().clone(),
            id: key.record.id().clone(),
            hash: *ApiKeyHash::of(&text).as_bytes(),
            expires_at_ms: now_ms.saturating_add(overlap_s.saturating_mul(1000)),
            maker: self.key_maker(&provider),
            now_ms,
        };
        self.change(once, roll, move |outcome| match outcome {
            Outcome::ApiKeyRolled { old, new } => {
                let (old, new) = (shown(old, mode, now_ms), shown(new, mode, now_ms));
                Ok(show(&old, &new, &text))
            }
            _ => Err(CeremonyError::ApiKeyUnknown),
        })
        .await
    }

    /// Takes a key away, at once.
    ///
    /// # Errors
    /// `resource_missing`, `state_conflict` for a key of the configuration and for one that is over, those of the
    /// idempotency key, `store_unavailable`.
    pub async fn revoke_api_key(
        self: &Arc<Self>,
        provider: Provider,
        id: &str,
        once: Once,
        show: fn(&ShownApiKey<'_>) -> Reply,
    ) -> Result<Reply, Refusal> {
        let key = self.stored_key(&provider, id)?;
        let (now_ms, mode) = (self.now_ms(), provider.mode());
        let revoke = Transition::RevokeApiKey {
            tenant: provider.tenant().clone(),
            id: key.record.id().clone(),
            now_ms,
        };
        self.change(once, revoke, move |outcome| match outcome {
            Outcome::ApiKeyRevoked(key) => Ok(show(&shown(key, mode, now_ms))),
            _ => Err(CeremonyError::ApiKeyUnknown),
        })
        .await
    }

    /// The keys of the provider's tenant, the newest first, those that are over too, each as `view` shows it.
    ///
    /// # Errors
    /// `query_invalid` for `starting_after`.
    pub fn api_keys<T>(
        &self,
        provider: &Provider,
        starting_after: Option<&str>,
        limit: usize,
        view: impl Fn(&ShownApiKey<'_>) -> T,
    ) -> Result<Page<T>, Refusal> {
        let mut keys = self.keys.of_tenant(provider.tenant());
        if let Some(id) = starting_after {
            let place = keys.iter().position(|key| key.record.id().as_str() == id);
            let place = place.ok_or_else(|| {
                let rule = "must be an API key of this key's tenant";
                Refusal::new(RefusalCode::QueryInvalid, rule).at("starting_after")
            })?;
            keys.drain(..=place);
        }
        let now_ms = self.now_ms();
        let view = |key: &Arc<RingKey>| {
            view(&ShownApiKey {
                is_configured: key.is_configured,
                ..shown(&key.record, provider.mode(), now_ms)
            })
        };
        Ok(Page::of(keys.iter().take(limit + 1).map(view).collect(), limit))
    }

    /// Commits, and reads the keys anew before it answers. Both go on when the caller goes away: a key that is revoked on
    /// disk must not go on to open doors here.
    async fn change(
        self: &Arc<Self>,
        once: Once,
        transition: Transition,
        reply: impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static,
    ) -> Result<Reply, Refusal> {
        let service = self.clone();
        let changed = tokio::spawn(async move {
            let reply = service.perform(&once, transition, reply).await;
            service.keys.reload().await?;
            reply
        });
        changed.await.map_err(Refusal::internal)?
    }

    /// The caller as one who makes a key. Whether theirs still works, and for how many there is room, is decided where the
    /// new one is written.
    fn key_maker(&self, provider: &Provider) -> KeyMaker {
        let keys = self.keys.of_tenant(provider.tenant());
        let configured = keys.iter().filter(|key| key.is_configured).count();
        KeyMaker {
            by: provider.stored_key().cloned(),
            at_most: KEYS_MAX.saturating_sub(configured),
        }
    }

    fn stored_key(&self, provider: &Provider, id: &str) -> Result<Arc<RingKey>, Refusal> {
        let id = ApiKeyId::parse(id).map_err(|_| missing("API key"))?;
        let keys = self.keys.of_tenant(provider.tenant());
        let key = keys.into_iter().find(|key| *key.record.id() == id);
        let key = key.ok_or_else(|| missing("API key"))?;
        if key.is_configured {
            let rule = "this key stands in the configuration: change it there";
            return Err(Refusal::new(RefusalCode::StateConflict, rule).at("id"));
        }
        Ok(key)
    }
}

fn shown(record: &ApiKey, mode: Mode, now_ms: u64) -> ShownApiKey<'_> {
    ShownApiKey {
        record,
        mode,
        is_configured: false,
        is_over: record.is_over(now_ms),
    }
}

/// Nobody gives away what they do not have.
fn must_have_all(provider: &Provider, scopes: &[Scope]) -> Result<(), Refusal> {
    match provider.first_lacking(scopes) {
        None => Ok(()),
        Some(scope) => Err(lacks(scope)),
    }
}

fn wanted(new: &NewApiKey) -> Result<(ApiKeyKind, Vec<Scope>), Refusal> {
    let length = new.name.chars().count();
    if !(1..=64).contains(&length) || new.name.chars().any(char::is_control) {
        return Err(invalid(
            "name",
            "must have 1 to 64 characters, no control characters",
        ));
    }
    let kind = ApiKeyKind::parse(&new.kind);
    let kind = kind.ok_or_else(|| invalid("kind", "must be secret, restricted or publishable"))?;
    let named = new.scopes.as_deref().unwrap_or_default();
    if (kind == ApiKeyKind::Restricted) == named.is_empty() {
        let rule = "must name what a restricted key may do, and be left out for the other kinds";
        return Err(invalid("scopes", rule));
    }
    let scopes: Option<Vec<Scope>> = named.iter().map(|name| Scope::parse(name)).collect();
    let scopes = scopes.ok_or_else(|| invalid("scopes", "each must be a scope; docs/api.md lists them"))?;
    Ok((kind, scopes))
}
