//! `[[api_keys]]` and `[[tenants.api_keys]]`: who may use the provider's side of the API.

use super::lint::Lint;
use super::tenants::TenantEntry;
use crate::api_key::ApiKeyHash;
use serde::Deserialize;
use smile_ceremony::record::{ApiKeyKind, Scope};
use std::collections::HashSet;

/// One key of a provider, by its hash: the key itself is never in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// What the log calls the holder, 1 to 64 characters.
    pub name: String,
    /// SHA-256 of the key in 64 hexadecimal digits, as `smile-rp --new-api-key` prints it.
    pub sha256: String,
    /// `secret`, `restricted` or `publishable`: what the key begins with must say the same.
    #[serde(default)]
    pub kind: ApiKeyKind,
    /// What a restricted key may do; the other kinds have none written.
    #[serde(default)]
    pub scopes: Vec<String>,
}

impl ApiKeyConfig {
    /// The scopes, once the lint has found all of them right.
    pub(crate) fn known_scopes(&self) -> Vec<Scope> {
        self.scopes.iter().filter_map(|name| Scope::parse(name)).collect()
    }
}

/// The rules of a tenant's keys; `seen` holds the hashes of those before.
pub(super) fn lint(tenant: &TenantEntry<'_>, seen: &mut HashSet<String>, lints: &mut Vec<Lint>) {
    let setting = tenant.setting("api_keys");
    if tenant.api_keys.is_empty() {
        lints.push(Lint::new(
            setting.clone(),
            "needs at least one entry; `smile-rp --new-api-key` makes one",
        ));
    }
    for (index, key) in tenant.api_keys.iter().enumerate() {
        let at = |name: &str| format!("{setting}[{index}].{name}");
        if !(1..=64).contains(&key.name.chars().count()) {
            lints.push(Lint::new(at("name"), "must have 1 to 64 characters"));
        }
        if ApiKeyHash::from_hex(&key.sha256).is_none() {
            lints.push(Lint::new(at("sha256"), "must be 64 hexadecimal digits"));
        } else if !seen.insert(key.sha256.to_ascii_lowercase()) {
            lints.push(Lint::new(at("sha256"), "is listed twice"));
        }
        if (key.kind == ApiKeyKind::Restricted) == key.scopes.is_empty() {
            let rule = "must name what a restricted key may do, and be left out for the other kinds";
            lints.push(Lint::new(at("scopes"), rule));
        }
        for (number, scope) in key.scopes.iter().enumerate() {
            if Scope::parse(scope).is_none() {
                let rule = format!("{scope:?} is no scope; docs/api.md lists them");
                lints.push(Lint::new(format!("{}[{number}]", at("scopes")), rule));
            }
        }
    }
}
