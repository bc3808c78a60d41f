//! Short-lived secrets that an app holds: the client secret of a payment, the token of a session.
//!
//! The secret is given out once; records keep only its SHA-256. 256 random bits need no salt and no slow hash.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::{
    binary::Binary,
    limits::SECRET_BYTES,
    random::{RandomSource, draw},
};

/// What separates the public identifier from the secret part in `pi_…_secret_…`.
const SEPARATOR: &str = "_secret_";

/// A secret on its way to the app that will hold it. It does not print, copy or serialise itself.
pub struct ClientSecret(Zeroizing<String>);

impl ClientSecret {
    /// Draws the secret of the thing named `id`; its text is `{id}_secret_{base64url}`.
    pub fn issue(id: &str, rng: &mut dyn RandomSource) -> (Self, SecretHash) {
        let bytes = Zeroizing::new(draw::<SECRET_BYTES>(rng));
        let text = Zeroizing::new(format!("{id}{SEPARATOR}{}", URL_SAFE_NO_PAD.encode(*bytes)));
        let hash = SecretHash::of(&text);
        (Self(text), hash)
    }

    /// The text, for the one answer that hands it out.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The identifier in front of a presented secret, by which its record is found; `None` if there is none.
/// Finding the record proves nothing: [`SecretHash::matches`] decides.
pub fn id_of_secret(presented: &str) -> Option<&str> {
    presented.split_once(SEPARATOR).map(|(id, _)| id)
}

/// The SHA-256 of a client secret, as records keep it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretHash(Binary);

impl SecretHash {
    fn of(secret: &str) -> Self {
        Self(Binary(Sha256::digest(secret.as_bytes()).to_vec()))
    }

    /// Whether `presented` is the secret. Takes the same time wherever the two differ.
    pub fn matches(&self, presented: &str) -> bool {
        Self::of(presented).0.as_slice().ct_eq(self.0.as_slice()).into()
    }
}
