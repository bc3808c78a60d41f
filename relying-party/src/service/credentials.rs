//! Registered keys: what a user has, and how one is taken away.

#[cfg(feature = "conformance")]
use super::UafRefusal;
use super::sessions::{missing, user_id};
use super::{Provider, Refusal, RefusalCode, Service};
use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{CredentialId, TenantId, UserId};
use smile_ceremony::record::Credential;
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};
use smile_protocol::uaf::identity::Aaid;
#[cfg(feature = "conformance")]
use smile_protocol::uaf::transport::UafStatusCode;

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
            return Err(Refusal::internal(OTHER_OUTCOME));
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
        let user = user_id(user)?;
        let deleted = self.delete_those(provider.tenant(), &user, |key| which.include(key));
        Ok(deleted.await?)
    }

    /// Deletes those keys of a user that `which` picks, all in one commit, and returns their records.
    pub(super) async fn delete_those(
        &self,
        tenant: &TenantId,
        user: &UserId,
        which: impl Fn(&Credential) -> bool,
    ) -> Result<Vec<Credential>, NotDeregistered> {
        for _ in 0..READS_MAX {
            let keys = self.store.credentials_of(tenant.clone(), user.clone()).await?;
            let credentials: Vec<_> = keys
                .iter()
                .filter(|key| which(key))
                .map(|key| key.id.clone())
                .collect();
            if credentials.is_empty() {
                return Ok(Vec::new());
            }
            let tenant = tenant.clone();
            match self
                .store
                .commit(Transition::Deregister { tenant, credentials })
                .await
            {
                Ok(Outcome::Deregistered(deleted)) => return Ok(deleted),
                Ok(_) => return Err(NotDeregistered::OtherOutcome),
                // Somebody else deregistered one of them since they were read.
                Err(StoreError::Refused(CeremonyError::CredentialUnknown)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(NotDeregistered::Changing)
    }
}

/// Why keys of a user were not deregistered.
#[derive(Debug)]
pub(super) enum NotDeregistered {
    /// The store said no.
    Store(StoreError),
    /// The store did something else.
    OtherOutcome,
    /// Each time they had been read, somebody else deregistered one of them.
    Changing,
}

const OTHER_OUTCOME: &str = "the store answered a deregistration with another outcome";
const CHANGING: &str = "the user's keys change while they are deregistered; try again";

impl From<StoreError> for NotDeregistered {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<NotDeregistered> for Refusal {
    fn from(reason: NotDeregistered) -> Self {
        match reason {
            NotDeregistered::Store(error) => error.into(),
            NotDeregistered::OtherOutcome => Self::internal(OTHER_OUTCOME),
            NotDeregistered::Changing => Self::new(RefusalCode::StateConflict, CHANGING),
        }
    }
}

#[cfg(feature = "conformance")]
impl From<NotDeregistered> for UafRefusal {
    fn from(reason: NotDeregistered) -> Self {
        match reason {
            NotDeregistered::Store(error) => error.into(),
            NotDeregistered::OtherOutcome => Self::internal(OTHER_OUTCOME),
            NotDeregistered::Changing => Self::new(UafStatusCode::InternalServerError, CHANGING),
        }
    }
}
