//! Trust anchors of direct anonymous attestation (Metadata §3.8).

use serde_json::Value;

use crate::error::ProtocolError;
use crate::json::{FromJson, Node, ObjectWriter, ToJson};

/// A public key for direct anonymous attestation (Metadata §3.8); kept as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EcdaaTrustAnchor {
    /// base64url of the point X.
    pub x: String,
    /// base64url of the point Y.
    pub y: String,
    /// base64url of c.
    pub c: String,
    /// base64url of sx.
    pub sx: String,
    /// base64url of sy.
    pub sy: String,
    /// The name of the curve.
    pub g1_curve: String,
}

impl FromJson for EcdaaTrustAnchor {
    fn from_json(node: &Node<'_>) -> Result<Self, ProtocolError> {
        Ok(Self {
            x: node.required_as("X")?,
            y: node.required_as("Y")?,
            c: node.required_as("c")?,
            sx: node.required_as("sx")?,
            sy: node.required_as("sy")?,
            g1_curve: node.required_as("G1Curve")?,
        })
    }
}

impl ToJson for EcdaaTrustAnchor {
    fn to_json(&self) -> Value {
        ObjectWriter::default()
            .put("X", self.x.as_str())
            .put("Y", self.y.as_str())
            .put("c", self.c.as_str())
            .put("sx", self.sx.as_str())
            .put("sy", self.sy.as_str())
            .put("G1Curve", self.g1_curve.as_str())
            .finish()
    }
}
