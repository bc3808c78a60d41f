//! Operations: what a caller asked for, one at a time, for a few minutes.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::client::NegotiatedRequest;
use smile_authenticator::clock::Clock;
use smile_protocol::base64url;
use smile_protocol::uaf::identity::FacetId;
use smile_protocol::uaf::message::UafRequest;
use subtle::ConstantTimeEq;
use tokio::sync::watch;

use crate::files;
use crate::line::Line;
use crate::refusal::{Refusal, RefusalCode};
use crate::session::outcome::Outcome;

/// From the request to the end: as long as a server lets a challenge be answered.
pub const OPERATION_LIFETIME_MS: u64 = 300_000;
/// For how long the outcome of an operation can be read.
const KEPT_MS: u64 = 600_000;
/// Most operations remembered; the oldest that is over goes first.
const KEPT_MAX: usize = 16;

/// What is asked for, for the question. Read from the one request that will be answered.
#[derive(Serialize, Deserialize, Clone, Copy, PartialEq, Eq, Debug)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A new key.
    Register,
    /// A login.
    Login,
    /// A payment: there is a text to be shown.
    Pay,
    /// Keys are to be removed.
    Remove,
}

impl Kind {
    /// What `request` asks for.
    #[must_use]
    pub const fn of(request: &NegotiatedRequest) -> Self {
        match request.request() {
            UafRequest::Registration(_) => Self::Register,
            UafRequest::Authentication(request) if request.transaction.is_empty() => Self::Login,
            UafRequest::Authentication(_) => Self::Pay,
            UafRequest::Deregistration(_) => Self::Remove,
        }
    }

    /// For JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::Login => "login",
            Self::Pay => "pay",
            Self::Remove => "remove",
        }
    }
}

/// What an operation's thread works with.
pub struct Task {
    /// `op_…`
    pub id: String,
    /// Who asked, as the agent saw it.
    pub facet: FacetId,
    /// What is asked for.
    pub kind: Kind,
    /// The account's name, where the request says one.
    pub username: Option<String>,
    /// The request that is answered; kind and name are read from it, and no other request reaches the client.
    pub request: NegotiatedRequest,
    /// To the page.
    pub line: Arc<Line>,
}

/// An operation that was opened.
pub struct Opened {
    /// `op_…`
    pub id: String,
    /// 32 random bytes in base64url, for the fragment of the page's address.
    pub nonce: String,
    /// Milliseconds until it expires.
    pub expires_in_ms: u64,
}

#[derive(PartialEq, Eq)]
enum Status {
    Waiting,
    InProgress,
    Over,
}

struct Operation {
    task: Arc<Task>,
    nonce: String,
    status: Status,
    ends_at_ms: u64,
    view: watch::Sender<Value>,
}

/// All operations.
pub struct Desk {
    clock: Arc<dyn Clock>,
    operations: Mutex<Vec<Operation>>,
}

impl Desk {
    /// An empty desk.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            operations: Mutex::new(Vec::new()),
        }
    }

    /// The operations, with those that ran out of time put aside.
    fn swept(&self) -> MutexGuard<'_, Vec<Operation>> {
        let now_ms = self.clock.elapsed_ms();
        let mut operations = self.operations.lock().unwrap_or_else(PoisonError::into_inner);
        for operation in operations.iter_mut() {
            if operation.status != Status::Over && now_ms >= operation.ends_at_ms {
                operation.end(&Outcome::Expired, now_ms);
            }
        }
        operations.retain(|operation| operation.status != Status::Over || now_ms < operation.ends_at_ms);
        operations
    }

    /// Expires what has run out of time; called now and then, so that whoever listens hears of it.
    pub fn sweep(&self) {
        drop(self.swept());
    }

    /// Opens an operation for the caller `facet`, in place of one of the same caller that nobody has begun with.
    ///
    /// # Errors
    /// `uaf_request_refused`, `operation_busy`, `internal`.
    pub fn open(&self, facet: FacetId, uaf_request: &str) -> Result<Opened, Refusal> {
        let refused =
            |error: AuthenticatorError| Refusal::new(RefusalCode::UafRequestRefused, error.to_string());
        let request = NegotiatedRequest::of(uaf_request).map_err(refused)?;
        let now_ms = self.clock.elapsed_ms();
        let mut operations = self.swept();
        // A caller that asks again while nobody has begun has forgotten what it asked first.
        let forgotten = operations
            .iter_mut()
            .filter(|operation| operation.status == Status::Waiting && operation.task.facet == facet);
        for operation in forgotten {
            operation.end(&Outcome::withdrawn(), now_ms);
        }
        if operations
            .iter()
            .any(|operation| operation.status != Status::Over)
        {
            let rule = "the agent does one thing at a time";
            return Err(Refusal::new(RefusalCode::OperationBusy, rule));
        }
        while operations.len() >= KEPT_MAX {
            operations.remove(0);
        }
        let random = |error: std::io::Error| Refusal::new(RefusalCode::Internal, error.to_string());
        let id = format!(
            "op_{}",
            base64url::encode(&files::random::<16>().map_err(random)?)
        );
        let nonce = base64url::encode(&files::random::<32>().map_err(random)?);
        let task = Task {
            id: id.clone(),
            facet,
            kind: Kind::of(&request),
            username: username(&request),
            request,
            line: Arc::default(),
        };
        operations.push(Operation {
            task: Arc::new(task),
            nonce: nonce.clone(),
            status: Status::Waiting,
            ends_at_ms: now_ms.saturating_add(OPERATION_LIFETIME_MS),
            view: watch::Sender::new(json!({"id": id, "status": "waiting"})),
        });
        Ok(Opened {
            id,
            nonce,
            expires_in_ms: OPERATION_LIFETIME_MS,
        })
    }

    /// What the caller may know of its operation, now and whenever it changes.
    ///
    /// # Errors
    /// `operation_unknown`, also for another caller's.
    pub fn watch(&self, facet: &FacetId, id: &str) -> Result<watch::Receiver<Value>, Refusal> {
        let operations = self.swept();
        let operation = operations
            .iter()
            .find(|operation| operation.task.id == id && operation.task.facet == *facet);
        operation
            .map(|operation| operation.view.subscribe())
            .ok_or_else(unknown)
    }

    /// Lets the page that shows `nonce` begin. Once: a second page is told that somebody else has begun.
    ///
    /// # Errors
    /// `operation_unknown`, `nonce_refused`, `operation_over`, `operation_busy`.
    pub fn begin(&self, id: &str, nonce: &str) -> Result<Arc<Task>, Refusal> {
        let mut operations = self.swept();
        let operation = operations
            .iter_mut()
            .find(|operation| operation.task.id == id)
            .ok_or_else(unknown)?;
        if !bool::from(operation.nonce.as_bytes().ct_eq(nonce.as_bytes())) {
            let rule = "the nonce is not this operation's";
            return Err(Refusal::new(RefusalCode::NonceRefused, rule));
        }
        match operation.status {
            Status::Over => Err(Refusal::new(RefusalCode::OperationOver, "it has ended")),
            Status::InProgress => {
                let rule = "a page is at it already";
                Err(Refusal::new(RefusalCode::OperationBusy, rule))
            }
            Status::Waiting => {
                operation.status = Status::InProgress;
                operation
                    .view
                    .send_replace(json!({"id": id, "status": "in_progress"}));
                Ok(Arc::clone(&operation.task))
            }
        }
    }

    /// Who waits for a page to begin.
    pub fn waiting(&self) -> Option<String> {
        let operations = self.swept();
        let waiting = operations
            .iter()
            .find(|operation| operation.status == Status::Waiting);
        waiting.map(|operation| operation.task.facet.as_str().to_owned())
    }

    /// Ends the operation that no page has begun with, at the wish of the user; false if there was none.
    pub fn drop_waiting(&self) -> bool {
        let now_ms = self.clock.elapsed_ms();
        let mut operations = self.swept();
        let waiting = operations
            .iter_mut()
            .find(|operation| operation.status == Status::Waiting);
        let Some(operation) = waiting else {
            return false;
        };
        operation.end(&Outcome::cancelled(), now_ms);
        true
    }

    /// Ends an operation. One that has ended stays as it ended: what comes too late is dropped.
    pub fn finish(&self, id: &str, outcome: &Outcome) {
        let now_ms = self.clock.elapsed_ms();
        let mut operations = self.swept();
        let open = operations
            .iter_mut()
            .find(|operation| operation.task.id == id && operation.status != Status::Over);
        if let Some(operation) = open {
            operation.end(outcome, now_ms);
        }
    }

    /// Ends an operation at the wish of its caller.
    ///
    /// # Errors
    /// `operation_unknown`.
    pub fn withdraw(&self, facet: &FacetId, id: &str) -> Result<(), Refusal> {
        self.watch(facet, id)?;
        self.finish(id, &Outcome::withdrawn());
        Ok(())
    }
}

impl Operation {
    fn end(&mut self, outcome: &Outcome, now_ms: u64) {
        self.status = Status::Over;
        self.ends_at_ms = now_ms.saturating_add(KEPT_MS);
        self.view.send_replace(outcome.view(&self.task.id));
        // In this order: whoever hears the page say that it is over can read the outcome.
        self.task.line.tell(&outcome.for_page());
        self.task.line.close();
    }
}

fn unknown() -> Refusal {
    let rule = "this caller has no such operation";
    Refusal::new(RefusalCode::OperationUnknown, rule)
}

/// The account's name, where the request says one.
fn username(request: &NegotiatedRequest) -> Option<String> {
    match request.request() {
        UafRequest::Registration(request) => Some(request.username.as_str().to_owned()),
        UafRequest::Authentication(_) | UafRequest::Deregistration(_) => None,
    }
}
