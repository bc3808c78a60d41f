//! Deregistration (UAF §3.6): the server's records are deleted first, then the client is asked to delete its keys.
//! There is no response: a client that never gets the request holds keys that open nothing.

use smile_protocol::uaf::{
    deregistration::{DeregisterAuthenticator, DeregistrationRequest},
    header::{Operation, OperationHeader},
    identity::Aaid,
    message::{UafRequest, encode_requests},
};

use crate::{error::CeremonyError, record::Credential, relying_party::RelyingParty};

/// What a client is asked to delete.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum Deregistration<'d> {
    /// These keys, as `Outcome::Deregistered` returned them; at least one.
    Keys(&'d [Credential]),
    /// All keys of one authenticator model.
    Model(Aaid),
    /// All keys of the application.
    Everything,
}

/// The deregistration request message: a JSON array with one request for each protocol version.
pub fn request(rp: &RelyingParty, what: Deregistration<'_>) -> Result<String, CeremonyError> {
    let authenticators = match what {
        Deregistration::Keys(credentials) => credentials
            .iter()
            .map(|credential| DeregisterAuthenticator::key(credential.aaid, credential.key_id.clone()))
            .collect(),
        Deregistration::Model(aaid) => vec![DeregisterAuthenticator::model(aaid)],
        // UAF §3.6.4.1: the entry for all keys is the only one.
        Deregistration::Everything => vec![DeregisterAuthenticator::EVERYTHING],
    };
    let requests: Vec<UafRequest> = rp
        .versions
        .iter()
        .map(|upv| {
            UafRequest::Deregistration(DeregistrationRequest {
                // UAF §3.6.4.1: appID as at registration, which here is the relying party's one AppID; a request for
                // each version that we speak, because the version that the key was registered in is not kept.
                header: OperationHeader::new(*upv, Operation::Dereg, rp.app_id.clone()),
                authenticators: authenticators.clone(),
            })
        })
        .collect();
    Ok(encode_requests(&requests)?)
}
