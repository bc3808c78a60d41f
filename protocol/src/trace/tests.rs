//! Maps of each kind of message: what they say, and where they put a broken rule.

mod bytes;
mod documents;
mod webauthn;

use super::{Entry, Trace, trace};

/// The entry of `layer` that is named `name`.
fn entry<'t>(map: &'t Trace, layer: usize, name: &str) -> &'t Entry {
    map.layers[layer]
        .entries
        .iter()
        .find(|entry| entry.name == name)
        .unwrap_or_else(|| panic!("no {name} in {:#?}", map.layers[layer]))
}

/// The broken rules as `layer:offset rule`.
fn broken(input: &[u8]) -> Vec<String> {
    let map = trace(input);
    let lines = map
        .broken()
        .map(|(layer, entry, rule)| format!("{}:{} {rule}", layer.name, entry.offset));
    lines.collect()
}
