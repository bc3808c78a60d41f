//! One installation: its home, its enrolled face, its keys.

mod config;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use smile_face::{Camera, Guidance, MatchError};
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::uaf::command::UserVerifyToken;
use smile_protocol::uaf::identity::Aaid;

use crate::asm;
use crate::attestation::Attestation;
use crate::client::facets::FacetCache;
use crate::clock::{Clock, SystemClock, WatchedClock};
use crate::commands;
use crate::enrolment;
use crate::error::AuthenticatorError;
use crate::keys::KeyStore;
use crate::keys::software::SoftwareKeyStore;
use crate::lockout::Lockout;
use crate::metadata::{self, Described};
use crate::registrations::{self, Registration};
use crate::room::FaceRoom;
use crate::sealed::Vault;
use crate::transaction::TransactionDisplay;
use crate::user_verification::{PendingVerification, Purpose, UserVerified, VerificationRequest};

pub use config::{AAID_BASIC_FULL, AAID_BASIC_SURROGATE, AttestationMode, AuthenticatorConfig};

/// What an installation can say about itself.
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct Status {
    /// The model.
    pub aaid: Aaid,
    /// Whether a face is enrolled.
    pub enrolled: bool,
    /// How many keys are registered.
    pub keys: usize,
    /// Milliseconds until the next face verification is allowed; 0 if now.
    pub locked_for_ms: u64,
}

/// What one operation may use to find out whether the user is here and agrees.
pub(crate) struct Presence<'a> {
    pub(crate) camera: &'a mut dyn Camera,
    pub(crate) display: &'a mut dyn TransactionDisplay,
}

/// A UAF authenticator with face verification.
///
/// No liveness check yet: a photo or a video of the enrolled person would pass.
pub struct Authenticator {
    pub(crate) aaid: Aaid,
    pub(crate) attestation_mode: AttestationMode,
    /// Whether transactions can be shown.
    pub(crate) transaction_display: bool,
    /// Whether pictures of them can be shown too.
    pub(crate) picture_display: bool,
    pub(crate) persona: String,
    pub(crate) vault: Arc<Vault>,
    pub(crate) keys: Box<dyn KeyStore + Send>,
    /// Some for Basic Full.
    pub(crate) attestation: Option<Attestation>,
    /// The one by which everything here expires.
    pub(crate) clock: Arc<WatchedClock>,
    /// The verification whose token was handed out and not used yet; the next one takes its place.
    pub(crate) pending: Option<PendingVerification>,
    /// Outlives the clients, which live for a message.
    pub(crate) facet_lists: FacetCache,
    lockout: Lockout,
    room: Box<dyn FaceRoom>,
}

impl Authenticator {
    /// Opens the home, creating it if it is new, and holds it until dropped.
    ///
    /// # Errors
    /// [`AuthenticatorError::HomeInUse`] if another process (or another value in this one) holds it; the
    /// sealing errors, also if the attestation is damaged (then [`Authenticator::erase_damaged`] helps); the
    /// disk's.
    pub fn open(config: AuthenticatorConfig, room: Box<dyn FaceRoom>) -> Result<Self, AuthenticatorError> {
        Self::open_with_clock(config, room, Arc::new(SystemClock))
    }

    /// The same with another clock, on which lockouts and certificate dates hang.
    ///
    /// # Errors
    /// As [`Authenticator::open`].
    pub fn open_with_clock(
        config: AuthenticatorConfig,
        room: Box<dyn FaceRoom>,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AuthenticatorError> {
        let clock = Arc::new(WatchedClock::new(clock));
        let mode = config.attestation;
        let aaid = config.aaid();
        let vault = Arc::new(Vault::open(&config.home, &config.sealing, &aaid.to_string())?);
        let attestation = match mode {
            AttestationMode::BasicFull => Some(Attestation::open(&vault, &aaid.to_string(), clock.as_ref())?),
            AttestationMode::BasicSurrogate => None,
        };
        let mut keys: Box<dyn KeyStore + Send> = Box::new(SoftwareKeyStore::new(Arc::clone(&vault)));
        let swept = registrations::discard_orphans(&vault, keys.as_mut())
            .and_then(|()| asm::renew_tokens(&vault, keys.as_mut()));
        match swept {
            // Which keys are orphans, and whose the others are, is unknown then, so none is touched. Whoever needs the
            // list is told; who wants to erase is not kept from it.
            Err(AuthenticatorError::Sealed { .. }) => {}
            swept => swept?,
        }
        let lockout = Lockout::open(Arc::clone(&vault), clock.clone(), enrolment::exists(&vault))?;
        Ok(Self {
            aaid,
            attestation_mode: mode,
            transaction_display: config.transaction_display,
            picture_display: config.picture_display,
            persona: config.persona,
            vault,
            keys,
            attestation,
            clock,
            pending: None,
            facet_lists: FacetCache::default(),
            lockout,
            room,
        })
    }

    /// Enrols the face before the camera; the template is sealed before this returns.
    ///
    /// `guidance` hears why a frame was passed over ("too dark"), never how well a face matches.
    ///
    /// # Errors
    /// [`AuthenticatorError::AlreadyEnrolled`]: whoever could replace the face would have its keys, so
    /// another face needs [`Authenticator::erase`] first. [`AuthenticatorError::Enrolment`] if the camera
    /// did not give enough good frames.
    pub fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<(), AuthenticatorError> {
        if enrolment::current(&self.vault)?.is_some() {
            return Err(AuthenticatorError::AlreadyEnrolled);
        }
        let template = self
            .room
            .enrol(camera, guidance)
            .map_err(AuthenticatorError::Enrolment)?;
        // Keys of an earlier enrolment whose template vanished: bound to it, useless, and not this face's. So
        // are the rows that name them: to a relying party they would still be registered here.
        erase_keys(&self.vault, self.keys.as_mut())?;
        self.pending = None;
        self.lockout.prepare()?;
        enrolment::store(&self.vault, &template)?;
        Ok(())
    }

    /// Whether transactions are shown as pictures where they are no text.
    pub(crate) fn shows_pictures(&self) -> bool {
        self.transaction_display && self.picture_display
    }

    /// What a relying party needs to know of this installation; with its root for Basic Full.
    pub fn metadata_statement(&self) -> MetadataStatement {
        metadata::statement(&Described {
            aaid: self.aaid,
            attestation_mode: self.attestation_mode,
            transaction_display: self.transaction_display,
            picture_display: self.picture_display,
            root_der: self.attestation.as_ref().map(Attestation::root_der),
        })
    }

    /// The same of an installation that exists, without opening it: nothing in the home is written, and another
    /// process may hold it. [`Authenticator::open`] would sweep it, and bring it up to date.
    ///
    /// # Errors
    /// [`AuthenticatorError::Sealed`] if there is no home, [`AuthenticatorError::HomeOfAnotherAttestation`] if it
    /// vouches for its keys otherwise than the configuration says; the other sealing errors; the disk's.
    pub fn statement_of(config: &AuthenticatorConfig) -> Result<MetadataStatement, AuthenticatorError> {
        let aaid = config.aaid();
        let attestation = Attestation::look(&config.home, &config.sealing, &aaid.to_string())?;
        // With Basic Full the first start writes the record.
        let found = match &attestation {
            Some(_) => AttestationMode::BasicFull,
            None => AttestationMode::BasicSurrogate,
        };
        if found != config.attestation {
            return Err(AuthenticatorError::HomeOfAnotherAttestation {
                found,
                expected: config.attestation,
            });
        }
        Ok(metadata::statement(&Described {
            aaid,
            attestation_mode: found,
            transaction_display: config.transaction_display,
            picture_display: config.picture_display,
            root_der: attestation.as_ref().map(Attestation::root_der),
        }))
    }

    /// The model of this installation.
    pub fn aaid(&self) -> Aaid {
        self.aaid
    }

    /// Whether a face is enrolled, how many keys there are, and how long the lockout lasts.
    ///
    /// # Errors
    /// The disk's, or a damaged file.
    pub fn status(&self) -> Result<Status, AuthenticatorError> {
        Ok(Status {
            aaid: self.aaid(),
            enrolled: enrolment::current(&self.vault)?.is_some(),
            keys: registrations::all(&self.vault)?.len(),
            locked_for_ms: self.lockout.remaining_ms(enrolment::exists(&self.vault))?,
        })
    }

    /// The registered keys, for the owner of the device; oldest first.
    ///
    /// # Errors
    /// The disk's, or a damaged file.
    pub fn list(&self) -> Result<Vec<Registration>, AuthenticatorError> {
        registrations::all(&self.vault)
    }

    /// Removes the template and every key with its counter, overwriting what a filesystem lets be
    /// overwritten. The lockout stays (erasing must not be a way out of it), and so does the
    /// attestation, which is the installation's and not the person's.
    ///
    /// # Errors
    /// The disk's; what was erased until then stays erased, and calling again goes on.
    pub fn erase(&mut self) -> Result<(), AuthenticatorError> {
        self.pending = None;
        erase(&self.vault, self.keys.as_mut())
    }

    /// [`Authenticator::erase`] for a home that [`Authenticator::open`] refuses because a file in it is
    /// damaged. A damaged attestation goes too, so that the next start issues another one, with another root;
    /// a sound one stays. The header and the sealing key are needed: without them remove the folder.
    ///
    /// # Errors
    /// Those of [`Authenticator::open`] about the header, the sealing key and the lock; the disk's.
    pub fn erase_damaged(config: AuthenticatorConfig) -> Result<(), AuthenticatorError> {
        let aaid = config.aaid().to_string();
        let vault = Arc::new(Vault::open(&config.home, &config.sealing, &aaid)?);
        erase(&vault, &mut SoftwareKeyStore::new(Arc::clone(&vault)))?;
        Attestation::erase_if_damaged(&vault)
    }

    /// Answers one authenticator command (Commands §6), TLV in, TLV out: for an ASM that is not this crate's.
    ///
    /// Every failure is an answer with a status (Commands §4.4); bytes that are no command are answered
    /// under GetInfo's tag. Keys stay inside: what the tables call a key handle is a KeyID here, 32 bytes,
    /// and Register returns none (the 0x0004 of `AuthenticatorType`).
    pub fn process_command(
        &mut self,
        command: &[u8],
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> Vec<u8> {
        commands::process(self, command, &mut Presence { camera, display }, &mut |_| ())
    }

    /// Shows the transaction, if there is one, and asks for the face: Commands §5.3's
    /// "vendor_specific_UserVerify".
    ///
    /// The token is good for one Register, or for one Sign, as the request says, with the same final challenge hash,
    /// AppID and transaction within [`crate::user_verification::TOKEN_LIFETIME_MS`]. Asking again makes an earlier one
    /// worthless.
    ///
    /// # Errors
    /// As a Sign without a token: no face enrolled, lockout, cancelled, not shown, not confirmed.
    pub fn user_verify(
        &mut self,
        request: VerificationRequest,
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> Result<UserVerifyToken, AuthenticatorError> {
        commands::user_verify(self, request, &mut Presence { camera, display })
    }

    /// Whether asking for the face could succeed now; asked before anything is shown to the user.
    pub(crate) fn ready_to_verify(&self) -> Result<(), AuthenticatorError> {
        if enrolment::current(&self.vault)?.is_none() {
            return Err(AuthenticatorError::NotEnrolled);
        }
        match self.lockout.remaining_ms(true)? {
            0 => Ok(()),
            retry_after_ms => Err(AuthenticatorError::LockedOut { retry_after_ms }),
        }
    }

    /// Asks for the face, for one purpose. The only place that makes a [`UserVerified`].
    pub(crate) fn verify_user(
        &mut self,
        purpose: Purpose,
        presence: &mut Presence<'_>,
    ) -> Result<UserVerified, AuthenticatorError> {
        let (enrolment, template) = enrolment::load(&self.vault)?;
        let attempt = self.lockout.begin()?;
        let display = &mut *presence.display;
        let result = self.room.verify(presence.camera, &template, &mut |guidance| {
            display.guide(guidance)
        });
        let verified = match result {
            // A match of another attempt or of another template is none.
            Ok(matched) => UserVerified::by_face(matched, &template, purpose, enrolment),
            Err(MatchError::NotConfirmed) => None,
            Err(error) => {
                attempt.not_judged()?;
                return Err(AuthenticatorError::from_unjudged(error));
            }
        };
        let Some(verified) = verified else {
            attempt.failed()?;
            return Err(AuthenticatorError::NotConfirmed);
        };
        attempt.matched()?;
        Ok(verified)
    }
}

fn erase(vault: &Vault, keys: &mut dyn KeyStore) -> Result<(), AuthenticatorError> {
    // The face first: from here on no key can be used, whatever happens next.
    enrolment::erase(vault)?;
    erase_keys(vault, keys)
}

/// Every key and every row that names one, whoever's they were.
fn erase_keys(vault: &Vault, keys: &mut dyn KeyStore) -> Result<(), AuthenticatorError> {
    registrations::erase(vault)?;
    asm::erase_token(vault)?;
    for key_id in keys.key_ids()? {
        keys.discard(&key_id)?;
    }
    keys.discard_counters_without_key()
}
