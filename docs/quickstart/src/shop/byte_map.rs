//! What every byte of a message is, as JSON for the page: the map of `smile-rp inspect --json`, and the bytes of each
//! layer, in hexadecimal.

use serde_json::Value;
use smile_protocol::base64url;
use smile_protocol::trace::{Entry, Layer, Place, Trace, trace};

/// The map of `message`. `hex` of a layer is null where its bytes cannot be found in the layer around it.
#[must_use]
pub fn of(message: &[u8]) -> Value {
    let map = trace(message);
    let bytes = bytes_of(&map, message);
    let mut shown = map.as_json();
    for (layer, bytes) in bytes.into_iter().enumerate() {
        shown["layers"][layer]["hex"] = bytes.map(hex::encode).into();
    }
    shown
}

/// The bytes of each layer, in the layers' order.
fn bytes_of(map: &Trace, message: &[u8]) -> Vec<Option<Vec<u8>>> {
    let mut found: Vec<Option<Vec<u8>>> = Vec::new();
    for layer in &map.layers {
        let bytes = match layer.inside {
            None => Some(message.to_vec()),
            Some(outer) => found
                .get(outer)
                .and_then(Option::as_deref)
                .and_then(|outside| carried(&map.layers[outer], layer, outside)),
        };
        found.push(bytes.filter(|bytes| bytes.len() == layer.length));
    }
    found
}

/// The bytes of a layer that the text at its path in the layer around it carries: as it stands, or in base64url.
fn carried(outer: &Layer, layer: &Layer, outside: &[u8]) -> Option<Vec<u8>> {
    let is_carrier = |entry: &&Entry| match &entry.place {
        Place::Path(path) => *path == layer.name,
        _ => false,
    };
    let entry = outer.entries.iter().find(is_carrier)?;
    let written = outside.get(entry.offset..entry.offset + entry.length)?;
    let text: String = serde_json::from_slice(written).ok()?;
    if text.len() == layer.length {
        return Some(text.into_bytes());
    }
    base64url::decode_loose(&text)
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    const MESSAGE: &[u8] =
        include_bytes!("../../../../tests/fuzz/corpus/registration_response/surrogate.json");

    fn hex_of(layer: &Value) -> Vec<u8> {
        hex::decode(layer["hex"].as_str().expect("its bytes are known")).expect("it is hexadecimal")
    }

    #[test]
    fn every_layer_comes_with_its_bytes() {
        let map = super::of(MESSAGE);
        let layers = map["layers"].as_array().expect("layers");
        assert!(layers.len() >= 3, "message, fcParams, assertion: {map}");
        assert_eq!(hex_of(&layers[0]), MESSAGE);
        for layer in layers {
            assert_eq!(Some(hex_of(layer).len() as u64), layer["length"].as_u64());
        }
        let assertion = layers.last().expect("there is one");
        // TAG_UAFV1_REG_ASSERTION, little-endian.
        assert_eq!(hex_of(assertion).get(..2), Some(&[0x01, 0x3E][..]), "{assertion}");
        let entries = assertion["entries"].as_array().expect("entries");
        assert!(entries.iter().any(|entry| entry["name"] == "AAID"), "{assertion}");
    }

    #[test]
    fn what_is_no_message_is_shown_as_such() {
        let map = super::of(b"[1");
        assert_ne!(map["broken"], 0, "{map}");
        assert_eq!(super::of(MESSAGE)["kind"], "registration response");
    }
}
