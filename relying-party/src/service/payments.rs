//! Payment intents: created, moved, listed and read.

use super::once::about_payment;
use super::pictures::NotCreated;
use super::sessions::missing;
use super::{Once, Provider, Refusal, RefusalCode, Reply, Service};
use crate::store::{PaymentFilter, Place};
use smile_ceremony::error::CeremonyError;
use smile_ceremony::identifier::{PaymentId, TenantId};
use smile_ceremony::limits::PAYMENT_LIFETIME_MS;
use smile_ceremony::payment::{
    CaptureMethod, CurrencyCode, Money, OrderReference, Payee, PaymentEvent, PaymentIntent, PaymentRequest,
    PaymentStatus,
};
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::transition::{Outcome, Transition};

/// Most payments that are expired at once: their commits share a few syncs.
const EXPIRE_MAX: usize = 1_000;

/// What a provider asks for, as it came.
#[derive(Debug, Clone)]
pub struct NewPayment {
    /// Minor units of the currency, 1 to 999 999 999 999.
    pub amount: u64,
    /// ISO 4217 code in capital letters.
    pub currency: String,
    /// Who is paid: 1 to 100 characters without double quotes.
    pub payee: String,
    /// Who pays; may be named later.
    pub user: Option<String>,
    /// The provider's name of what is paid for: 1 to 40 characters without double quotes.
    pub order: Option<String>,
    /// The provider's own note, at most 500 characters.
    pub description: Option<String>,
    /// `automatic` where it is not said.
    pub capture_method: Option<String>,
    /// Whether creation is the confirmation; where it is not said, it is where a user is named.
    pub confirm: Option<bool>,
    /// How long it waits for its buyer, 60 to 86400 seconds; 900 where it is not said.
    pub expires_in_s: Option<u64>,
    /// Where the hosted page leads the payer when all is done: https, or http on loopback in development.
    pub return_url: Option<String>,
}

/// A part of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    /// The records, newest first.
    pub data: Vec<T>,
    /// Whether there are more behind the last one.
    pub has_more: bool,
}

impl<T> Page<T> {
    /// The page of at most `limit` records, given one more where there is one.
    pub(super) fn of(mut data: Vec<T>, limit: usize) -> Self {
        let has_more = data.len() > limit;
        data.truncate(limit);
        Self { data, has_more }
    }
}

/// Which payments are asked for.
#[derive(Debug, Clone)]
pub struct PaymentList {
    /// Only of this user.
    pub user: Option<String>,
    /// Only in this state.
    pub status: Option<PaymentStatus>,
    /// Only behind this payment.
    pub starting_after: Option<String>,
    /// At most so many, 1 to 100.
    pub limit: usize,
}

impl Service {
    /// Creates a payment; `show` gets the client secret, which is not kept.
    ///
    /// # Errors
    /// `member_invalid` naming the member, those of the idempotency key, `store_unavailable`.
    pub async fn create_payment(
        &self,
        provider: &Provider,
        new: NewPayment,
        once: &Once,
        show: impl FnOnce(&PaymentIntent, &ClientSecret) -> Reply,
    ) -> Result<Reply, Refusal> {
        let pages = self.hosted_pages.of_payment(new.return_url.as_deref())?;
        let request = self.payment_request(provider, new)?;
        // Keys and fonts may be others by now; the answer to the same request is not.
        if request.needs_picture()
            && let Some(reply) = self.recalled(once).await?
        {
            return Ok(reply);
        }
        let created = if request.needs_picture() {
            self.create_pictured(provider, request).await
        } else {
            PaymentIntent::create(request, self.now_ms(), &mut self.rng()).map_err(NotCreated::from)
        };
        let (payment, secret) = created.map_err(|not_created| match not_created {
            NotCreated::Rule(error) => invalid(member_of(&error), error),
            NotCreated::Drawing(refusal) => refusal,
        })?;
        let payment = payment.with_pages(pages);
        let reply = show(&payment, &secret);
        let create = Transition::CreatePayment(Box::new(payment));
        self.perform(once, create, move |_| Ok(reply.clone())).await
    }

    fn payment_request(&self, provider: &Provider, new: NewPayment) -> Result<PaymentRequest, Refusal> {
        let currency = CurrencyCode::parse(&new.currency).map_err(|error| invalid("currency", error))?;
        let order = new.order.as_deref().map(OrderReference::parse).transpose();
        let capture_method = match new.capture_method.as_deref() {
            None | Some("automatic") => CaptureMethod::Automatic,
            Some("manual") => CaptureMethod::Manual,
            Some(_) => return Err(invalid("capture_method", "must be automatic or manual")),
        };
        if new.confirm == Some(true) && new.user.is_none() {
            return Err(invalid("confirm", "needs a user: nobody is named who could sign"));
        }
        Ok(PaymentRequest {
            tenant: provider.tenant().clone(),
            user: new
                .user
                .as_deref()
                .map(|user| self.counted_user(provider, user))
                .transpose()?,
            amount: Money::new(new.amount, currency).map_err(|error| invalid("amount", error))?,
            payee: Payee::parse(&new.payee).map_err(|error| invalid("payee", error))?,
            description: new.description,
            order: order.map_err(|error| invalid("order", error))?,
            capture_method,
            confirm: new.confirm.unwrap_or(true),
            lifetime_ms: new
                .expires_in_s
                .map_or(PAYMENT_LIFETIME_MS, |seconds| seconds.saturating_mul(1000)),
            settlement: self.settler.settlement(),
        })
    }

    /// Names the user who is to pay.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `resource_missing`, `state_conflict`, those of the idempotency key,
    /// `store_unavailable`.
    pub async fn attach_user(
        &self,
        provider: &Provider,
        id: &str,
        user: &str,
        once: &Once,
        show: fn(&PaymentIntent) -> Reply,
    ) -> Result<Reply, Refusal> {
        let attach = self.event(
            provider,
            id,
            PaymentEvent::AttachUser(self.counted_user(provider, user)?),
        )?;
        self.perform(once, attach, about_payment(show)).await
    }

    /// Lets the buyer sign.
    ///
    /// # Errors
    /// `resource_missing`, `state_conflict`, those of the idempotency key, `store_unavailable`.
    pub async fn confirm_payment(
        &self,
        provider: &Provider,
        id: &str,
        once: &Once,
        show: fn(&PaymentIntent) -> Reply,
    ) -> Result<Reply, Refusal> {
        let confirm = self.event(provider, id, PaymentEvent::Confirm)?;
        self.perform(once, confirm, about_payment(show)).await
    }

    /// Gives a payment up.
    ///
    /// # Errors
    /// As [`Service::confirm_payment`].
    pub async fn cancel_payment(
        &self,
        provider: &Provider,
        id: &str,
        once: &Once,
        show: fn(&PaymentIntent) -> Reply,
    ) -> Result<Reply, Refusal> {
        let cancel = self.event(provider, id, PaymentEvent::Cancel)?;
        self.perform_and_settle(once, cancel, about_payment(show)).await
    }

    /// Takes the money of an authorised payment: `amount` minor units of it, or all.
    ///
    /// # Errors
    /// `member_invalid` and `amount_too_large` for `amount`, `payment_drifted`, and as [`Service::confirm_payment`].
    pub async fn capture_payment(
        &self,
        provider: &Provider,
        id: &str,
        amount: Option<u64>,
        once: &Once,
        show: fn(&PaymentIntent) -> Reply,
    ) -> Result<Reply, Refusal> {
        let capture = self.event(provider, id, PaymentEvent::Capture { amount })?;
        self.perform_and_settle(once, capture, about_payment(show)).await
    }

    fn event(&self, provider: &Provider, id: &str, event: PaymentEvent) -> Result<Transition, Refusal> {
        Ok(Transition::MovePayment {
            tenant: provider.tenant().clone(),
            payment: payment_id(id)?,
            event,
            now_ms: self.now_ms(),
        })
    }

    /// A payment of the provider's tenant, as it is now: one whose time is over is expired by this look at it.
    ///
    /// # Errors
    /// `resource_missing`, `store_unavailable`.
    pub async fn payment(&self, provider: &Provider, id: &str) -> Result<PaymentIntent, Refusal> {
        let payment = self.store.payment(payment_id(id)?).await?;
        let payment = payment.filter(|payment| payment.tenant() == provider.tenant());
        self.expired_if_late(payment.ok_or_else(|| missing("payment intent"))?)
            .await
    }

    /// Payments of the provider's tenant, newest first. Those whose time is over are expired before.
    ///
    /// # Errors
    /// `member_invalid` for `user`, `query_invalid` for `starting_after`, `store_unavailable`.
    pub async fn payments(
        &self,
        provider: &Provider,
        list: PaymentList,
    ) -> Result<Page<PaymentIntent>, Refusal> {
        self.expire_what_is_late().await?;
        let filter = PaymentFilter {
            tenant: provider.tenant().clone(),
            user: list
                .user
                .as_deref()
                .map(|user| self.counted_user(provider, user))
                .transpose()?,
            status: list.status,
        };
        let after = match &list.starting_after {
            None => None,
            Some(id) => Some(self.place_of(provider, id).await?),
        };
        let found = self.store.payments(filter, after, list.limit + 1).await?;
        Ok(Page::of(found, list.limit))
    }

    async fn place_of(&self, provider: &Provider, id: &str) -> Result<Place, Refusal> {
        let unknown = || {
            let rule = "must be a payment of this key's tenant";
            Refusal::new(RefusalCode::QueryInvalid, rule).at("starting_after")
        };
        let id = PaymentId::parse(id).map_err(|_| unknown())?;
        let payment = self.store.payment(id).await?;
        let payment = payment.filter(|payment| payment.tenant() == provider.tenant());
        let payment = payment.ok_or_else(unknown)?;
        Ok(Place {
            created_at_ms: payment.created_at_ms(),
            id: payment.id().to_string(),
        })
    }

    /// The payment that a client secret reads, if it is the one asked for, and of `tenant` where that is named too; until an
    /// hour after it expired.
    ///
    /// # Errors
    /// `client_secret_invalid`, whatever the reason; `store_unavailable`.
    pub async fn payment_by_secret(
        &self,
        secret: &str,
        tenant: Option<&TenantId>,
        id: &str,
    ) -> Result<PaymentIntent, Refusal> {
        let invalid = || {
            Refusal::new(
                RefusalCode::ClientSecretInvalid,
                "it must be this payment's, and expired for less than an hour",
            )
            .at("smile-client-secret")
        };
        let id = PaymentId::parse(id).map_err(|_| invalid())?;
        let payment = self.store.payment(id).await?.ok_or_else(invalid)?;
        let is_ours = match tenant {
            Some(tenant) => payment.tenant() == tenant,
            // Others' servers may share the store.
            None => self.tenants.named(payment.tenant()).is_some(),
        };
        if is_ours && payment.client_secret_reads(secret, self.now_ms()) {
            self.expired_if_late(payment).await
        } else {
            Err(invalid())
        }
    }

    /// Records of every payment that time has ended that it did, and returns how many there were.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn expire_what_is_late(&self) -> Result<usize, Refusal> {
        let mut count = 0;
        loop {
            let late = self.store.late_payments(self.now_ms(), EXPIRE_MAX).await?;
            let (found, before) = (late.len(), count);
            for expired in futures_util::future::join_all(late.into_iter().map(|one| self.expire(one))).await
            {
                count += usize::from(expired?);
            }
            // What somebody else moved meanwhile is not late any more.
            if found < EXPIRE_MAX || count == before {
                return Ok(count);
            }
        }
    }

    /// Whether this is what ended it.
    async fn expire(&self, payment: PaymentIntent) -> Result<bool, Refusal> {
        let expire = Transition::MovePayment {
            tenant: payment.tenant().clone(),
            payment: payment.id().clone(),
            event: PaymentEvent::Expire,
            now_ms: self.now_ms(),
        };
        match self.store.commit(expire).await {
            Ok(_) => Ok(true),
            Err(crate::store::StoreError::Refused(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    async fn expired_if_late(&self, payment: PaymentIntent) -> Result<PaymentIntent, Refusal> {
        let now_ms = self.now_ms();
        if !payment.is_late(now_ms) {
            return Ok(payment);
        }
        let id = payment.id().clone();
        let expire = Transition::MovePayment {
            tenant: payment.tenant().clone(),
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

/// A payment's identifier, or the refusal of one that does not exist.
pub(super) fn payment_id(id: &str) -> Result<PaymentId, Refusal> {
    PaymentId::parse(id).map_err(|_| missing("payment intent"))
}

/// The member that a refused creation names.
fn member_of(error: &CeremonyError) -> &'static str {
    match error {
        CeremonyError::TransactionTextTooLong { .. } | CeremonyError::OrderInvalid(_) => "order",
        CeremonyError::PayeeInvalid(_) => "payee",
        CeremonyError::LifetimeOutOfRange => "expires_in_s",
        _ => "description",
    }
}

pub(super) fn invalid(member: &str, rule: impl std::fmt::Display) -> Refusal {
    Refusal::new(RefusalCode::MemberInvalid, rule.to_string()).at(member)
}
