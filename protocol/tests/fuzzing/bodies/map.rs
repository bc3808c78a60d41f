//! Byte maps of anything (`smile_protocol::trace`), which never refuse and have to be right about places all the more.

use smile_protocol::trace::{Entry, Kind, Layer, Place, trace};

use crate::target::Verdict;

/// What one byte of input may cost in words: a value of two bytes has a path, a name and a meaning.
const WORDS_PER_BYTE: usize = 1024;

/// What any map may cost besides.
const WORDS: usize = 64 * 1024;

/// A map. What it finds nothing of UAF in counts as refused.
pub fn map(data: &[u8]) -> Verdict {
    let map = trace(data);
    let first = map.layers.first().expect("the input is a layer");
    assert_eq!((first.length, first.inside), (data.len(), None));
    for (index, layer) in map.layers.iter().enumerate() {
        assert!(
            layer.inside.is_none_or(|outer| outer < index),
            "{} is inside itself",
            layer.name
        );
        entries_are_in_their_layer(layer);
    }
    let words: usize = map
        .layers
        .iter()
        .flat_map(|layer| &layer.entries)
        .map(words)
        .sum();
    assert!(
        words <= WORDS_PER_BYTE * data.len() + WORDS,
        "{words} bytes of words about {}",
        data.len()
    );
    let broken: Vec<&str> = map.broken().map(|(_, _, rule)| rule).collect();
    match map.kind() {
        Kind::Unknown => Err(broken.first().unwrap_or(&"nothing of UAF").to_string()),
        _ => Ok(()),
    }
}

fn words(entry: &Entry) -> usize {
    let path = match &entry.place {
        Place::Path(path) => path.len(),
        _ => 0,
    };
    path + entry.name.len() + entry.meaning.len() + entry.broken.iter().map(String::len).sum::<usize>()
}

/// Each entry is inside those that it says it is inside of.
fn entries_are_in_their_layer(layer: &Layer) {
    assert!(!layer.entries.is_empty(), "{} is not mapped", layer.name);
    let mut around: Vec<&Entry> = Vec::new();
    for entry in &layer.entries {
        assert!(!entry.meaning.contains(char::is_control), "{entry:?}");
        around.truncate(entry.depth);
        assert_eq!(around.len(), entry.depth, "no level is left out: {entry:?}");
        let (start, end) = around.last().map_or((0, layer.length), |outer| {
            (outer.offset, outer.offset + outer.length)
        });
        assert!(
            start <= entry.offset && entry.offset + entry.length <= end,
            "{start}..{end}: {entry:?}"
        );
        around.push(entry);
    }
}
