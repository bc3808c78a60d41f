//! The server's configuration: one TOML file, a small struct per concern, unknown keys refused.

mod api_key;
mod channel_binding;
mod conformance;
mod data;
mod hosted_pages;
mod limits;
mod lint;
mod listen;
mod log;
mod pictures;
mod processor;
mod relying_party;
mod tenants;
mod uaf;

pub use api_key::ApiKeyConfig;
pub use channel_binding::{ChannelBinding, ChannelBindingConfig};
pub use conformance::ConformanceConfig;
pub use data::{DataConfig, Engine};
pub use limits::LimitsConfig;
pub use lint::{ConfigError, Lint};
pub use listen::{Profile, ServerConfig};
pub use log::{LogConfig, LogFormat};
pub use pictures::PicturesConfig;
pub use processor::{ProcessorConfig, ProcessorKind};
pub use relying_party::RelyingPartyConfig;
pub use tenants::{Mode, TenantConfig, TenantEntry};
pub use uaf::UafConfig;

use serde::Deserialize;
use std::path::Path;

/// Everything the server can be told; see `smile-rp.example.toml` for a file with every key.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Where the server listens, and its limits in size and time.
    #[serde(default)]
    pub server: ServerConfig,
    /// Who asks for signatures: tenant, AppID, facets. May be left out where there are `tenants`.
    pub relying_party: Option<RelyingPartyConfig>,
    /// Hashes of the keys of `relying_party`; at least one.
    #[serde(default)]
    pub api_keys: Vec<ApiKeyConfig>,
    /// Further tenants, or all of them.
    #[serde(default)]
    pub tenants: Vec<TenantConfig>,
    /// How many requests are answered.
    #[serde(default)]
    pub limits: LimitsConfig,
    /// Where records and the server's own keys live.
    pub data: DataConfig,
    /// UAF ceremonies.
    pub uaf: UafConfig,
    /// Who moves the money of authorised payments.
    #[serde(default)]
    pub processor: ProcessorConfig,
    /// What names are drawn with that are not ASCII.
    #[serde(default)]
    pub pictures: PicturesConfig,
    /// Log lines.
    #[serde(default)]
    pub log: LogConfig,
    /// FIDO's server test API; off unless everything says on.
    #[serde(default)]
    pub conformance: ConformanceConfig,
}

impl Config {
    /// Reads and checks a file; relative folders in it are taken from the file's own folder.
    ///
    /// # Errors
    /// The file cannot be read, is not TOML, holds an unknown key, or breaks a rule of [`Config::lint`].
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(path).map_err(|source| ConfigError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let mut config = Self::from_toml(&text)?;
        let folder = path.parent().unwrap_or(Path::new("."));
        config.data.resolve_from(folder);
        config.uaf.resolve_from(folder);
        config.processor.resolve_from(folder);
        config.pictures.resolve_from(folder);
        config.conformance.resolve_from(folder);
        Ok(config)
    }

    /// Reads and checks a configuration from its TOML text.
    ///
    /// # Errors
    /// As [`Config::load`], except for the file.
    pub fn from_toml(text: &str) -> Result<Self, ConfigError> {
        let config: Self = toml::from_str(text).map_err(ConfigError::Syntax)?;
        let lints = config.lint();
        if lints.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError::Refused(lints))
        }
    }

    /// Everything that is wrong with the values, each with its key; empty when the server may start.
    #[must_use]
    pub fn lint(&self) -> Vec<Lint> {
        let mut lints = Vec::new();
        self.server.lint(&mut lints);
        let tenants = self.all_tenants();
        let stray_keys = self.relying_party.is_none() && !self.api_keys.is_empty();
        tenants::lint(&tenants, self.server.profile, stray_keys, &mut lints);
        hosted_pages::lint(&self.server, &tenants, &mut lints);
        self.limits.lint(&mut lints);
        self.data.lint(&mut lints);
        let profile = self.server.profile;
        self.uaf.lint(&tenants, &mut lints);
        self.processor.lint(profile, &tenants, &mut lints);
        self.pictures.lint(&mut lints);
        self.log.lint(&mut lints);
        // The test API is the first tenant's.
        let app_id = tenants.first().map_or("", |tenant| tenant.app_id);
        self.conformance
            .lint(profile, app_id, conformance::IS_BUILT_IN, &mut lints);
        lints
    }

    /// Every tenant, that of `relying_party` first.
    #[must_use]
    pub fn all_tenants(&self) -> Vec<TenantEntry<'_>> {
        let one = self.relying_party.as_ref();
        let one = one.map(|config| TenantEntry::of_relying_party(config, &self.api_keys));
        let others = self.tenants.iter().enumerate();
        one.into_iter()
            .chain(others.map(|(index, config)| TenantEntry::of_tenant(index, config)))
            .collect()
    }

    /// Whether the test API is served: it is built in, switched on, and this is no production server. Asked by what
    /// opens it, so that a configuration which nobody linted opens nothing either.
    #[must_use]
    pub fn has_conformance(&self) -> bool {
        conformance::IS_BUILT_IN && self.conformance.enabled && self.server.profile == Profile::Development
    }
}

#[cfg(test)]
mod tests;
