//! Consent: the text that the visitor read, and what is kept of it.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::refusal::{ShopRefusal, ShopRefusalCode};

/// Changes whenever a text does; a test holds version and hashes together.
pub const VERSION: &str = "2026-11";

/// The texts as the page shows them, by language.
const TEXTS: &[(&str, &str)] = &[
    ("en", include_str!("../../web/shop/consent.en.txt")),
    ("zh", include_str!("../../web/shop/consent.zh.txt")),
];

/// Which text was agreed to, as the page tells it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Consent {
    /// The texts' version.
    pub version: String,
    /// Which of them was shown.
    pub language: String,
    /// SHA-256 of the bytes that were shown, in lower-case hexadecimal.
    pub text_hash: String,
}

/// What is kept of a consent: which text, and when. Neither the text nor anything of the person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Agreement {
    /// To what.
    #[serde(flatten)]
    pub consent: Consent,
    /// When the shop was told of it, by the shop's own clock: seconds since 1970.
    pub agreed_at: u64,
}

impl Consent {
    /// That it is to one of the shop's own texts, word for word.
    pub fn must_be_ours(&self) -> Result<(), ShopRefusal> {
        let refused = |rule: &str| Err(ShopRefusal::new(ShopRefusalCode::ConsentRefused, rule));
        if self.version != VERSION {
            return refused(&format!("consent.version has to be {VERSION}"));
        }
        match hash_of(&self.language) {
            None => refused("consent.language has to be en or zh"),
            Some(hash) if hash != self.text_hash => {
                refused("consent.text_hash is not the hash of the shop's text")
            }
            Some(_) => Ok(()),
        }
    }
}

/// SHA-256 of the text in a language, in lower-case hexadecimal.
pub fn hash_of(language: &str) -> Option<String> {
    let (_, text) = TEXTS.iter().find(|(name, _)| *name == language)?;
    Some(hex::encode(Sha256::digest(text)))
}

#[cfg(test)]
mod tests {
    use super::{Consent, VERSION, hash_of};

    #[test]
    fn only_a_consent_to_the_shops_own_words_counts() {
        let ours = Consent {
            version: VERSION.into(),
            language: "zh".into(),
            text_hash: hash_of("zh").expect("there is a Chinese text"),
        };
        ours.must_be_ours().expect("the shop's own text");
        let of_another_version = Consent {
            version: "2015-03".into(),
            ..ours.clone()
        };
        let of_another_language = Consent {
            language: "en".into(),
            ..ours.clone()
        };
        let of_no_language = Consent {
            language: "tlh".into(),
            ..ours
        };
        for other in [of_another_version, of_another_language, of_no_language] {
            assert!(other.must_be_ours().is_err(), "{other:?}");
        }
    }

    #[test]
    fn the_texts_belong_to_this_version() {
        let hashes = ["en", "zh"].map(|language| hash_of(language).expect("there is such a text"));
        assert_eq!(
            (VERSION, hashes[0].get(..8), hashes[1].get(..8)),
            ("2026-11", Some("583d9ec1"), Some("cc5e30bc")),
            "a text was changed: it needs a new version"
        );
    }
}
