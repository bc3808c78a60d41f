//! What the interface takes and answers, by subject.

mod api_key;
mod consent;
mod credential;
mod export;
mod facet;
mod health;
pub mod names;
mod payment;
mod person;
mod problem;
mod refund;
mod session;
mod simulation;
mod uaf;

pub use api_key::{API_KEY, API_KEYS, CREATED_API_KEY, NEW_API_KEY, ROLL_API_KEY, ROLLED_API_KEY};
pub use consent::{CONSENTS, NEW_ENROLMENT, WITHDRAWN_CONSENT};
pub use credential::{
    CHANGED_CREDENTIAL, CREDENTIAL, CREDENTIALS, DEREGISTER_USER, DEREGISTERED, DEREGISTERED_USER,
    NAME_CREDENTIAL,
};
pub use export::EXPORT;
pub use facet::TRUSTED_FACETS;
pub use health::HEALTH;
pub use payment::{CAPTURE, CREATED_PAYMENT, NEW_PAYMENT, NOTHING, PAYER, PAYMENT, PAYMENTS, RECEIPT_KEYS};
pub use person::{ERASED, LOSE_DEVICE, LOST_DEVICE, PERSON};
pub use problem::PROBLEM;
pub use refund::{NEW_REFUND, REFUND, REFUNDS};
pub use session::{CREATED_SESSION, NEW_SESSION, SESSION};
pub use simulation::SIMULATE;
pub use uaf::{GET_UAF_REQUEST, RETURN_UAF_REQUEST, SEND_UAF_RESPONSE, SERVER_RESPONSE};

use super::shape::Shape;

/// Every schema with a name.
pub const ALL: &[Shape] = &[
    NEW_ENROLMENT,
    consent::GIVEN_CONSENT,
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
    CREDENTIAL,
    CREDENTIALS,
    NAME_CREDENTIAL,
    CHANGED_CREDENTIAL,
    DEREGISTERED,
    DEREGISTER_USER,
    DEREGISTERED_USER,
    PERSON,
    LOSE_DEVICE,
    LOST_DEVICE,
    ERASED,
    EXPORT,
    export::EXPORTED_CREDENTIAL,
    export::EXPORTED_PAYMENT,
    consent::CONSENT,
    CONSENTS,
    WITHDRAWN_CONSENT,
    NEW_API_KEY,
    ROLL_API_KEY,
    API_KEY,
    CREATED_API_KEY,
    ROLLED_API_KEY,
    API_KEYS,
    SIMULATE,
    GET_UAF_REQUEST,
    RETURN_UAF_REQUEST,
    SEND_UAF_RESPONSE,
    SERVER_RESPONSE,
    TRUSTED_FACETS,
    HEALTH,
    PROBLEM,
];
