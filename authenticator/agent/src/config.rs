//! What stands in `agent.toml` and on the command line, and where things lie.

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use smile_authenticator::{AttestationMode, AuthenticatorConfig, Sealing};
use smile_protocol::uaf::identity::Aaid;
use smile_weights::Home;

use crate::error::AgentError;
use crate::facets::MappedFacets;
use crate::files;
use crate::origin::{AllowedOrigins, Origin};
use crate::tls::Trust;

/// The port that web pages look for the agent on.
pub const DEFAULT_PORT: u16 = 8788;

/// The file as it is written. Unknown members are refused.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct File {
    port: Option<u16>,
    #[serde(default)]
    allowed_origins: Vec<String>,
    aaid: Option<String>,
    attestation: Option<Attestation>,
    #[serde(default)]
    authorities: Vec<PathBuf>,
    #[serde(default)]
    app_id_servers: BTreeMap<String, String>,
}

#[derive(Deserialize, Clone, Copy)]
#[serde(rename_all = "snake_case")]
enum Attestation {
    BasicFull,
    BasicSurrogate,
}

/// Everything that a command needs to know before it opens anything.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Smile's folder on this machine.
    pub home: Home,
    /// The agent's port.
    pub port: u16,
    /// Which web pages may call.
    pub allowed: AllowedOrigins,
    /// Lists of facets from loopback.
    pub facets: MappedFacets,
    /// Who vouches for servers.
    pub trust: Trust,
    /// The model, if it is not the test one.
    pub aaid: Option<Aaid>,
    /// How new keys are vouched for.
    pub attestation: AttestationMode,
}

impl Settings {
    /// Those of a home without a configuration file.
    #[must_use]
    pub fn at(home: Home) -> Self {
        Self {
            home,
            port: DEFAULT_PORT,
            allowed: AllowedOrigins::default(),
            facets: MappedFacets::default(),
            trust: Trust::default(),
            aaid: None,
            attestation: AttestationMode::BasicFull,
        }
    }

    /// Those of `file`, or of `agent.toml` in the agent's folder if it is there.
    ///
    /// # Errors
    /// [`AgentError::Config`] naming the member and the rule.
    pub fn load(home: Home, file: Option<&Path>) -> Result<Self, AgentError> {
        let settings = Self::at(home);
        let (path, must_exist) = match file {
            Some(file) => (file.to_owned(), true),
            None => (settings.folder().join("agent.toml"), false),
        };
        let bytes = files::read(&path).map_err(AgentError::file(&path))?;
        let refused = |rule: String| AgentError::Config {
            file: path.clone(),
            rule,
        };
        match bytes {
            None if must_exist => Err(refused("does not exist".to_owned())),
            None => Ok(settings),
            Some(bytes) => {
                let text = String::from_utf8(bytes).map_err(|_| refused("is not UTF-8".to_owned()))?;
                settings.with_file(&text).map_err(refused)
            }
        }
    }

    fn with_file(mut self, text: &str) -> Result<Self, String> {
        let file: File = toml::from_str(text).map_err(|error| error.to_string())?;
        let origins: Result<Vec<Origin>, String> = file
            .allowed_origins
            .iter()
            .map(|text| {
                text.parse()
                    .map_err(|error| format!("allowed_origins: {text:?} {error}"))
            })
            .collect();
        self.allowed = AllowedOrigins::new(origins?);
        self.port = file.port.unwrap_or(self.port);
        if let Some(aaid) = file.aaid {
            self.aaid = Some(aaid.parse().map_err(|error| format!("aaid: {error}"))?);
        }
        if let Some(attestation) = file.attestation {
            self.attestation = match attestation {
                Attestation::BasicFull => AttestationMode::BasicFull,
                Attestation::BasicSurrogate => AttestationMode::BasicSurrogate,
            };
        }
        for file in &file.authorities {
            let added = self.trust.add(file);
            added.map_err(|error| format!("authorities: {error}"))?;
        }
        for (app_id, server) in &file.app_id_servers {
            let mapped = self.facets.map(app_id, server);
            mapped.map_err(|error| format!("app_id_servers.{app_id:?}: {error}"))?;
        }
        Ok(self)
    }

    /// The agent's own folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.home.path().join("agent")
    }

    /// Where the tokens of web pages are kept.
    #[must_use]
    pub fn pairings_file(&self) -> PathBuf {
        self.folder().join("pairings.json")
    }

    /// Where the consent is kept.
    #[must_use]
    pub fn consent_file(&self) -> PathBuf {
        self.folder().join("consent.json")
    }

    /// Where the authenticator keeps what it seals.
    #[must_use]
    pub fn device_folder(&self) -> PathBuf {
        self.folder().join("device")
    }

    /// The authenticator of these settings: its home sealed by a key file beside it.
    #[must_use]
    pub fn authenticator(&self) -> AuthenticatorConfig {
        let sealing = Sealing::KeyFile(self.folder().join("device.key"));
        let config = AuthenticatorConfig::new(self.device_folder(), sealing)
            .with_attestation(self.attestation)
            .with_picture_display();
        match self.aaid {
            Some(aaid) => config.with_aaid(aaid),
            None => config,
        }
    }
}
