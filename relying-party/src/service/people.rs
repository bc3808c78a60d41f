//! All that is kept of a person: read, handed out, erased.

use super::once::NotDone;
use super::sessions::user_id;
use super::{Once, Provider, Refusal, Reply, Service};
use crate::store::StoreError;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::payment::Refund;
use smile_ceremony::record::Person;
use smile_ceremony::transition::{Erased, Outcome, Transition};
use smile_ceremony::uaf::deregistration::{self, Deregistration};

/// Refunds of one payment that are read at once.
const REFUNDS_AT_ONCE: usize = 1_000;

/// A person's records, and the refunds of their payments.
#[derive(Debug, Clone, PartialEq)]
pub struct PersonRecords {
    /// The records.
    pub person: Person,
    /// The refunds, from new to old within a payment.
    pub refunds: Vec<Refund>,
}

impl Service {
    /// The records that name a user, as they are at one moment. A user without any and an unknown one look the same.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `store_unavailable`.
    pub async fn person(&self, provider: &Provider, user: &str) -> Result<Person, Refusal> {
        let tenant = provider.tenant().clone();
        Ok(self
            .store
            .person(tenant, self.counted_user(provider, user)?)
            .await?)
    }

    /// As [`Service::person`], with the refunds of their payments.
    ///
    /// # Errors
    /// As [`Service::person`].
    pub async fn person_records(&self, provider: &Provider, user: &str) -> Result<PersonRecords, Refusal> {
        let person = self.person(provider, user).await?;
        let mut refunds = Vec::new();
        for payment in &person.payments {
            let mut after = None;
            loop {
                let page = self
                    .store
                    .refunds_of(payment.id().clone(), after, REFUNDS_AT_ONCE)
                    .await?;
                let is_last = page.len() < REFUNDS_AT_ONCE;
                after = page.last().map(|refund| crate::store::Place {
                    created_at_ms: refund.created_at_ms(),
                    id: refund.id().to_string(),
                });
                refunds.extend(page);
                if is_last {
                    break;
                }
            }
        }
        Ok(PersonRecords { person, refunds })
    }

    /// Erases a person; `show` gets the user's name, what was deleted, and the message that tells authenticators to erase
    /// their halves of the keys where there were any.
    ///
    /// All but payments goes in one commit, and so do payments where there are few. Of many, commits before take the user
    /// off the newest: killed in between, the server has answered nothing, and the same request goes on.
    ///
    /// # Errors
    /// `member_invalid` for `user`, those of the idempotency key, `store_unavailable`.
    pub async fn erase(
        &self,
        provider: &Provider,
        user: &str,
        once: &Once,
        show: fn(&str, &Erased, Option<&str>) -> Reply,
    ) -> Result<Reply, Refusal> {
        let (tenant, id) = (provider.tenant().clone(), user_id(user)?);
        let now_ms = self.now_ms();
        let mut payments_before = 0;
        loop {
            let (rp, shown) = (provider.of_tenant().relying_party.clone(), user.to_owned());
            let (tenant, user) = (tenant.clone(), id.clone());
            let erase = Transition::Erase {
                tenant: tenant.clone(),
                user: user.clone(),
                now_ms,
            };
            // First: a key that was answered is answered again, and erases nobody who came since.
            let done = self.attempt(once, erase, move |outcome| {
                let Outcome::Erased(erased) = outcome else {
                    return Err(CeremonyError::ErasureUnfinished);
                };
                let keys = Deregistration::Keys(&erased.credentials);
                let message = deregistration::request_that_fits(&rp, keys, &[]);
                let mut erased = erased.clone();
                erased.payments += payments_before;
                Ok(show(&shown, &erased, message.as_deref()))
            });
            let unfinished = match done.await {
                Err(NotDone::Rule(rule @ CeremonyError::ErasureUnfinished)) => rule,
                done => return Ok(done?),
            };
            let some = Transition::ErasePayments { tenant, user, now_ms };
            match self.store.commit(some).await {
                Ok(Outcome::PaymentsErased(count)) if count > 0 => payments_before += count,
                Ok(_) => return Err(unfinished.into()),
                Err(StoreError::Refused(rule)) => return Err(rule.into()),
                Err(error) => return Err(error.into()),
            }
        }
    }
}
