//! A provider's keys that were made while the server ran. Those of the configuration have no record.

use serde::{Deserialize, Serialize};

use crate::{
    binary::Binary,
    error::CeremonyError,
    identifier::{ApiKeyId, TenantId},
};

/// What the holder of a key may do. An endpoint asks for one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Scope {
    /// Read payments, their refunds and their receipts.
    PaymentsRead,
    /// Create payments and move them.
    PaymentsWrite,
    /// Give captured money back.
    RefundsWrite,
    /// Read a person's keys, and sessions.
    UsersRead,
    /// Let a person register and log in; take a person's keys away.
    UsersWrite,
    /// Make, list, roll and revoke API keys.
    KeysWrite,
}

impl Scope {
    /// Every scope.
    pub const ALL: [Self; 6] = [
        Self::PaymentsRead,
        Self::PaymentsWrite,
        Self::RefundsWrite,
        Self::UsersRead,
        Self::UsersWrite,
        Self::KeysWrite,
    ];

    /// The name in the API, such as `payments:read`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::PaymentsRead => "payments:read",
            Self::PaymentsWrite => "payments:write",
            Self::RefundsWrite => "refunds:write",
            Self::UsersRead => "users:read",
            Self::UsersWrite => "users:write",
            Self::KeysWrite => "keys:write",
        }
    }

    /// The scope with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == name)
    }
}

/// The kinds of key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ApiKeyKind {
    /// Has every scope.
    #[default]
    Secret,
    /// Has the scopes that it was made with.
    Restricted,
    /// Has none: it names its tenant, and may be published. What a client secret permits needs that secret all the same.
    Publishable,
}

impl ApiKeyKind {
    /// Every kind.
    pub const ALL: [Self; 3] = [Self::Secret, Self::Restricted, Self::Publishable];

    /// The name in the API, such as `restricted`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Restricted => "restricted",
            Self::Publishable => "publishable",
        }
    }

    /// The kind with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// What the text of such a key begins with.
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Secret => "sk",
            Self::Restricted => "rk",
            Self::Publishable => "pk",
        }
    }
}

/// One key of a tenant. The key itself is not kept, only its hash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    id: ApiKeyId,
    tenant: TenantId,
    name: String,
    kind: ApiKeyKind,
    scopes: Vec<Scope>,
    /// SHA-256 of the key's text.
    hash: Binary,
    created_at_ms: u64,
    expires_at_ms: Option<u64>,
    revoked_at_ms: Option<u64>,
    rolled_to: Option<ApiKeyId>,
}

impl ApiKey {
    /// A new key, whose text has this SHA-256. Only a restricted key has scopes of its own: those of the other kinds
    /// follow from the kind.
    pub fn create(
        tenant: TenantId,
        name: String,
        (kind, mut scopes): (ApiKeyKind, Vec<Scope>),
        hash: &[u8; 32],
        now_ms: u64,
    ) -> Self {
        match kind {
            ApiKeyKind::Secret => scopes = Scope::ALL.to_vec(),
            ApiKeyKind::Restricted => {
                scopes.sort_unstable();
                scopes.dedup();
            }
            ApiKeyKind::Publishable => scopes.clear(),
        }
        Self {
            id: ApiKeyId::of_hash(hash),
            tenant,
            name,
            kind,
            scopes,
            hash: Binary::from(hash.as_slice()),
            created_at_ms: now_ms,
            expires_at_ms: None,
            revoked_at_ms: None,
            rolled_to: None,
        }
    }

    /// The identifier.
    pub fn id(&self) -> &ApiKeyId {
        &self.id
    }

    /// Whose it is.
    pub fn tenant(&self) -> &TenantId {
        &self.tenant
    }

    /// What the tenant calls it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The kind.
    pub fn kind(&self) -> ApiKeyKind {
        self.kind
    }

    /// What its holder may do, in the order of [`Scope::ALL`].
    pub fn scopes(&self) -> &[Scope] {
        &self.scopes
    }

    /// SHA-256 of its text.
    pub fn hash(&self) -> &Binary {
        &self.hash
    }

    /// When it was made, unix milliseconds.
    pub fn created_at_ms(&self) -> u64 {
        self.created_at_ms
    }

    /// When it stops working because it was rolled, unix milliseconds.
    pub fn expires_at_ms(&self) -> Option<u64> {
        self.expires_at_ms
    }

    /// When it was revoked, unix milliseconds.
    pub fn revoked_at_ms(&self) -> Option<u64> {
        self.revoked_at_ms
    }

    /// The key that took its place.
    pub fn rolled_to(&self) -> Option<&ApiKeyId> {
        self.rolled_to.as_ref()
    }

    /// Whether it opens nothing any more.
    pub fn is_over(&self, now_ms: u64) -> bool {
        self.revoked_at_ms.is_some() || self.expires_at_ms.is_some_and(|expires| now_ms >= expires)
    }

    /// This key until `expires_at_ms`, and one like it with another text in its place.
    pub(crate) fn rolled(
        &self,
        hash: &[u8; 32],
        expires_at_ms: u64,
        now_ms: u64,
    ) -> Result<(Self, Self), CeremonyError> {
        if self.revoked_at_ms.is_some() || self.rolled_to.is_some() {
            return Err(CeremonyError::ApiKeyNotActive);
        }
        let like_it = (self.kind, self.scopes.clone());
        let new = Self::create(self.tenant.clone(), self.name.clone(), like_it, hash, now_ms);
        let old = Self {
            expires_at_ms: Some(expires_at_ms),
            rolled_to: Some(new.id.clone()),
            ..self.clone()
        };
        Ok((old, new))
    }

    pub(crate) fn revoked(&self, now_ms: u64) -> Result<Self, CeremonyError> {
        if self.is_over(now_ms) {
            return Err(CeremonyError::ApiKeyNotActive);
        }
        Ok(Self {
            revoked_at_ms: Some(now_ms),
            ..self.clone()
        })
    }
}
