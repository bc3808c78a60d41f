//! Everything that a running agent shares between its HTTP workers and its threads.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use smile_authenticator::clock::{Clock, SystemClock};
use tokio::sync::watch;

use crate::camera::CameraKind;
use crate::config::Settings;
use crate::consent::ConsentFile;
use crate::desk::{Desk, Opened};
use crate::device::Device;
use crate::error::AgentError;
use crate::files;
use crate::origin::{AllowedOrigins, Origin};
use crate::pairing::Pairings;
use crate::rate::{Allowance, RateCap};
use crate::refusal::{Refusal, RefusalCode};
use crate::session;

/// Requests of one origin. A page that listens four times a second and does something besides stays far below.
const REQUESTS: Allowance = Allowance {
    count: 240,
    window_ms: 10_000,
};

/// One agent.
pub struct Agent {
    /// Which web pages may call.
    pub allowed: AllowedOrigins,
    /// Operations.
    pub desk: Desk,
    /// The authenticator.
    pub device: Device,
    /// The page's enrolment, if one is under way.
    pub enrolment: EnrolmentDesk,
    /// Where the consent is kept.
    pub consent: ConsentFile,
    /// Which camera is used.
    pub camera: CameraKind,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    pairings: Mutex<Pairings>,
    requests: Mutex<RateCap<String>>,
    announce: Announce,
}

/// Says something on the terminal of the agent.
pub type Announce = Box<dyn Fn(&str) + Send + Sync>;

impl Agent {
    /// An agent around an open device. `announce` says pairing codes on the terminal.
    ///
    /// # Errors
    /// The pairings or the folder cannot be read.
    pub fn new(
        settings: &Settings,
        device: Device,
        camera: CameraKind,
        announce: Announce,
    ) -> Result<Self, AgentError> {
        Self::with_clock(settings, device, camera, announce, Arc::new(SystemClock))
    }

    /// The same with another clock.
    ///
    /// # Errors
    /// As [`Agent::new`].
    pub fn with_clock(
        settings: &Settings,
        device: Device,
        camera: CameraKind,
        announce: Announce,
        clock: Arc<dyn Clock>,
    ) -> Result<Self, AgentError> {
        let folder = settings.folder();
        files::private_folder(&folder).map_err(AgentError::file(&folder))?;
        Ok(Self {
            allowed: settings.allowed.clone(),
            desk: Desk::new(Arc::clone(&clock)),
            device,
            enrolment: EnrolmentDesk::new(Arc::clone(&clock)),
            consent: ConsentFile(settings.consent_file()),
            camera,
            pairings: Mutex::new(Pairings::open(settings.pairings_file())?),
            requests: Mutex::new(RateCap::new(REQUESTS)),
            announce,
            clock,
        })
    }

    /// The pairings.
    pub fn pairings(&self) -> MutexGuard<'_, Pairings> {
        self.pairings.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Says something on the agent's terminal.
    pub fn announce(&self, line: &str) {
        (self.announce)(line);
    }

    /// Counts a request of `caller`.
    ///
    /// # Errors
    /// `too_many_requests`.
    pub fn admit(&self, caller: &str) -> Result<(), Refusal> {
        let mut requests = self.requests.lock().unwrap_or_else(PoisonError::into_inner);
        if requests.admit(caller.to_owned(), self.clock.elapsed_ms()) {
            return Ok(());
        }
        let rule = format!("at most {} requests in ten seconds", REQUESTS.count);
        Err(Refusal::new(RefusalCode::TooManyRequests, rule))
    }

    /// Opens an operation for a web page. With a camera of the agent's own it begins at once.
    ///
    /// # Errors
    /// Those of [`Desk::open`].
    pub fn open(self: &Arc<Self>, origin: &Origin, uaf_request: &str) -> Result<Opened, Refusal> {
        let opened = self.desk.open(origin.facet_id(), uaf_request)?;
        if self.camera.without_page().is_some() {
            let task = self.desk.begin(&opened.id, &opened.nonce)?;
            self.work(move |agent| session::with_terminal(agent, &task))?;
        }
        Ok(opened)
    }

    /// Runs `work` on a thread of its own: people are slow, and so are networks of neurons.
    ///
    /// # Errors
    /// `internal`, where the system has no thread left.
    pub fn work(self: &Arc<Self>, work: impl FnOnce(&Self) + Send + 'static) -> Result<(), Refusal> {
        let agent = Arc::clone(self);
        let thread = std::thread::Builder::new().name("smile-operation".to_owned());
        let started = thread.spawn(move || work(&agent));
        started
            .map(drop)
            .map_err(|error| Refusal::new(RefusalCode::Internal, error.to_string()))
    }
}

/// For how long a page of enrolment may be looked at before it begins.
const TICKET_LIFETIME_MS: u64 = 600_000;
/// Most pages of enrolment that may be open; the oldest ticket goes first.
const TICKETS_MAX: usize = 8;

/// Tickets of the enrolment page, and whether an enrolment is under way or done.
pub struct EnrolmentDesk {
    clock: Arc<dyn Clock>,
    tickets: Mutex<Vec<(String, u64)>>,
    state: watch::Sender<EnrolmentState>,
}

/// How far the enrolment on the page is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum EnrolmentState {
    /// Nobody has begun.
    Idle,
    /// Somebody is before the camera.
    UnderWay,
    /// It has ended; whether a face is enrolled now.
    Ended {
        /// Whether a face was enrolled.
        enrolled: bool,
    },
}

impl EnrolmentDesk {
    fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            tickets: Mutex::default(),
            state: watch::Sender::new(EnrolmentState::Idle),
        }
    }

    fn tickets(&self) -> MutexGuard<'_, Vec<(String, u64)>> {
        self.tickets.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A nonce for one page.
    ///
    /// # Errors
    /// `internal`.
    pub fn ticket(&self) -> Result<String, Refusal> {
        let random = files::random::<32>();
        let random = random.map_err(|error| Refusal::new(RefusalCode::Internal, error.to_string()))?;
        let nonce = smile_protocol::base64url::encode(&random);
        let mut tickets = self.tickets();
        if tickets.len() >= TICKETS_MAX {
            tickets.remove(0);
        }
        tickets.push((nonce.clone(), self.clock.elapsed_ms() + TICKET_LIFETIME_MS));
        Ok(nonce)
    }

    /// Lets the page with this nonce begin.
    ///
    /// # Errors
    /// `nonce_refused`, `operation_busy`.
    pub fn begin(&self, nonce: &str) -> Result<(), Refusal> {
        let now_ms = self.clock.elapsed_ms();
        let mut tickets = self.tickets();
        let found = tickets
            .iter()
            .position(|(known, ends_at_ms)| known == nonce && now_ms < *ends_at_ms);
        let Some(index) = found else {
            let rule = "the nonce is not of an enrolment page, or too old";
            return Err(Refusal::new(RefusalCode::NonceRefused, rule));
        };
        tickets.remove(index);
        let mut begun = false;
        self.state.send_if_modified(|state| {
            begun = *state != EnrolmentState::UnderWay;
            *state = EnrolmentState::UnderWay;
            begun
        });
        if begun {
            return Ok(());
        }
        let rule = "another page is enrolling";
        Err(Refusal::new(RefusalCode::OperationBusy, rule))
    }

    /// It has ended.
    pub fn finish(&self, enrolled: bool) {
        self.state.send_replace(EnrolmentState::Ended { enrolled });
    }

    /// To wait for its end.
    #[must_use]
    pub fn watch(&self) -> watch::Receiver<EnrolmentState> {
        self.state.subscribe()
    }
}
