//! What a body is.

/// Accepted, or the rule that the input breaks.
pub type Verdict = Result<(), String>;

/// How inputs are built, so that changes can keep to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// JSON.
    Json,
    /// base64url of JSON.
    Base64urlJson,
    /// Tags, lengths and values of UAF.
    Tlv,
    /// DER; other bytes too.
    Der,
    /// Anything else.
    Bytes,
    /// JSON, or tags, lengths and values of UAF.
    JsonOrTlv,
}

/// One body.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name, and that of its folder in the corpus.
    pub name: &'static str,
    /// How its inputs are built.
    pub shape: Shape,
    /// The longest input that is looked at, in bytes.
    pub limit: Option<usize>,
    /// The body.
    pub body: fn(&[u8]) -> Verdict,
}

/// A body of this name.
pub const fn target(
    name: &'static str,
    shape: Shape,
    limit: Option<usize>,
    body: fn(&[u8]) -> Verdict,
) -> Target {
    Target {
        name,
        shape,
        limit,
        body,
    }
}
