//! The one authenticator of this home, and who may use it when: one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

use smile_authenticator::asm::Registration;
use smile_authenticator::authenticator::Status;
use smile_authenticator::client::NegotiatedRequest;
use smile_authenticator::room::FaceRoom;
use smile_authenticator::transaction::{Confirmation, TransactionDisplay};
use smile_authenticator::{Authenticator, AuthenticatorError, UafClient};
use smile_face::{
    Camera, CameraError, EnrolmentError, FaceEngine, FaceMatched, Frame, Guidance, MatchError, Template,
};
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{Aaid, AppId, FacetId, KeyId};
use smile_protocol::uaf::message::{UafRequest, encode_requests};
use smile_weights::{Home, WeightSet};

use crate::config::Settings;
use crate::error::AgentError;
use crate::facets::FacetLists;

/// The authenticator behind a lock.
pub struct Device {
    authenticator: Mutex<Authenticator>,
    facets: FacetLists,
    aaid: Aaid,
}

/// The face networks, from the weights in the home or in a folder, which are fetched where they are missing.
///
/// # Errors
/// The weights', or networks that do not load.
pub fn face_networks(home: &Home, weights: Option<&std::path::Path>) -> Result<FaceEngine, AgentError> {
    let progress = smile_weights::progress::to_stderr();
    let found = match weights {
        Some(folder) => WeightSet::from_dir(folder, home, &*progress)?,
        None => smile_weights::fetch_weights(home, &*progress)?,
    };
    Ok(FaceEngine::load(&found.yunet, &found.sface)?)
}

impl Device {
    /// Opens the home of `settings` with a room where faces are handled.
    ///
    /// # Errors
    /// [`AgentError::HomeInUse`] where a running agent holds it; those of the authenticator.
    pub fn open(settings: &Settings, room: Box<dyn FaceRoom>) -> Result<Self, AgentError> {
        let authenticator = Authenticator::open(settings.authenticator(), room)?;
        Ok(Self {
            aaid: authenticator.aaid(),
            authenticator: Mutex::new(authenticator),
            facets: FacetLists::new(settings.facets.clone(), &settings.trust),
        })
    }

    /// For what needs no face: a list, a statement, a removal.
    ///
    /// # Errors
    /// As [`Device::open`].
    pub fn open_without_face(settings: &Settings) -> Result<Self, AgentError> {
        Self::open(settings, Box::new(NoRoom))
    }

    fn lock(&self) -> MutexGuard<'_, Authenticator> {
        self.authenticator.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a request for the caller `facet`. What the user has to be asked was asked from the same value.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn answer(
        &self,
        facet: FacetId,
        request: NegotiatedRequest,
        camera: &mut dyn Camera,
        display: &mut dyn TransactionDisplay,
    ) -> Result<Option<String>, AuthenticatorError> {
        let mut authenticator = self.lock();
        let fetcher = Box::new(self.facets.clone());
        UafClient::new(&mut authenticator, facet, fetcher).process_negotiated(request, camera, display)
    }

    /// Enrols the face before the camera.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn enrol(
        &self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<(), AuthenticatorError> {
        self.lock().enrol(camera, guidance)
    }

    /// The model.
    #[must_use]
    pub fn aaid(&self) -> Aaid {
        self.aaid
    }

    /// What the authenticator says of itself.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn status(&self) -> Result<Status, AuthenticatorError> {
        self.lock().status()
    }

    /// The same without waiting; `None` while an operation is under way.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn status_now(&self) -> Result<Option<Status>, AuthenticatorError> {
        match self.authenticator.try_lock() {
            Ok(authenticator) => authenticator.status().map(Some),
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner().status().map(Some),
            Err(TryLockError::WouldBlock) => Ok(None),
        }
    }

    /// The registered keys, oldest first.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn list(&self) -> Result<Vec<Registration>, AuthenticatorError> {
        self.lock().list()
    }

    /// The statement of this installation.
    #[must_use]
    pub fn metadata_statement(&self) -> MetadataStatement {
        self.lock().metadata_statement()
    }

    /// Erases the face and every key.
    ///
    /// # Errors
    /// The disk's.
    pub fn erase(&self) -> Result<(), AuthenticatorError> {
        self.lock().erase()
    }

    /// Deletes one key, as the application that it belongs to would (UAF §3.6). The server is not told.
    ///
    /// # Errors
    /// The authenticator's.
    pub fn remove(&self, registration: &Registration) -> Result<(), AuthenticatorError> {
        let message = removal(self.aaid, &registration.app_id, registration.key_id.clone())?;
        let facet = FacetId::new(origin_of(&registration.app_id))?;
        let request = NegotiatedRequest::of(&message)?;
        self.answer(facet, request, &mut NoCamera, &mut NoDisplay)
            .map(drop)
    }
}

fn removal(aaid: Aaid, app_id: &AppId, key_id: KeyId) -> Result<String, AuthenticatorError> {
    let request = DeregistrationRequest {
        header: OperationHeader::new(Upv::V1_1, Operation::Dereg, Some(app_id.clone())),
        authenticators: vec![DeregisterAuthenticator::key(aaid, key_id)],
    };
    Ok(encode_requests(&[UafRequest::Deregistration(request)])?)
}

/// The facet that an AppID trusts without a list (Facets §3.1.2, steps 1 and 3): of an https address its own host, of
/// anything else the AppID itself.
fn origin_of(app_id: &AppId) -> &str {
    let text = app_id.as_str();
    match text.strip_prefix("https://") {
        Some(rest) => {
            let host = rest.find(['/', '?', '#']).unwrap_or(rest.len());
            &text[.."https://".len() + host]
        }
        None => text,
    }
}

/// A room in which nobody looks.
struct NoRoom;

impl FaceRoom for NoRoom {
    fn enrol(&mut self, _: &mut dyn Camera, _: &mut dyn FnMut(Guidance)) -> Result<Template, EnrolmentError> {
        Err(EnrolmentError::Camera(closed()))
    }

    fn verify(
        &mut self,
        _: &mut dyn Camera,
        _: &Template,
        _: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        Err(MatchError::Camera(closed()))
    }
}

fn closed() -> CameraError {
    CameraError::Device("this command opens no camera".to_owned())
}

struct NoCamera;

impl Camera for NoCamera {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        Err(closed())
    }
}

struct NoDisplay;

impl TransactionDisplay for NoDisplay {
    fn confirm(&mut self, _: &str) -> Confirmation {
        Confirmation::CannotDisplay
    }
}
