//! Everything that rests on this machine's disk: sealed with XChaCha20-Poly1305, replaced atomically,
//! one process at a time.
//!
//! A sealed file is `version (1 byte) ‖ nonce (24) ‖ ciphertext ‖ tag (16)`. Its associated data are
//! the version, the AAID, the home's own random identifier and the file's own name, so a file moved under
//! another name, or into another home (also one of the same model under the same key file), does not open.
//! What sealing cannot see is an old copy of a file put back under its own name, or an old copy of the whole
//! home: rollback needs a counter in hardware, which a software authenticator lacks.

mod durable;
mod sealing_key;
#[cfg(test)]
mod tests;

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::error::AuthenticatorError;
use sealing_key::{Derivation, KEY_BYTES};

pub use sealing_key::{MIN_PASSPHRASE_BYTES, Sealing};

/// The version of the sealed format; the first byte of each file and part of its associated data.
const VERSION: u8 = 1;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
/// The plain file that says how the sealing key is found.
pub(crate) const HEADER: &str = "sealing.json";
const LOCK: &str = "lock";
const SEALED_ENDING: &str = "sealed";
/// Random bytes that tell one home from every other.
const HOME_ID_BYTES: usize = 16;
/// What the header's check holds, sealed: it tells a wrong passphrase from a damaged file.
const CHECK_NAME: &str = "check";
const CHECK_CONTENT: &[u8] = b"this home opens with this key";

/// `N` bytes from the operating system's generator.
pub(crate) fn random<const N: usize>() -> Result<[u8; N], AuthenticatorError> {
    let mut bytes = [0; N];
    fill_random(&mut bytes)?;
    Ok(bytes)
}

/// The same where the bytes are to stay: a secret that is returned leaves copies on the way.
pub(crate) fn fill_random(bytes: &mut [u8]) -> Result<(), AuthenticatorError> {
    getrandom::fill(bytes).map_err(|_| AuthenticatorError::Randomness)
}

/// Lower-case hexadecimal, for file names and the header.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The reverse of [`hex`]; `None` for anything else.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) || !text.len().is_multiple_of(2) {
        return None;
    }
    (0..text.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(&text[at..at + 2], 16).ok())
        .collect()
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    version: u8,
    aaid: String,
    /// Hexadecimal, 16 bytes; changing it makes the check fail.
    home: String,
    key: Derivation,
    check: String,
}

/// The sealing key, and what every file of one home is bound to.
struct Seal {
    cipher: XChaCha20Poly1305,
    /// What stands before a file's name in its associated data.
    binding: Vec<u8>,
}

/// An open home: the sealing key in memory, the lock held. Dropping it wipes the key and lets go.
pub(crate) struct Vault {
    home: PathBuf,
    seal: Seal,
    /// Held for its lock; the operating system releases it also when the process dies.
    _lock: File,
}

impl Vault {
    /// Opens the home of the authenticator `aaid`, creating it if it is new.
    ///
    /// Errors: another process has it; it belongs to another AAID; the key file is missing, open to
    /// others or of the wrong length; the passphrase is wrong; the disk fails.
    pub(crate) fn open(home: &Path, sealing: &Sealing, aaid: &str) -> Result<Self, AuthenticatorError> {
        durable::private_folder(home)
            .and_then(|()| durable::close_to_others(home))
            .map_err(|source| AuthenticatorError::io("create the home", home, source))?;
        let lock = lock(home)?;
        durable::finish(home).map_err(|source| AuthenticatorError::io("sweep the home", home, source))?;
        let header_path = home.join(HEADER);
        let header = durable::read(&header_path)
            .map_err(|source| AuthenticatorError::io("read the header", &header_path, source))?;
        let seal = match header {
            Some(bytes) => {
                let seal = open_header(&bytes, sealing, aaid)?;
                sealing_key::sweep(sealing);
                seal
            }
            None => create_header(&header_path, sealing, aaid)?,
        };
        Ok(Self {
            home: home.to_owned(),
            seal,
            _lock: lock,
        })
    }

    /// Seals `plain` under `name` (a relative path of `[a-z0-9_-/]`), durably, replacing what was there.
    pub(crate) fn write(&self, name: &str, plain: &[u8]) -> Result<(), AuthenticatorError> {
        let sealed = self.seal.close(name, plain)?;
        let path = self.writable_path(name)?;
        durable::replace(&path, &sealed).map_err(|source| AuthenticatorError::io("write", &path, source))
    }

    /// Like [`Vault::write`], and overwrites the earlier version's bytes on the disk, best effort.
    pub(crate) fn write_over(&self, name: &str, plain: &[u8]) -> Result<(), AuthenticatorError> {
        let sealed = self.seal.close(name, plain)?;
        let path = self.writable_path(name)?;
        durable::replace_overwriting_old(&path, &sealed)
            .map_err(|source| AuthenticatorError::io("write", &path, source))
    }

    /// Opens what is sealed under `name`; `None` if nothing is. An altered, moved or truncated file is
    /// [`AuthenticatorError::Sealed`].
    pub(crate) fn read(&self, name: &str) -> Result<Option<Zeroizing<Vec<u8>>>, AuthenticatorError> {
        let path = self.path(name);
        let sealed = durable::read(&path).map_err(|source| AuthenticatorError::io("read", &path, source))?;
        sealed.map(|bytes| self.seal.open(name, &bytes)).transpose()
    }

    /// Whether something lies under `name`, sound or damaged; also if that cannot be found out.
    pub(crate) fn exists(&self, name: &str) -> bool {
        self.path(name).try_exists().unwrap_or(true)
    }

    /// Overwrites and removes what is sealed under `name`; Ok(false) if nothing was.
    pub(crate) fn erase(&self, name: &str) -> Result<bool, AuthenticatorError> {
        let path = self.path(name);
        durable::erase(&path).map_err(|source| AuthenticatorError::io("erase", &path, source))
    }

    /// The names sealed in `folder` of the home, sorted.
    pub(crate) fn names(&self, folder: &str) -> Result<Vec<String>, AuthenticatorError> {
        let path = self.home.join(folder);
        let failed = |source| AuthenticatorError::io("list", &path, source);
        let entries = match std::fs::read_dir(&path) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        let mut names = Vec::new();
        for entry in entries {
            let file = entry.map_err(failed)?.path();
            if file.extension().is_some_and(|ending| ending == SEALED_ENDING)
                && let Some(stem) = file.file_stem().and_then(|stem| stem.to_str())
            {
                names.push(format!("{folder}/{stem}"));
            }
        }
        names.sort();
        Ok(names)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.join(format!("{name}.{SEALED_ENDING}"))
    }

    fn writable_path(&self, name: &str) -> Result<PathBuf, AuthenticatorError> {
        let path = self.path(name);
        if let Some(folder) = path.parent().filter(|folder| *folder != self.home) {
            durable::private_folder(folder)
                .map_err(|source| AuthenticatorError::io("create", folder, source))?;
        }
        Ok(path)
    }
}

/// Opens what is sealed under `name` in a home that nobody opens for it; `None` if nothing is. Nothing is created,
/// locked, swept or written: every file is wholly an old version or wholly a new one, whoever holds the home.
///
/// Errors: the folder is no home; those of [`Vault::open`] about the header and the sealing key; the disk's.
pub(crate) fn look(
    home: &Path,
    sealing: &Sealing,
    aaid: &str,
    name: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, AuthenticatorError> {
    let read =
        |path: &Path| durable::read(path).map_err(|source| AuthenticatorError::io("read", path, source));
    let header = read(&home.join(HEADER))?.ok_or_else(|| AuthenticatorError::Sealed {
        name: HEADER.to_owned(),
        rule: "it is missing: the folder is no home of an authenticator",
    })?;
    let seal = open_header(&header, sealing, aaid)?;
    let sealed = read(&home.join(format!("{name}.{SEALED_ENDING}")))?;
    sealed.map(|bytes| seal.open(name, &bytes)).transpose()
}

/// Two processes on one home could each count a signature and write the same counter.
fn lock(home: &Path) -> Result<File, AuthenticatorError> {
    let path = home.join(LOCK);
    let failed = |source| AuthenticatorError::io("lock", &path, source);
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(AuthenticatorError::HomeInUse {
            home: home.to_owned(),
        }),
        Err(TryLockError::Error(source)) => Err(failed(source)),
    }
}

fn create_header(path: &Path, sealing: &Sealing, aaid: &str) -> Result<Seal, AuthenticatorError> {
    let home: [u8; HOME_ID_BYTES] = random()?;
    let (derivation, key) = sealing_key::create(sealing)?;
    let seal = Seal::new(&key, aaid, &home);
    let header = Header {
        version: VERSION,
        aaid: aaid.to_owned(),
        home: hex(&home),
        key: derivation,
        check: hex(&seal.close(CHECK_NAME, CHECK_CONTENT)?),
    };
    let json = serde_json::to_vec_pretty(&header).expect("a header of strings and numbers is JSON");
    durable::replace(path, &json)
        .map_err(|source| AuthenticatorError::io("write the header", path, source))?;
    Ok(seal)
}

fn open_header(bytes: &[u8], sealing: &Sealing, aaid: &str) -> Result<Seal, AuthenticatorError> {
    let damaged = |rule| AuthenticatorError::Sealed {
        name: HEADER.to_owned(),
        rule,
    };
    let header: Header =
        serde_json::from_slice(bytes).map_err(|_| damaged("the header is not the JSON it should be"))?;
    if header.version != VERSION {
        return Err(damaged("written by another version of this format"));
    }
    if header.aaid != aaid {
        return Err(AuthenticatorError::HomeOfAnotherAaid {
            found: header.aaid,
            expected: aaid.to_owned(),
        });
    }
    let home: [u8; HOME_ID_BYTES] = unhex(&header.home)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| damaged("the home's identifier is not 16 bytes in hexadecimal"))?;
    let key = sealing_key::find(sealing, &header.key)?;
    let seal = Seal::new(&key, aaid, &home);
    let check = unhex(&header.check).ok_or_else(|| damaged("the check is not hexadecimal"))?;
    seal.open(CHECK_NAME, &check)
        .map_err(|_| AuthenticatorError::SealingKeyWrong)?;
    Ok(seal)
}

impl Seal {
    fn new(key: &[u8; KEY_BYTES], aaid: &str, home: &[u8; HOME_ID_BYTES]) -> Self {
        let mut binding = b"smile sealed file ".to_vec();
        binding.push(VERSION);
        binding.extend_from_slice(aaid.as_bytes());
        binding.extend_from_slice(home);
        Self {
            // By reference: a copy of the key on the stack would stay there.
            cipher: XChaCha20Poly1305::new(<&Key>::from(key)),
            binding,
        }
    }

    /// version ‖ AAID (always 9 characters) ‖ home (16 bytes) ‖ name: no two different ones give the same bytes.
    fn associated_data(&self, name: &str) -> Vec<u8> {
        [&self.binding, name.as_bytes()].concat()
    }

    fn close(&self, name: &str, plain: &[u8]) -> Result<Vec<u8>, AuthenticatorError> {
        // 24 random bytes do not repeat in any number of writes that a disk survives.
        let nonce: [u8; NONCE_BYTES] = random()?;
        let payload = Payload {
            msg: plain,
            aad: &self.associated_data(name),
        };
        let ciphertext =
            self.cipher
                .encrypt(&XNonce::from(nonce), payload)
                .map_err(|_| AuthenticatorError::Sealed {
                    name: name.to_owned(),
                    rule: "too long to seal",
                })?;
        let mut sealed = Vec::with_capacity(1 + NONCE_BYTES + ciphertext.len());
        sealed.push(VERSION);
        sealed.extend_from_slice(&nonce);
        sealed.extend_from_slice(&ciphertext);
        Ok(sealed)
    }

    fn open(&self, name: &str, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, AuthenticatorError> {
        let refused = |rule| AuthenticatorError::Sealed {
            name: name.to_owned(),
            rule,
        };
        if sealed.len() < 1 + NONCE_BYTES + TAG_BYTES {
            return Err(refused("shorter than an empty sealed file"));
        }
        if sealed[0] != VERSION {
            return Err(refused("written by another version of this format"));
        }
        let (nonce, ciphertext) = sealed[1..].split_at(NONCE_BYTES);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().expect("split_at gave NONCE_BYTES bytes");
        let payload = Payload {
            msg: ciphertext,
            aad: &self.associated_data(name),
        };
        self.cipher
            .decrypt(&XNonce::from(nonce), payload)
            .map(Zeroizing::new)
            .map_err(|_| refused("altered, moved from another name or home, or sealed with another key"))
    }
}
