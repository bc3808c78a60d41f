//! What the interface takes and answers, by subject.

mod credential;
mod facet;
mod health;
pub mod names;
mod payment;
mod problem;
mod refund;
mod session;
mod uaf;

pub use credential::{CREDENTIALS, DEREGISTER_USER, DEREGISTERED, DEREGISTERED_USER};
pub use facet::TRUSTED_FACETS;
pub use health::HEALTH;
pub use payment::{CAPTURE, CREATED_PAYMENT, NEW_PAYMENT, NOTHING, PAYER, PAYMENT, PAYMENTS, RECEIPT_KEYS};
pub use problem::PROBLEM;
pub use refund::{NEW_REFUND, REFUND, REFUNDS};
pub use session::{CREATED_SESSION, NEW_SESSION, SESSION};
pub use uaf::{GET_UAF_REQUEST, RETURN_UAF_REQUEST, SEND_UAF_RESPONSE, SERVER_RESPONSE};

use super::shape::Shape;

/// Every schema with a name.
pub const ALL: &[Shape] = &[
    NEW_SESSION,
    SESSION,
    CREATED_SESSION,
    NEW_PAYMENT,
    PAYER,
    NOTHING,
    CAPTURE,
    PAYMENT,
    CREATED_PAYMENT,
    PAYMENTS,
    RECEIPT_KEYS,
    NEW_REFUND,
    REFUND,
    REFUNDS,
    credential::CREDENTIAL,
    CREDENTIALS,
    DEREGISTERED,
    DEREGISTER_USER,
    DEREGISTERED_USER,
    GET_UAF_REQUEST,
    RETURN_UAF_REQUEST,
    SEND_UAF_RESPONSE,
    SERVER_RESPONSE,
    TRUSTED_FACETS,
    HEALTH,
    PROBLEM,
];
