//! What people agreed to, and took back.

use super::sessions::{missing, user_id};
use super::{Once, Provider, Refusal, Reply, Service};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::ConsentId;
use smile_ceremony::record::{Consent, Credential};
use smile_ceremony::transition::{Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};

impl Service {
    /// All consents of a user, withdrawn ones too, ordered by identifier.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `store_unavailable`.
    pub async fn consents_of(&self, provider: &Provider, user: &str) -> Result<Vec<Consent>, Refusal> {
        let person = self.store.person(provider.tenant().clone(), user_id(user)?);
        Ok(person.await?.consents)
    }

    /// Records that a person took a consent back, and deletes the keys that were registered under it, in one commit.
    /// `show` gets the consent, the records of the keys, the message that tells authenticators to erase their halves
    /// where there were any, and how many active keys the user has left.
    ///
    /// # Errors
    /// `resource_missing`, those of the idempotency key, `store_unavailable`.
    pub async fn withdraw_consent(
        &self,
        provider: &Provider,
        id: &str,
        once: &Once,
        show: fn(&Consent, &[Credential], Option<&str>, usize) -> Reply,
    ) -> Result<Reply, Refusal> {
        let withdraw = Transition::WithdrawConsent {
            tenant: provider.tenant().clone(),
            consent: ConsentId::parse(id).map_err(|_| missing("consent"))?,
            now_ms: self.now_ms(),
        };
        let rp = provider.of_tenant().relying_party.clone();
        self.perform(once, withdraw, move |outcome| {
            let Outcome::ConsentWithdrawn {
                consent,
                deleted,
                active_left,
            } = outcome
            else {
                return Err(CeremonyError::ConsentUnknown);
            };
            let message = deregistration::request_that_fits(&rp, Deregistration::Keys(deleted), &[]);
            Ok(show(consent, deleted, message.as_deref(), *active_left))
        })
        .await
    }
}
