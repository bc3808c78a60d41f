//! The final challenge: what ties an assertion to server, application and channel (UAF §3.1.7 to §3.1.9).

mod channel_id;

pub use channel_id::ChannelId;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::hash::{HashAlgorithm, HashValue};
use crate::json::{self, FromJson, Node, ObjectWriter, ToJson, serde_as_json};
use crate::limits;
use crate::uaf::identity::{AppId, Challenge, FacetId};

/// What the client knows of the TLS channel (UAF §3.1.9). All empty where it knows nothing.
/// The members hold the text as transmitted; the server compares it with what it expects.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ChannelBinding {
    /// `tls-server-end-point`: base64url of the hash of the server's certificate.
    pub server_end_point: Option<String>,
    /// base64url of the server's certificate in DER.
    pub tls_server_certificate: Option<String>,
    /// `tls-unique`: base64url. Deprecated with TLS 1.3.
    pub tls_unique: Option<String>,
    /// `unused`, or base64url of a JWK.
    pub cid_pubkey: Option<String>,
}

impl ChannelBinding {
    /// What `cid_pubkey` says, where it is there.
    ///
    /// # Errors
    /// [`ProtocolError`] with paths under `channelBinding.cid_pubkey` unless it is `unused` or base64url of a JWK of
    /// an elliptic curve key on P-256 (UAF §3.1.9).
    pub fn channel_id(&self) -> Result<Option<ChannelId>, ProtocolError> {
        self.cid_pubkey.as_deref().map(ChannelId::decode).transpose()
    }

    /// Whether the client sent no binding at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

impl FromJson for ChannelBinding {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        let member = |name| -> Result<Option<String>, ProtocolError> {
            let Some(value) = node.optional(name)? else {
                return Ok(None);
            };
            Ok(Some(value.text_of(1, limits::FC_PARAMS_CHARS)?.to_owned()))
        };
        Ok(Self {
            server_end_point: member("serverEndPoint")?,
            tls_server_certificate: member("tlsServerCertificate")?,
            tls_unique: member("tlsUnique")?,
            cid_pubkey: member("cid_pubkey")?,
        })
    }
}

impl ToJson for ChannelBinding {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put_some("serverEndPoint", self.server_end_point.as_deref())
            .put_some("tlsServerCertificate", self.tls_server_certificate.as_deref())
            .put_some("tlsUnique", self.tls_unique.as_deref())
            .put_some("cid_pubkey", self.cid_pubkey.as_deref())
            .finish()
    }
}

/// What the client puts together and the authenticator signs the hash of (UAF §3.1.7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FinalChallengeParams {
    /// The application, or the facet where the request named none.
    pub app_id: AppId,
    /// The server's challenge.
    pub challenge: Challenge,
    /// The caller, as the client determined it.
    pub facet_id: FacetId,
    /// The TLS channel; required, possibly empty.
    pub channel_binding: ChannelBinding,
}

impl FinalChallengeParams {
    /// base64url of the JSON text: the `fcParams` of a response (UAF §3.4.6.2).
    ///
    /// # Errors
    /// [`FieldRule::Length`] for `fcParams` when a channel binding makes it too long.
    pub fn encode(&self) -> Result<FcParams, ProtocolError> {
        FcParams::from_transmitted(base64url::encode(json::write(&self.to_json()).as_bytes()))
    }
}

impl FromJson for FinalChallengeParams {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            app_id: node.required_as("appID")?,
            challenge: node.required_as("challenge")?,
            facet_id: node.required_as("facetID")?,
            channel_binding: node.required_as("channelBinding")?,
        })
    }
}

impl ToJson for FinalChallengeParams {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("appID", self.app_id.as_str())
            .put("challenge", self.challenge.to_string())
            .put("facetID", self.facet_id.as_str())
            .put("channelBinding", self.channel_binding.to_json())
            .finish()
    }
}

/// `fcParams` exactly as it travelled: the hash is over these characters, never over decoded
/// or rewritten JSON (UAF §3.4.6.5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct FcParams(String);

impl FcParams {
    /// Keeps the transmitted text, whatever it is, up to 8 Ki characters.
    ///
    /// # Errors
    /// [`FieldRule::Length`] for `fcParams` when the text is empty or too long.
    pub fn from_transmitted(text: impl Into<String>) -> Result<Self, ProtocolError> {
        let text = text.into();
        let (actual, max) = (text.len(), limits::FC_PARAMS_CHARS);
        if (1..=max).contains(&actual) {
            return Ok(Self(text));
        }
        Err(ProtocolError::field(
            "fcParams",
            FieldRule::Length { min: 1, max, actual },
        ))
    }

    /// The transmitted text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parameters inside.
    ///
    /// # Errors
    /// [`ProtocolError`] with paths under `fcParams` when the text is not base64url of the
    /// JSON object of UAF §3.1.7.
    pub fn decode(&self) -> Result<FinalChallengeParams, ProtocolError> {
        let bytes = base64url::decode(&self.0).map_err(|error| error.under("fcParams"))?;
        let text = String::from_utf8(bytes)
            .map_err(|_| ProtocolError::field("fcParams", FieldRule::Other("is not UTF-8")))?;
        let tree = json::parse(&text, "fcParams", limits::FC_PARAMS_CHARS)?;
        FinalChallengeParams::from_json(&Node::root(&tree, "fcParams"))
    }

    /// The hash over the transmitted text, by the hash function of the authenticator's algorithm.
    #[must_use]
    pub fn hash(&self, algorithm: HashAlgorithm) -> FinalChallengeHash {
        FinalChallengeHash(algorithm.digest(self.0.as_bytes()))
    }
}

impl TryFrom<String> for FcParams {
    type Error = ProtocolError;

    fn try_from(text: String) -> Result<Self, ProtocolError> {
        Self::from_transmitted(text)
    }
}

impl From<FcParams> for String {
    fn from(value: FcParams) -> Self {
        value.0
    }
}

impl FromJson for FcParams {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        node.place(Self::from_transmitted(node.text()?))
    }
}

/// The hash of the transmitted `fcParams`: `TAG_FINAL_CHALLENGE_HASH`. The hash function is that of the
/// authenticator's algorithm (UAF §3.4.6.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FinalChallengeHash(pub HashValue);

serde_as_json!(ChannelBinding, FinalChallengeParams);

#[cfg(test)]
mod tests;
