//! The provider's keys: long random strings of which the server knows only the hash.
//!
//! A key holds 256 random bits, so a plain SHA-256 at rest is enough: there is no dictionary to try.

use crate::config::Mode;
use crate::entropy::{self, Entropy};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use smile_ceremony::record::ApiKeyKind;
use zeroize::Zeroizing;

/// SHA-256 of a provider's key.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ApiKeyHash([u8; 32]);

impl ApiKeyHash {
    /// The hash of a key.
    #[must_use]
    pub fn of(key: &str) -> Self {
        Self(Sha256::digest(key.as_bytes()).into())
    }

    /// The hash of 32 bytes, else `None`.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().map(Self).ok()
    }

    /// The 32 bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
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

/// What the text of a key of this kind and mode begins with, such as `sk_test_`.
#[must_use]
pub fn prefix(kind: ApiKeyKind, mode: Mode) -> String {
    format!("{}_{}_", kind.prefix(), mode.as_str())
}

/// The text of a new key: its prefix and 43 base64url characters. Shown once, never stored.
#[must_use]
pub fn new_api_key_of(kind: ApiKeyKind, mode: Mode, entropy: &dyn Entropy) -> Zeroizing<String> {
    let secret = entropy::secret::<32>(entropy);
    let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
    Zeroizing::new(prefix(kind, mode) + &encoded)
}

/// A new secret key for a tenant in test mode.
#[must_use]
pub fn new_api_key(entropy: &dyn Entropy) -> String {
    new_api_key_of(ApiKeyKind::Secret, Mode::Test, entropy).to_string()
}

#[cfg(test)]
mod tests {
    use super::{ApiKeyHash, new_api_key, new_api_key_of};
    use crate::config::Mode;
    use crate::entropy::SystemEntropy;
    use smile_ceremony::record::ApiKeyKind;

    #[test]
    fn a_key_says_of_which_kind_and_mode_it_is() {
        for (kind, mode, begins) in [
            (ApiKeyKind::Secret, Mode::Test, "sk_test_"),
            (ApiKeyKind::Secret, Mode::Live, "sk_live_"),
            (ApiKeyKind::Restricted, Mode::Test, "rk_test_"),
            (ApiKeyKind::Publishable, Mode::Live, "pk_live_"),
        ] {
            let key = new_api_key_of(kind, mode, &SystemEntropy);
            assert!(key.starts_with(begins) && key.len() == 8 + 43, "{}", key.len());
            assert_ne!(key, new_api_key_of(kind, mode, &SystemEntropy));
        }
        assert!(new_api_key(&SystemEntropy).starts_with("sk_test_"));
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
