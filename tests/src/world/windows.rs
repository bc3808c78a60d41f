//! Does something secret lie in something that was sent or stored? Sought in windows of 16 bytes, raw and in base64.

use std::collections::HashSet;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// The size of a window, in bytes: 16 equal bytes of a secret in a row are no accident.
const WINDOW: usize = 16;
/// How deep base64 may lie in base64: an assertion's final challenge is JSON in base64url, with a challenge inside.
const DEPTH: usize = 3;

/// Every window of some bytes, and of what they are when read as base64.
pub struct Windows(HashSet<u128>);

impl Windows {
    /// The windows of `bytes`: as they are, and of each stretch of base64 or base64url in them, decoded from each of
    /// the four places where a group may begin.
    pub fn of(bytes: &[u8]) -> Self {
        let mut windows = Self(HashSet::new());
        windows.add(bytes, DEPTH);
        windows
    }

    /// Whether any window of `secret` is one of these.
    pub fn meet(&self, secret: &[u8]) -> bool {
        windows(secret).any(|window| self.0.contains(&window))
    }

    fn add(&mut self, bytes: &[u8], depth: usize) {
        self.0.extend(windows(bytes));
        if depth == 0 {
            return;
        }
        for stretch in bytes.split(|byte| !is_base64(*byte)) {
            // 22 characters are the least that hold a window.
            for start in (0..4).filter(|start| stretch.len() >= start + 22) {
                let text = &stretch[start..];
                let whole = &text[..text.len() - usize::from(text.len() % 4 == 1)];
                for engine in engines() {
                    if let Ok(decoded) = engine.decode(whole) {
                        self.add(&decoded, depth - 1);
                    }
                }
            }
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_')
}

/// Both alphabets, forgiving: what somebody hides need not be canonical.
fn engines() -> [GeneralPurpose; 2] {
    let forgiving = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    [alphabet::STANDARD, alphabet::URL_SAFE].map(|alphabet| GeneralPurpose::new(&alphabet, forgiving))
}

fn windows(bytes: &[u8]) -> impl Iterator<Item = u128> + '_ {
    let (first, rest) = bytes.split_at(bytes.len().min(WINDOW - 1));
    let mut window = first
        .iter()
        .fold(0, |window, byte| window << 8 | u128::from(*byte));
    rest.iter().map(move |byte| {
        window = window << 8 | u128::from(*byte);
        window
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

    use super::Windows;

    /// Bytes in which no window repeats.
    fn secret() -> Vec<u8> {
        (0..=255u8).map(|byte| byte.wrapping_mul(167) ^ 0x5a).collect()
    }

    #[test]
    fn sixteen_bytes_of_a_secret_are_found_raw_and_in_base64_wherever_they_begin() {
        let secret = secret();
        for start in 0..8 {
            let part = &secret[start..start + 16];
            let raw = [b"{\"a\":".as_slice(), part, b"}"].concat();
            assert!(Windows::of(&raw).meet(&secret));
            for before in [&b""[..], b"x", b"xy", b"xyz"] {
                let whole = [before, part, b"tail"].concat();
                for text in [STANDARD.encode(&whole), URL_SAFE_NO_PAD.encode(&whole)] {
                    assert!(
                        Windows::of(format!("{{\"a\":\"{text}\"}}").as_bytes()).meet(&secret),
                        "{text}"
                    );
                    let nested = URL_SAFE_NO_PAD.encode(format!("{{\"b\":\"{text}\"}}"));
                    assert!(Windows::of(nested.as_bytes()).meet(&secret), "{nested}");
                }
            }
        }
    }

    #[test]
    fn fifteen_bytes_of_a_secret_and_a_stranger_are_not_found() {
        let secret = secret();
        let short = [&secret[3..18], &[0][..]].concat();
        assert!(!Windows::of(&short).meet(&secret));
        assert!(!Windows::of(URL_SAFE_NO_PAD.encode([7; 64]).as_bytes()).meet(&secret));
        assert!(!Windows::of(b"").meet(&secret));
        assert!(!Windows::of(&secret).meet(b"short"));
    }
}
