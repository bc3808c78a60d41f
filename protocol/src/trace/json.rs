//! A map as JSON, as docs/inspect.md describes it.

use serde_json::{Value, json};

use super::{Entry, Layer, Place, Trace};

impl Trace {
    /// The map as one JSON object: `kind`, `encoding`, `broken` (how many rules), `layers`.
    pub fn as_json(&self) -> Value {
        let layers: Vec<Value> = self.layers.iter().map(Layer::as_json).collect();
        json!({
            "kind": self.kind().name(),
            "encoding": self.encoding.name(),
            "broken": self.broken().count(),
            "layers": layers,
        })
    }
}

impl Layer {
    /// The layer as one JSON object: `name`, `inside` (the layer around it), `kind`, `length`, `entries`.
    pub fn as_json(&self) -> Value {
        let entries: Vec<Value> = self.entries.iter().map(Entry::as_json).collect();
        json!({
            "name": self.name,
            "inside": self.inside,
            "kind": self.kind.name(),
            "length": self.length,
            "entries": entries,
        })
    }
}

impl Entry {
    /// The entry as one JSON object: `offset`, `length`, `depth`, `name`, `meaning`, `broken`, and `tag` or `path`.
    pub fn as_json(&self) -> Value {
        let mut value = json!({
            "offset": self.offset,
            "length": self.length,
            "depth": self.depth,
            "name": self.name,
            "meaning": self.meaning,
            "broken": self.broken,
        });
        match &self.place {
            Place::Tag(tag) => value["tag"] = format!("0x{tag:04X}").into(),
            Place::Path(path) => value["path"] = path.as_str().into(),
            Place::Field => {}
        }
        value
    }
}
