//! The books: what was captured and refunded, as double entries.
//!
//! An entry has one amount, one account that it is debited to and one that it is credited to: nothing else can be
//! written, so the books are balanced by construction. Its name follows from what it books, so nothing is booked twice.

use serde::{Deserialize, Serialize};

use super::{Money, PaymentIntent, Refund, RefundStatus};
use crate::identifier::{LedgerEntryId, PaymentId, RefundId, TenantId};

/// An account of the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Account {
    /// What the processor owes for captured payments.
    ProcessorReceivable,
    /// What the merchant is owed for them.
    MerchantPayable,
}

impl Account {
    /// The name, such as `merchant_payable`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ProcessorReceivable => "processor_receivable",
            Self::MerchantPayable => "merchant_payable",
        }
    }
}

/// One double entry: the same amount out of one account and into another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LedgerEntry {
    id: LedgerEntryId,
    tenant: TenantId,
    payment: PaymentId,
    refund: Option<RefundId>,
    amount: Money,
    debit: Account,
    credit: Account,
    booked_at_ms: u64,
}

impl LedgerEntry {
    /// The entry of a captured payment; `None` while nothing was captured.
    pub fn of_capture(payment: &PaymentIntent, now_ms: u64) -> Option<Self> {
        let captured = payment.amount_captured()?;
        Some(Self {
            id: LedgerEntryId::of("capture", payment.id().as_str()),
            tenant: payment.tenant().clone(),
            payment: payment.id().clone(),
            refund: None,
            amount: Money::new(captured, payment.amount().currency()).ok()?,
            debit: Account::ProcessorReceivable,
            credit: Account::MerchantPayable,
            booked_at_ms: now_ms,
        })
    }

    /// The entry of a refund; `None` where the money did not go back, or has not yet.
    pub fn of_refund(refund: &Refund, now_ms: u64) -> Option<Self> {
        (refund.status() == RefundStatus::Succeeded).then(|| Self {
            id: LedgerEntryId::of("refund", refund.id().as_str()),
            tenant: refund.tenant().clone(),
            payment: refund.payment().clone(),
            refund: Some(refund.id().clone()),
            amount: refund.amount(),
            debit: Account::MerchantPayable,
            credit: Account::ProcessorReceivable,
            booked_at_ms: now_ms,
        })
    }

    /// The identifier.
    pub fn id(&self) -> &LedgerEntryId {
        &self.id
    }

    /// Whose books.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// The payment.
    pub fn payment(&self) -> &PaymentId {
        &self.payment
    }

    /// The refund, where it books one.
    pub fn refund(&self) -> Option<&RefundId> {
        self.refund.as_ref()
    }

    /// How much.
    pub fn amount(&self) -> Money {
        self.amount
    }

    /// The account that is debited.
    pub fn debit(&self) -> Account {
        self.debit
    }

    /// The account that is credited.
    pub fn credit(&self) -> Account {
        self.credit
    }

    /// When it was booked, unix milliseconds.
    pub fn booked_at_ms(&self) -> u64 {
        self.booked_at_ms
    }
}
