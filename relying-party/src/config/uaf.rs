//! `[uaf]`: what the UAF ceremonies need. Other lifetimes are in `smile_ceremony::limits`, with their reasons.

use super::ChannelBindingConfig;
use super::lint::{Lint, range};
use super::tenants::TenantEntry;
use serde::Deserialize;
use smile_ceremony::limits::CHALLENGE_LIFETIME_MS;
use smile_protocol::uaf::{identity::AppId, wav1cbor::rp_id_hash};
use std::path::{Path, PathBuf};

/// Metadata of UAF authenticators.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UafConfig {
    /// A folder of metadata statements, one JSON file (`*.json`) each, read at start: the statement itself, of any
    /// version, or the entry of a metadata service with the statement and its status reports. An authenticator whose
    /// statement is not there cannot register; restart the server after changing the folder.
    pub metadata_folder: PathBuf,
    /// How long a challenge may be answered, in seconds, 10 to 300: a face and a slow network need some, and strong
    /// customer authentication allows five minutes at most (RTS 2018/389).
    #[serde(default = "longest_challenge_lifetime_s")]
    pub challenge_lifetime_s: u64,
    /// Whether the assertion scheme `WAV1CBOR` is offered and read: WebAuthn assertions inside UAF messages.
    /// **Experimental**, off by default: UAF 1.2 names the scheme, and its normative text could not be had. It signs no
    /// payments.
    #[serde(default)]
    pub experimental_wav1cbor: bool,
    /// What is demanded of the TLS channel.
    #[serde(default)]
    pub channel_binding: ChannelBindingConfig,
}

fn longest_challenge_lifetime_s() -> u64 {
    CHALLENGE_LIFETIME_MS / 1000
}

impl UafConfig {
    pub(super) fn lint(&self, tenants: &[TenantEntry<'_>], lints: &mut Vec<Lint>) {
        if self.metadata_folder.as_os_str().is_empty() {
            lints.push(Lint::new("uaf.metadata_folder", "must not be empty"));
        }
        range(
            lints,
            "uaf.challenge_lifetime_s",
            self.challenge_lifetime_s,
            10,
            longest_challenge_lifetime_s(),
        );
        // The scheme's RP ID is the host of the AppID: without one, each of its assertions would be refused.
        let has_host = |app_id| {
            AppId::new(app_id)
                .ok()
                .and_then(|app_id| rp_id_hash(&app_id))
                .is_some()
        };
        let hostless = tenants.iter().find(|tenant| !has_host(tenant.app_id));
        if let Some(tenant) = hostless.filter(|_| self.experimental_wav1cbor) {
            let setting = tenant.setting("app_id");
            lints.push(Lint::new(
                "uaf.experimental_wav1cbor",
                format!(
                    "must be false unless {setting} is an https address with a host: WAV1CBOR (experimental) binds keys to \
                     its host"
                ),
            ));
        }
        self.channel_binding.lint(lints);
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        self.metadata_folder = base.join(&self.metadata_folder);
        self.channel_binding.resolve_from(base);
    }
}
