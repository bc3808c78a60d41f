//! What is fuzzed, as plain functions: each takes any bytes, panics where a property does not hold, and else says
//! whether the input was accepted, or which rule refused it. They are built here, with the tests, and in `tests/fuzz`,
//! with libFuzzer.

mod asm;
mod assertion;
mod check;
mod command;
mod document;
mod final_challenge;
mod key;
mod map;
mod message;
mod transport;
mod webauthn;

use smile_protocol::limits;

use crate::target::{Shape, Target, target};

const MESSAGE: Option<usize> = Some(limits::MESSAGE_BYTES);
const ENVELOPE: Option<usize> = Some(limits::ENVELOPE_BYTES);
const ASSERTION: Option<usize> = Some(limits::ASSERTION_BYTES);
const METADATA: Option<usize> = Some(limits::METADATA_BYTES);

/// All bodies of this crate.
pub const TARGETS: &[Target] = &[
    target(
        "registration_assertion",
        Shape::Tlv,
        ASSERTION,
        assertion::registration,
    ),
    target(
        "authentication_assertion",
        Shape::Tlv,
        ASSERTION,
        assertion::authentication,
    ),
    target("request", Shape::Json, MESSAGE, message::request),
    target(
        "registration_response",
        Shape::Json,
        MESSAGE,
        message::registration_response,
    ),
    target(
        "authentication_response",
        Shape::Json,
        MESSAGE,
        message::authentication_response,
    ),
    target(
        "fc_params",
        Shape::Base64urlJson,
        None,
        final_challenge::fc_params,
    ),
    target(
        "get_uaf_request",
        Shape::Json,
        ENVELOPE,
        transport::get_uaf_request,
    ),
    target(
        "return_uaf_request",
        Shape::Json,
        ENVELOPE,
        transport::return_uaf_request,
    ),
    target(
        "send_uaf_response",
        Shape::Json,
        ENVELOPE,
        transport::send_uaf_response,
    ),
    target(
        "server_response",
        Shape::Json,
        ENVELOPE,
        transport::server_response,
    ),
    target("asm_request", Shape::Json, MESSAGE, asm::request),
    target("asm_response", Shape::Json, METADATA, asm::response),
    target(
        "trusted_facets",
        Shape::Json,
        Some(limits::FACETS_BYTES),
        document::trusted_facets,
    ),
    target(
        "metadata_statement",
        Shape::Json,
        METADATA,
        document::metadata_statement,
    ),
    target("public_key", Shape::Der, None, key::public_key),
    target(
        "webauthn_authenticator_data",
        Shape::Bytes,
        None,
        webauthn::authenticator_data,
    ),
    target(
        "webauthn_attestation_object",
        Shape::Bytes,
        ASSERTION,
        webauthn::attestation_object,
    ),
    target("webauthn_assertion", Shape::Bytes, ASSERTION, webauthn::assertion),
    target("trace", Shape::JsonOrTlv, None, map::map),
    target("metadata_entry", Shape::Json, METADATA, document::metadata_entry),
    target("picture", Shape::Bytes, None, document::picture),
    target("command", Shape::Tlv, None, command::command),
    target("command_response", Shape::Tlv, None, command::response),
];
