//! What engines do alike when they apply writes.

use super::{StoreError, Table, row};
use smile_ceremony::transition::Write;

/// That the record of a write can be kept.
pub fn must_fit(write: &Write) -> Result<(), StoreError> {
    match write {
        Write::PutEnrolmentSession(record) => row::encode(Table::EnrolmentSessions, record).map(drop),
        Write::PutAuthenticationSession(record) => {
            row::encode(Table::AuthenticationSessions, record).map(drop)
        }
        Write::PutPayment(record) => row::encode(Table::Payments, record).map(drop),
        Write::PutCeremony(record) => row::encode(Table::Ceremonies, record).map(drop),
        Write::PutCredential(record) => row::encode(Table::Credentials, record).map(drop),
        Write::PutConsent(record) => row::encode(Table::Consents, record).map(drop),
        Write::PutRefund(record) => row::encode(Table::Refunds, record).map(drop),
        Write::PutLedgerEntry(record) => row::encode(Table::Ledger, record).map(drop),
        Write::PutIdempotency(record) => row::encode(Table::Idempotency, record).map(drop),
        Write::PutApiKey(record) => row::encode(Table::ApiKeys, record).map(drop),
        _ => Ok(()),
    }
}

/// The ceremonies learned a kind of write that this engine does not know: nothing of the transition may be applied.
pub fn unknown_write(write: &Write) -> StoreError {
    let kind = match write {
        Write::DeleteCeremony(_)
        | Write::DeleteCredential(_)
        | Write::DeleteConsent(_)
        | Write::DeleteEnrolmentSession(_)
        | Write::DeleteAuthenticationSession(_)
        | Write::DeleteIdempotency(_) => "a deletion",
        _ => "a record",
    };
    StoreError::Unavailable(format!(
        "the engine does not know how to write {kind} of this kind"
    ))
}
