//! Mozilla's Public Suffix List, as the crate `psl` compiles it in (Facets §3.1.2: "such data, or equivalent
//! functionality").
//!
//! Nothing is downloaded, neither while building nor at run time: the list is as old as the crate in `Cargo.lock`.
//! What an old list does not know is a suffix that was added since. Below such a one two owners count as one, which
//! helps only who can write the other's list of trusted facets.

use smile_protocol::uaf::facets::PublicSuffixes;

/// The registrable domain by the Public Suffix List, its private section (`github.io`) included.
///
/// A suffix that the list does not name counts as one label (the list's own rule `*`), so `shop.example` and
/// `shop.localhost` are owners, and `localhost` alone is a suffix. An IP address has no owner above it: only the very
/// same address is its own. Host names in Unicode are not hosts here; punycode (`xn--…`) is.
#[derive(Debug, Clone, Copy, Default)]
pub struct PublicSuffixList;

impl PublicSuffixes for PublicSuffixList {
    fn private_label(&self, host: &str) -> Option<String> {
        // A trailing dot says that the name is complete; it is the same name.
        let name = host.strip_suffix('.').unwrap_or(host);
        if is_address(name) {
            return Some(name.to_owned());
        }
        if name.split('.').any(str::is_empty) {
            return None;
        }
        psl::domain_str(name).map(str::to_owned)
    }
}

/// Whether a host is an IP address in one of the forms that URL parsers take for one: `[::1]`, `127.0.0.1`, `127.1`,
/// `0x7f.1`. No top-level domain is a number.
fn is_address(host: &str) -> bool {
    let last = host.rsplit('.').next().unwrap_or_default();
    let decimal = !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit());
    let hexadecimal = last
        .strip_prefix("0x")
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    host.starts_with('[') || decimal || hexadecimal
}

#[cfg(test)]
mod tests {
    use smile_protocol::uaf::facets::{PublicSuffixes, TrustedFacets, TrustedFacetsList};
    use smile_protocol::uaf::header::Upv;
    use smile_protocol::uaf::identity::{AppId, FacetId};

    use super::PublicSuffixList;

    fn owner(host: &str) -> Option<String> {
        PublicSuffixList.private_label(host)
    }

    #[test]
    fn the_owner_is_one_label_below_the_public_suffix() {
        for (host, expected) in [
            ("pay.example.com", "example.com"),
            ("example.com", "example.com"),
            ("a.b.example.co.uk", "example.co.uk"),
            ("shop.someone.github.io", "someone.github.io"),
            ("www.city.kawasaki.jp", "city.kawasaki.jp"),
            ("a.b.kobe.jp", "a.b.kobe.jp"),
            ("pay.shop.example", "shop.example"),
            ("pay.example.com.", "example.com"),
            ("a.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
            ("pay.shop.localhost", "shop.localhost"),
        ] {
            assert_eq!(owner(host).as_deref(), Some(expected), "{host}");
        }
        for suffix in [
            "com",
            "co.uk",
            "github.io",
            "b.kobe.jp",
            "xn--55qx5d.cn",
            "localhost",
        ] {
            assert_eq!(owner(suffix), None, "{suffix} is nobody's");
        }
    }

    #[test]
    fn an_address_is_only_its_own() {
        for host in [
            "127.0.0.1",
            "10.0.0.1",
            "127.1",
            "2130706433",
            "0x7f.1",
            "[::1]",
            "[fe80::1]",
        ] {
            assert_eq!(owner(host).as_deref(), Some(host));
        }
        assert_eq!(owner("1.2.3.4.example.com").as_deref(), Some("example.com"));
        assert_eq!(owner("0xshop.example").as_deref(), Some("0xshop.example"));
    }

    #[test]
    fn a_host_with_an_empty_label_is_nobodys() {
        assert_eq!(owner("a.example.com").as_deref(), Some("example.com"));
        for host in ["", ".", "..", ".example.com", "a..example.com", "example.com.."] {
            assert_eq!(owner(host), None, "{host:?}");
        }
    }

    /// Which of `ids` count in the list of `app_id`.
    fn kept(app_id: &str, ids: &[&str]) -> Vec<String> {
        let list = TrustedFacetsList {
            trusted_facets: vec![TrustedFacets {
                version: Upv::V1_1,
                ids: ids.iter().map(|id| (*id).to_owned()).collect(),
            }],
        };
        let facets = list.facets(&AppId::new(app_id).unwrap(), Upv::V1_1, &PublicSuffixList);
        facets.iter().map(FacetId::as_str).map(str::to_owned).collect()
    }

    #[test]
    fn an_entry_of_another_owner_is_discarded() {
        let ids = [
            "https://shop.Example.CO.UK:8443",
            "https://example.co.uk./",
            "https://other.co.uk",
            "https://co.uk",
            "http://shop.example.co.uk",
            "https://b\u{fc}cher.example.co.uk",
            "https://xn--bcher-kva.example.co.uk/path?query",
        ];
        assert_eq!(
            kept("https://Pay.EXAMPLE.co.uk:444/facets", &ids),
            [
                "https://shop.example.co.uk:8443",
                "https://example.co.uk.",
                "https://xn--bcher-kva.example.co.uk"
            ]
        );
        assert_eq!(
            kept(
                "https://one.github.io/f",
                &["https://two.github.io", "https://a.one.github.io"]
            ),
            ["https://a.one.github.io"]
        );
        assert_eq!(
            kept(
                "https://127.0.0.1/f",
                &["https://10.0.0.1", "https://127.0.0.1:8443", "https://0.0.1"]
            ),
            ["https://127.0.0.1:8443"]
        );
        assert!(kept("https://co.uk/f", &["https://example.co.uk"]).is_empty());
        assert!(kept("https://localhost/f", &["https://shop.localhost"]).is_empty());
    }
}
