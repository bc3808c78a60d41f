use super::{FieldRule, ProtocolError};

/// One error of each kind that quotes the message, about `name`.
fn quoting(name: &str) -> [ProtocolError; 2] {
    [
        ProtocolError::DuplicateMember {
            member: name.to_owned(),
            line: 3,
            column: 14,
        },
        ProtocolError::field(
            "[0].header.exts[0]",
            FieldRule::UnknownExtension { id: name.to_owned() },
        ),
    ]
}

#[test]
fn what_is_quoted_is_short_and_printable() {
    for error in quoting(&"\u{1b}[2J\u{202e}\n".repeat(10_000)) {
        let shown = error.to_string();
        assert!(shown.len() < 1_000, "{} bytes", shown.len());
        assert!(shown.bytes().all(|byte| (b' '..=b'~').contains(&byte)), "{shown}");
    }
    for error in quoting("appID") {
        assert!(error.to_string().contains("`appID`"), "{error}");
    }
}

#[test]
fn without_quotes_the_place_and_the_rule_are_left() {
    let [twice, unknown] = quoting("a-token").map(|error| error.without_quotes());
    assert_eq!(twice, "a member occurs twice in one object (line 3, column 14)");
    assert_eq!(
        unknown,
        "[0].header.exts[0]: an extension is unknown and marked fail_if_unknown"
    );
    let json = ProtocolError::Json {
        line: 1,
        column: 2,
        reason: "a-token".to_owned(),
    };
    assert_eq!(json.without_quotes(), "not JSON at line 1, column 2");
    let missing = ProtocolError::field("[0].header", FieldRule::Missing);
    assert_eq!(missing.without_quotes(), missing.to_string());
}
