//! CallerID (ASM §6.1): which FIDO client asks.

#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

/// Which FIDO client asks, as the platform says it, for example the hash of the certificate that signed the
/// client's app. Whoever builds an [`super::Asm`] vouches for it.
///
/// The callers of this crate itself are no names: nothing that a platform says makes one of them.
#[derive(Serialize, Deserialize, Clone, PartialEq, Eq, Debug)]
#[serde(from = "Stored", into = "Stored")]
pub struct CallerId(Caller);

#[derive(Clone, PartialEq, Eq, Debug)]
enum Caller {
    /// The FIDO client that is this very crate ([`crate::client`]).
    OwnClient,
    /// An ASM of another maker: it has its clients and its tokens, and this one knows only its commands.
    Commands,
    /// A client that the platform names.
    Named(String),
}

impl CallerId {
    /// Takes the platform's word for who calls.
    pub fn new(caller: impl Into<String>) -> Self {
        Self(Caller::Named(caller.into()))
    }

    pub(crate) fn own_client() -> Self {
        Self(Caller::OwnClient)
    }

    pub(crate) fn of_commands() -> Self {
        Self(Caller::Commands)
    }

    /// Kind and name as they go into a KHAccessToken. The numbers are in tokens of keys that exist: they stay.
    pub(super) fn kind_and_name(&self) -> (u8, &str) {
        match &self.0 {
            Caller::OwnClient => (0, ""),
            Caller::Commands => (1, ""),
            Caller::Named(name) => (2, name),
        }
    }

    /// The text that stood for a caller while all callers were texts.
    pub(super) fn as_text_before(&self) -> &str {
        match &self.0 {
            Caller::OwnClient => OWN_CLIENT,
            Caller::Commands => COMMANDS,
            Caller::Named(name) => name,
        }
    }
}

/// Rows from before callers were told apart are the own client's.
impl Default for CallerId {
    fn default() -> Self {
        Self::own_client()
    }
}

const OWN_CLIENT: &str = "smile-authenticator/client";
const COMMANDS: &str = "smile-authenticator/commands";

/// A caller in a row: this crate's are texts, those that a platform names are maps.
///
/// Older rows have texts for all. A text that is none of this crate's is a name then; a client that called itself
/// like one of this crate's cannot be told from it, and its keys are this crate's.
#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Named { platform: String },
    Text(String),
}

impl From<CallerId> for Stored {
    fn from(caller: CallerId) -> Self {
        match caller.0 {
            Caller::OwnClient => Self::Text(OWN_CLIENT.to_owned()),
            Caller::Commands => Self::Text(COMMANDS.to_owned()),
            Caller::Named(platform) => Self::Named { platform },
        }
    }
}

impl From<Stored> for CallerId {
    fn from(stored: Stored) -> Self {
        match stored {
            Stored::Named { platform } => Self::new(platform),
            Stored::Text(text) => match text.as_str() {
                OWN_CLIENT => Self::own_client(),
                COMMANDS => Self::of_commands(),
                _ => Self::new(text),
            },
        }
    }
}
