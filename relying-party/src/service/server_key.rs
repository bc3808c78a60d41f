//! The server's own key, and the check that it is still the one that the records beside it were made with.
//!
//! Idempotency keys, sealed answers and challenges in flight follow from `server.key`. With another key a request that was
//! sent before would not be known again, and would take effect twice; so a code of the key is kept beside it, and a
//! server that finds another key, or none, does not start.

use crate::durable_file;
use crate::entropy::{self, Entropy};
use crate::error::RelyingPartyError;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use std::io;
use std::path::Path;
use zeroize::Zeroizing;

/// The name of the file that holds the key, in the data folder.
const KEY_FILE: &str = "server.key";

/// The name of the file that holds the key's code. From the code the key cannot be found.
const CHECK_FILE: &str = "server.check";

/// The key in this data folder, made if the folder is new; without a folder one for this run.
///
/// # Errors
/// [`RelyingPartyError::DataFolder`], [`RelyingPartyError::ServerKeyReplaced`].
pub fn open(folder: Option<&Path>, entropy: &dyn Entropy) -> Result<Zeroizing<[u8; 32]>, RelyingPartyError> {
    let fresh = || entropy::secret::<32>(entropy);
    let Some(folder) = folder else {
        return Ok(fresh());
    };
    let (key_path, check_path) = (folder.join(KEY_FILE), folder.join(CHECK_FILE));
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| RelyingPartyError::DataFolder { path, source }
    };
    let replaced = |what| RelyingPartyError::ServerKeyReplaced {
        key: key_path.clone(),
        check: check_path.clone(),
        what,
    };
    let kept = match std::fs::read_to_string(&check_path) {
        Ok(kept) => Some(kept),
        Err(error) if error.kind() == io::ErrorKind::NotFound => None,
        Err(error) => return Err(failed(&check_path)(error)),
    };
    if kept.is_some() && !key_path.exists() {
        return Err(replaced("is not there"));
    }
    let key = durable_file::read_or_create(&key_path, fresh).map_err(failed(&key_path))?;
    let code = code_of(&key);
    match kept {
        Some(kept) if kept == code => Ok(key),
        Some(_) => Err(replaced("is another one")),
        None => {
            let written = durable_file::replace(&check_path, code.as_bytes());
            let written = written.and_then(|()| durable_file::sync_folder(folder));
            written.map_err(failed(&check_path)).map(|()| key)
        }
    }
}

/// HMAC-SHA256 of a constant under the key, in hexadecimal digits and a line feed.
fn code_of(key: &[u8; 32]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(b"smile server key check");
    let code = mac.finalize().into_bytes();
    let digits = code.iter().map(|byte| format!("{byte:02x}"));
    digits.chain(std::iter::once("\n".to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::open;
    use crate::entropy::SystemEntropy;
    use crate::error::RelyingPartyError;
    use std::fs;

    #[test]
    fn another_key_or_none_is_refused_beside_what_the_first_one_made() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let start = || open(Some(folder.path()), &SystemEntropy);
        let key = folder.path().join("server.key");
        let first = start().expect("a new folder");
        assert_eq!(start().expect("the same key"), first);
        let kept = fs::read(&key).expect("it is there");
        let check = fs::read(folder.path().join("server.check")).expect("it is there");
        assert!(
            !check.windows(32).any(|part| part == kept),
            "the code is not the key"
        );
        for (change, said) in [(None, "is not there"), (Some([7_u8; 32]), "is another one")] {
            fs::remove_file(&key).expect("it was there");
            if let Some(other) = change {
                crate::durable_file::replace(&key, &other).expect("written");
            }
            let refused = start().expect_err("not the key of the records");
            assert!(matches!(refused, RelyingPartyError::ServerKeyReplaced { .. }));
            let text = refused.to_string();
            assert!(text.contains(said) && text.contains("server.check"), "{text}");
            assert_eq!(key.exists(), change.is_some(), "no key was made in its place");
            crate::durable_file::replace(&key, &kept).expect("restored");
            assert_eq!(start().expect("the first key again"), first);
        }
        // Who knows that nothing of before counts takes the code away.
        crate::durable_file::replace(&key, &[7; 32]).expect("written");
        fs::remove_file(folder.path().join("server.check")).expect("it was there");
        assert_eq!(*start().expect("taken as new"), [7; 32]);
    }
}
