//! `[[api_keys]]`: who may use the provider's side of the API.

use super::lint::Lint;
use crate::api_key::ApiKeyHash;
use serde::Deserialize;
use std::collections::HashSet;

/// One secret key of the provider, by its hash: the key itself is never in a file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiKeyConfig {
    /// What the log calls the holder, 1 to 64 characters.
    pub name: String,
    /// SHA-256 of the key in 64 hexadecimal digits, as `smile-rp --new-api-key` prints it.
    pub sha256: String,
}

pub(super) fn lint(keys: &[ApiKeyConfig], lints: &mut Vec<Lint>) {
    if keys.is_empty() {
        lints.push(Lint::new(
            "api_keys",
            "needs at least one entry; `smile-rp --new-api-key` makes one",
        ));
    }
    let mut seen = HashSet::new();
    for (index, key) in keys.iter().enumerate() {
        if !(1..=64).contains(&key.name.chars().count()) {
            lints.push(Lint::new(
                format!("api_keys[{index}].name"),
                "must have 1 to 64 characters",
            ));
        }
        if ApiKeyHash::from_hex(&key.sha256).is_none() {
            lints.push(Lint::new(
                format!("api_keys[{index}].sha256"),
                "must be 64 hexadecimal digits",
            ));
        } else if !seen.insert(key.sha256.to_ascii_lowercase()) {
            lints.push(Lint::new(format!("api_keys[{index}].sha256"), "is listed twice"));
        }
    }
}
