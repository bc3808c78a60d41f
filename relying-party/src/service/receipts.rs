//! Receipts of authorised payments, and the keys that they are checked with.

use super::{Refusal, RefusalCode, Service};
use smile_ceremony::payment::{PaymentIntent, ReceiptFacts};

impl Service {
    /// The receipt of a payment as COSE_Sign1.
    ///
    /// # Errors
    /// `receipt_not_ready`.
    pub fn receipt(&self, payment: &PaymentIntent) -> Result<Vec<u8>, Refusal> {
        let facts = ReceiptFacts::of(payment).ok_or_else(|| {
            Refusal::new(
                RefusalCode::ReceiptNotReady,
                "only an authorised payment has a receipt",
            )
            .at("id")
        })?;
        self.receipts
            .sign(payment.tenant().as_str(), &facts)
            .map_err(Refusal::internal)
    }

    /// The keys that receipts are signed with: COSE_KeySet bytes.
    #[must_use]
    pub fn receipt_key_set(&self) -> Vec<u8> {
        self.receipts.key_set()
    }

    /// The same keys as a JSON Web Key Set.
    #[must_use]
    pub fn receipt_jwk_set(&self) -> serde_json::Value {
        self.receipts.jwk_set()
    }
}
