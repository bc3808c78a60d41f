//! What the payer may do with a client secret beside looking and signing.

use super::{Refusal, Service};
use smile_ceremony::payment::{PaymentEvent, PaymentIntent};
use smile_ceremony::transition::{Outcome, Transition};

impl Service {
    /// The payer says no, before the signature: the payment is `failed` with `declined_by_payer`. Said again, it is
    /// answered alike.
    ///
    /// # Errors
    /// `client_secret_invalid`; `state_conflict` where the payment was signed or has ended otherwise;
    /// `store_unavailable`.
    pub async fn decline_payment(&self, secret: &str, id: &str) -> Result<PaymentIntent, Refusal> {
        let payment = self.payment_by_secret(secret, None, id).await?;
        let decline = Transition::MovePayment {
            tenant: payment.tenant().clone(),
            payment: payment.id().clone(),
            event: PaymentEvent::DeclineByPayer,
            now_ms: self.now_ms(),
        };
        match self.store.commit(decline).await? {
            Outcome::PaymentMoved(declined) => Ok(declined),
            other => Err(Refusal::internal(format!(
                "a payer's no had the outcome {other:?}"
            ))),
        }
    }
}
