//! A software signer for tests without a face: a P-256 key that answers UAF requests and verifies nobody.
//!
//! How its messages are made stands with the server's own tests, which forge each part of them; that file is compiled
//! here a second time rather than written a second time.

#[path = "../../relying-party/tests/relying_party/signer.rs"]
#[allow(
    dead_code,
    reason = "the server's tests also change messages before they are signed"
)]
mod answers;

/// The facet that the signer's messages come from; the server must trust it.
pub const FACET: &str = answers::FACET;

/// The metadata statement of the signer's model (JSON); without it the server refuses every key of the signer.
pub const METADATA: &str = answers::METADATA;

/// One key and its signature counter.
#[derive(Clone)]
pub struct Signer(answers::Signer);

impl Signer {
    /// The signer with this number: the same number is the same key, another number another key.
    #[must_use]
    pub fn number(number: u32) -> Self {
        Self(answers::Signer::number(number))
    }

    /// The key's identifier as the server shows it, in base64url.
    #[must_use]
    pub fn key_id(&self) -> String {
        self.0.key_id.to_string()
    }

    /// The counter of the last signature that [`Signer::authenticate`] made, 0 before the first.
    #[must_use]
    pub fn counter(&self) -> u32 {
        self.0.counter
    }

    /// The UAF response to a registration request, with Basic Surrogate attestation.
    ///
    /// # Panics
    /// If `request` is not a registration request message.
    #[must_use]
    pub fn register(&self, request: &str) -> String {
        self.0.register(request).message()
    }

    /// The UAF response to an authentication request; confirms its transaction if there is one. Counts one up.
    ///
    /// # Panics
    /// If `request` is not an authentication request message.
    #[must_use]
    pub fn authenticate(&mut self, request: &str) -> String {
        self.0.authenticate(request).message()
    }

    /// As [`Signer::authenticate`], but with the counter of the last signature once more, as a copy of the key would.
    ///
    /// # Panics
    /// As [`Signer::authenticate`]; and if the key has not signed yet.
    #[must_use]
    pub fn authenticate_again(&self, request: &str) -> String {
        let mut copy = self.0.clone();
        copy.counter = copy.counter.checked_sub(1).expect("the key has signed before");
        copy.authenticate(request).message()
    }
}
