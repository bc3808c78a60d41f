//! The keys that are valid now: those of the configuration, and those of the store.
//!
//! A key is looked up by the SHA-256 of its text in a hash table with a secret seed. How long that takes may tell
//! something of the hash of what was *presented*, which whoever presents it knows anyway; to come nearer to a key by it
//! one would have to choose texts by their SHA-256, and there are 2^256 keys.
//!
//! The store's keys are kept in memory, so that a request costs no reading. Whatever changes one reads all of them anew
//! before it is answered: see [`KeyRing::reload`].

use super::tenants::{Tenant, Tenants};
use crate::api_key::ApiKeyHash;
use crate::config::Config;
use crate::store::{Store, StoreError};
use smile_ceremony::identifier::{ApiKeyId, TenantId};
use smile_ceremony::record::{ApiKey, ApiKeyKind, Scope};
use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// One key, wherever it comes from.
pub(super) struct RingKey {
    pub tenant: Arc<Tenant>,
    pub record: ApiKey,
    pub is_configured: bool,
}

type Keys = HashMap<ApiKeyHash, Arc<RingKey>>;

/// All keys of all tenants.
pub(super) struct KeyRing {
    tenants: Arc<Tenants>,
    store: Arc<dyn Store>,
    configured: Keys,
    stored: RwLock<Keys>,
    /// Of two readings the later one counts, so they do not overlap.
    reading: tokio::sync::Mutex<()>,
}

impl KeyRing {
    /// The keys of a configuration, and those that the store holds now. Waits on the calling thread.
    pub fn open(config: &Config, tenants: Arc<Tenants>, store: Arc<dyn Store>) -> Result<Self, StoreError> {
        let mut configured = Keys::new();
        for entry in config.all_tenants() {
            let tenant = TenantId::parse(entry.name).ok();
            let tenant = tenant
                .and_then(|id| tenants.named(&id))
                .expect("it was made of this entry");
            for key in entry.api_keys {
                let hash =
                    ApiKeyHash::from_hex(&key.sha256).expect("the configuration's lint checked the digits");
                let (id, own) = (tenant.id.clone(), (key.kind, key.known_scopes()));
                // When it was made nobody knows: 0.
                let record = ApiKey::create(id, key.name.clone(), own, hash.as_bytes(), 0);
                configured.insert(
                    hash,
                    Arc::new(RingKey {
                        tenant: tenant.clone(),
                        record,
                        is_configured: true,
                    }),
                );
            }
        }
        let found = now(store.clone())?;
        let stored = RwLock::new(keys_of(&tenants, found));
        Ok(Self {
            tenants,
            store,
            configured,
            stored,
            reading: tokio::sync::Mutex::default(),
        })
    }

    /// The key of this text.
    pub fn find(&self, text: &str) -> Option<Arc<RingKey>> {
        let hash = ApiKeyHash::of(text);
        let configured = self.configured.get(&hash).cloned();
        configured.or_else(|| {
            let stored = self.stored.read().unwrap_or_else(PoisonError::into_inner);
            stored.get(&hash).cloned()
        })
    }

    /// The keys of a tenant, the newest first.
    pub fn of_tenant(&self, tenant: &TenantId) -> Vec<Arc<RingKey>> {
        let stored = self.stored.read().unwrap_or_else(PoisonError::into_inner);
        let all = self.configured.values().chain(stored.values());
        let mut keys: Vec<_> = all.filter(|key| key.tenant.id == *tenant).cloned().collect();
        drop(stored);
        keys.sort_by(|one, two| order(&two.record).cmp(&order(&one.record)));
        keys
    }

    /// Reads the store's keys anew.
    pub async fn reload(&self) -> Result<(), StoreError> {
        let _turn = self.reading.lock().await;
        let found = self.store.api_keys().await?;
        let keys = keys_of(&self.tenants, found);
        *self.stored.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }
}

impl RingKey {
    /// Whether its holder may do this.
    pub fn permits(&self, scope: Scope) -> bool {
        self.record.scopes().contains(&scope)
    }

    pub fn is_publishable(&self) -> bool {
        self.record.kind() == ApiKeyKind::Publishable
    }
}

fn order(key: &ApiKey) -> (u64, &ApiKeyId) {
    (key.created_at_ms(), key.id())
}

/// Those of tenants that this server has: another one may have had the store before.
fn keys_of(tenants: &Tenants, found: Vec<ApiKey>) -> Keys {
    let known = found.into_iter().filter_map(|record| {
        let tenant = tenants.named(record.tenant())?.clone();
        let hash = ApiKeyHash::from_bytes(record.hash().as_slice())?;
        let is_configured = false;
        Some((
            hash,
            Arc::new(RingKey {
                tenant,
                record,
                is_configured,
            }),
        ))
    });
    known.collect()
}

/// What the store holds at the start. On a thread of its own, since the caller may be inside of a runtime or not.
fn now(store: Arc<dyn Store>) -> Result<Vec<ApiKey>, StoreError> {
    let failed = |reason: &str| StoreError::Unavailable(reason.to_owned());
    let reading = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let runtime = runtime.map_err(|error| StoreError::Unavailable(error.to_string()))?;
        runtime.block_on(store.api_keys())
    });
    reading
        .join()
        .map_err(|_| failed("the thread that read the keys panicked"))?
}
