//! A device: an authenticator with real face networks, and everything that it ever asked of its user.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smile_authenticator::client::facets::FacetFetcher;
use smile_authenticator::room::{FaceRoom, InProcess};
use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
use smile_authenticator::{
    AttestationMode, Authenticator, AuthenticatorConfig, AuthenticatorError, Sealing, UafClient,
};
use smile_face::{
    Camera, CameraError, EnrolmentError, FaceEngine, FaceMatched, Frame, Guidance, MatchError, Template,
};
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::uaf::identity::{FacetId, Username};
use smile_quickstart::camera::LoopCamera;
use smile_quickstart::stage::FACET_ID;
use smile_quickstart::story::device::LoopbackFacets;

use super::people::Person;
use crate::test_data::network_weights;

/// Something that the device asked of its user, or told them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A text was shown and a confirmation asked for.
    Confirmation(String),
    /// A choice among accounts was asked for.
    Account,
    /// The user was told what is wrong with the picture.
    Guidance(Guidance),
    /// The camera opened for a verification and this many frames were taken.
    Look {
        /// Frames taken from the camera.
        frames: usize,
    },
}

/// What a device did, as seen from outside its authenticator.
#[derive(Default)]
pub struct Seen {
    /// In order of time.
    pub asked: Vec<Asked>,
    /// The template of the last enrolment, encoded as it is sealed.
    pub template: Vec<u8>,
}

/// One authenticator with its home; it can be closed and opened again.
pub struct Device {
    folder: PathBuf,
    attestation: AttestationMode,
    authenticator: Option<Authenticator>,
    seen: Arc<Mutex<Seen>>,
}

impl Device {
    /// Opens a device in `folder`, which is made if it is new: its home there, sealed by a key file beside it. `None`,
    /// said aloud, where there are no weights.
    ///
    /// # Panics
    /// If the authenticator does not open.
    pub fn new(folder: &Path, attestation: AttestationMode) -> Option<Self> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let authenticator = open(folder, attestation, Arc::clone(&seen))?.expect("the authenticator opens");
        let authenticator = Some(authenticator);
        Some(Self {
            folder: folder.to_owned(),
            attestation,
            authenticator,
            seen,
        })
    }

    /// Opens what lies in `folder`, which may have been tampered with. `None`, said aloud, where there are no weights.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn open(folder: &Path, attestation: AttestationMode) -> Option<Result<Self, AuthenticatorError>> {
        let seen = Arc::new(Mutex::new(Seen::default()));
        let opened = open(folder, attestation, Arc::clone(&seen))?;
        Some(opened.map(|authenticator| Self {
            folder: folder.to_owned(),
            attestation,
            authenticator: Some(authenticator),
            seen,
        }))
    }

    /// Closes the authenticator and opens it again, as a restart of the device would.
    ///
    /// # Panics
    /// If it does not open.
    pub fn reopen(&mut self) {
        self.authenticator = None;
        let opened = open(&self.folder, self.attestation, Arc::clone(&self.seen));
        let opened = opened
            .expect("the weights are there, as they were")
            .expect("the authenticator opens again");
        self.authenticator = Some(opened);
    }

    /// Copies the device's files as they are now; a device opened on the copy is this one's past.
    ///
    /// # Panics
    /// If files cannot be copied.
    pub fn copy_to(&self, folder: &Path) {
        copy(&self.folder, folder);
    }

    /// Where the sealed files are.
    pub fn home(&self) -> PathBuf {
        self.folder.join("home")
    }

    /// The file with the sealing key.
    pub fn key_file(&self) -> PathBuf {
        key_file(&self.folder)
    }

    /// The authenticator.
    ///
    /// # Panics
    /// Never: it is absent only inside [`Device::reopen`].
    pub fn authenticator(&mut self) -> &mut Authenticator {
        self.authenticator.as_mut().expect("it is open")
    }

    /// What a server has to know of it.
    ///
    /// # Panics
    /// Never: it is absent only inside [`Device::reopen`].
    pub fn metadata_statement(&self) -> MetadataStatement {
        self.authenticator
            .as_ref()
            .expect("it is open")
            .metadata_statement()
    }

    /// What was asked of the user until now, and the template.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        lock(&self.seen)
    }

    /// What was asked of the user since the last call.
    pub fn take_asked(&self) -> Vec<Asked> {
        std::mem::take(&mut self.seen().asked)
    }

    /// Enrols the person's face.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn enrol(&mut self, person: &Person) -> Result<(), AuthenticatorError> {
        self.authenticator()
            .enrol(&mut LoopCamera::new(&person.enrol), &mut |_| {})
    }

    /// Answers a message for the trusted app, while `person` is before the camera and agrees to any text.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn answer(
        &mut self,
        server: SocketAddr,
        message: &str,
        person: &Person,
    ) -> Result<Option<String>, AuthenticatorError> {
        self.answer_for(FACET_ID, Box::new(LoopbackFacets::of(server)), message, person)
    }

    /// As [`Device::answer`], for an app of the caller's choice, with its way to fetch facets.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn answer_for(
        &mut self,
        facet: &str,
        fetcher: Box<dyn FacetFetcher>,
        message: &str,
        person: &Person,
    ) -> Result<Option<String>, AuthenticatorError> {
        let facet = FacetId::new(facet)?;
        let mut screen = Screen(Arc::clone(&self.seen));
        let mut camera = LoopCamera::new(&person.pay);
        let authenticator = self.authenticator.as_mut().expect("it is open");
        UafClient::new(authenticator, facet, fetcher).process(message, &mut camera, &mut screen)
    }
}

fn open(
    folder: &Path,
    attestation: AttestationMode,
    seen: Arc<Mutex<Seen>>,
) -> Option<Result<Authenticator, AuthenticatorError>> {
    let (yunet, sface) = network_weights()?;
    let engine = FaceEngine::load(&yunet, &sface).expect("the weights are the ones that tests/run fetched");
    let room = WatchedRoom {
        room: InProcess::new(engine),
        seen,
    };
    let sealing = Sealing::KeyFile(key_file(folder));
    let config = AuthenticatorConfig::new(folder.join("home"), sealing).with_attestation(attestation);
    Some(Authenticator::open(config, Box::new(room)))
}

fn key_file(folder: &Path) -> PathBuf {
    folder.join("device.key")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).expect("a temporary folder can be made");
    for entry in std::fs::read_dir(from).expect("a device's folder can be listed") {
        let entry = entry.expect("a device's folder can be listed").path();
        let target = to.join(entry.file_name().expect("an entry has a name"));
        if entry.is_dir() {
            copy(&entry, &target);
        } else {
            // Permissions go along: the authenticator refuses a key file that others may read.
            std::fs::copy(&entry, &target).expect("a device's file can be copied");
        }
    }
}

fn lock(seen: &Mutex<Seen>) -> MutexGuard<'_, Seen> {
    seen.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The face networks in this process, with a note of each use. It cannot say yes by itself: only the matcher can.
struct WatchedRoom {
    room: InProcess,
    seen: Arc<Mutex<Seen>>,
}

impl FaceRoom for WatchedRoom {
    fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        let template = self.room.enrol(camera, guidance)?;
        lock(&self.seen).template = template.encode().to_vec();
        Ok(template)
    }

    fn verify(
        &mut self,
        camera: &mut dyn Camera,
        template: &Template,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        let mut camera = Counted { camera, frames: 0 };
        let verdict = self.room.verify(&mut camera, template, guidance);
        lock(&self.seen).asked.push(Asked::Look {
            frames: camera.frames,
        });
        verdict
    }
}

/// Another camera, with its frames counted.
struct Counted<'a> {
    camera: &'a mut dyn Camera,
    frames: usize,
}

impl Camera for Counted<'_> {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        self.frames += 1;
        self.camera.next_frame()
    }
}

/// A user who agrees to every text; what they were asked is noted.
struct Screen(Arc<Mutex<Seen>>);

impl TransactionDisplay for Screen {
    fn confirm(&mut self, text: &str) -> Confirmation {
        lock(&self.0).asked.push(Asked::Confirmation(text.to_owned()));
        Confirmation::Confirmed
    }

    fn choose_account(&mut self, _usernames: &[Username]) -> Option<usize> {
        lock(&self.0).asked.push(Asked::Account);
        None
    }

    fn guide(&mut self, guidance: Guidance) {
        lock(&self.0).asked.push(Asked::Guidance(guidance));
    }
}
