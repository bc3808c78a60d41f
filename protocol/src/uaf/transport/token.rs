//! Further tokens for the client application (Transport §8.3.8, §8.3.9).

use std::fmt;

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson};

/// Declares the types with their names.
macro_rules! token_types {
    ($($(#[$meta:meta])* $variant:ident = $name:literal;)+) => {
        /// What a token is (Transport §8.3.9).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum TokenType {
            $($(#[$meta])* $variant,)+
        }

        impl TokenType {
            /// Every type, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in JSON.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }
        }
    };
}

token_types! {
    /// A cookie, for clients without a cookie store of their own.
    HttpCookie = "HTTP_COOKIE";
    /// RFC 5849.
    OAuth = "OAUTH";
    /// RFC 6749.
    OAuth2 = "OAUTH2";
    /// SAML 1.1.
    Saml1_1 = "SAML1_1";
    /// SAML 2.0.
    Saml2 = "SAML2";
    /// A JSON Web Token.
    Jwt = "JWT";
    /// An OpenID Connect `id_token`.
    OpenIdConnect = "OPENID_CONNECT";
}

impl FromJson for TokenType {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let name = node.text()?;
        let found = Self::ALL.iter().copied().find(|kind| kind.name() == name);
        found.ok_or_else(|| node.refuse("is not a token type"))
    }
}

/// A further token for the client application (Transport §8.3.8). Whoever has it may be whom it was made for, so it
/// does not print: `Debug` shows type and length.
#[derive(Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenType,
    /// The token.
    pub value: String,
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Token")
            .field("kind", &self.kind)
            .field(
                "value",
                &format_args!("{} characters", self.value.chars().count()),
            )
            .finish()
    }
}

impl FromJson for Token {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            kind: node.required_as("type")?,
            value: node.required_as("value")?,
        })
    }
}

impl ToJson for Token {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("type", self.kind.name())
            .put("value", self.value.as_str())
            .finish()
    }
}
