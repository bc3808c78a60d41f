//! The scheme `WAV1CBOR` (experimental): each rule broken alone, with its accepted twin.

mod attestation;
mod authentication;
mod certificates;
mod forge;
mod metadata;
mod off;
mod registration;
mod round;
