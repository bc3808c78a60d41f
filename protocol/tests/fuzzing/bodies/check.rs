//! What holds for every decoder: a refusal names a place that is there, and a value comes back from what it is
//! written as.

use std::fmt::Debug;

use serde_json::Value;
use smile_protocol::ProtocolError;
use smile_protocol::error::{FieldRule, TlvErrorKind};

use crate::target::Verdict;

/// Decodes text and checks what comes of it: a value has to come back from what it is written as, and `Some` text has
/// to be written unless the value breaks a rule for senders; a refusal has to be about `data`.
pub fn json<T: PartialEq + Debug>(
    data: &[u8],
    limit: usize,
    decode: impl Fn(&str) -> Result<T, ProtocolError>,
    encode: impl Fn(&T) -> Option<String>,
) -> Result<T, String> {
    let text = std::str::from_utf8(data).map_err(|_| "not UTF-8".to_owned())?;
    let decoded = decode(text);
    assert_eq!(
        matches!(&decoded, Err(ProtocolError::TooLarge { .. })),
        text.len() > limit,
        "{} bytes, the limit is {limit}",
        text.len()
    );
    let value = decoded.map_err(|error| {
        refusal_of_text(&error, text, limit);
        error.to_string()
    })?;
    if let Some(written) = encode(&value) {
        // Numbers may be written in more digits, and an empty list may be added; nothing multiplies.
        assert!(
            written.len() <= 2 * text.len() + 64,
            "{} bytes of {}",
            written.len(),
            text.len()
        );
        assert_eq!(decode(&written).as_ref(), Ok(&value), "{written}");
        assert_eq!(encode(&value), Some(written), "one value is written in one way");
    }
    Ok(value)
}

/// The same without a value to look at.
pub fn json_only<T: PartialEq + Debug>(
    data: &[u8],
    limit: usize,
    decode: impl Fn(&str) -> Result<T, ProtocolError>,
    encode: impl Fn(&T) -> String,
) -> Verdict {
    json(data, limit, decode, |value| Some(encode(value))).map(drop)
}

/// A refusal of text is about a place in it.
fn refusal_of_text(error: &ProtocolError, text: &str, limit: usize) {
    match error {
        ProtocolError::TooLarge {
            limit: named, actual, ..
        } => {
            assert_eq!((*named, *actual), (limit, text.len()));
        }
        ProtocolError::Json { line, column, .. } | ProtocolError::DuplicateMember { line, column, .. } => {
            let lines: Vec<&str> = text.split('\n').collect();
            let at = line.checked_sub(1).and_then(|index| lines.get(index));
            let at = at.unwrap_or_else(|| panic!("line {line} of {}: {error}", lines.len()));
            assert!(
                *column <= at.len() + 1,
                "column {column} of {}: {error}",
                at.len()
            );
        }
        ProtocolError::Field { field, rule } => {
            let tree: Value = serde_json::from_str(text).expect("a field was found in it");
            refusal_of_field(field, rule, &tree);
        }
        ProtocolError::DuplicateVersion { .. } | ProtocolError::UnsupportedVersion => {}
        other => panic!("text has no {other:?}"),
    }
}

/// A path leads to a value that breaks the rule, or to an object without the member that is missing.
pub fn refusal_of_field(field: &str, rule: &FieldRule, tree: &Value) {
    let found = follow(field, tree);
    match (rule, found) {
        (FieldRule::Missing, None) => {
            let parent = field.rsplit_once(['.']).map_or("", |(parent, _)| parent);
            let parent =
                follow(parent, tree).unwrap_or_else(|| panic!("{field} is missing, but so is {parent}"));
            assert!(parent.is_object(), "{field} cannot be a member of {parent}");
        }
        (FieldRule::Missing, Some(value)) => panic!("{field} is not missing: {value}"),
        // The rule that a response answers one version only is about the message as a whole.
        (FieldRule::Other(_), None) if field == "message" => assert!(tree.is_array()),
        (rule, None) => panic!("{field} is not there: {rule}"),
        (FieldRule::WrongType { expected }, Some(value)) => {
            let is_it = match *expected {
                "a string" => value.is_string(),
                "an object" => value.is_object(),
                "an array" => value.is_array(),
                "true or false" => value.is_boolean(),
                "a number" => value.is_number(),
                "a whole number" => value.is_u64(),
                other => panic!("{other} is no type of JSON"),
            };
            assert!(!is_it, "{field} is {expected}: {value}");
        }
        (FieldRule::Length { min, max, actual }, Some(_)) => {
            assert!(!(min..=max).contains(&actual), "{field}: {rule}");
        }
        (FieldRule::Range { max }, Some(value)) => assert!(value.as_u64() > Some(*max), "{field}: {value}"),
        (FieldRule::NotBase64url | FieldRule::NotBase64, Some(value)) => assert!(value.is_string()),
        (FieldRule::UnknownExtension { id }, Some(value)) => {
            assert_eq!(
                (&value["id"], &value["fail_if_unknown"]),
                (&id.as_str().into(), &true.into())
            );
        }
        (_, Some(_)) => {}
    }
}

/// The value at a path such as `[0].header.upv.major`; the empty path is the tree itself.
fn follow<'a>(path: &str, tree: &'a Value) -> Option<&'a Value> {
    path.split(['.', '['])
        .filter(|step| !step.is_empty())
        .try_fold(tree, |value, step| match step.strip_suffix(']') {
            Some(index) => value.get(index.parse::<usize>().ok()?),
            None => value.get(step),
        })
}

/// A refusal of TLV is about a place in it.
pub fn refusal_of_bytes(error: &ProtocolError, data: &[u8], limit: usize) -> String {
    match *error {
        ProtocolError::TooLarge {
            limit: named, actual, ..
        } => {
            assert_eq!((named, actual), (limit, data.len()));
        }
        ProtocolError::Tlv { offset, kind, .. } => {
            assert!(offset <= data.len(), "offset {offset} of {}: {error}", data.len());
            match kind {
                TlvErrorKind::Truncated { needed, available } => {
                    assert!(needed > available && offset + available <= data.len(), "{error}");
                }
                TlvErrorKind::TrailingBytes { count } => assert_eq!(offset + count, data.len(), "{error}"),
                TlvErrorKind::WrongLength { min, max, actual } => {
                    assert!(!(min..=max).contains(&actual), "{error}");
                }
                _ => {}
            }
        }
        _ => panic!("TLV has no {error:?}"),
    }
    error.to_string()
}
