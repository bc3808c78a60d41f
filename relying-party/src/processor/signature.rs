//! How a callback proves that it is this server's: an HMAC over the time and the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::path::Path;
use zeroize::Zeroizing;

/// Least bytes of a secret: the output length of SHA-256 (RFC 2104 §3).
const SECRET_BYTES_MIN: usize = 32;

/// The secret that this server and the processor share. It does not print, copy or serialise itself.
pub struct CallbackSecret(Zeroizing<Vec<u8>>);

impl CallbackSecret {
    /// A secret of at least 32 bytes.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn new(bytes: Vec<u8>) -> Result<Self, String> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() < SECRET_BYTES_MIN {
            return Err(format!(
                "it has {} bytes, and must have {SECRET_BYTES_MIN} at least",
                bytes.len()
            ));
        }
        Ok(Self(bytes))
    }

    /// Reads a file; white space around the secret does not count.
    ///
    /// # Errors
    /// What the operating system says, or the rule that is broken.
    pub fn read(path: &Path) -> Result<Self, String> {
        let bytes = Zeroizing::new(std::fs::read(path).map_err(|error| error.to_string())?);
        Self::new(bytes.trim_ascii().to_vec())
    }

    /// The value of `Smile-Signature`: `t=` the time in Unix seconds, `,v1=` the hexadecimal HMAC-SHA256 of that time, a
    /// full stop and the body.
    #[must_use]
    pub fn sign(&self, unix_seconds: u64, body: &[u8]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{unix_seconds}.").as_bytes());
        mac.update(body);
        let code: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("t={unix_seconds},v1={code}")
    }
}

#[cfg(test)]
mod tests {
    use super::CallbackSecret;

    #[test]
    fn a_signature_is_the_documented_code() {
        let secret = CallbackSecret::new(b"0123456789abcdef0123456789abcdef".to_vec()).expect("32 bytes");
        // As computed by: printf '1795563665.{}' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
        assert_eq!(
            secret.sign(1_795_563_665, b"{}"),
            "t=1795563665,v1=e35ec33313f921c0bc20fed08973893fd2613e4fd9c0988a6149ad77fcf5d0a1"
        );
        assert_ne!(
            secret.sign(1_795_563_666, b"{}")[13..],
            secret.sign(1_795_563_665, b"{}")[13..]
        );
        assert!(CallbackSecret::new(vec![1; 31]).is_err());
    }
}
