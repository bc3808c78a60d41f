//! Keys in sealed files: ECDSA on P-256, one file for the key handle and one for its counter.
//!
//! Whoever reads the home *and* the sealing key has the keys: that is what KEY_PROTECTION_SOFTWARE in the
//! metadata statement says.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::Generate;
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::signed_data::SignedData;
use smile_protocol::uaf::identity::{KeyId, Username};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{AccessToken, FreshKey, KEY_ID_BYTES, KeyStore, MAX_KEYS, UnlockedKey};
use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::sealed::{self, Vault};
use crate::user_verification::{UserVerified, VerifiedCommand};

const KEYS: &str = "keys";
const COUNTERS: &str = "counters";
const REGISTRATION_COUNTER: &str = "registration-counter";
const TOKEN_BYTES: usize = 32;
const PRIVATE_BYTES: usize = 32;
const ENROLMENT_BYTES: usize = 32;

/// The key store of this crate.
pub(crate) struct SoftwareKeyStore {
    vault: Arc<Vault>,
}

/// What a key's file holds: EnrolmentId (32) ‖ RawKeyHandle, which is KHAccessToken (32) ‖ UAuth.priv (32)
/// ‖ username length (u16, little-endian) ‖ username (Commands §5.1; the length there is one byte, but
/// 128 characters can take 512 bytes of UTF-8). Wrap.sym is the home's sealing key, and the KeyID, which
/// names the file, is bound into the wrapping: a handle under another KeyID does not open.
struct KeyHandle {
    enrolment: EnrolmentId,
    access: Zeroizing<[u8; TOKEN_BYTES]>,
    key: SigningKey,
    username: Username,
}

impl SoftwareKeyStore {
    pub(crate) fn new(vault: Arc<Vault>) -> Self {
        Self { vault }
    }

    /// The key if it is there and the token is its token. A damaged key is gone; one that is not as long as
    /// ours are never was here.
    fn open(&self, access: &AccessToken, key_id: &KeyId) -> Result<KeyHandle, AuthenticatorError> {
        if key_id.as_bytes().len() != KEY_ID_BYTES {
            return Err(AuthenticatorError::KeyDisappeared);
        }
        let record = match self.vault.read(&key_name(key_id)) {
            Err(AuthenticatorError::Sealed { .. }) => None,
            other => other?,
        };
        let handle = record
            .and_then(|record| KeyHandle::decode(&record))
            .ok_or(AuthenticatorError::KeyDisappeared)?;
        let same: bool = handle.access.as_slice().ct_eq(access.as_bytes()).into();
        if same {
            Ok(handle)
        } else {
            Err(AuthenticatorError::KeyAccessDenied)
        }
    }

    /// The same for one enrolment: a key of an erased one is gone.
    fn open_for(
        &self,
        access: &AccessToken,
        enrolment: &EnrolmentId,
        key_id: &KeyId,
    ) -> Result<KeyHandle, AuthenticatorError> {
        let handle = self.open(access, key_id)?;
        if handle.enrolment == *enrolment {
            Ok(handle)
        } else {
            Err(AuthenticatorError::KeyDisappeared)
        }
    }

    fn read_counter(&self, name: &str) -> Result<Option<u32>, AuthenticatorError> {
        let Some(bytes) = self.vault.read(name)? else {
            return Ok(None);
        };
        let bytes: [u8; 4] = bytes
            .as_slice()
            .try_into()
            .map_err(|_| AuthenticatorError::Sealed {
                name: name.to_owned(),
                rule: "a counter is 4 bytes",
            })?;
        Ok(Some(u32::from_le_bytes(bytes)))
    }

    /// Reads, adds one, and has the sum on the disk before anybody learns it.
    fn advance(&self, name: &str, current: u32) -> Result<u32, AuthenticatorError> {
        let next = current
            .checked_add(1)
            .ok_or(AuthenticatorError::CounterExhausted)?;
        self.vault.write(name, &next.to_le_bytes())?;
        Ok(next)
    }
}

impl KeyStore for SoftwareKeyStore {
    fn generate(
        &mut self,
        verified: UserVerified,
        access: &AccessToken,
        username: &Username,
    ) -> Result<FreshKey, AuthenticatorError> {
        access.check(&verified, VerifiedCommand::Register)?;
        if self.vault.names(KEYS)?.len() >= MAX_KEYS {
            return Err(AuthenticatorError::TooManyKeys { limit: MAX_KEYS });
        }
        let registrations = self.read_counter(REGISTRATION_COUNTER)?.unwrap_or(0);
        let reg_counter = self.advance(REGISTRATION_COUNTER, registrations)?;
        let key_id = KeyId::new(sealed::random::<KEY_ID_BYTES>()?.to_vec())
            .expect("32 bytes are within a KeyID's limits");
        let handle = KeyHandle {
            enrolment: *verified.enrolment(),
            access: Zeroizing::new(*access.as_bytes()),
            key: SigningKey::try_generate().map_err(|_| AuthenticatorError::Randomness)?,
            username: username.clone(),
        };
        // The counter first: a key without a counter would be a key that may start over.
        self.vault.write(&counter_name(&key_id), &0u32.to_le_bytes())?;
        if let Err(error) = self.vault.write(&key_name(&key_id), &handle.encode()) {
            // What the caller has to learn is why there is no key. A counter, or a key, that cannot be removed now either
            // is an orphan, and goes at the next start.
            drop(self.discard(&key_id));
            return Err(error);
        }
        let public_key = handle
            .key
            .verifying_key()
            .to_sec1_point(false)
            .as_bytes()
            .to_vec();
        let counters = RegistrationCounters {
            sign_counter: 0,
            reg_counter,
        };
        Ok(FreshKey {
            verified,
            key_id,
            public_key,
            counters,
        })
    }

    fn sign_registration(
        &mut self,
        fresh: FreshKey,
        krd: &KeyRegistrationData,
    ) -> Result<Vec<u8>, AuthenticatorError> {
        fresh.check(krd)?;
        let record = self
            .vault
            .read(&key_name(&fresh.key_id))?
            .ok_or(AuthenticatorError::KeyDisappeared)?;
        let handle = KeyHandle::decode(&record).ok_or(AuthenticatorError::KeyDisappeared)?;
        let signature: Signature = handle.key.sign(&krd.encode()?);
        Ok(signature.to_bytes().to_vec())
    }

    fn unlock(
        &mut self,
        verified: UserVerified,
        access: &AccessToken,
        key_id: &KeyId,
    ) -> Result<UnlockedKey, AuthenticatorError> {
        access.check(&verified, VerifiedCommand::Sign)?;
        self.open_for(access, verified.enrolment(), key_id)?;
        let name = counter_name(key_id);
        let current = self.counter(key_id)?.ok_or(AuthenticatorError::KeyDisappeared)?;
        let sign_counter = self.advance(&name, current)?;
        Ok(UnlockedKey {
            verified,
            key_id: key_id.clone(),
            sign_counter,
        })
    }

    fn sign_authentication(
        &mut self,
        unlocked: UnlockedKey,
        data: &SignedData,
    ) -> Result<Vec<u8>, AuthenticatorError> {
        unlocked.check(data)?;
        let record = self
            .vault
            .read(&key_name(&unlocked.key_id))?
            .ok_or(AuthenticatorError::KeyDisappeared)?;
        let handle = KeyHandle::decode(&record).ok_or(AuthenticatorError::KeyDisappeared)?;
        let signature: Signature = handle.key.sign(&data.encode()?);
        Ok(signature.to_bytes().to_vec())
    }

    fn username(
        &self,
        access: &AccessToken,
        enrolment: &EnrolmentId,
        key_id: &KeyId,
    ) -> Result<Username, AuthenticatorError> {
        let handle = self.open_for(access, enrolment, key_id)?;
        self.counter(key_id)?.ok_or(AuthenticatorError::KeyDisappeared)?;
        Ok(handle.username)
    }

    fn counter(&self, key_id: &KeyId) -> Result<Option<u32>, AuthenticatorError> {
        match self.read_counter(&counter_name(key_id)) {
            Err(AuthenticatorError::Sealed { .. }) => Err(AuthenticatorError::KeyDisappeared),
            other => other,
        }
    }

    fn is_under(&self, access: &AccessToken, key_id: &KeyId) -> Result<bool, AuthenticatorError> {
        match self.open(access, key_id) {
            Ok(_) => Ok(true),
            Err(AuthenticatorError::KeyDisappeared | AuthenticatorError::KeyAccessDenied) => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn rebind(
        &mut self,
        from: &AccessToken,
        to: &AccessToken,
        key_id: &KeyId,
    ) -> Result<(), AuthenticatorError> {
        let handle = match self.open(from, key_id) {
            Ok(handle) => handle,
            Err(AuthenticatorError::KeyDisappeared | AuthenticatorError::KeyAccessDenied) => return Ok(()),
            Err(error) => return Err(error),
        };
        let rebound = KeyHandle {
            access: Zeroizing::new(*to.as_bytes()),
            ..handle
        };
        self.vault.write(&key_name(key_id), &rebound.encode())
    }

    fn discard(&mut self, key_id: &KeyId) -> Result<(), AuthenticatorError> {
        // The key first: what a crash may leave is a counter without a key, never the reverse; the next start sweeps it.
        self.vault.erase(&key_name(key_id))?;
        self.vault.erase(&counter_name(key_id))?;
        Ok(())
    }

    fn discard_counters_without_key(&mut self) -> Result<(), AuthenticatorError> {
        for counter in self.vault.names(COUNTERS)? {
            let stem = counter.rsplit('/').next().unwrap_or_default();
            if !self.vault.exists(&format!("{KEYS}/{stem}")) {
                self.vault.erase(&counter)?;
            }
        }
        Ok(())
    }

    fn key_ids(&self) -> Result<Vec<KeyId>, AuthenticatorError> {
        let names = self.vault.names(KEYS)?;
        Ok(names
            .iter()
            .filter_map(|name| name.rsplit('/').next())
            .filter_map(sealed::unhex)
            .filter_map(|bytes| KeyId::new(bytes).ok())
            .collect())
    }
}

impl KeyHandle {
    fn encode(&self) -> Zeroizing<Vec<u8>> {
        let username = self.username.as_str().as_bytes();
        let length = ENROLMENT_BYTES + TOKEN_BYTES + PRIVATE_BYTES + 2 + username.len();
        // The exact capacity, so that no half-grown copy of the key stays behind on the heap.
        let mut record = Zeroizing::new(Vec::with_capacity(length));
        record.extend_from_slice(self.enrolment.as_bytes());
        record.extend_from_slice(self.access.as_slice());
        let private = Zeroizing::new(<[u8; PRIVATE_BYTES]>::from(self.key.to_bytes()));
        record.extend_from_slice(private.as_slice());
        let length = u16::try_from(username.len()).expect("128 characters are at most 512 bytes");
        record.extend_from_slice(&length.to_le_bytes());
        record.extend_from_slice(username);
        record
    }

    fn decode(record: &[u8]) -> Option<Self> {
        let (enrolment, rest) = record.split_first_chunk::<ENROLMENT_BYTES>()?;
        let (access, rest) = rest.split_first_chunk::<TOKEN_BYTES>()?;
        let (private, rest) = rest.split_first_chunk::<PRIVATE_BYTES>()?;
        let (length, username) = rest.split_first_chunk::<2>()?;
        if username.len() != usize::from(u16::from_le_bytes(*length)) {
            return None;
        }
        Some(Self {
            enrolment: EnrolmentId::from_bytes(*enrolment),
            access: Zeroizing::new(*access),
            key: SigningKey::from_slice(private).ok()?,
            username: Username::new(std::str::from_utf8(username).ok()?).ok()?,
        })
    }
}

fn key_name(key_id: &KeyId) -> String {
    format!("{KEYS}/{}", sealed::hex(key_id.as_bytes()))
}

fn counter_name(key_id: &KeyId) -> String {
    format!("{COUNTERS}/{}", sealed::hex(key_id.as_bytes()))
}
