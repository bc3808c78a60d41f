//! `[log]`: log lines on standard error.

use super::lint::Lint;
use serde::Deserialize;

/// Shape of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// What is logged, and how.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogConfig {
    /// `text` or `json`.
    pub format: LogFormat,
    /// `error`, `warn`, `info`, `debug` or `trace`.
    pub level: String,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self {
            format: LogFormat::Text,
            level: "info".to_owned(),
        }
    }
}

impl LogConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        if !["error", "warn", "info", "debug", "trace"].contains(&self.level.as_str()) {
            lints.push(Lint::new(
                "log.level",
                "must be error, warn, info, debug or trace",
            ));
        }
    }
}
