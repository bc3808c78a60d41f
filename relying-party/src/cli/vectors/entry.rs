//! One entry of a file of vectors, as far as it is one.

use serde_json::Value;

/// What an entry says. Members that are absent, or of another type, are absent here.
#[derive(Debug, Default)]
pub struct Entry {
    /// The name of the entry, as it came; null without one.
    pub id: Value,
    /// `reg` or `auth`; without it the assertion says what it is.
    pub is_registration: Option<bool>,
    /// The scheme of the assertion, where the entry or its message names one.
    pub scheme: Option<String>,
    /// base64url of the assertion.
    pub assertion: Option<String>,
    /// `fcParams` as transmitted.
    pub fc_params: Option<String>,
    /// base64url of the registered key.
    pub public_key: Option<String>,
}

impl Entry {
    /// Reads an entry; what it lacks is taken from the first object of its `message`.
    pub fn read(value: &Value) -> Self {
        let message = match &value["message"] {
            Value::Array(objects) => objects.first().unwrap_or(&Value::Null),
            other => other,
        };
        let carried = &message["assertions"][0];
        let text = |value: &Value, name: &str| value[name].as_str().map(str::to_owned);
        Self {
            id: value["id"].clone(),
            is_registration: match value["kind"].as_str() {
                Some("reg") => Some(true),
                Some("auth") => Some(false),
                _ => None,
            },
            scheme: text(value, "assertionScheme").or_else(|| text(carried, "assertionScheme")),
            assertion: text(value, "assertion").or_else(|| text(carried, "assertion")),
            fc_params: text(value, "fcParams").or_else(|| text(message, "fcParams")),
            public_key: text(value, "pubkey"),
        }
    }
}
