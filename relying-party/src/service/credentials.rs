//! Registered keys: what a user has, and how one is taken away.

#[cfg(feature = "conformance")]
use super::UafRefusal;
use super::sessions::{missing, user_id};
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
#[cfg(feature = "conformance")]
use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::CredentialId;
#[cfg(feature = "conformance")]
use smile_ceremony::identifier::{TenantId, UserId};
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
        let user = user_id(user)?;
        Ok(self.store.credentials_of(provider.tenant().clone(), user).await?)
    }

    /// Deletes a key (UAF §3.6.4.1: the record goes first); `show` gets the record, the message that tells the
    /// authenticator to erase its half, and how many active keys the user has left.
    ///
    /// # Errors
    /// `resource_missing`, those of the idempotency key, `store_unavailable`.
    pub async fn deregister(
        &self,
        provider: &Provider,
        id: &str,
        once: &Once,
        show: fn(&Credential, Option<&str>, usize) -> Reply,
    ) -> Result<Reply, Refusal> {
        let id = CredentialId::parse(id).map_err(|_| missing("credential"))?;
        let deregister = Transition::Deregister {
            tenant: provider.tenant().clone(),
            credentials: vec![id],
        };
        let rp = provider.of_tenant().relying_party.clone();
        self.perform(once, deregister, move |outcome| {
            let (deleted, active_left) = deleted_by(outcome)?;
            let message = deregistration::request_that_fits(&rp, Deregistration::Keys(deleted), &[]);
            let credential = deleted.first().ok_or(CeremonyError::CredentialUnknown)?;
            Ok(show(credential, message.as_deref(), active_left))
        })
        .await
    }

    /// Deletes several keys of a user in one transition; `show` gets the user's name, the records, the message that
    /// tells authenticators to erase all keys of the model, or of the application, and how many active keys are left. A user without such keys gets the
    /// message too: a device may hold halves whose records are gone.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `state_conflict`, those of the idempotency key, `store_unavailable`.
    pub async fn deregister_user(
        &self,
        provider: &Provider,
        user: &str,
        which: UserKeys,
        once: &Once,
        show: fn(&str, &[Credential], Option<&str>, usize) -> Reply,
    ) -> Result<Reply, Refusal> {
        let person = user_id(user)?;
        for _ in 0..READS_MAX {
            let keys = self
                .store
                .credentials_of(provider.tenant().clone(), person.clone())
                .await?;
            let credentials: Vec<_> = keys
                .iter()
                .filter(|key| which.include(key))
                .map(|key| key.id.clone())
                .collect();
            // Where none goes, these are left.
            let active = keys.iter().filter(|key| key.is_active()).count();
            let tenant = provider.tenant().clone();
            let deregister = Transition::Deregister { tenant, credentials };
            let rp = provider.of_tenant().relying_party.clone();
            let user = user.to_owned();
            let done = self.perform(once, deregister, move |outcome| {
                let (deleted, active_left) = deleted_by(outcome)?;
                let left = if deleted.is_empty() { active } else { active_left };
                let what = match which {
                    UserKeys::OfModel(aaid) => Deregistration::Model(aaid),
                    UserKeys::All => Deregistration::Everything,
                };
                let message = deregistration::request_that_fits(&rp, what, deleted);
                Ok(show(&user, deleted, message.as_deref(), left))
            });
            match done.await {
                // Somebody else deregistered one of them since they were read.
                Err(refusal) if refusal.code == RefusalCode::ResourceMissing => {}
                done => return done,
            }
        }
        Err(Refusal::new(RefusalCode::StateConflict, CHANGING))
    }

    /// Deletes those keys of a user that `which` picks, all in one commit, and returns their records.
    #[cfg(feature = "conformance")]
    pub(super) async fn delete_those(
        &self,
        tenant: &TenantId,
        user: &UserId,
        which: impl Fn(&Credential) -> bool,
    ) -> Result<Vec<Credential>, UafRefusal> {
        for _ in 0..READS_MAX {
            let keys = self.store.credentials_of(tenant.clone(), user.clone()).await?;
            let picked = keys.iter().filter(|key| which(key)).map(|key| key.id.clone());
            let (tenant, credentials) = (tenant.clone(), picked.collect());
            match self
                .store
                .commit(Transition::Deregister { tenant, credentials })
                .await
            {
                Ok(Outcome::Deregistered { deleted, .. }) => return Ok(deleted),
                Ok(other) => {
                    return Err(UafRefusal::internal(format!(
                        "a deregistration had the outcome {other:?}"
                    )));
                }
                // Somebody else deregistered one of them since they were read.
                Err(StoreError::Refused(CeremonyError::CredentialUnknown)) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(UafRefusal::new(UafStatusCode::InternalServerError, CHANGING))
    }
}

/// Each time they had been read, somebody else deregistered one of them.
const CHANGING: &str = "the user's keys change while they are deregistered; try again";

fn deleted_by(outcome: &Outcome) -> Result<(&[Credential], usize), CeremonyError> {
    match outcome {
        Outcome::Deregistered { deleted, active_left } => Ok((deleted, *active_left)),
        _ => Err(CeremonyError::CredentialUnknown),
    }
}
