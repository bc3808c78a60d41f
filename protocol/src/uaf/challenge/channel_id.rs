//! The client's TLS channel ID (UAF §3.1.8, §3.1.9).

use crate::base64url;
use crate::error::{FieldRule, ProtocolError};
use crate::json::{self, Node, ObjectWriter};
use crate::limits;

/// How errors name the member.
const FIELD: &str = "channelBinding.cid_pubkey";

/// What the client tells when its TLS stack can do without a channel ID, and the server asked for none.
const UNUSED: &str = "unused";

/// Bytes of a coordinate on P-256.
const COORDINATE_BYTES: usize = 32;

/// What a client says of its channel ID (UAF §3.1.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelId {
    /// The client knows channel IDs, and the server did not ask for one.
    Unused,
    /// The public key of the channel, a point on P-256; whether it is on the curve is not looked at.
    Key {
        /// The x coordinate, big-endian.
        x: [u8; COORDINATE_BYTES],
        /// The y coordinate, big-endian.
        y: [u8; COORDINATE_BYTES],
    },
}

impl ChannelId {
    /// The value of `cid_pubkey`.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Unused => UNUSED.to_owned(),
            Self::Key { x, y } => {
                let key = ObjectWriter::default()
                    .put("kty", "EC")
                    .put("crv", "P-256")
                    .put("x", base64url::encode(x))
                    .put("y", base64url::encode(y))
                    .finish();
                base64url::encode(json::write(&key).as_bytes())
            }
        }
    }

    /// Reads the value of `cid_pubkey`.
    pub(super) fn decode(text: &str) -> Result<Self, ProtocolError> {
        if text == UNUSED {
            return Ok(Self::Unused);
        }
        let bytes = base64url::decode(text).map_err(|error| error.under(FIELD))?;
        let key = String::from_utf8(bytes)
            .map_err(|_| ProtocolError::field(FIELD, FieldRule::Other("is not UTF-8")))?;
        let tree = json::parse(&key, FIELD, limits::FC_PARAMS_CHARS)?;
        let node = Node::root(&tree, FIELD);
        must_be(&node.required("kty")?, "EC", "has to be EC")?;
        must_be(&node.required("crv")?, "P-256", "has to be P-256")?;
        Ok(Self::Key {
            x: coordinate(&node.required("x")?)?,
            y: coordinate(&node.required("y")?)?,
        })
    }
}

fn must_be(node: &Node<'_>, wanted: &str, rule: &'static str) -> Result<(), ProtocolError> {
    if node.text()? == wanted {
        Ok(())
    } else {
        Err(node.refuse(rule))
    }
}

fn coordinate(node: &Node<'_>) -> Result<[u8; COORDINATE_BYTES], ProtocolError> {
    let bytes = node.bytes_of(COORDINATE_BYTES, COORDINATE_BYTES)?;
    Ok(bytes.try_into().expect("bytes_of checked the length"))
}
