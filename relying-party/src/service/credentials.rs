//! Registered keys: what a user has, and how one is taken away.

use super::sessions::{missing, user_id};
use super::{Provider, Refusal, RefusalCode, Service};
use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::CredentialId;
use smile_ceremony::record::Credential;
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};
use smile_protocol::uaf::identity::Aaid;

/// How often the keys of a user are read again where one of them is deregistered by somebody else in between.
const READS_MAX: usize = 3;

/// Which keys of a user to deregister at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserKeys {
    /// Those of one authenticator model.
    OfModel(Aaid),
    /// All.
    All,
}

impl UserKeys {
    fn include(self, key: &Credential) -> bool {
        match self {
            Self::OfModel(aaid) => key.aaid == aaid,
            Self::All => true,
        }
    }
}

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

    /// Deletes several keys of a user in one transition, and returns the records and the message that tells
    /// authenticators to erase all keys of the model, or of the application. A user without such keys gets the
    /// message too: a device may hold halves whose records are gone.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `state_conflict`, `store_unavailable`.
    pub async fn deregister_user(
        &self,
        provider: &Provider,
        user: &str,
        which: UserKeys,
    ) -> Result<(Vec<Credential>, String), Refusal> {
        let deleted = self.delete_keys(provider, user, which).await?;
        let what = match which {
            UserKeys::OfModel(aaid) => Deregistration::Model(aaid),
            UserKeys::All => Deregistration::Everything,
        };
        let message = deregistration::request_for(&self.relying_party, what, &deleted);
        Ok((deleted, message.map_err(Refusal::internal)?))
    }

    async fn delete_keys(
        &self,
        provider: &Provider,
        user: &str,
        which: UserKeys,
    ) -> Result<Vec<Credential>, Refusal> {
        for _ in 0..READS_MAX {
            let keys = self.credentials_of(provider, user).await?;
            let credentials: Vec<_> = keys
                .iter()
                .filter(|key| which.include(key))
                .map(|key| key.id.clone())
                .collect();
            if credentials.is_empty() {
                return Ok(Vec::new());
            }
            let tenant = provider.tenant().clone();
            match self
                .store
                .commit(Transition::Deregister { tenant, credentials })
                .await
            {
                Ok(Outcome::Deregistered(deleted)) => return Ok(deleted),
                Ok(_) => {
                    return Err(Refusal::internal(
                        "the store answered a deregistration with another outcome",
                    ));
                }
                // Somebody else deregistered one of them since they were read.
                Err(StoreError::Refused(CeremonyError::CredentialUnknown)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Refusal::new(
            RefusalCode::StateConflict,
            "the user's keys change while they are deregistered; try again",
        ))
    }
}
