//! The template's bytes. Everything in here that held secret bytes is zeroed.

use super::{MAX_ENCODED_TEMPLATE_BYTES, TemplateError};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use zeroize::Zeroizing;

/// The CBOR map, member by member in the order of encoding.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wire {
    pub(super) version: u32,
    pub(super) model: String,
    pub(super) model_sha256: Secret,
    pub(super) embeddings: Vec<Secret>,
}

impl Wire {
    pub(super) fn encode(&self) -> Zeroizing<Vec<u8>> {
        // Room for all of it from the start: a growing vector would leave unzeroed copies behind.
        let mut out = Zeroizing::new(Vec::with_capacity(MAX_ENCODED_TEMPLATE_BYTES));
        ciborium::into_writer(self, &mut *out)
            .expect("a vector takes every write and the map has only plain values");
        out
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, TemplateError> {
        // The reader copies byte strings through this buffer, so it is ours and zeroed.
        let mut scratch = Zeroizing::new(vec![0; MAX_ENCODED_TEMPLATE_BYTES]);
        let wire: Self =
            ciborium::de::from_reader_with_buffer(bytes, &mut scratch).map_err(|e| describe(&e))?;
        // Written again, the same values must give the same bytes: no trailing data, no second way to say it.
        if *wire.encode() == bytes {
            Ok(wire)
        } else {
            Err(TemplateError::NotCanonical)
        }
    }
}

/// What the reader disliked, without the value that it read.
fn describe(error: &ciborium::de::Error<std::io::Error>) -> TemplateError {
    use ciborium::de::Error as E;
    TemplateError::Cbor(match error {
        E::Io(_) => "it ends too early".to_owned(),
        E::Syntax(offset) => format!("bad syntax at offset {offset}"),
        E::Semantic(Some(offset), _) => format!("unexpected member or value at offset {offset}"),
        E::Semantic(None, _) => "a member is missing, doubled, unknown or of another kind".to_owned(),
        E::RecursionLimitExceeded => "nested too deeply".to_owned(),
    })
}

/// A byte string that is zeroed when dropped.
pub(super) struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    pub(super) fn of_bytes(bytes: &[u8]) -> Self {
        Self(Zeroizing::new(bytes.to_vec()))
    }

    pub(super) fn of_values(values: &[f32]) -> Self {
        let mut bytes = Zeroizing::new(Vec::with_capacity(4 * values.len()));
        for value in values {
            bytes.extend_from_slice(&value.to_le_bytes());
        }
        Self(bytes)
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.0
    }
}

impl Serialize for Secret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;
        impl Visitor<'_> for Bytes {
            type Value = Secret;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a byte string")
            }

            fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Secret, E> {
                Ok(Secret::of_bytes(bytes))
            }

            fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Secret, E> {
                Ok(Secret(Zeroizing::new(bytes)))
            }
        }
        deserializer.deserialize_bytes(Bytes)
    }
}
