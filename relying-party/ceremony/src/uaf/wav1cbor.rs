//! The scheme `WAV1CBOR`: WebAuthn assertions inside UAF messages. **Experimental and off by default**
//! ([`RelyingParty::wav1cbor`](crate::relying_party::RelyingParty)): UAF 1.2 names the scheme, and its normative text
//! could not be had. [`smile_protocol::uaf::wav1cbor`] says what stands for what; here are the checks of one assertion,
//! in the states and the order of the scheme `UAFV1TLV`:
//!
//! ```text
//! registration     AaguidAccepted → DataAccepted → AttestationVerified
//! authentication   KeyAccepted → DataAccepted → SignatureVerified
//! ```
//! What the scheme does not say is metadata's: the AAID, by the statement with the assertion's AAGUID; the version of the
//! authenticator; the methods of user verification. It shows nothing, so it confirms no transaction and signs no payment.

pub(super) mod authentication;
mod data;
pub(super) mod registration;
mod rule;

pub use rule::Wav1CborRule;

use smile_protocol::uaf::wav1cbor::WAV1CBOR;

use crate::{error::CeremonyError, record::Credential, relying_party::RelyingParty};

/// Whether an assertion, a key or a model is of this scheme.
pub(crate) fn is_named(scheme: &str) -> bool {
    scheme == WAV1CBOR
}

/// That the operator switched the scheme on.
pub(super) fn must_be_on(rp: &RelyingParty) -> Result<(), CeremonyError> {
    if rp.wav1cbor {
        Ok(())
    } else {
        Err(Wav1CborRule::Off.into())
    }
}

/// That a key is not of this scheme where the scheme is off.
pub(super) fn must_not_be_off_for(rp: &RelyingParty, key: &Credential) -> Result<(), CeremonyError> {
    if is_named(&key.scheme) {
        must_be_on(rp)
    } else {
        Ok(())
    }
}

/// UAF §3.5.7.1: a transaction is for authenticators that show it. Of these keys, at least one, those of other schemes,
/// which may.
///
/// # Errors
/// [`Wav1CborRule::TransactionNotShown`] where there is no other key.
pub(super) fn without_blind(keys: Vec<&Credential>) -> Result<Vec<&Credential>, CeremonyError> {
    let may_show: Vec<_> = keys.into_iter().filter(|key| !is_named(&key.scheme)).collect();
    if may_show.is_empty() {
        return Err(Wav1CborRule::TransactionNotShown.into());
    }
    Ok(may_show)
}
