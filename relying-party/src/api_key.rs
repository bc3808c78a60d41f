//! The provider's secret keys: long random strings of which the server knows only the hash.
//!
//! A key holds 256 random bits, so a plain SHA-256 at rest is enough: there is no dictionary to try.

use crate::entropy::{self, Entropy};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// SHA-256 of a provider's secret key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// The hash of a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The hash from 64 hexadecimal digits, else `None`.
    #[must_use]
    pub fn from_hex(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut bytes = [0u8; 32];
        for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
            let high = char::from(pair[0]).to_digit(16)?;
            let low = char::from(pair[1]).to_digit(16)?;
            *byte = u8::try_from(high * 16 + low).ok()?;
        }
        Some(Self(bytes))
    }

    /// 64 lower-case hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The keys that are valid, each with the name that the log calls its holder.
pub struct ApiKeys(Vec<(String, ApiKeyHash)>);

impl ApiKeys {
    /// A set of names and hashes.
    #[must_use]
    pub fn new(keys: Vec<(String, ApiKeyHash)>) -> Self {
        Self(keys)
    }

    /// The holder of `key`, else `None`. Every hash is compared, in constant time, so that the time taken says
    /// neither how much of a key was right nor which entry it would have been.
    #[must_use]
    pub fn holder_of(&self, key: &str) -> Option<&str> {
        let presented = ApiKeyHash::of(key);
        let mut holder = None;
        for (name, hash) in &self.0 {
            let equal: Choice = hash.0.ct_eq(&presented.0);
            if bool::from(equal) {
                holder = Some(name.as_str());
            }
        }
        holder
    }
}

/// A provider's new secret key: `sk_test_` and 43 base64url characters. Shown once, never stored.
#[must_use]
pub fn new_api_key(entropy: &dyn Entropy) -> String {
    format!(
        "sk_test_{}",
        URL_SAFE_NO_PAD.encode(entropy::bytes::<32>(entropy))
    )
}

#[cfg(test)]
mod tests {
    use super::{ApiKeyHash, ApiKeys, new_api_key};
    use crate::entropy::SystemEntropy;

    #[test]
    fn only_the_key_itself_finds_its_holder() {
        let (one, two) = (new_api_key(&SystemEntropy), new_api_key(&SystemEntropy));
        let keys = ApiKeys::new(vec![
            ("shop".to_owned(), ApiKeyHash::of(&one)),
            ("desk".to_owned(), ApiKeyHash::of(&two)),
        ]);
        assert_eq!(keys.holder_of(&one), Some("shop"));
        assert_eq!(keys.holder_of(&two), Some("desk"));
        assert_eq!(keys.holder_of(&format!("{one}x")), None);
        assert_eq!(keys.holder_of(&one[..one.len() - 1]), None);
        assert_eq!(keys.holder_of(""), None);
        assert_eq!(keys.holder_of(&ApiKeyHash::of(&one).to_hex()), None);
    }

    #[test]
    fn a_hash_needs_sixty_four_hexadecimal_digits() {
        let hash = ApiKeyHash::of("a");
        assert_eq!(
            ApiKeyHash::from_hex(&hash.to_hex()).map(|back| back.to_hex()),
            Some(hash.to_hex())
        );
        assert!(ApiKeyHash::from_hex(&"0".repeat(63)).is_none());
        assert!(ApiKeyHash::from_hex(&"g".repeat(64)).is_none());
        assert!(ApiKeyHash::from_hex(&"é".repeat(32)).is_none());
    }
}
