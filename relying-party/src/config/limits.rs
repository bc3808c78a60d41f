//! `[limits]`: how many requests are answered, by key, by person and by address.

use super::lint::{Lint, range};
use serde::Deserialize;

/// Most that a limit can be, in requests: beyond what one machine answers.
const MOST: u64 = 1_000_000;

/// The rate limits. Each is a bucket that holds `burst` requests and is refilled by so many a second.
///
/// The defaults stop a program that has run wild, and somebody who tries keys, not a busy shop.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LimitsConfig {
    /// Requests under one key, a second. 2000: more than one server with a disk commits, so that no honest backend meets it.
    pub per_key_per_s: u32,
    /// How many of them at once. 20000: a backend that reads a day's payments one by one.
    pub per_key_burst: u32,
    /// Requests about one person of one tenant, a second. 50: pages that poll, and a person who taps again and again.
    pub per_user_per_s: u32,
    /// How many of them at once. 2000: a provider that looks after one person's payments one by one.
    pub per_user_burst: u32,
    /// Requests from one address, a second. As for a key: a provider has few addresses, and behind a proxy that does not
    /// tell them apart all clients have one.
    pub per_address_per_s: u32,
    /// How many of them at once.
    pub per_address_burst: u32,
    /// The request header in which the proxy in front tells the client's address; of a list the last one, which is the one
    /// that the proxy itself saw. Without it the address of the connection counts, which is then the proxy's.
    pub address_header: Option<String>,
}

impl Default for LimitsConfig {
    fn default() -> Self {
        Self {
            per_key_per_s: 2_000,
            per_key_burst: 20_000,
            per_user_per_s: 50,
            per_user_burst: 2_000,
            per_address_per_s: 2_000,
            per_address_burst: 20_000,
            address_header: None,
        }
    }
}

impl LimitsConfig {
    pub(super) fn lint(&self, lints: &mut Vec<Lint>) {
        for (name, value) in [
            ("limits.per_key_per_s", self.per_key_per_s),
            ("limits.per_key_burst", self.per_key_burst),
            ("limits.per_user_per_s", self.per_user_per_s),
            ("limits.per_user_burst", self.per_user_burst),
            ("limits.per_address_per_s", self.per_address_per_s),
            ("limits.per_address_burst", self.per_address_burst),
        ] {
            range(lints, name, value.into(), 1, MOST);
        }
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if let Some(name) = &self.address_header
            && !((1..=64).contains(&name.len()) && name.bytes().all(allowed))
        {
            let rule = "must be 1 to 64 small letters, digits and hyphens: the name of a request header";
            lints.push(Lint::new("limits.address_header", rule));
        }
    }
}
