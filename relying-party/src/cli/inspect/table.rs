//! A map as tables for people, one a layer.

use super::super::streams::plain;
use smile_protocol::trace::{Entry, Kind, Layer, Place, Trace};
use std::fmt::Write as _;

/// The widest name column; longer names push the meaning to the right.
const NAME_COLUMNS: usize = 52;

/// Spaces for each level of nesting.
const INDENT: usize = 2;

/// The tables, then how many rules are broken.
pub fn of(map: &Trace) -> String {
    let mut text = format!("{}, read as {}\n", map.kind().name(), map.encoding.name());
    for (index, layer) in map.layers.iter().enumerate() {
        write_layer(&mut text, index, layer);
    }
    text.push('\n');
    text.push_str(&match map.broken().count() {
        0 => "no rule is broken\n".to_owned(),
        1 => "1 rule is broken\n".to_owned(),
        count => format!("{count} rules are broken\n"),
    });
    text
}

fn write_layer(text: &mut String, index: usize, layer: &Layer) {
    let inside = layer
        .inside
        .map(|outer| format!(" in [{outer}]"))
        .unwrap_or_default();
    let length = match layer.length {
        1 => "1 byte".to_owned(),
        several => format!("{several} bytes"),
    };
    let heading = format!(
        "\n[{index}] {}{inside}: {}, {length}",
        plain(&layer.name),
        layer.kind.name(),
    );
    let is_json = layer
        .entries
        .iter()
        .any(|entry| matches!(entry.place, Place::Path(_)))
        && layer.kind != Kind::Text;
    let names: Vec<String> = layer.entries.iter().map(|entry| name(entry, is_json)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let width = longest.min(NAME_COLUMNS).max("name".len());
    let (tag_title, name_title) = if is_json {
        ("", "path")
    } else {
        ("tag     ", "name")
    };
    let rows = std::iter::once(format!(
        "offset   length  {tag_title}{name_title:width$}  meaning"
    ))
    .chain(layer.entries.iter().zip(&names).flat_map(|(entry, name)| {
        let tag = match (&entry.place, is_json) {
            (_, true) => String::new(),
            (Place::Tag(tag), false) => format!("0x{tag:04X}  "),
            (_, false) => " ".repeat(tag_title.len()),
        };
        let row = format!(
            "0x{:04x}  {:>7}  {tag}{name:width$}  {}",
            entry.offset,
            entry.length,
            plain(&entry.meaning)
        );
        let broken = entry
            .broken
            .iter()
            .map(|rule| format!("!!!!!!  broken:  {}", plain(rule)));
        std::iter::once(row).chain(broken)
    }));
    // Writing to a String cannot fail.
    writeln!(text, "{heading}").ok();
    for row in rows {
        writeln!(text, "{}", row.trim_end()).ok();
    }
}

/// The name as the table shows it: indented below a tag, whole as a path.
fn name(entry: &Entry, is_json: bool) -> String {
    match &entry.place {
        Place::Path(path) if is_json && !path.is_empty() => plain(path),
        _ if is_json => ".".to_owned(),
        _ => format!("{}{}", " ".repeat(INDENT * entry.depth), plain(&entry.name)),
    }
}
