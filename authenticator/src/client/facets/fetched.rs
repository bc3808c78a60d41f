//! What one GET brought, and the headers that Facets §3.1.2 speaks of.

use super::cache::LIFETIME_MAX_MS;

/// One answer to one GET, whatever its status: a redirect is an answer too.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct FetchedFacets {
    /// The HTTP status, for example 200 or 302.
    pub status: u16,
    /// All headers as they came, in order; names in any letter case. What they mean is for the client to judge.
    pub headers: Vec<(String, String)>,
    /// The body. The fetcher may stop reading after 64 KiB and one byte: such a list is refused.
    pub body: Vec<u8>,
}

impl FetchedFacets {
    /// The values of a header, trimmed.
    fn values<'f>(&'f self, name: &'f str) -> impl Iterator<Item = &'f str> {
        self.headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.trim())
    }

    /// The value of a header that is there once. Of one that is there twice nobody can say which counts.
    pub(super) fn only<'f>(&'f self, name: &'f str) -> Option<&'f str> {
        let mut values = self.values(name);
        let first = values.next();
        first.filter(|_| values.next().is_none())
    }

    /// The type and subtype of the content, without parameters.
    pub(super) fn media_type(&self) -> Option<&str> {
        self.only("content-type")?.split(';').next().map(str::trim)
    }

    /// How long this answer may be used without asking again, in milliseconds: `max-age` (RFC 9111 §5.2.2.1) less the
    /// `Age` that it has already (§5.1), at most a day; 0 where the answer allows nothing, forbids it, or is unclear.
    pub(super) fn lifetime_ms(&self) -> u64 {
        let mut max_age_s = None;
        for directive in self.values("cache-control").flat_map(|value| value.split(',')) {
            let (name, argument) = directive.split_once('=').unwrap_or((directive, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "no-store" | "no-cache" => return 0,
                "max-age" => {
                    let seconds = seconds(argument).unwrap_or(0);
                    max_age_s = Some(max_age_s.map_or(seconds, |earlier: u64| earlier.min(seconds)));
                }
                _ => {}
            }
        }
        let age_s = match self.values("age").next() {
            None => 0,
            Some(age) => seconds(age).unwrap_or(u64::MAX),
        };
        let left_s = max_age_s.unwrap_or(0).saturating_sub(age_s);
        left_s.saturating_mul(1000).min(LIFETIME_MAX_MS)
    }
}

/// `delta-seconds` (RFC 9111 §1.2.2): digits, perhaps in quotation marks; more than fits is very long.
fn seconds(argument: &str) -> Option<u64> {
    let digits = argument.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| digits.parse().unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(headers: &[(&str, &str)]) -> FetchedFacets {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        FetchedFacets {
            headers: headers.iter().map(owned).collect(),
            ..FetchedFacets::default()
        }
    }

    #[test]
    fn max_age_less_age_is_the_lifetime() {
        for (headers, seconds) in [
            (&[("Cache-Control", "public, max-age=3600")][..], 3600),
            (&[("cache-control", "MAX-AGE=\"60\"")], 60),
            (&[("cache-control", "max-age=60"), ("Age", "59")], 1),
            (
                &[("cache-control", "max-age=60"), ("cache-control", "max-age=10")],
                10,
            ),
            (&[("cache-control", "max-age=99999999999999999999999")], 24 * 3600),
            (&[("cache-control", "max-age=60"), ("age", "61")], 0),
            (&[("cache-control", "max-age=60"), ("age", "young")], 0),
            (&[("cache-control", "max-age=60, no-store")], 0),
            (
                &[
                    ("cache-control", "max-age=60"),
                    ("cache-control", "No-Cache=\"x\""),
                ],
                0,
            ),
            (&[("cache-control", "max-age=soon")], 0),
            (&[("cache-control", "s-maxage=60")], 0),
            (&[], 0),
        ] {
            assert_eq!(answer(headers).lifetime_ms(), seconds * 1000, "{headers:?}");
        }
    }

    #[test]
    fn a_header_that_is_there_twice_says_nothing() {
        let once = answer(&[("CONTENT-TYPE", " a/b ; charset=utf-8")]);
        assert_eq!(once.media_type(), Some("a/b"));
        let twice = answer(&[("content-type", "a/b"), ("Content-Type", "a/b")]);
        assert_eq!(twice.media_type(), None);
    }
}
