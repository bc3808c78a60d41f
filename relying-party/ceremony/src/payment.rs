//! Payments: what is paid, in which state it is, and the text that the buyer signs.
//!
//! ```text
//! requires_payment_method → requires_confirmation → requires_action → processing → requires_capture → succeeded
//!                                                       │ ↘ succeeded (captured at once)
//! every state before `succeeded` → canceled, failed;  every state before `processing` → expired
//! ```
//! States only move forward. A payment becomes authorised by one thing: an assertion verified over its own text.

mod authorisation;
mod intent;
mod money;
mod picture;
mod text;

pub use authorisation::{Authorisation, ReceiptFacts};
pub use intent::{
    CaptureMethod, DeclineCode, NextAction, PaymentEvent, PaymentIntent, PaymentRequest, PaymentStatus,
};
pub use money::{CurrencyCode, Money};
pub use picture::TransactionPicture;
pub use text::{Payee, transaction_text};
