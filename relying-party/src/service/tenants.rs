//! The tenants of this server: each a relying party of its own.

use super::Service;
use super::sessions::missing;
use super::{Refusal, tls};
use crate::config::{Config, Mode, TenantEntry};
use crate::error::RelyingPartyError;
use smile_ceremony::facets::FacetAllowList;
use smile_ceremony::identifier::TenantId;
use smile_ceremony::relying_party::RelyingParty;
use smile_ceremony::server_data::ServerKey;
use smile_protocol::uaf::identity::{AppId, FacetId};
use std::sync::Arc;

/// One tenant.
pub struct Tenant {
    pub(super) id: TenantId,
    pub(super) mode: Mode,
    pub(super) relying_party: Arc<RelyingParty>,
}

/// Every tenant; at least one.
pub(super) struct Tenants(Vec<Arc<Tenant>>);

impl Tenants {
    /// The tenants of a configuration, in its order.
    pub fn of(config: &Config, server_key: &[u8; 32]) -> Result<Self, RelyingPartyError> {
        let metadata = super::statements(config)?;
        let entries = config.all_tenants();
        let tenants = entries.iter().map(|entry| {
            let key = ServerKey::new(server_key.to_vec()).expect("32 bytes are what a server key needs");
            let accepted = super::metadata::accepted(&metadata);
            let (app_id, facets) = application(entry);
            let relying_party = RelyingParty::new(Some(app_id), facets, metadata.clone(), accepted, key);
            Ok(Arc::new(Tenant {
                id: TenantId::parse(entry.name).expect("the configuration's lint is stricter"),
                mode: entry.mode,
                relying_party: Arc::new(configured(relying_party, config)?),
            }))
        });
        let tenants = tenants.collect::<Result<_, RelyingPartyError>>()?;
        Ok(Self(tenants))
    }

    /// The first one, to whom belongs what has no tenant in its address.
    pub fn first(&self) -> &Arc<Tenant> {
        self.0.first().expect("the configuration's lint asks for one")
    }

    /// The tenant of this name.
    pub fn named(&self, id: &TenantId) -> Option<&Arc<Tenant>> {
        self.0.iter().find(|tenant| tenant.id == *id)
    }

    /// The names of all.
    pub fn ids(&self) -> impl Iterator<Item = TenantId> + '_ {
        self.0.iter().map(|tenant| tenant.id.clone())
    }
}

impl Service {
    /// The first tenant's list of trusted facets as JSON, the same for every caller (AppID and facets §3.1.2). It has an
    /// entry for version 1.0 and one for 1.1: clients in the field look for either.
    #[must_use]
    pub fn trusted_facets(&self) -> String {
        self.tenants.first().relying_party.facets.document()
    }

    /// The list of a tenant's trusted facets, as [`Service::trusted_facets`].
    ///
    /// # Errors
    /// `resource_missing`.
    pub fn trusted_facets_of(&self, tenant: &str) -> Result<String, Refusal> {
        let id = TenantId::parse(tenant).ok();
        let found = id.and_then(|id| self.tenants.named(&id));
        let found = found.ok_or_else(|| missing("tenant").at("tenant"))?;
        Ok(found.relying_party.facets.document())
    }
}

fn application(entry: &TenantEntry<'_>) -> (AppId, FacetAllowList) {
    let linted = "the configuration's lint checked the length";
    let facets = entry.facets.iter();
    let facets = facets.map(|facet| FacetId::new(&**facet).expect(linted));
    let list = FacetAllowList::new(facets.collect()).of_setting(entry.setting("facets"));
    (AppId::new(entry.app_id).expect(linted), list)
}

/// What all tenants have alike.
fn configured(mut relying_party: RelyingParty, config: &Config) -> Result<RelyingParty, RelyingPartyError> {
    relying_party.channel = tls::expected_channel(&config.uaf.channel_binding)?;
    relying_party.wav1cbor = config.uaf.experimental_wav1cbor;
    relying_party.challenge_lifetime_ms = config.uaf.challenge_lifetime_s * 1000;
    #[cfg(feature = "conformance")]
    if config.has_conformance() {
        super::conformance::loosen(&mut relying_party, &config.conformance.facets);
    }
    Ok(relying_party)
}
