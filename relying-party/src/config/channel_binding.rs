//! `[uaf.channel_binding]`: what is demanded of the TLS channel that a UAF response came by.

use super::lint::Lint;
use serde::Deserialize;
use smile_ceremony::uaf::channel::ChannelBindingMode;
use std::path::{Path, PathBuf};

/// Longest name of a header.
const HEADER_CHARS_MAX: usize = 64;

/// How strict the server is (UAF §3.1.8).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ChannelBinding {
    /// Bindings are not compared.
    #[default]
    Off,
    /// Each binding that is sent and can be compared must be right.
    Optional,
    /// At least one is sent, and each that is sent can be compared and is right.
    Required,
}

impl From<ChannelBinding> for ChannelBindingMode {
    fn from(mode: ChannelBinding) -> Self {
        match mode {
            ChannelBinding::Off => Self::Off,
            ChannelBinding::Optional => Self::Optional,
            ChannelBinding::Required => Self::Required,
        }
    }
}

/// Channel bindings. TLS ends at a proxy, so what they are compared with comes from here and from that proxy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ChannelBindingConfig {
    /// `off`, `optional` or `required`.
    pub mode: ChannelBinding,
    /// Certificates that the proxy serves, one file each: PEM, of which the first certificate counts, or DER. For
    /// `serverEndPoint` and `tlsServerCertificate`. Read at start.
    pub certificates: Vec<PathBuf>,
    /// The request header in which the proxy tells the connection's `tls-unique`, in base64url. The proxy must set or
    /// delete it in every request.
    pub tls_unique_header: Option<String>,
    /// The request header in which the proxy tells the channel ID's public key: base64url of its 64 bytes x and y. The
    /// proxy must set or delete it in every request.
    pub cid_pubkey_header: Option<String>,
}

impl ChannelBindingConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        for (index, path) in self.certificates.iter().enumerate() {
            if path.as_os_str().is_empty() {
                let key = format!("uaf.channel_binding.certificates[{index}]");
                lints.push(Lint::new(key, "must not be empty"));
            }
        }
        let headers = [
            ("tls_unique_header", self.tls_unique_header.as_deref()),
            ("cid_pubkey_header", self.cid_pubkey_header.as_deref()),
        ];
        for (key, name) in headers {
            if name.is_some_and(|name| !is_header_name(name)) {
                let rule = "must be 1 to 64 small letters, digits and hyphens: the name of a request header";
                lints.push(Lint::new(format!("uaf.channel_binding.{key}"), rule));
            }
        }
        if self.tls_unique_header.is_some() && self.tls_unique_header == self.cid_pubkey_header {
            let rule = "must not be the header of tls_unique_header";
            lints.push(Lint::new("uaf.channel_binding.cid_pubkey_header", rule));
        }
        let comparable = !self.certificates.is_empty() || headers.iter().any(|(_, name)| name.is_some());
        if self.mode == ChannelBinding::Required && !comparable {
            let rule = "needs certificates, tls_unique_header or cid_pubkey_header when required: without any, every \
                        response would be refused";
            lints.push(Lint::new("uaf.channel_binding.mode", rule));
        }
    }

    pub(super) fn resolve_from(&mut self, base: &Path) {
        for path in &mut self.certificates {
            *path = base.join(&*path);
        }
    }
}

fn is_header_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=HEADER_CHARS_MAX).contains(&name.len()) && name.bytes().all(allowed)
}
