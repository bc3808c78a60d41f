//! The members of the two responses and of their assertions (UAF §3.4.3, §3.4.5, §3.5.4, §3.5.5), and what every
//! member of a dictionary must not be (UAF §1).

use serde_json::{Value, json};

use crate::answer::{AUTH, Ceremony, Flaw, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{assertion, message, put, remove, text, twice};
use crate::element::Element;

pub fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = [REG, AUTH].into_iter().flat_map(of).collect();
    cases.extend(display_characteristics());
    cases
}

/// A member that is absent, null, of another type, or there twice. `member` is its path in the message's object.
pub fn required(op: Ceremony, section: &'static str, member: &str, kind: &str) -> Vec<Case> {
    let pointer = format!("/0/{member}");
    let words = format!("{}: is required", shown(member));
    let absent = case(
        format!("{member}-absent"),
        section,
        op,
        message(remove(pointer)),
        1498,
        words,
    );
    let mut cases = vec![absent];
    cases.extend(typed(op, section, member, kind));
    cases
}

/// A member that is null, of another type, or there twice.
pub fn typed(op: Ceremony, section: &'static str, member: &str, kind: &str) -> Vec<Case> {
    let pointer = format!("/0/{member}");
    let other = if kind == "an object" { json!([]) } else { json!({}) };
    let put = |id: &str, value: Value| {
        let words = format!("{}: has to be {kind}", shown(member));
        case(
            format!("{member}-{id}"),
            section,
            op,
            message(put(pointer.clone(), value)),
            1498,
            words,
        )
    };
    let name = member.rsplit('/').next().expect("a path has a last part");
    rows! {
        put("null", Value::Null);
        put("of-another-type", other);
        put("number", json!(7));
        case(format!("{member}-twice"), "UAF §1", op, message(twice(pointer.clone())), 1498,
            format!("member `{name}` occurs twice in one object"));
    }
}

/// A whole number from 0 to `max` that is absent, there twice, or anything else.
pub fn required_number(op: Ceremony, section: &'static str, member: &str, max: u64) -> Vec<Case> {
    let pointer = format!("/0/{member}");
    let name = member.rsplit('/').next().expect("a path has a last part");
    let refused = |id: &str, value: Value, words: String| {
        case(
            format!("{member}-{id}"),
            section,
            op,
            message(put(pointer.clone(), value)),
            1498,
            words,
        )
    };
    let whole = || format!("{}: has to be a whole number", shown(member));
    let range = || format!("{}: is out of range, the largest value is {max}", shown(member));
    let words = format!("{}: is required", shown(member));
    rows! {
        case(format!("{member}-absent"), section, op, message(remove(pointer.clone())), 1498, words);
        refused("null", Value::Null, whole());
        refused("text", json!("1"), whole());
        refused("fraction", json!(1.5), whole());
        refused("negative", json!(-1), whole());
        refused("too-large", json!(max + 1), range());
        case(format!("{member}-twice"), "UAF §1", op, message(twice(pointer.clone())), 1498,
            format!("member `{name}` occurs twice in one object"));
    }
}

/// A path as errors show it: `header/exts/0/id` is `[0].header.exts[0].id`.
fn shown(member: &str) -> String {
    let parts = member.split('/').map(|part| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{part}"),
    });
    format!("[0]{}", parts.collect::<String>())
}

fn of(op: Ceremony) -> Vec<Case> {
    let section = if op == REG { "UAF §3.4.5" } else { "UAF §3.5.5" };
    let mut cases = required(op, section, "fcParams", "a string");
    cases.extend(required(op, section, "assertions", "an array"));
    let section = if op == REG { "UAF §3.4.3" } else { "UAF §3.5.4" };
    cases.extend(required(op, section, "assertions/0/assertionScheme", "a string"));
    cases.extend(required(op, section, "assertions/0/assertion", "a string"));
    let member = |id: &str, pointer: &str, value: Value, words: &str| {
        case(id, section, op, message(put(pointer, value)), 1498, words)
    };
    cases.extend(rows! {
        member("fc-params-object", "/0/fcParams", json!({"appID": "x"}), "[0].fcParams: has to be a string");
        member("fc-params-empty", "/0/fcParams", json!(""), "[0].fcParams: has length 0, allowed is 1 to 8192");
        member("fc-params-8193", "/0/fcParams", json!("A".repeat(8193)), "[0].fcParams: has length 8193");
        member("assertions-empty", "/0/assertions", json!([]), "[0].assertions: has length 0, required is at least 1");
        member("assertions-of-null", "/0/assertions/0", Value::Null, "[0].assertions[0]: has to be an object");
        member("assertions-of-text", "/0/assertions/0", json!("AA"), "[0].assertions[0]: has to be an object");
        member("second-assertion-broken", "/0/assertions/1", json!({}),
            "[0].assertions[1].assertionScheme: is required");
        member("scheme-empty", "/0/assertions/0/assertionScheme", json!(""),
            "assertionScheme: has length 0, allowed is 1 to 32");
        member("scheme-33", "/0/assertions/0/assertionScheme", json!("S".repeat(33)), "assertionScheme: has length 33");
        member("assertion-empty", "/0/assertions/0/assertion", json!(""),
            "assertion: has length 0, allowed is 1 to 5462");
        member("assertion-5463", "/0/assertions/0/assertion", json!("A".repeat(5463)), "assertion: has length 5463");
    });
    cases.extend(schemes(op));
    cases.extend(encodings(op));
    cases.extend(assertion_extensions(op));
    cases
}

fn schemes(op: Ceremony) -> Vec<Case> {
    let off = "WAV1CBOR is experimental and switched off; the setting is uaf.experimental_wav1cbor";
    let flaw = message(put("/0/assertions/0/assertionScheme", "WAV1CBOR"));
    let off = case("scheme-experimental-off", "UAF §3.4.6.5 4", op, flaw, 1498, off).spends();
    let scheme = |id: &str, name: &str| {
        let words = "assertionScheme: not the one in metadata";
        let flaw = message(put("/0/assertions/0/assertionScheme", name));
        case(id, "UAF §3.4.6.5 4", op, flaw, 1498, words).spends()
    };
    rows! {
        off;
        scheme("scheme-other", "APCV1CBOR");
        scheme("scheme-lower-case", "uafv1tlv");
        scheme("scheme-with-space", "UAFV1TLV ");
    }
}

/// UAF §1: base64url without padding, and one text only for one byte string.
fn encodings(op: Ceremony) -> Vec<Case> {
    let encoding = |id: &str, edit: fn(&str) -> String| {
        let words = "assertion: is not base64url without padding";
        let flaw = message(text("/0/assertions/0/assertion", edit));
        case(id, "UAF §1", op, flaw, 1498, words).spends()
    };
    rows! {
        encoding("assertion-padded", |text| format!("{text}==")).given(assertion_of_odd_length());
        encoding("assertion-with-unused-bits", bits_behind).given(assertion_of_odd_length());
        encoding("assertion-standard-alphabet", |text| text.replacen(|c: char| c.is_ascii_alphabetic(), "+", 1));
        encoding("assertion-folded", |text| { format!("{}\n{}", &text[..64], &text[64..]) });
        encoding("assertion-with-space", |text| format!("{text} "));
        encoding("assertion-not-ascii", |text| format!("{}\u{e9}", &text[1..]));
    }
}

/// An assertion of 3n + 1 bytes: its text ends with four bits that mean nothing, and would take two `=`.
fn assertion_of_odd_length() -> Flaw {
    assertion(|whole| {
        let mut extension = Element::extension(false);
        while (whole.encode().len() + extension.encode().len()) % 3 != 1 {
            extension.child(0x2E14).bytes().push(0);
        }
        whole.elements().push(extension);
    })
}

/// The text with one of the four unused bits at its end set.
pub fn bits_behind(text: &str) -> String {
    let (kept, last) = text.split_at(text.len() - 1);
    let last = char::from(last.as_bytes()[0] + 1);
    format!("{kept}{last}")
}

fn assertion_extensions(op: Ceremony) -> Vec<Case> {
    let section = "UAF §3.1.10";
    let extension = json!([{"id": "example", "data": "", "fail_if_unknown": false}]);
    let member = "assertions/0/exts";
    let mut cases = typed(op, section, member, "an array");
    cases.extend(required(op, section, &format!("{member}/0/id"), "a string"));
    cases.extend(required(
        op,
        section,
        &format!("{member}/0/fail_if_unknown"),
        "true or false",
    ));
    let fails = message(put("/0/assertions/0/exts/0/fail_if_unknown", true));
    let words = "[0].assertions[0].exts[0]: extension `example` is unknown and marked fail_if_unknown";
    cases.push(case(
        "assertion-ext-fail-if-unknown",
        section,
        op,
        fails,
        1498,
        words,
    ));
    let given = |case: Case| case.given(message(put(format!("/0/{member}"), extension.clone())));
    cases.into_iter().map(given).collect()
}

/// What a transaction display reports of itself at registration (UAF §3.4.3, Metadata §3.7).
fn display_characteristics() -> Vec<Case> {
    let section = "Metadata §3.7";
    let member = "assertions/0/tcDisplayPNGCharacteristics";
    let sound = json!([{"width": 320, "height": 480, "bitDepth": 8, "colorType": 3, "compression": 0, "filter": 0,
        "interlace": 0, "plte": [{"r": 1, "g": 2, "b": 3}]}]);
    let mut cases = typed(REG, "UAF §3.4.3", member, "an array");
    for name in ["width", "height"] {
        cases.extend(required_number(
            REG,
            section,
            &format!("{member}/0/{name}"),
            0xFFFF_FFFF,
        ));
    }
    for name in ["bitDepth", "colorType", "compression", "filter", "interlace"] {
        cases.extend(required_number(REG, section, &format!("{member}/0/{name}"), 255));
    }
    cases.extend(typed(REG, section, &format!("{member}/0/plte"), "an array"));
    for name in ["r", "g", "b"] {
        cases.extend(required_number(
            REG,
            section,
            &format!("{member}/0/plte/0/{name}"),
            65_535,
        ));
    }
    let given = |case: Case| case.given(message(put(format!("/0/{member}"), sound.clone())));
    cases.into_iter().map(given).collect()
}

#[test]
fn a_response_has_its_members() {
    all_hold(&cases());
}
