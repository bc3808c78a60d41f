//! `[processor]`: who moves the money of authorised payments.

use super::lint::{Lint, range};
use super::listen::Profile;
use super::tenants::{Mode, TenantEntry};
use serde::Deserialize;
use smile_ceremony::identifier::ProcessorName;
use std::path::{Path, PathBuf};

/// The name of the test processor.
const TEST_NAME: &str = "test";

/// The kinds of processor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProcessorKind {
    /// Nobody is asked: the provider moves the money by itself.
    #[default]
    None,
    /// Answers follow from the amount; for development only.
    Test,
    /// A sidecar is asked over HTTP.
    Http,
}

/// The processor. It holds for payments that are created from now on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProcessorConfig {
    /// `none`, `test` or `http`.
    pub kind: ProcessorKind,
    /// The sidecar's name, 1 to 64 of `a-z A-Z 0-9 _ - .`, not `test`. Payments keep the name of the processor that they
    /// were made for, and nobody else is asked about them.
    pub name: String,
    /// Where the sidecar listens: `http://` and 127.0.0.1 or `[::1]`.
    pub url: Option<String>,
    /// The file with the secret that callbacks are signed with, at least 32 bytes. Read at start.
    pub secret_file: Option<PathBuf>,
    /// How long one call may take, in milliseconds, 100 to 30000.
    pub timeout_ms: u64,
    /// How many calls follow one that was not answered, 0 to 5, before the attempt is left to the next sweep.
    pub retries: u32,
    /// How long to wait before the first of them, in milliseconds, 10 to 10000; twice as long before each further one.
    pub backoff_ms: u64,
}

impl Default for ProcessorConfig {
    fn default() -> Self {
        Self {
            kind: ProcessorKind::default(),
            name: "http".to_owned(),
            url: None,
            secret_file: None,
            timeout_ms: 2_000,
            retries: 2,
            backoff_ms: 200,
        }
    }
}

impl ProcessorConfig {
    pub(super) fn lint(&self, profile: Profile, tenants: &[TenantEntry<'_>], lints: &mut Vec<Lint>) {
        let live = tenants.iter().find(|tenant| tenant.mode == Mode::Live);
        if let Some(tenant) = live.filter(|_| self.kind == ProcessorKind::Test) {
            let rule = "must not be \"live\" where processor.kind is \"test\": no money would move";
            lints.push(Lint::new(tenant.setting("mode"), rule));
        }
        if self.kind == ProcessorKind::Test && profile == Profile::Production {
            let rule = "must not be \"test\" where server.profile is \"production\": no money would move";
            lints.push(Lint::new("processor.kind", rule));
        }
        if self.name == TEST_NAME || ProcessorName::parse(&self.name).is_err() {
            let rule = "must be 1 to 64 of a-z A-Z 0-9 _ - . and not \"test\", which is the test processor's";
            lints.push(Lint::new("processor.name", rule));
        }
        let is_http = self.kind == ProcessorKind::Http;
        match self.url.as_deref() {
            None if is_http => lints.push(Lint::new("processor.url", "is required with the kind http")),
            Some(url) if !is_loopback(url) => {
                let rule = "must be http:// and 127.0.0.1 or [::1], with a port and path if you like: TLS \
                            is the sidecar's";
                lints.push(Lint::new("processor.url", rule));
            }
            _ => {}
        }
        if is_http
            && self
                .secret_file
                .as_ref()
                .is_none_or(|path| path.as_os_str().is_empty())
        {
            lints.push(Lint::new(
                "processor.secret_file",
                "is required with the kind http",
            ));
        }
        range(lints, "processor.timeout_ms", self.timeout_ms, 100, 30_000);
        range(lints, "processor.retries", self.retries.into(), 0, 5);
        range(lints, "processor.backoff_ms", self.backoff_ms, 10, 10_000);
    }

    /// The name of the processor that is asked; `None` where nobody is.
    #[must_use]
    pub fn processor_name(&self) -> Option<ProcessorName> {
        let name = match self.kind {
            ProcessorKind::None => return None,
            ProcessorKind::Test => TEST_NAME,
            ProcessorKind::Http => &self.name,
        };
        Some(ProcessorName::parse(name).expect("the configuration's lint checked it"))
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        if let Some(path) = &mut self.secret_file {
            *path = base.join(&path);
        }
    }
}

fn is_loopback(url: &str) -> bool {
    let Some(rest) = url.strip_prefix("http://") else {
        return false;
    };
    let authority = rest.split('/').next().unwrap_or("");
    // No name: who answers to one is for the resolver to say.
    ["127.0.0.1", "[::1]"].into_iter().any(|host| {
        let port = authority.strip_prefix(host);
        port.is_some_and(|port| {
            let digits = port.strip_prefix(':');
            port.is_empty() || digits.is_some_and(|digits| digits.parse::<u16>().is_ok_and(|port| port > 0))
        })
    })
}
