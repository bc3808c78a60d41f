//! Each rule of the ceremonies, broken alone: the message with one flaw is refused by that rule's error, and the
//! same message without the flaw is accepted in the same test.

mod assertions_of_others;
mod authentication;
mod authenticator;
mod certificates;
mod deregistration;
mod envelope;
mod payment;
mod registration;
mod second_lines;
mod signature;
mod status;
mod transition;
mod trust;
mod world;
