//! The ten holes that were found in eBay's open-source UAF server, each a test of its own: what it accepted, and what it
//! did, is refused here, while the same message without the flaw is accepted.

mod algorithm_is_not_the_messages;
mod attestation_failure_fails_the_registration;
mod certificate_signature_does_not_choose_the_algorithm;
mod certificates_lead_to_a_root_and_name_the_model;
mod counters_are_two_little_endian_numbers;
mod fc_params_are_checked_and_hashed;
mod one_answer_counts_once;
mod public_key_outside_the_signed_data;
mod rsa_certificates;
mod secp256k1_is_not_tried_on_p256;
mod sign_counter_is_kept;

pub use rsa_certificates::{rsa_issued_leaf, rsa_root};

use crate::case::{Case, all_hold};

/// That each of these is refused where it should be.
fn closed(cases: &[Case]) {
    all_hold(cases);
}
