//! Puts a strict decoder's error at the place that it names.

use super::layer::{Entry, Place};
use crate::error::ProtocolError;
use crate::uaf::assertion::tags;

/// Marks the entry that `error` is about. `text` is the layer's text where it is JSON, for
/// errors that name a line and a column.
pub(super) fn place(entries: &mut [Entry], error: &ProtocolError, text: &str) {
    let index = match error {
        ProtocolError::Tlv { offset, .. } | ProtocolError::Cbor { offset, .. } => at_offset(entries, *offset),
        ProtocolError::Field { field, .. } => at_path(entries, field),
        ProtocolError::Json { line, column, .. } | ProtocolError::DuplicateMember { line, column, .. } => {
            around(entries, offset_of(text, *line, *column))
        }
        ProtocolError::Key { .. } => {
            let key = Place::Tag(tags::PUB_KEY);
            entries.iter().position(|entry| entry.place == key).unwrap_or(0)
        }
        _ => 0,
    };
    if let Some(entry) = entries.get_mut(index) {
        entry.break_rule(error);
    }
}

/// The element that begins at `offset`, else the bytes that do, else the innermost entry around it.
fn at_offset(entries: &[Entry], offset: usize) -> usize {
    let begins = |entry: &Entry| entry.offset == offset;
    let element = entries
        .iter()
        .position(|entry| begins(entry) && matches!(entry.place, Place::Tag(_)));
    element
        .or_else(|| entries.iter().position(begins))
        .unwrap_or_else(|| around(entries, offset))
}

/// The innermost entry that `offset` is inside of, or ends.
fn around(entries: &[Entry], offset: usize) -> usize {
    let inside = |entry: &Entry| (entry.offset..=entry.offset + entry.length).contains(&offset);
    let innermost = entries.iter().enumerate().filter(|(_, entry)| inside(entry));
    innermost
        .max_by_key(|(_, entry)| (entry.depth, entry.offset))
        .map_or(0, |(index, _)| index)
}

/// The entry with this path; where a member is missing, the object that it is missing from.
fn at_path(entries: &[Entry], path: &str) -> usize {
    let mut path = path;
    loop {
        let found = entries
            .iter()
            .position(|entry| matches!(&entry.place, Place::Path(own) if own == path));
        match (found, path.rfind(['.', '['])) {
            (Some(index), _) => return index,
            (None, Some(end)) => path = &path[..end],
            (None, None) => return 0,
        }
    }
}

/// Line and column, from 1, as an offset; columns count bytes.
fn offset_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum();
    (start + column.saturating_sub(1)).min(text.len())
}
