//! What is done about a key and the device that holds it, short of deleting: named, suspended, reinstated, revoked, lost.

use super::sessions::{missing, user_id};
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::CredentialId;
use smile_ceremony::record::{Credential, CredentialChange};
use smile_ceremony::transition::{LostDevice, LostKeys, Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};

/// Makes the answer about a lost device: of the user's name, what ended, and the message for the device should it turn
/// up, where it held keys.
pub type ShownLoss = fn(&str, &LostDevice, Option<&str>) -> Reply;

impl Service {
    /// A key of the provider's tenant.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn credential(&self, provider: &Provider, id: &str) -> Result<Credential, Refusal> {
        let credential = self.store.credential(credential_id(id)?).await?;
        credential
            .filter(|credential| credential.tenant == *provider.tenant())
            .ok_or_else(|| missing("credential"))
    }

    /// Names, suspends, reinstates or revokes a key; `show` gets the record and how many active keys its user has now.
    ///
    /// # Errors
    /// `resource_missing`, `state_conflict` where it was revoked, those of the idempotency key, `store_unavailable`.
    pub async fn change_credential(
        &self,
        provider: &Provider,
        id: &str,
        change: CredentialChange,
        once: &Once,
        show: fn(&Credential, usize) -> Reply,
    ) -> Result<Reply, Refusal> {
        let change = Transition::ChangeCredential {
            tenant: provider.tenant().clone(),
            credential: credential_id(id)?,
            change,
            now_ms: self.now_ms(),
        };
        self.perform(once, change, move |outcome| match outcome {
            Outcome::CredentialChanged {
                credential,
                active_left,
            } => Ok(show(credential, *active_left)),
            _ => Err(CeremonyError::CredentialUnknown),
        })
        .await
    }

    /// Revokes what went with a lost device, and ends every session and challenge of its user, all in one commit.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `resource_missing` for `credential`, those of the idempotency key,
    /// `store_unavailable`.
    pub async fn lose_device(
        &self,
        provider: &Provider,
        user: &str,
        keys: LostKeys,
        once: &Once,
        show: ShownLoss,
    ) -> Result<Reply, Refusal> {
        let lose = Transition::LoseDevice {
            tenant: provider.tenant().clone(),
            user: user_id(user)?,
            keys,
            now_ms: self.now_ms(),
        };
        let (rp, user) = (provider.of_tenant().relying_party.clone(), user.to_owned());
        let reply = self.perform(once, lose, move |outcome| {
            let Outcome::DeviceLost(lost) = outcome else {
                return Err(CeremonyError::CredentialUnknown);
            };
            let message = deregistration::request_that_fits(&rp, Deregistration::Keys(&lost.revoked), &[]);
            Ok(show(&user, lost, message.as_deref()))
        });
        reply.await.map_err(|refusal| match refusal.code {
            RefusalCode::ResourceMissing => refusal.at("credential"),
            _ => refusal,
        })
    }
}

fn credential_id(id: &str) -> Result<CredentialId, Refusal> {
    CredentialId::parse(id).map_err(|_| missing("credential"))
}
