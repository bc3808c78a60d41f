//! Refunds: captured money given back.

use super::payments::{Page, payment_id};
use super::sessions::missing;
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use crate::store::Place;
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::RefundId;
use smile_ceremony::payment::{Refund, RefundRequest};
use smile_ceremony::transition::{Outcome, Transition};

impl Service {
    /// Gives back `amount` minor units of a captured payment, or all that is left.
    ///
    /// # Errors
    /// `resource_missing`, `member_invalid` and `amount_too_large` for `amount`, `state_conflict`, those of the
    /// idempotency key, `store_unavailable`.
    pub async fn refund(
        &self,
        provider: &Provider,
        payment: &str,
        amount: Option<u64>,
        once: &Once,
        show: fn(&Refund) -> Reply,
    ) -> Result<Reply, Refusal> {
        let request = RefundRequest {
            id: RefundId::generate(&mut self.rng()),
            tenant: provider.tenant().clone(),
            payment: payment_id(payment).map_err(|refusal| refusal.at("payment_intent"))?,
            amount,
        };
        let now_ms = self.now_ms();
        let refund = Transition::Refund { request, now_ms };
        self.perform_and_settle(once, refund, about_refund(show)).await
    }

    /// A refund of the provider's tenant.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn refund_record(&self, provider: &Provider, id: &str) -> Result<Refund, Refusal> {
        let id = RefundId::parse(id).map_err(|_| missing("refund"))?;
        let refund = self.store.refund(id).await?;
        refund
            .filter(|refund| refund.tenant() == provider.tenant())
            .ok_or_else(|| missing("refund"))
    }

    /// The refunds of a payment of the provider's tenant, newest first.
    ///
    /// # Errors
    /// `resource_missing`, `query_invalid` for `starting_after`, `store_unavailable`.
    pub async fn refunds_of(
        &self,
        provider: &Provider,
        payment: &str,
        starting_after: Option<&str>,
        limit: usize,
    ) -> Result<Page<Refund>, Refusal> {
        let payment = self.payment(provider, payment).await;
        let payment = payment.map_err(|refusal| match refusal.code {
            RefusalCode::ResourceMissing => refusal.at("payment_intent"),
            _ => refusal,
        })?;
        let after = match starting_after {
            None => None,
            Some(id) => {
                let known = self.refund_record(provider, id).await.ok();
                let known = known.filter(|refund| refund.payment() == payment.id());
                let known = known.ok_or_else(|| {
                    let rule = "must be a refund of this payment";
                    Refusal::new(RefusalCode::QueryInvalid, rule).at("starting_after")
                })?;
                Some(Place {
                    created_at_ms: known.created_at_ms(),
                    id: known.id().to_string(),
                })
            }
        };
        let found = self
            .store
            .refunds_of(payment.id().clone(), after, limit + 1)
            .await?;
        Ok(Page::of(found, limit))
    }
}

/// The answer about the refund that an outcome holds.
fn about_refund(
    show: fn(&Refund) -> Reply,
) -> impl Fn(&Outcome) -> Result<Reply, CeremonyError> + Clone + Send + 'static {
    move |outcome| match outcome {
        Outcome::RefundMoved(refund) => Ok(show(refund)),
        _ => Err(CeremonyError::RefundUnknown),
    }
}
