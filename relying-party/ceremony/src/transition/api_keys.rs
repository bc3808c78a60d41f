//! The conditions of what happens to API keys.

use super::{Decision, Outcome, Rows, Undecided, Write, decide::read};
use crate::{
    error::CeremonyError,
    identifier::{ApiKeyId, TenantId},
    record::ApiKey,
};

type Decided<E> = Result<Decision, Undecided<E>>;

pub(super) fn roll<R: Rows>(
    rows: &R,
    (tenant, id): (&TenantId, &ApiKeyId),
    hash: &[u8; 32],
    expires_at_ms: u64,
    now_ms: u64,
) -> Decided<R::Error> {
    let (old, new) = key_of(rows, tenant, id)?.rolled(hash, expires_at_ms, now_ms)?;
    if read(rows.api_key(new.id()))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    Ok(Decision {
        writes: vec![Write::PutApiKey(old.clone()), Write::PutApiKey(new.clone())],
        outcome: Outcome::ApiKeyRolled { old, new },
    })
}

pub(super) fn revoke<R: Rows>(rows: &R, tenant: &TenantId, id: &ApiKeyId, now_ms: u64) -> Decided<R::Error> {
    let revoked = key_of(rows, tenant, id)?.revoked(now_ms)?;
    Ok(Decision {
        writes: vec![Write::PutApiKey(revoked.clone())],
        outcome: Outcome::ApiKeyRevoked(revoked),
    })
}

fn key_of<R: Rows>(rows: &R, tenant: &TenantId, id: &ApiKeyId) -> Result<ApiKey, Undecided<R::Error>> {
    let key = read(rows.api_key(id))?;
    let key = key.filter(|key| key.tenant() == tenant);
    Ok(key.ok_or(CeremonyError::ApiKeyUnknown)?)
}
