//! The keys, behind one gate: nothing is generated or signed without a [`UserVerified`], taken by value.
//!
//! One verification goes one of two ways:
//!
//! ```text
//! UserVerified ─ generate ─ FreshKey    ─ sign_registration(KRD)        ─ signature
//! UserVerified ─ unlock   ─ UnlockedKey ─ sign_authentication(SignedData) ─ signature
//! ```
//!
//! Each arrow consumes what stands left of it, and the last one refuses data that do not carry the final
//! challenge, the key and the counter of this very verification.

pub(crate) mod software;

use smile_protocol::uaf::assertion::info::AuthenticationMode;
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::signed_data::{SignedData, TransactionContentHash};
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::{AppId, KeyId, Username};
use zeroize::Zeroizing;

use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::user_verification::{UserVerified, VerifiedCommand};

/// Bytes of a KeyID: random, and exactly 32 (Commands §6.2.4: a KeyID that is not a key handle).
pub const KEY_ID_BYTES: usize = 32;

/// More keys than this in one home is a runaway, not a user: each costs a file and a counter.
pub const MAX_KEYS: usize = 1024;

/// KeyHandleAccessToken as the authenticator keeps it, and the AppID it was made for.
///
/// No `Debug`: it grants the use of a key to whoever also shows the face.
pub struct AccessToken {
    app_id: AppId,
    bytes: Zeroizing<[u8; 32]>,
}

impl AccessToken {
    pub(crate) fn new(app_id: AppId, bytes: Zeroizing<[u8; 32]>) -> Self {
        Self { app_id, bytes }
    }

    pub(crate) fn as_bytes(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The user was verified for one command of one application; its keys, and no others, may be used in it.
    pub(crate) fn check(
        &self,
        verified: &UserVerified,
        command: VerifiedCommand,
    ) -> Result<(), AuthenticatorError> {
        if self.app_id == *verified.app_id() && verified.command() == command {
            Ok(())
        } else {
            Err(AuthenticatorError::NotWhatWasVerified)
        }
    }
}

/// A key pair that was just made for one registration, with the verification that allowed it inside.
#[must_use = "a fresh key that nobody registers should be deleted"]
pub struct FreshKey {
    pub(crate) verified: UserVerified,
    pub(crate) key_id: KeyId,
    pub(crate) public_key: Vec<u8>,
    pub(crate) counters: RegistrationCounters,
}

impl FreshKey {
    /// The new key's identifier, 32 random bytes.
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The public key in ALG_KEY_ECC_X962_RAW: 65 bytes, 0x04 ‖ X ‖ Y.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The new key's sign counter (0) and the authenticator's registration counter (from 1).
    pub fn counters(&self) -> RegistrationCounters {
        self.counters
    }

    /// The final challenge that the user was verified for.
    pub fn final_challenge_hash(&self) -> FinalChallengeHash {
        *self.verified.final_challenge_hash()
    }

    /// The KRD must be the one that this verification was for.
    pub(crate) fn check(&self, krd: &KeyRegistrationData) -> Result<(), AuthenticatorError> {
        let fits = krd.key_id == self.key_id
            && krd.final_challenge_hash == *self.verified.final_challenge_hash()
            && krd.public_key == self.public_key
            && krd.counters == self.counters;
        if fits {
            Ok(())
        } else {
            Err(AuthenticatorError::NotWhatWasVerified)
        }
    }
}

/// A stored key, its counter already advanced for the one signature that the verification inside allows.
#[must_use = "an unlocked key has already spent a counter value"]
pub struct UnlockedKey {
    pub(crate) verified: UserVerified,
    pub(crate) key_id: KeyId,
    pub(crate) sign_counter: u32,
}

impl UnlockedKey {
    /// The counter value for this signature: one more than at the one before, and already on the disk.
    pub fn sign_counter(&self) -> u32 {
        self.sign_counter
    }

    /// The final challenge that the user was verified for.
    pub fn final_challenge_hash(&self) -> FinalChallengeHash {
        *self.verified.final_challenge_hash()
    }

    /// SHA-256 of the transaction that the user confirmed; `None` for a plain login.
    pub fn transaction_hash(&self) -> Option<TransactionContentHash> {
        self.verified.transaction_hash()
    }

    /// What the signature will attest: the user was here, or the user was here and agreed to a text.
    pub fn authentication_mode(&self) -> AuthenticationMode {
        match self.verified.transaction_hash() {
            Some(_) => AuthenticationMode::TransactionConfirmed,
            None => AuthenticationMode::UserVerified,
        }
    }

    /// The data must be what this verification was for.
    pub(crate) fn check(&self, data: &SignedData) -> Result<(), AuthenticatorError> {
        let fits = data.key_id == self.key_id
            && data.final_challenge_hash == *self.verified.final_challenge_hash()
            && data.sign_counter == self.sign_counter
            && data.transaction_content_hash == self.verified.transaction_hash()
            && data.assertion_info.authentication_mode == self.authentication_mode();
        if fits {
            Ok(())
        } else {
            Err(AuthenticatorError::NotWhatWasVerified)
        }
    }
}

/// Where private keys live. The software store is the first; TPM and PKCS#11 come behind the same trait.
///
/// A store never hands a private key out, and lets nobody use a key who lacks its access token.
pub trait KeyStore {
    /// Makes a fresh P-256 key pair, stored durably before this returns, bound to the access token and to
    /// the enrolment of the face that was verified.
    ///
    /// Errors: [`AuthenticatorError::TooManyKeys`], a full disk, no randomness.
    fn generate(
        &mut self,
        verified: UserVerified,
        access: &AccessToken,
        username: &Username,
    ) -> Result<FreshKey, AuthenticatorError>;

    /// Signs the KRD with the fresh key itself (Basic Surrogate): ECDSA with SHA-256, R‖S, 64 bytes.
    fn sign_registration(
        &mut self,
        fresh: FreshKey,
        krd: &KeyRegistrationData,
    ) -> Result<Vec<u8>, AuthenticatorError>;

    /// Advances the key's counter durably, before any signature exists, and allows one signature.
    ///
    /// Errors: [`AuthenticatorError::KeyDisappeared`] if there is no such key, if its file or counter is
    /// damaged, or if it belongs to an enrolment that was erased; [`AuthenticatorError::KeyAccessDenied`] if
    /// it is under another token.
    fn unlock(
        &mut self,
        verified: UserVerified,
        access: &AccessToken,
        key_id: &KeyId,
    ) -> Result<UnlockedKey, AuthenticatorError>;

    /// Signs with the unlocked key: ECDSA with SHA-256, R‖S, 64 bytes.
    fn sign_authentication(
        &mut self,
        unlocked: UnlockedKey,
        data: &SignedData,
    ) -> Result<Vec<u8>, AuthenticatorError>;

    /// The name that the key was registered with, if the key can sign under this token and this enrolment;
    /// the errors of [`KeyStore::unlock`] if not.
    fn username(
        &self,
        access: &AccessToken,
        enrolment: &EnrolmentId,
        key_id: &KeyId,
    ) -> Result<Username, AuthenticatorError>;

    /// The key's sign counter as it stands on the disk; `None` if there is no such key.
    fn counter(&self, key_id: &KeyId) -> Result<Option<u32>, AuthenticatorError>;

    /// Whether there is such a key under this token, of whatever enrolment. A key of another token and a
    /// damaged one are a "no", like one that never was.
    fn is_under(&self, access: &AccessToken, key_id: &KeyId) -> Result<bool, AuthenticatorError>;

    /// Puts a key that is under the token `from` under the token `to`, durably; nothing else of it changes. A key of
    /// another token, a damaged one and one that never was stay as they are.
    fn rebind(
        &mut self,
        from: &AccessToken,
        to: &AccessToken,
        key_id: &KeyId,
    ) -> Result<(), AuthenticatorError>;

    /// Erases a key and its counter without its token: after [`KeyStore::is_under`], for the owner of the
    /// device, and for keys that a crash orphaned.
    fn discard(&mut self, key_id: &KeyId) -> Result<(), AuthenticatorError>;

    /// Erases what is left of keys that are gone: counters, which say that there was a key and how often it signed.
    fn discard_counters_without_key(&mut self) -> Result<(), AuthenticatorError>;

    /// All keys, whatever their token.
    fn key_ids(&self) -> Result<Vec<KeyId>, AuthenticatorError>;
}
