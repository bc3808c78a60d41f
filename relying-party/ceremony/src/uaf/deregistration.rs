//! Deregistration (UAF §3.6): the server's records are deleted first, then the client is asked to delete its keys.
//! There is no response: a client that never gets the request holds keys that open nothing.

use smile_protocol::uaf::{
    deregistration::{DeregisterAuthenticator, DeregistrationRequest},
    header::{Operation, OperationHeader, Upv},
    identity::Aaid,
    message::{UafRequest, encode_requests},
};

use crate::{
    error::CeremonyError, limits::DEREGISTRATION_BYTES_MAX, record::Credential, relying_party::RelyingParty,
};

/// What a client is asked to delete.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Deregistration<'d> {
    /// These keys, as the outcome of a transition returned them; at least one.
    Keys(&'d [Credential]),
    /// All keys of one authenticator model, whoever their user is: on a device that several people share, theirs too.
    Model(Aaid),
    /// All keys of the application, whoever their user and whatever their model is.
    Everything,
}

/// The deregistration request message: a JSON array with one request for each protocol version.
///
/// UAF 1.0 has no form for all keys of a model or application: it is left out of such a message. Where the server
/// knows which keys there were, [`request_for`] lists them in it.
pub fn request(rp: &RelyingParty, what: Deregistration<'_>) -> Result<String, CeremonyError> {
    request_for(rp, what, &[])
}

/// As [`request`]; `deleted` are the keys that the records had, which the request of UAF 1.0 lists one by one.
pub fn request_for(
    rp: &RelyingParty,
    what: Deregistration<'_>,
    deleted: &[Credential],
) -> Result<String, CeremonyError> {
    request_in(rp, &rp.versions, what, deleted)
}

/// As [`request_for`], where the records are gone or revoked whatever becomes of the message: it has at most 24 KiB. Where
/// the names of the keys do not fit, the first version that has room says it alone; `None` where none has, or where
/// there is nothing to say. No size of a message keeps a key in force.
pub fn request_that_fits(
    rp: &RelyingParty,
    what: Deregistration<'_>,
    deleted: &[Credential],
) -> Option<String> {
    std::iter::once(rp.versions.as_slice())
        .chain(rp.versions.chunks(1))
        .filter_map(|versions| request_in(rp, versions, what, deleted).ok())
        .find(|message| message.len() <= DEREGISTRATION_BYTES_MAX)
}

fn request_in(
    rp: &RelyingParty,
    versions: &[Upv],
    what: Deregistration<'_>,
    deleted: &[Credential],
) -> Result<String, CeremonyError> {
    let requests: Vec<UafRequest> = versions
        .iter()
        .filter_map(|upv| {
            let authenticators = entries(*upv, what, deleted)?;
            Some(UafRequest::Deregistration(DeregistrationRequest {
                // UAF §3.6.4.1: appID as at registration, which here is the relying party's one AppID; a request for
                // each version that we speak, because the version that the key was registered in is not kept.
                header: OperationHeader::new(*upv, Operation::Dereg, rp.app_id.clone()),
                authenticators,
            }))
        })
        .collect();
    Ok(encode_requests(&requests)?)
}

/// The entries of the request in one version; `None` where that version cannot say it.
fn entries(
    upv: Upv,
    what: Deregistration<'_>,
    deleted: &[Credential],
) -> Option<Vec<DeregisterAuthenticator>> {
    let one = |key: &Credential| DeregisterAuthenticator::key(key.aaid, key.key_id.clone());
    let listed = |wanted: &dyn Fn(&Credential) -> bool| -> Option<Vec<_>> {
        let keys: Vec<_> = deleted.iter().filter(|key| wanted(key)).map(one).collect();
        (!keys.is_empty()).then_some(keys)
    };
    match what {
        Deregistration::Keys(credentials) => Some(credentials.iter().map(one).collect()),
        // UAF 1.0 §3.6.2: aaid and keyID each name one thing.
        Deregistration::Model(aaid) if upv == Upv::V1_0 => listed(&|key| key.aaid == aaid),
        Deregistration::Everything if upv == Upv::V1_0 => listed(&|_| true),
        Deregistration::Model(aaid) => Some(vec![DeregisterAuthenticator::model(aaid)]),
        // UAF §3.6.4.1: the entry for all keys is the only one.
        Deregistration::Everything => Some(vec![DeregisterAuthenticator::EVERYTHING]),
    }
}
