//! The provider's processor: who moves the money of authorised payments.
//!
//! This server decides and records; a processor takes, lets go and gives back. Each call carries the idempotency key of
//! its attempt, which is on disk before the first call and the same for every later one: a processor that was asked twice
//! must do it once. No answer is no answer: the attempt stays open and is asked again.

mod callback;
mod signature;
mod test;

pub use callback::{HttpProcessor, Patience};
pub use signature::CallbackSecret;
pub use test::TestProcessor;

use smile_ceremony::payment::{PendingCall, Settled};
use std::pin::Pin;

/// An answer that the processor gives later.
pub type Answering<'a> = Pin<Box<dyn Future<Output = Result<Settled, Unanswered>> + Send + 'a>>;

/// Why there is no answer; what the call did is not known.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the processor did not answer: {0}")]
pub struct Unanswered(pub String);

/// Moves money. `call.attempt.id` is the idempotency key of each call.
pub trait Processor: Send + Sync {
    /// Takes `call.attempt.amount` of an authorised payment.
    fn capture<'a>(&'a self, call: &'a PendingCall) -> Answering<'a>;

    /// Gives `call.attempt.amount` of a captured payment back.
    fn refund<'a>(&'a self, call: &'a PendingCall) -> Answering<'a>;

    /// Lets go of an authorised payment that will not be captured.
    fn void<'a>(&'a self, call: &'a PendingCall) -> Answering<'a>;
}
