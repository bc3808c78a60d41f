//! `[[tenants]]`: several relying parties on one server. `[relying_party]` is the form for one.

use super::ApiKeyConfig;
use super::api_key;
use super::lint::Lint;
use super::listen::Profile;
use super::relying_party::{RelyingPartyConfig, facet_rule_broken, is_on_loopback, length_allowed};
use serde::Deserialize;
use std::collections::HashSet;

/// Whether a tenant's money is real.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// Nothing is real: outcomes can be simulated. Keys begin with `sk_test_`, `rk_test_` or `pk_test_`.
    #[default]
    Test,
    /// Real payers and real money. Keys begin with `sk_live_`, `rk_live_` or `pk_live_`.
    Live,
}

impl Mode {
    /// The name, as in the text of keys.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Test => "test",
            Self::Live => "live",
        }
    }
}

/// One tenant: its name, its AppID and facets, and its keys. Nothing of it can be seen or used by another.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TenantConfig {
    /// As `relying_party.tenant`; no two tenants have the same.
    pub name: String,
    /// `test` or `live`.
    pub mode: Mode,
    /// As `relying_party.app_id`.
    pub app_id: String,
    /// As `relying_party.facets`.
    pub facets: Vec<String>,
    /// Hashes of its keys; at least one.
    #[serde(default)]
    pub api_keys: Vec<ApiKeyConfig>,
}

/// A tenant in whichever of the two forms it was written, and how its settings are called.
#[derive(Debug, Clone, Copy)]
pub struct TenantEntry<'c> {
    /// Its name.
    pub name: &'c str,
    /// Whether its money is real.
    pub mode: Mode,
    /// Its AppID.
    pub app_id: &'c str,
    /// Its facets.
    pub facets: &'c [String],
    /// Its keys in the configuration.
    pub api_keys: &'c [ApiKeyConfig],
    /// Its place among `tenants`; `None` for `relying_party`.
    index: Option<usize>,
}

impl<'c> TenantEntry<'c> {
    /// The tenant of `[relying_party]`, whose keys are `[[api_keys]]`.
    pub(super) fn of_relying_party(config: &'c RelyingPartyConfig, api_keys: &'c [ApiKeyConfig]) -> Self {
        Self {
            name: &config.tenant,
            mode: config.mode,
            app_id: &config.app_id,
            facets: &config.facets,
            api_keys,
            index: None,
        }
    }

    /// The tenant of `[[tenants]]` at this place.
    pub(super) fn of_tenant(index: usize, config: &'c TenantConfig) -> Self {
        Self {
            name: &config.name,
            mode: config.mode,
            app_id: &config.app_id,
            facets: &config.facets,
            api_keys: &config.api_keys,
            index: Some(index),
        }
    }

    /// A setting of this tenant as it is called in the file, such as `tenants[1].facets`.
    #[must_use]
    pub fn setting(&self, name: &str) -> String {
        match (self.index, name) {
            (None, "api_keys") => name.to_owned(),
            (None, "name") => "relying_party.tenant".to_owned(),
            (None, name) => format!("relying_party.{name}"),
            (Some(index), name) => format!("tenants[{index}].{name}"),
        }
    }

    fn lint(&self, profile: Profile, lints: &mut Vec<Lint>) {
        let named = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
        if self.name.is_empty() || self.name.len() > 64 || !self.name.chars().all(named) {
            lints.push(Lint::new(
                self.setting("name"),
                "must be 1 to 64 characters of a-z, 0-9, - and _",
            ));
        }
        let (app_id, facets) = (self.setting("app_id"), self.setting("facets"));
        if !length_allowed(self.app_id) {
            lints.push(Lint::new(app_id, "must have 1 to 512 characters"));
        } else if !self.app_id.starts_with("https://") && !self.facets.iter().any(|one| one == self.app_id) {
            let rule = format!("must be an https address, or equal to one of {facets}");
            lints.push(Lint::new(app_id, rule));
        }
        if self.facets.is_empty() {
            lints.push(Lint::new(facets.clone(), "must name at least one facet"));
        }
        for (index, facet) in self.facets.iter().enumerate() {
            if profile == Profile::Development && is_on_loopback(facet) {
                continue;
            }
            if let Some(rule) = facet_rule_broken(facet, self.app_id) {
                lints.push(Lint::new(
                    format!("{facets}[{index}]"),
                    format!("{facet:?} {rule}"),
                ));
            }
        }
    }
}

/// The rules of each tenant, and those of all together.
pub(super) fn lint(tenants: &[TenantEntry<'_>], profile: Profile, stray_keys: bool, lints: &mut Vec<Lint>) {
    if tenants.is_empty() {
        let rule = "must be there, or else at least one entry of tenants";
        lints.push(Lint::new("relying_party", rule));
    }
    if stray_keys {
        let rule = "are those of relying_party, which is not there: put them into their entry of tenants";
        lints.push(Lint::new("api_keys", rule));
    }
    let (mut names, mut hashes) = (HashSet::new(), HashSet::new());
    for tenant in tenants {
        tenant.lint(profile, lints);
        if !names.insert(tenant.name) {
            lints.push(Lint::new(tenant.setting("name"), "is another tenant's already"));
        }
        api_key::lint(tenant, &mut hashes, lints);
    }
}
