//! Payment intents and their receipts.

use super::sessions::{missing, user_id};
use super::{Provider, Refusal, RefusalCode, Service};
use smile_ceremony::identifier::PaymentId;
use smile_ceremony::payment::{
    CaptureMethod, CurrencyCode, Money, Payee, PaymentEvent, PaymentIntent, PaymentRequest, PaymentStatus,
    ReceiptFacts,
};
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::transition::{Outcome, Transition};

/// What a provider asks for, as it came.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Minor units of the currency, 1 to 999 999 999 999.
    pub amount: u64,
    /// ISO 4217 code in capital letters.
    pub currency: String,
    /// Who is paid: 1 to 100 printable ASCII characters without double quotes.
    pub payee: String,
    /// Who pays.
    pub user: String,
    /// The provider's own note, at most 500 characters.
    pub description: Option<String>,
}

impl Service {
    /// Creates a payment; the client secret is shown this once.
    ///
    /// # Errors
    /// `member_invalid` naming the member, `store_unavailable`.
    pub async fn create_payment(
        &self,
        provider: &Provider,
        new: NewPayment,
    ) -> Result<(PaymentIntent, ClientSecret), Refusal> {
        let currency = CurrencyCode::parse(&new.currency).map_err(|error| invalid("currency", error))?;
        let request = PaymentRequest {
            tenant: provider.tenant().clone(),
            user: Some(user_id(&new.user)?),
            amount: Money::new(new.amount, currency).map_err(|error| invalid("amount", error))?,
            payee: Payee::parse(&new.payee).map_err(|error| invalid("payee", error))?,
            description: new.description,
            capture_method: CaptureMethod::Automatic,
        };
        let (payment, secret) = PaymentIntent::create(request, self.now_ms(), &mut self.rng())
            .map_err(|error| invalid("description", error))?;
        self.store
            .commit(Transition::CreatePayment(payment.clone()))
            .await?;
        Ok((payment, secret))
    }

    /// A payment of the provider's tenant, as it is now: one whose time is over is expired by this look at it.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn payment(&self, provider: &Provider, id: &str) -> Result<PaymentIntent, Refusal> {
        let id = PaymentId::parse(id).map_err(|_| missing("payment intent"))?;
        let payment = self.store.payment(id).await?;
        let payment = payment.filter(|payment| payment.tenant() == provider.tenant());
        self.expired_if_late(payment.ok_or_else(|| missing("payment intent"))?)
            .await
    }

    /// The payment that a client secret opens, if it is the one asked for.
    ///
    /// # Errors
    /// `client_secret_invalid`, whatever the reason; `store_unavailable`.
    pub async fn payment_by_secret(&self, secret: &str, id: &str) -> Result<PaymentIntent, Refusal> {
        let invalid = || {
            Refusal::new(
                RefusalCode::ClientSecretInvalid,
                "it must be this payment's, and not yet expired",
            )
            .at("smile-client-secret")
        };
        let id = PaymentId::parse(id).map_err(|_| invalid())?;
        let payment = self.store.payment(id).await?.ok_or_else(invalid)?;
        if *payment.tenant() == self.tenant && payment.client_secret_opens(secret, self.now_ms()) {
            Ok(payment)
        } else {
            Err(invalid())
        }
    }

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

    async fn expired_if_late(&self, payment: PaymentIntent) -> Result<PaymentIntent, Refusal> {
        let now_ms = self.now_ms();
        if payment.status() != PaymentStatus::RequiresAction || now_ms < payment.expires_at_ms() {
            return Ok(payment);
        }
        let (tenant, id) = (payment.tenant().clone(), payment.id().clone());
        let expire = Transition::MovePayment {
            tenant,
            payment: id.clone(),
            event: PaymentEvent::Expire,
            now_ms,
        };
        match self.store.commit(expire).await {
            Ok(Outcome::PaymentMoved(expired)) => Ok(expired),
            // Somebody else moved it in between: what they made of it is the answer.
            _ => self
                .store
                .payment(id)
                .await?
                .ok_or_else(|| missing("payment intent")),
        }
    }
}

fn invalid(member: &str, rule: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalCode::MemberInvalid, rule.to_string()).at(member)
}
