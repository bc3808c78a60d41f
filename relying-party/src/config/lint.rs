//! What is wrong with a configuration, and at which key.

use std::fmt;
use std::path::PathBuf;

/// One broken rule of the configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lint {
    /// The key as written in TOML, for instance `relying_party.app_id`.
    pub key: String,
    /// The rule that it breaks, and what to do.
    pub rule: String,
}

impl Lint {
    /// A lint for `key`.
    pub fn new(key: impl Into<String>, rule: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.rule)
    }
}

/// Why a configuration was not accepted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {}: {source}", path.display())]
    Unreadable {
        /// The file asked for.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// Not TOML, a missing or unknown key, or a value of another type.
    #[error("the configuration does not parse: {0}")]
    Syntax(#[source] toml::de::Error),
    /// The values break rules; one line for each.
    #[error("the configuration is refused:{}", listed(.0))]
    Refused(Vec<Lint>),
}

fn listed(lints: &[Lint]) -> String {
    lints.iter().map(|lint| format!("\n  {lint}")).collect()
}

/// Refuses a number outside `lowest..=highest`.
pub(super) fn range(lints: &mut Vec<Lint>, key: &str, value: u64, lowest: u64, highest: u64) {
    if !(lowest..=highest).contains(&value) {
        lints.push(Lint::new(
            key,
            format!("{value} is outside {lowest} to {highest}"),
        ));
    }
}
