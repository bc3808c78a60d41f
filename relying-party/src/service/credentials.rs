//! Registered keys: what a user has, and how one is taken away.

use super::sessions::{missing, user_id};
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
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

    /// Deletes a key (UAF §3.6.4.1: the record goes first); `show` gets the record and the message that tells the
    /// authenticator to erase its half.
    ///
    /// # Errors
    /// `resource_missing`, those of the idempotency key, `store_unavailable`.
    pub async fn deregister(
        &self,
        provider: &Provider,
        id: &str,
        once: &Once,
        show: fn(&Credential, &str) -> Reply,
    ) -> Result<Reply, Refusal> {
        let id = CredentialId::parse(id).map_err(|_| missing("credential"))?;
        let deregister = Transition::Deregister {
            tenant: provider.tenant().clone(),
            credentials: vec![id],
        };
        let rp = self.relying_party.clone();
        self.perform(once, deregister, move |outcome| {
            let deleted = deleted_by(outcome)?;
            let message = deregistration::request(&rp, Deregistration::Keys(deleted))?;
            let credential = deleted.first().ok_or(CeremonyError::CredentialUnknown)?;
            Ok(show(credential, &message))
        })
        .await
    }

    /// Deletes several keys of a user in one transition; `show` gets the user's name, the records and the message that
    /// tells authenticators to erase all keys of the model, or of the application. A user without such keys gets the
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
        show: fn(&str, &[Credential], &str) -> Reply,
    ) -> Result<Reply, Refusal> {
        for _ in 0..READS_MAX {
            let keys = self.credentials_of(provider, user).await?;
            let credentials: Vec<_> = keys
                .iter()
                .filter(|key| which.include(key))
                .map(|key| key.id.clone())
                .collect();
            let tenant = provider.tenant().clone();
            let deregister = Transition::Deregister { tenant, credentials };
            let (rp, user) = (self.relying_party.clone(), user.to_owned());
            let done = self.perform(once, deregister, move |outcome| {
                let deleted = deleted_by(outcome)?;
                let what = match which {
                    UserKeys::OfModel(aaid) => Deregistration::Model(aaid),
                    UserKeys::All => Deregistration::Everything,
                };
                let message = deregistration::request_for(&rp, what, deleted)?;
                Ok(show(&user, deleted, &message))
            });
            match done.await {
                // Somebody else deregistered one of them since they were read.
                Err(refusal) if refusal.code == RefusalCode::ResourceMissing => {}
                done => return done,
            }
        }
        Err(Refusal::new(
            RefusalCode::StateConflict,
            "the user's keys change while they are deregistered; try again",
        ))
    }
}

fn deleted_by(outcome: &Outcome) -> Result<&[Credential], CeremonyError> {
    match outcome {
        Outcome::Deregistered(deleted) => Ok(deleted),
        _ => Err(CeremonyError::CredentialUnknown),
    }
}
