//! Each rule of the ceremonies, broken alone: the message with one flaw is refused by that rule's error, and the
//! same message without the flaw is accepted in the same test.

mod api_keys;
mod assertions_of_others;
mod attestation;
mod authentication;
mod authenticator;
mod certificates;
mod channel;
mod confirmation;
mod deregistration;
mod envelope;
mod foreign_key;
mod kept_pictures;
mod malformed_signatures;
mod matrix;
mod money;
mod names;
mod once;
mod payer;
mod payment;
mod people;
mod pictures;
mod registration;
mod reports;
mod second_lines;
mod several;
mod signature;
mod status;
mod step_up;
mod transition;
mod wav1cbor;

mod trust;
mod trust_algorithms;
mod world;
