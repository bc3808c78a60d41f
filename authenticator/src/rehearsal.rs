//! For this crate's tests: a home in a temporary folder, a clock moved by hand, a face room that plays a
//! part, and a screen that writes down what it was asked.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ciborium::Value;
use smile_face::{
    Camera, CameraError, EnrolmentError, FaceMatched, Frame, Guidance, MatchError, RefusalCounts, Template,
};
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::{Aaid, AppId, Username};
use tempfile::TempDir;

use crate::authenticator::{AttestationMode, Authenticator, AuthenticatorConfig};
use crate::clock::{Clock, Moment, WatchedClock};
use crate::commands::get_info::HASH;
use crate::enrolment::EnrolmentId;
use crate::error::AuthenticatorError;
use crate::room::FaceRoom;
use crate::sealed::{Sealing, Vault};
use crate::transaction::{Confirmation, TransactionConfirmed, TransactionDisplay};
use crate::user_verification::{Purpose, UserVerified, VerifiedCommand};

/// 2026-01-01T00:00:00Z.
pub(crate) const NEW_YEAR_MS: u64 = 1_767_225_600_000;

/// A clock that stands still until it is moved.
pub(crate) struct ManualClock {
    now_ms: AtomicU64,
    elapsed_ms: AtomicU64,
}

impl ManualClock {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            now_ms: AtomicU64::new(NEW_YEAR_MS),
            elapsed_ms: AtomicU64::new(7),
        })
    }

    /// Somebody sets the clock; no time passes.
    pub(crate) fn set(&self, now_ms: u64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
    }

    /// The device sleeps, and its clock that nobody can set is one that stops meanwhile.
    pub(crate) fn sleep(&self, for_ms: u64) {
        self.now_ms.fetch_add(for_ms, Ordering::SeqCst);
    }

    /// Time passes.
    pub(crate) fn advance(&self, by_ms: u64) {
        self.now_ms.fetch_add(by_ms, Ordering::SeqCst);
        self.elapsed_ms.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for ManualClock {
    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::SeqCst)
    }

    fn elapsed_ms(&self) -> u64 {
        self.elapsed_ms.load(Ordering::SeqCst)
    }
}

/// The moment at which both clocks read `at_ms`.
pub(crate) fn moment(at_ms: u64) -> Moment {
    let clock = ManualClock {
        now_ms: AtomicU64::new(at_ms),
        elapsed_ms: AtomicU64::new(at_ms),
    };
    WatchedClock::new(Arc::new(clock)).moment()
}

/// Who is before the camera.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Visitor {
    Owner,
    Stranger,
    Nobody,
    BrokenCamera,
    OwnerBeforeANewModel,
    /// The owner, but the room says that it saw nobody and keeps the match.
    OwnerBanked,
    /// A stranger, and the room shows the match it kept.
    StrangerWithTheBankedMatch,
    /// A stranger, and the room compares with a template of its own.
    StrangerWithAnotherTemplate,
}

/// What happened, in order: `shown: …`, `enrolled`, `face: Owner`, `accounts: a, b`.
pub(crate) type Diary = Arc<Mutex<Vec<String>>>;

/// A face room without networks.
pub(crate) struct PlayedRoom {
    visitor: Arc<Mutex<Visitor>>,
    diary: Diary,
    banked: Option<FaceMatched>,
}

impl FaceRoom for PlayedRoom {
    fn enrol(
        &mut self,
        _camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        guidance(Guidance::TooDark);
        if *self.visitor.lock().unwrap() == Visitor::Nobody {
            let refused = RefusalCounts::default();
            return Err(EnrolmentError::TooFewFrames {
                taken: 0,
                needed: 3,
                refused,
            });
        }
        self.diary.lock().unwrap().push("enrolled".to_owned());
        Ok(template())
    }

    fn verify(
        &mut self,
        _camera: &mut dyn Camera,
        template: &Template,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        let visitor = *self.visitor.lock().unwrap();
        self.diary.lock().unwrap().push(format!("face: {visitor:?}"));
        guidance(Guidance::Blurred);
        match visitor {
            Visitor::Owner => Ok(FaceMatched::forged_for_tests(template)),
            Visitor::Stranger => Err(MatchError::NotConfirmed),
            Visitor::StrangerWithTheBankedMatch => Ok(self.banked.take().unwrap()),
            Visitor::StrangerWithAnotherTemplate => {
                let same_bytes = Template::decode(&template.encode()).unwrap();
                Ok(FaceMatched::forged_for_tests(&same_bytes))
            }
            Visitor::Nobody | Visitor::OwnerBanked => {
                if visitor == Visitor::OwnerBanked {
                    self.banked = Some(FaceMatched::forged_for_tests(template));
                }
                let refused = RefusalCounts::default();
                Err(MatchError::TooFewFrames {
                    usable: 0,
                    needed: 3,
                    refused,
                })
            }
            Visitor::BrokenCamera => Err(MatchError::Camera(CameraError::Unplugged)),
            Visitor::OwnerBeforeANewModel => Err(MatchError::StaleTemplate),
        }
    }
}

/// A template of one made-up embedding, in the bytes that smile-face writes.
pub(crate) fn template() -> Template {
    let embedding: Vec<u8> = (0..128)
        .flat_map(|at| {
            if at == 0 {
                1.0f32.to_le_bytes()
            } else {
                0.0f32.to_le_bytes()
            }
        })
        .collect();
    let text = |text: &str| Value::Text(text.to_owned());
    let map = Value::Map(vec![
        (text("version"), Value::Integer(1.into())),
        (text("model"), text("made up")),
        (text("model_sha256"), Value::Bytes(vec![7; 32])),
        (text("embeddings"), Value::Array(vec![Value::Bytes(embedding)])),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&map, &mut bytes).unwrap();
    Template::decode(&bytes).unwrap()
}

/// A camera that has nothing to show; the played room does not look.
pub(crate) struct NoCamera;

impl Camera for NoCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        Ok(None)
    }
}

/// A screen whose user answers as told.
pub(crate) struct Screen {
    pub(crate) answer: Confirmation,
    pub(crate) choice: Option<usize>,
    /// How long the user takes to choose an account.
    pub(crate) hesitates_ms: u64,
    pub(crate) guidance: Vec<Guidance>,
    diary: Diary,
    clock: Arc<ManualClock>,
}

impl TransactionDisplay for Screen {
    fn confirm(&mut self, text: &str) -> Confirmation {
        self.diary.lock().unwrap().push(format!("shown: {text}"));
        self.answer
    }

    fn confirm_picture(&mut self, png: &[u8]) -> Confirmation {
        let bytes = png.len();
        self.diary
            .lock()
            .unwrap()
            .push(format!("shown: {bytes} bytes of a picture"));
        self.answer
    }

    fn choose_account(&mut self, usernames: &[Username]) -> Option<usize> {
        let names: Vec<_> = usernames.iter().map(Username::as_str).collect();
        self.diary
            .lock()
            .unwrap()
            .push(format!("accounts: {}", names.join(", ")));
        self.clock.advance(self.hesitates_ms);
        self.choice
    }

    fn guide(&mut self, guidance: Guidance) {
        self.guidance.push(guidance);
    }
}

/// Files, and what is in them.
pub(crate) type Files = BTreeMap<PathBuf, Vec<u8>>;

/// A home, who stands before its camera, and what time it is.
pub(crate) struct Rehearsal {
    folder: TempDir,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) diary: Diary,
    visitor: Arc<Mutex<Visitor>>,
    mode: AttestationMode,
    aaid: Option<Aaid>,
    transaction_display: bool,
    picture_display: bool,
}

impl Rehearsal {
    pub(crate) fn new() -> Self {
        Self::with(AttestationMode::BasicFull)
    }

    pub(crate) fn with(mode: AttestationMode) -> Self {
        Self {
            folder: TempDir::new().unwrap(),
            clock: ManualClock::new(),
            diary: Diary::default(),
            visitor: Arc::new(Mutex::new(Visitor::Owner)),
            mode,
            aaid: None,
            transaction_display: true,
            picture_display: false,
        }
    }

    pub(crate) fn of_model(self, aaid: Aaid) -> Self {
        Self {
            aaid: Some(aaid),
            ..self
        }
    }

    pub(crate) fn with_picture_display(self) -> Self {
        Self {
            picture_display: true,
            ..self
        }
    }

    pub(crate) fn without_transaction_display(self) -> Self {
        Self {
            transaction_display: false,
            ..self
        }
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Every file of the home.
    pub(crate) fn files(&self) -> Files {
        fn walk(folder: &Path, files: &mut Files) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, files);
                } else {
                    let bytes = std::fs::read(&path).unwrap();
                    files.insert(path, bytes);
                }
            }
        }
        let mut files = Files::new();
        walk(&self.home(), &mut files);
        files
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.folder.path().join("sealing.key")
    }

    pub(crate) fn config(&self) -> AuthenticatorConfig {
        let config = AuthenticatorConfig::new(self.home(), Sealing::KeyFile(self.key_file()))
            .with_attestation(self.mode);
        AuthenticatorConfig {
            aaid: self.aaid,
            transaction_display: self.transaction_display,
            picture_display: self.picture_display,
            ..config
        }
    }

    pub(crate) fn try_open(&self) -> Result<Authenticator, AuthenticatorError> {
        let config = self.config();
        let room = PlayedRoom {
            visitor: Arc::clone(&self.visitor),
            diary: Arc::clone(&self.diary),
            banked: None,
        };
        Authenticator::open_with_clock(config, Box::new(room), self.clock.clone())
    }

    pub(crate) fn open(&self) -> Authenticator {
        self.try_open().unwrap()
    }

    pub(crate) fn enrolled(&self) -> Authenticator {
        let mut authenticator = self.open();
        authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
        authenticator
    }

    pub(crate) fn vault(&self) -> Arc<Vault> {
        let sealing = Sealing::KeyFile(self.key_file());
        Arc::new(Vault::open(&self.home(), &sealing, &self.mode.aaid().to_string()).unwrap())
    }

    pub(crate) fn before_the_camera(&self, visitor: Visitor) {
        *self.visitor.lock().unwrap() = visitor;
    }

    pub(crate) fn screen(&self) -> Screen {
        Screen {
            answer: Confirmation::Confirmed,
            choice: None,
            hesitates_ms: 0,
            guidance: Vec::new(),
            diary: Arc::clone(&self.diary),
            clock: Arc::clone(&self.clock),
        }
    }

    pub(crate) fn take_diary(&self) -> Vec<String> {
        std::mem::take(&mut self.diary.lock().unwrap())
    }
}

/// The hash of a final challenge that is `byte` throughout.
pub(crate) fn challenge_hash(byte: u8) -> FinalChallengeHash {
    FinalChallengeHash([byte; 32].into())
}

/// The enrolment whose identifier is `byte` throughout.
pub(crate) fn enrolment(byte: u8) -> EnrolmentId {
    EnrolmentId::from_bytes([byte; 32])
}

/// A verification for a Sign of [`challenge_hash`]`(byte)` by [`enrolment`]`(1)`, without a face.
pub(crate) fn verified_for(byte: u8, transaction: Option<&str>) -> UserVerified {
    verified_by(1, byte, transaction)
}

/// The same for a Register.
pub(crate) fn verified_to_register(byte: u8) -> UserVerified {
    verified(VerifiedCommand::Register, 1, byte, None)
}

/// For a Sign by another enrolment.
pub(crate) fn verified_by(by: u8, byte: u8, transaction: Option<&str>) -> UserVerified {
    verified(VerifiedCommand::Sign, by, byte, transaction)
}

fn verified(command: VerifiedCommand, by: u8, byte: u8, transaction: Option<&str>) -> UserVerified {
    let purpose = Purpose {
        command,
        final_challenge_hash: challenge_hash(byte),
        app_id: AppId::new("https://shop.example").unwrap(),
        transaction: transaction
            .map(|text| TransactionConfirmed::for_tests(TransactionContentHash::of(HASH, text.as_bytes()))),
    };
    let template = template();
    let matched = FaceMatched::forged_for_tests(&template);
    UserVerified::by_face(matched, &template, purpose, enrolment(by)).unwrap()
}
