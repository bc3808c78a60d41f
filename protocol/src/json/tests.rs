//! Strict JSON: each refusal beside the same text without the flaw.

use super::*;

fn duplicate_of(text: &str) -> Option<String> {
    match parse(text, "test", 1024) {
        Err(ProtocolError::DuplicateMember { member, .. }) => Some(member),
        Ok(_) => None,
        Err(other) => panic!("{text}: {other}"),
    }
}

#[test]
fn a_member_that_occurs_twice_is_refused_at_any_depth() {
    assert_eq!(duplicate_of(r#"{"a":1,"b":1}"#), None);
    assert_eq!(duplicate_of(r#"{"a":1,"a":1}"#).as_deref(), Some("a"));
    assert_eq!(duplicate_of(r#"{"a":[{"b":1,"c":2}]}"#), None);
    assert_eq!(duplicate_of(r#"{"a":[{"b":1,"b":2}]}"#).as_deref(), Some("b"));
    // The same name in two objects is not a duplicate.
    assert_eq!(duplicate_of(r#"[{"a":1},{"a":2}]"#), None);
}

#[test]
fn a_duplicate_that_hides_behind_an_escape_is_refused() {
    assert_eq!(duplicate_of(r#"{"appID":1,"\u0062ppID":2}"#), None);
    assert_eq!(
        duplicate_of(r#"{"appID":1,"\u0061ppID":2}"#).as_deref(),
        Some("appID")
    );
}

#[test]
fn a_duplicate_is_reported_with_its_line() {
    let error = parse("{\n \"a\": 1,\n \"a\": 2\n}", "test", 1024).expect_err("duplicate");
    let ProtocolError::DuplicateMember { member, line, .. } = error else {
        panic!("{error}")
    };
    assert_eq!((member.as_str(), line), ("a", 3));
}

#[test]
fn text_after_the_value_is_refused() {
    assert!(parse("[1] ", "test", 1024).is_ok());
    assert!(matches!(
        parse("[1] 2", "test", 1024),
        Err(ProtocolError::Json { line: 1, .. })
    ));
}

#[test]
fn an_error_names_its_position_once() {
    let error = parse("[1,]", "test", 1024).expect_err("broken").to_string();
    assert_eq!(error.matches("column").count(), 1, "{error}");
    assert!(error.starts_with("not JSON at line 1, column 4: "), "{error}");
}

#[test]
fn broken_text_is_refused() {
    assert!(parse(r#"{"a":"b"}"#, "test", 1024).is_ok());
    for broken in [
        "",
        "{",
        r#"{"a"}"#,
        r#"{"a":"b"#,
        "{'a':1}",
        "[1,]",
        "nul",
        r#"{a:1}"#,
        "\u{feff}[]",
    ] {
        assert!(
            matches!(parse(broken, "test", 1024), Err(ProtocolError::Json { .. })),
            "{broken}"
        );
    }
}

#[test]
fn text_beyond_the_limit_is_refused() {
    let text = |spaces: usize| format!("[{}]", " ".repeat(spaces));
    assert!(parse(&text(98), "test", 100).is_ok());
    let expected = ProtocolError::TooLarge {
        what: "test",
        limit: 100,
        actual: 101,
    };
    assert_eq!(parse(&text(99), "test", 100), Err(expected));
}

#[test]
fn nesting_without_end_is_refused_and_does_not_exhaust_the_stack() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(&nested(100), "test", 1 << 20).is_ok());
    assert!(matches!(
        parse(&nested(100_000), "test", 1 << 20),
        Err(ProtocolError::Json { .. })
    ));
}

#[test]
fn errors_name_the_path() {
    let tree = serde_json::json!({"outer": [{"inner": "x"}]});
    let root = Node::root(&tree, "");
    let outer = root.required("outer").expect("present");
    let elements = outer.elements(1).expect("array");
    let inner = elements[0].required("inner").expect("present");
    let error = u16::from_json(&inner).expect_err("a string");
    let rule = FieldRule::WrongType {
        expected: "a whole number",
    };
    assert_eq!(error, ProtocolError::field("outer[0].inner", rule));
}

#[test]
fn numbers_outside_their_type_are_refused() {
    let read = |value: serde_json::Value| u16::from_json(&Node::root(&value, "n"));
    assert_eq!(read(65535.into()), Ok(65535));
    assert_eq!(
        read(65536.into()),
        Err(ProtocolError::field("n", FieldRule::Range { max: 65535 }))
    );
    for other in [
        serde_json::json!(-1),
        serde_json::json!(1.0),
        serde_json::json!("1"),
        Value::Null,
    ] {
        assert!(read(other).is_err());
    }
}

#[test]
fn a_member_that_is_null_is_not_absent() {
    let read = |tree: serde_json::Value| Node::root(&tree, "").optional_as::<String>("a");
    assert_eq!(read(serde_json::json!({})), Ok(None));
    let rule = FieldRule::WrongType { expected: "a string" };
    assert_eq!(
        read(serde_json::json!({"a": null})),
        Err(ProtocolError::field("a", rule))
    );
}

#[test]
fn strings_are_measured_in_characters() {
    let tree = serde_json::json!("äöü");
    let node = Node::root(&tree, "s");
    assert_eq!(node.text_of(3, 3), Ok("äöü"));
    let rule = FieldRule::Length {
        min: 1,
        max: 2,
        actual: 3,
    };
    assert_eq!(node.text_of(1, 2), Err(ProtocolError::field("s", rule)));
}
