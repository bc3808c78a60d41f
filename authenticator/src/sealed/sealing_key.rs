//! Where the sealing key comes from: a key file that only its owner can read, or a passphrase.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::durable;
use crate::error::AuthenticatorError;

/// How this installation's sealing key is obtained.
///
/// No `Debug`, no `Clone`: a passphrase is a secret.
pub enum Sealing {
    /// 32 random bytes in a file of mode 0600, created at the first use. Whoever can read this file
    /// and the home can open everything: keep them apart where you can.
    KeyFile(PathBuf),
    /// A passphrase of at least [`MIN_PASSPHRASE_BYTES`] bytes, stretched with Argon2id.
    Passphrase(Zeroizing<String>),
}

/// A passphrase shorter than this is refused (NIST SP 800-63B asks for 8 characters at least).
pub const MIN_PASSPHRASE_BYTES: usize = 8;

/// Bytes of the sealing key (XChaCha20-Poly1305).
pub(super) const KEY_BYTES: usize = 32;

/// 64 MiB and three passes: the second recommendation of RFC 9106 §4, about 0.2 s on one core.
const ARGON2_MEMORY_KIB: u32 = 64 * 1024;
const ARGON2_PASSES: u32 = 3;
const ARGON2_LANES: u32 = 1;
const SALT_BYTES: usize = 16;
/// A header that asks for more than this is damaged or meant to exhaust memory.
const MAX_ARGON2_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_ARGON2_PASSES: u32 = 16;

/// What a home's header says about its sealing key. Nothing in it is secret.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Derivation {
    /// The key is the content of a key file.
    KeyFile,
    /// The key is Argon2id (version 1.3) of the passphrase.
    Argon2id {
        /// Hexadecimal, 16 bytes.
        salt: String,
        /// Memory in KiB.
        memory_kib: u32,
        /// Passes over the memory.
        passes: u32,
        /// Lanes.
        lanes: u32,
    },
}

/// The key of a new home, and how to find it again.
pub(super) fn create(
    sealing: &Sealing,
) -> Result<(Derivation, Zeroizing<[u8; KEY_BYTES]>), AuthenticatorError> {
    match sealing {
        Sealing::KeyFile(path) => {
            let key = match read_key_file(path)? {
                Some(key) => key,
                None => create_key_file(path)?,
            };
            Ok((Derivation::KeyFile, key))
        }
        Sealing::Passphrase(passphrase) => {
            if passphrase.len() < MIN_PASSPHRASE_BYTES {
                return Err(AuthenticatorError::PassphraseTooShort {
                    minimum: MIN_PASSPHRASE_BYTES,
                });
            }
            let salt: [u8; SALT_BYTES] = super::random()?;
            let derivation = Derivation::Argon2id {
                salt: super::hex(&salt),
                memory_kib: ARGON2_MEMORY_KIB,
                passes: ARGON2_PASSES,
                lanes: ARGON2_LANES,
            };
            let key = stretch(passphrase, &derivation)?;
            Ok((derivation, key))
        }
    }
}

/// Removes what crashes left beside the key file of a home that opened. Best effort: a key in a folder that cannot be
/// written or listed opens its home all the same.
pub(super) fn sweep(sealing: &Sealing) {
    if let Sealing::KeyFile(path) = sealing {
        let _ = durable::remove_unfinished_beside(path);
    }
}

/// The key of a home that already has a header. Only reads.
pub(super) fn find(
    sealing: &Sealing,
    derivation: &Derivation,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, AuthenticatorError> {
    match (sealing, derivation) {
        (Sealing::KeyFile(path), Derivation::KeyFile) => {
            read_key_file(path)?.ok_or_else(|| AuthenticatorError::KeyFileMissing { path: path.clone() })
        }
        (Sealing::Passphrase(passphrase), Derivation::Argon2id { .. }) => stretch(passphrase, derivation),
        (Sealing::KeyFile(_), Derivation::Argon2id { .. }) => Err(AuthenticatorError::SealingKind {
            sealed_with: "a passphrase",
        }),
        (Sealing::Passphrase(_), Derivation::KeyFile) => Err(AuthenticatorError::SealingKind {
            sealed_with: "a key file",
        }),
    }
}

fn stretch(
    passphrase: &str,
    derivation: &Derivation,
) -> Result<Zeroizing<[u8; KEY_BYTES]>, AuthenticatorError> {
    let damaged = |rule| AuthenticatorError::Sealed {
        name: super::HEADER.to_owned(),
        rule,
    };
    let Derivation::Argon2id {
        salt,
        memory_kib,
        passes,
        lanes,
    } = derivation
    else {
        return Err(damaged("a passphrase needs Argon2id parameters"));
    };
    if *memory_kib > MAX_ARGON2_MEMORY_KIB || *passes > MAX_ARGON2_PASSES {
        return Err(damaged(
            "the Argon2id parameters exceed what this program ever writes",
        ));
    }
    let salt = super::unhex(salt)
        .filter(|salt| salt.len() == SALT_BYTES)
        .ok_or_else(|| damaged("the salt is not 16 bytes in hexadecimal"))?;
    let params = Params::new(*memory_kib, *passes, *lanes, Some(KEY_BYTES))
        .map_err(|_| damaged("the Argon2id parameters are out of range"))?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &salt, key.as_mut_slice())
        .map_err(|_| damaged("Argon2id refused the passphrase or the salt"))?;
    Ok(key)
}

fn create_key_file(path: &Path) -> Result<Zeroizing<[u8; KEY_BYTES]>, AuthenticatorError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    super::fill_random(key.as_mut_slice())?;
    let failed = |source| AuthenticatorError::io("create the key file", path, source);
    if let Some(folder) = path.parent() {
        durable::private_folder(folder).map_err(failed)?;
    }
    match durable::create(path, key.as_slice()) {
        Ok(()) => Ok(key),
        // Another process created it between our look and our link (and may have swept our half of it): its
        // key is the one that counts.
        Err(error) => read_key_file(path)?.ok_or_else(|| failed(error)),
    }
}

fn read_key_file(path: &Path) -> Result<Option<Zeroizing<[u8; KEY_BYTES]>>, AuthenticatorError> {
    let failed = |source| AuthenticatorError::io("read the key file", path, source);
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    // Asked of the open file, not of the path: the path could be swapped between look and read.
    refuse_open_permissions(&file, path)?;
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    let wrong_length = || AuthenticatorError::KeyFileLength {
        path: path.to_owned(),
    };
    if file.metadata().map_err(failed)?.len() != KEY_BYTES as u64 {
        return Err(wrong_length());
    }
    file.read_exact(key.as_mut_slice()).map_err(|_| wrong_length())?;
    // What an erasure or a bad disk leaves; everybody knows it, and the generator never gives it.
    if key.iter().all(|byte| *byte == 0) {
        return Err(AuthenticatorError::KeyFileZeroed {
            path: path.to_owned(),
        });
    }
    Ok(Some(key))
}

/// A key that others can read seals nothing.
#[cfg(unix)]
fn refuse_open_permissions(file: &File, path: &Path) -> Result<(), AuthenticatorError> {
    use std::os::unix::fs::PermissionsExt;
    let metadata = file
        .metadata()
        .map_err(|source| AuthenticatorError::io("inspect the key file", path, source))?;
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 || !metadata.is_file() {
        return Err(AuthenticatorError::KeyFilePermissions {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

/// Where permissions cannot be asked this way, the answer is not "they are fine".
#[cfg(not(unix))]
fn refuse_open_permissions(_file: &File, path: &Path) -> Result<(), AuthenticatorError> {
    Err(AuthenticatorError::KeyFilePermissions {
        path: path.to_owned(),
        mode: 0,
    })
}
