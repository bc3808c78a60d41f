//! Registered keys: what a user has, and how one is taken away.

use super::sessions::{missing, user_id};
use super::{Provider, Refusal, Service};
use smile_ceremony::identifier::CredentialId;
use smile_ceremony::record::Credential;
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};

impl Service {
    /// All keys of a user, ordered by identifier. A user without keys and an unknown one look the same.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `store_unavailable`.
    pub async fn credentials_of(&self, provider: &Provider, user: &str) -> Result<Vec<Credential>, Refusal> {
        Ok(self
            .store
            .credentials_of(provider.tenant().clone(), user_id(user)?)
            .await?)
    }

    /// Deletes a key (UAF §3.6.4.1: the record goes first), and returns the record and the message that tells the
    /// authenticator to erase its half.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn deregister(&self, provider: &Provider, id: &str) -> Result<(Credential, String), Refusal> {
        let id = CredentialId::parse(id).map_err(|_| missing("credential"))?;
        let tenant = provider.tenant().clone();
        let outcome = self
            .store
            .commit(Transition::Deregister {
                tenant,
                credentials: vec![id],
            })
            .await?;
        let Outcome::Deregistered(mut deleted) = outcome else {
            return Err(Refusal::internal(
                "the store answered a deregistration with another outcome",
            ));
        };
        let message = deregistration::request(&self.relying_party, Deregistration::Keys(&deleted))
            .map_err(Refusal::internal)?;
        let credential = deleted
            .pop()
            .ok_or_else(|| Refusal::internal("nothing was deregistered"))?;
        Ok((credential, message))
    }
}
