//! `[server]`: address, workers and limits.

use super::hosted_pages;
use super::lint::{Lint, range};
use serde::Deserialize;
use std::net::SocketAddr;

/// What a server is for. What only tests may have is refused in production.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// Real users and real keys.
    #[default]
    Production,
    /// A machine on which nothing is real.
    Development,
}

/// Where the server listens and how much it takes on.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ServerConfig {
    /// `production` or `development`.
    pub profile: Profile,
    /// Address and port; port 0 lets the system choose. TLS ends at a proxy in front.
    pub listen: SocketAddr,
    /// HTTP worker threads, 1 to 64.
    pub workers: usize,
    /// How long a request may take to arrive, in milliseconds, 100 to 60000.
    pub request_timeout_ms: u64,
    /// How long running requests may finish after a stop signal, in seconds, 0 to 300.
    pub shutdown_timeout_s: u64,
    /// Where the pages of `docs/` can be read: what `doc_url` of every error begins with. 1 to 512 printable ASCII
    /// characters, without a slash at the end.
    pub docs_url: String,
    /// The origin under which browsers reach this server: https, or http on loopback in development. With it each payment
    /// that waits for its payer has a hosted page.
    pub public_url: Option<String>,
    /// Where the payer's agent listens on the payer's own machine: the one address beside this server that a hosted page
    /// may reach. 1 to 512 characters.
    pub agent_url: String,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            profile: Profile::default(),
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            workers: 2,
            request_timeout_ms: 5_000,
            shutdown_timeout_s: 10,
            docs_url: "docs".to_owned(),
            public_url: None,
            agent_url: hosted_pages::AGENT_URL.to_owned(),
        }
    }
}

impl ServerConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        range(lints, "server.workers", self.workers as u64, 1, 64);
        range(
            lints,
            "server.request_timeout_ms",
            self.request_timeout_ms,
            100,
            60_000,
        );
        range(
            lints,
            "server.shutdown_timeout_s",
            self.shutdown_timeout_s,
            0,
            300,
        );
        let is_link = |byte: u8| byte.is_ascii_graphic() && !b"#?\"<>".contains(&byte);
        let (length, url) = (self.docs_url.len(), &self.docs_url);
        if !(1..=512).contains(&length) || !url.bytes().all(is_link) || url.ends_with('/') {
            let rule = "must be 1 to 512 printable ASCII characters of a link, without a slash at the end";
            lints.push(Lint::new("server.docs_url", rule));
        }
    }
}
