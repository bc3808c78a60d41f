//! Outcomes without a payer and without a camera, for tenants in test mode. None of them is a success: only a signature
//! authorises.

use super::once::about_payment;
use super::payments::invalid;
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use crate::config::Mode;
use smile_ceremony::payment::{DeclineCode, PaymentEvent, PaymentIntent};
use smile_ceremony::transition::Transition;

/// The outcome that is no decline.
const EXPIRED: &str = "expired";

impl Service {
    /// Lets a payment end as `outcome` names it: `expired`, or a decline code.
    ///
    /// # Errors
    /// `live_mode`, `member_invalid` for `outcome`, `resource_missing`, `state_conflict`, those of the idempotency key,
    /// `store_unavailable`.
    pub async fn simulate(
        &self,
        provider: &Provider,
        id: &str,
        outcome: &str,
        once: &Once,
        show: fn(&PaymentIntent) -> Reply,
    ) -> Result<Reply, Refusal> {
        if provider.mode() == Mode::Live {
            let rule = "outcomes are simulated for tenants in test mode only";
            return Err(Refusal::new(RefusalCode::LiveMode, rule).at("authorization"));
        }
        let code = DeclineCode::parse(outcome);
        if code.is_none() && outcome != EXPIRED {
            return Err(invalid(
                "outcome",
                "must be expired or a decline code; docs/testing.md lists them",
            ));
        }
        let payment = self.payment(provider, id).await?;
        let (event, now_ms) = match code {
            Some(code) => (PaymentEvent::Fail(code), self.now_ms()),
            // As if its time were over now.
            None => (PaymentEvent::Expire, payment.expires_at_ms().max(self.now_ms())),
        };
        let end = Transition::MovePayment {
            tenant: provider.tenant().clone(),
            payment: payment.id().clone(),
            event,
            now_ms,
        };
        self.perform(once, end, about_payment(show)).await
    }
}
