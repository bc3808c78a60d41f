//! Who may ask for an operation: the kinds of key, the client secret of a payment, and what each operation wants of them.

use crate::service::RefusalCode;
use smile_ceremony::record::Scope;
use utoipa::openapi::SecurityRequirement;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};

const SECRET_KEY: &str = "secret_key";
const RESTRICTED_KEY: &str = "restricted_key";
const PUBLISHABLE_KEY: &str = "publishable_key";
const CLIENT_SECRET: &str = "client_secret";

/// Who may ask.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Permission {
    /// Everybody; or what is asked for brings its permission in its message.
    Nothing,
    /// Who holds a key of the provider that permits what this scope names.
    Key(Scope),
    /// That, or who holds the client secret of the payment.
    KeyOrClientSecret(Scope),
    /// Who holds the client secret of the payment, and nobody else.
    ClientSecret,
}

impl Permission {
    /// Each way to ask. A secret key has every scope; what a restricted one has to have is its role here (OpenAPI 3.1.0
    /// §4.8.30).
    pub fn requirements(self) -> Vec<SecurityRequirement> {
        let nothing = [""; 0];
        let keys = |scope: Scope| {
            vec![
                SecurityRequirement::new(SECRET_KEY, nothing),
                SecurityRequirement::new(RESTRICTED_KEY, [scope.as_str()]),
            ]
        };
        match self {
            Self::Nothing => Vec::new(),
            Self::ClientSecret => vec![SecurityRequirement::new(CLIENT_SECRET, nothing)],
            Self::Key(scope) => keys(scope),
            Self::KeyOrClientSecret(scope) => {
                let secret = SecurityRequirement::new(CLIENT_SECRET, nothing);
                let published = secret.clone().add(PUBLISHABLE_KEY, nothing);
                let mut ways = keys(scope);
                ways.extend([secret, published]);
                ways
            }
        }
    }

    /// What is answered to who may not.
    pub fn refusals(self) -> &'static [RefusalCode] {
        let all = &[
            RefusalCode::ApiKeyMissing,
            RefusalCode::ApiKeyInvalid,
            RefusalCode::ApiKeyExpired,
            RefusalCode::ApiKeyPublishable,
            RefusalCode::ScopeMissing,
            RefusalCode::ClientSecretInvalid,
        ];
        match self {
            Self::Nothing => &[],
            Self::ClientSecret => &all[5..],
            Self::Key(_) => &all[..5],
            Self::KeyOrClientSecret(_) => all,
        }
    }
}

/// The schemes, by their names in the document.
pub fn schemes() -> [(&'static str, SecurityScheme); 4] {
    let bearer = |says: &str| {
        let scheme = HttpBuilder::new().scheme(HttpAuthScheme::Bearer);
        SecurityScheme::Http(scheme.description(Some(says)).build())
    };
    let secret = ApiKeyValue::with_description(
        "Smile-Client-Secret",
        "The client secret of one payment, for the app. It opens that payment only.",
    );
    [
        (
            SECRET_KEY,
            bearer("`sk_…`: opens everything of its tenant. For your backend only."),
        ),
        (
            RESTRICTED_KEY,
            bearer("`rk_…`: opens what its scopes name; the one that an operation wants stands with it."),
        ),
        (
            PUBLISHABLE_KEY,
            bearer("`pk_…`: names its tenant and opens nothing by itself; it may stand in a page or an app."),
        ),
        (CLIENT_SECRET, SecurityScheme::ApiKey(ApiKey::Header(secret))),
    ]
}
