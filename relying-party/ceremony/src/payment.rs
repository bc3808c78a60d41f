//! Payments: what is paid, in which state it is, and the text that the buyer signs.
//!
//! ```text
//! requires_payment_method → requires_confirmation → requires_action → requires_capture → processing → succeeded
//!                                                         └──────────(captured at once)──────↗
//! every state before `processing` → canceled, failed, and before `requires_capture` → expired;  processing → canceled, failed
//! ```
//! States only move forward, but for a void that the processor declines: `processing` → `requires_capture`, with the
//! money still held. A payment becomes authorised by one thing: an assertion verified over its own text.
//! `processing` says that the provider's processor was asked and has not answered yet: the [`Attempt`] has a name of
//! its own, by which the same question can be asked again without paying twice.

mod attempt;
mod authorisation;
mod event;
mod intent;
mod ledger;
mod money;
mod name;
mod pages;
mod picture;
mod refund;
mod status;
mod text;

pub use attempt::{Attempt, AttemptKind, AttemptSubject, PendingCall, Settled};
pub use authorisation::{Authorisation, ReceiptFacts};
pub use event::PaymentEvent;
pub use intent::{PaymentIntent, PaymentRequest};
pub use ledger::{Account, LedgerEntry};
pub use money::{CurrencyCode, Money};
pub use name::NameFlaw;
pub use pages::PaymentPages;
pub use picture::{KeptPicture, TransactionPicture};
pub use refund::{Refund, RefundRequest, RefundStatus};
pub use status::{CaptureMethod, DeclineCode, NextAction, PaymentStatus, Settlement};
pub use text::{LineKind, OrderReference, Payee, TextLine, TextTemplate};
