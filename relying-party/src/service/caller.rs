//! Who calls, as witnesses that only a check can make.

use super::{Refusal, RefusalCode, Service};
use smile_ceremony::identifier::TenantId;

/// Witness: the caller holds a secret key of this tenant.
#[derive(Debug, Clone)]
pub struct Provider {
    tenant: TenantId,
}

impl Provider {
    /// The tenant that the key belongs to.
    #[must_use]
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }
}

impl Service {
    /// Checks a presented secret key.
    ///
    /// # Errors
    /// `api_key_missing`, `api_key_invalid`.
    pub fn provider(&self, key: Option<&str>) -> Result<Provider, Refusal> {
        let key = key.ok_or_else(|| {
            Refusal::new(
                RefusalCode::ApiKeyMissing,
                "send the header Authorization: Bearer sk_…",
            )
            .at("authorization")
        })?;
        let holder = self.api_keys.holder_of(key).ok_or_else(|| {
            Refusal::new(
                RefusalCode::ApiKeyInvalid,
                "the key must be one whose hash is in api_keys",
            )
            .at("authorization")
        })?;
        tracing::debug!(holder, "provider");
        Ok(Provider {
            tenant: self.tenant.clone(),
        })
    }
}
