//! `serverData`: how a response says which ceremony it answers, in a form that only we can write.
//!
//! `serverData` = base64url(ceremony identifier (16 bytes) ‖ HMAC-SHA256(server key, identifier ‖ challenge)).
//! UAF §3.4.6.1 asks to authenticate it and to bind it to the challenge. The code covers the challenge, which only the
//! record has: a response is looked up by its identifier first and its code checked against what was found. It stops
//! whoever knows an identifier, but not the `serverData` made for it, from spending that ceremony's challenge.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use smile_protocol::uaf::identity::{Challenge, ServerData};
use zeroize::Zeroizing;

use crate::{
    error::CeremonyError,
    identifier::CeremonyId,
    limits::{IDENTIFIER_BYTES, SERVER_KEY_MIN_BYTES},
    record::PendingCeremony,
};

const MAC_BYTES: usize = 32;

/// The key that authenticates `serverData`. It does not print, copy or serialise itself.
pub struct ServerKey(Zeroizing<Vec<u8>>);

impl ServerKey {
    /// A key of at least 32 bytes, from the server's configuration; never one from the source code.
    pub fn new(bytes: Vec<u8>) -> Result<Self, CeremonyError> {
        let bytes = Zeroizing::new(bytes);
        if bytes.len() < SERVER_KEY_MIN_BYTES {
            return Err(CeremonyError::ServerKeyTooShort);
        }
        Ok(Self(bytes))
    }

    fn mac(&self, id: &CeremonyId, challenge: &Challenge) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(&id.to_bytes());
        mac.update(challenge.as_bytes());
        mac
    }

    /// The `serverData` of a ceremony.
    pub(crate) fn seal(&self, id: &CeremonyId, challenge: &Challenge) -> ServerData {
        let mut bytes = id.to_bytes().to_vec();
        bytes.extend_from_slice(&self.mac(id, challenge).finalize().into_bytes());
        ServerData::new(URL_SAFE_NO_PAD.encode(bytes)).expect("48 bytes make 64 characters, of 1536 allowed")
    }
}

/// A well-formed `serverData`: it names a ceremony, and may still be forged.
#[derive(Debug, Clone)]
pub struct Ticket {
    id: CeremonyId,
    mac: [u8; MAC_BYTES],
}

impl Ticket {
    /// Reads `serverData`: exactly 48 bytes of base64url.
    pub fn decode(server_data: &ServerData) -> Result<Self, CeremonyError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(server_data.as_str())
            .map_err(|_| CeremonyError::ServerDataMalformed)?;
        let (id, mac) = bytes
            .split_first_chunk::<IDENTIFIER_BYTES>()
            .ok_or(CeremonyError::ServerDataMalformed)?;
        let mac = mac.try_into().map_err(|_| CeremonyError::ServerDataMalformed)?;
        Ok(Self {
            id: CeremonyId::from_bytes(*id),
            mac,
        })
    }

    /// The ceremony that is named.
    pub fn id(&self) -> &CeremonyId {
        &self.id
    }

    /// That the ticket is ours and for this ceremony. Compares in constant time.
    pub fn check(
        &self,
        key: &ServerKey,
        ceremony: &PendingCeremony,
    ) -> Result<PresentedCeremony, CeremonyError> {
        // UAF §3.4.6.5 step 2: serverData is of our making and bound to this challenge.
        let mac = key.mac(&self.id, &ceremony.challenge);
        if self.id != ceremony.id || mac.verify_slice(&self.mac).is_err() {
            return Err(CeremonyError::ServerDataNotAuthentic);
        }
        Ok(PresentedCeremony(self.id.clone()))
    }
}

/// Witness: whoever presents this ceremony holds the `serverData` that we made for it.
#[derive(Debug)]
pub struct PresentedCeremony(CeremonyId);

impl PresentedCeremony {
    /// The ceremony.
    pub fn id(&self) -> &CeremonyId {
        &self.0
    }
}
