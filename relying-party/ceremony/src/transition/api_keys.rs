//! The conditions of what happens to API keys.

use super::{Decision, Outcome, Rows, Undecided, Write, decide::read};
use crate::{
    error::CeremonyError,
    identifier::{ApiKeyId, TenantId},
    record::ApiKey,
};

type Decided<E> = Result<Decision, Undecided<E>>;

/// Who makes a key, and for how many their tenant has room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyMaker {
    /// The caller's key, which may have come to its end since it was shown; `None` for one of the configuration, which is
    /// in no store and does not end while the server runs.
    pub by: Option<ApiKeyId>,
    /// Most keys of the tenant in the store that work at the same time.
    pub at_most: usize,
}

impl KeyMaker {
    fn must_be_let<R: Rows>(
        &self,
        rows: &R,
        tenant: &TenantId,
        now_ms: u64,
    ) -> Result<(), Undecided<R::Error>> {
        let Some(by) = &self.by else { return Ok(()) };
        let key = read(rows.api_key(by))?.filter(|key| key.tenant() == tenant && !key.is_over(now_ms));
        Ok(key.map(drop).ok_or(CeremonyError::CallerKeyOver)?)
    }

    /// Whether there is room for one key more, beside those that work but for `without`.
    fn must_have_room<R: Rows>(
        &self,
        rows: &R,
        tenant: &TenantId,
        without: Option<&ApiKeyId>,
        now_ms: u64,
    ) -> Result<(), Undecided<R::Error>> {
        let keys = read(rows.api_keys_of(tenant))?;
        let working = keys
            .iter()
            .filter(|key| !key.is_over(now_ms) && Some(key.id()) != without);
        if working.count() >= self.at_most {
            return Err(CeremonyError::ApiKeysExhausted.into());
        }
        Ok(())
    }
}

pub(super) fn create<R: Rows>(rows: &R, key: &ApiKey, maker: &KeyMaker) -> Decided<R::Error> {
    let (tenant, now_ms) = (key.tenant(), key.created_at_ms());
    maker.must_be_let(rows, tenant, now_ms)?;
    if read(rows.api_key(key.id()))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    maker.must_have_room(rows, tenant, None, now_ms)?;
    Ok(Decision {
        writes: vec![Write::PutApiKey(key.clone())],
        outcome: Outcome::Created,
    })
}

pub(super) fn roll<R: Rows>(
    rows: &R,
    maker: &KeyMaker,
    (tenant, id): (&TenantId, &ApiKeyId),
    (hash, expires_at_ms): (&[u8; 32], u64),
    now_ms: u64,
) -> Decided<R::Error> {
    maker.must_be_let(rows, tenant, now_ms)?;
    let (old, new) = key_of(rows, tenant, id)?.rolled(hash, expires_at_ms, now_ms)?;
    if read(rows.api_key(new.id()))?.is_some() {
        return Err(CeremonyError::IdentifierTaken.into());
    }
    let without = old.is_over(now_ms).then(|| old.id());
    maker.must_have_room(rows, tenant, without, now_ms)?;
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
