//! How a callback proves that it is this server's, and its answer that it is the processor's: an HMAC over the time and
//! the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::path::Path;
use zeroize::Zeroizing;

/// Least bytes of a secret: the output length of SHA-256 (RFC 2104 §3).
const SECRET_BYTES_MIN: usize = 32;

/// How far the time of an answer may be from this server's, in seconds, either way.
const CLOCK_SKEW_MAX_S: u64 = 300;

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
        let code: String = self
            .code(unix_seconds, body)
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("t={unix_seconds},v1={code}")
    }

    /// That `signature` is this secret's over `body`, made within five minutes of `now_seconds`.
    ///
    /// # Errors
    /// The rule that is broken.
    pub fn verify(&self, signature: &str, now_seconds: u64, body: &[u8]) -> Result<(), String> {
        let parts = signature
            .strip_prefix("t=")
            .and_then(|rest| rest.split_once(",v1="));
        let time = parts.and_then(|(time, code)| Some((time.parse::<u64>().ok()?, code)));
        let Some((time, code)) = time else {
            return Err("its answer is not signed".to_owned());
        };
        let expected = self.code(time, body);
        let is_its = code.len() == 64
            && code.is_ascii()
            && (0..32)
                .map(|at| u8::from_str_radix(&code[2 * at..2 * at + 2], 16))
                .collect::<Result<Vec<u8>, _>>()
                .is_ok_and(|code| expected.verify_slice(&code).is_ok());
        if !is_its {
            return Err("its answer is signed with another secret".to_owned());
        }
        if time.abs_diff(now_seconds) > CLOCK_SKEW_MAX_S {
            return Err("its answer is signed at another time".to_owned());
        }
        Ok(())
    }

    fn code(&self, unix_seconds: u64, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(format!("{unix_seconds}.").as_bytes());
        mac.update(body);
        mac
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

    #[test]
    fn a_signature_is_of_this_secret_body_and_time() {
        let secret = CallbackSecret::new(vec![1; 32]).expect("32 bytes");
        let other = CallbackSecret::new(vec![2; 32]).expect("32 bytes");
        let now = 1_795_563_665;
        let sound = secret.sign(now, b"{}");
        for late in [0, 300] {
            assert!(secret.verify(&sound, now + late, b"{}").is_ok());
            assert!(secret.verify(&sound, now - late, b"{}").is_ok());
        }
        assert!(secret.verify(&sound, now + 301, b"{}").is_err());
        assert!(secret.verify(&sound, now - 301, b"{}").is_err());
        assert!(secret.verify(&sound, now, b"{ }").is_err());
        assert!(other.verify(&sound, now, b"{}").is_err());
        let moved = sound.replace("t=1795563665", "t=1795563666");
        for flawed in [
            "",
            "t=1795563665",
            &sound[..sound.len() - 2],
            &moved,
            &format!("{sound}0"),
        ] {
            assert!(secret.verify(flawed, now, b"{}").is_err(), "{flawed}");
        }
    }
}
