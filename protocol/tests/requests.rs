//! Requests that a client must refuse, one broken rule at a time: each case changes one thing in the JSON of a sound
//! request, which is read in the same test. The changes are made on trees, never by the encoders under test.

use serde_json::{Value, json};
use smile_protocol::uaf::message::decode_request;

/// One change to a request, and the words of the refusal.
struct Case {
    id: String,
    request: Value,
    words: String,
}

/// A table: one row a line. In braces, so that rustfmt leaves the lines as they are.
macro_rules! rows {
    ($($row:expr;)+) => { vec![$($row),+] };
}

fn header(op: &str) -> Value {
    json!({
        "upv": {"major": 1, "minor": 1}, "op": op, "appID": "https://shop.example/uaf/facets", "serverData": "AAAA",
        "exts": [{"id": "example", "data": "", "fail_if_unknown": false}],
    })
}

fn policy() -> Value {
    json!({
        "accepted": [
            [{"aaid": ["FFFF#5301", "ffff#5302"], "keyIDs": ["A".repeat(43)], "attachmentHint": 1, "authenticatorVersion": 2}],
            [{"vendorID": ["FFFF"], "userVerification": 16, "keyProtection": 1, "matcherProtection": 1,
              "tcDisplay": 1, "authenticationAlgorithms": [1, 2], "assertionSchemes": ["UAFV1TLV"],
              "attestationTypes": [15879, 15880], "exts": [{"id": "e", "data": "d", "fail_if_unknown": false}]}],
        ],
        "disallowed": [{"aaid": ["FFFF#5303"], "keyIDs": ["A".repeat(43)]}],
    })
}

fn registration() -> Value {
    json!([{"header": header("Reg"), "challenge": "A".repeat(43), "username": "alice", "policy": policy()}])
}

fn authentication() -> Value {
    let text = json!({"contentType": "text/plain", "content": "UGF5"});
    let picture = json!({"contentType": "image/png", "content": "iVBORw0KGgo", "tcDisplayPNGCharacteristics":
        {"width": 320, "height": 480, "bitDepth": 8, "colorType": 2, "compression": 0, "filter": 0, "interlace": 0}});
    json!([{"header": header("Auth"), "challenge": "A".repeat(43), "transaction": [text, picture], "policy": policy()}])
}

fn deregistration() -> Value {
    let keys = json!([{"aaid": "FFFF#5301", "keyID": "A".repeat(43)}, {"aaid": "FFFF#5302", "keyID": ""}]);
    json!([{"header": header("Dereg"), "authenticators": keys}])
}

/// The request with `value` at `pointer`, in place of what is there or as a new member.
fn put(sound: fn() -> Value, pointer: &str, value: Value, words: &str) -> Case {
    let mut request = sound();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with /");
    match request.pointer_mut(parent).expect("the parent is there") {
        Value::Object(members) => drop(members.insert(name.to_owned(), value.clone())),
        Value::Array(elements) => {
            let index: usize = name.parse().expect("an array is indexed by number");
            elements.truncate(index);
            elements.push(value.clone());
        }
        other => panic!("{pointer}: {other} has no members"),
    }
    let id = format!(
        "{pointer} = {}",
        value.to_string().chars().take(60).collect::<String>()
    );
    Case {
        id,
        request,
        words: words.to_owned(),
    }
}

/// The request without what is at `pointer`, which is required.
fn absent(sound: fn() -> Value, pointer: &str) -> Case {
    let mut request = sound();
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer begins with /");
    let members = request.pointer_mut(parent).and_then(Value::as_object_mut);
    assert!(
        members.expect("an object").remove(name).is_some(),
        "{pointer} is there to be removed"
    );
    let words = format!("{}: is required", shown(pointer));
    Case {
        id: format!("{pointer} absent"),
        request,
        words,
    }
}

/// A path as errors show it.
fn shown(pointer: &str) -> String {
    let parts = pointer[1..].split('/').map(|part| match part.parse::<usize>() {
        Ok(index) => format!("[{index}]"),
        Err(_) => format!(".{part}"),
    });
    parts.collect()
}

/// A required member that is absent, null or of another type.
fn required(sound: fn() -> Value, pointer: &str, kind: &str) -> Vec<Case> {
    let mut cases = vec![absent(sound, pointer)];
    cases.extend(typed(sound, pointer, kind));
    cases
}

/// A member that is null or of another type.
fn typed(sound: fn() -> Value, pointer: &str, kind: &str) -> Vec<Case> {
    let words = format!("{}: has to be {kind}", shown(pointer));
    let other = if kind == "an object" { json!([]) } else { json!({}) };
    vec![
        put(sound, pointer, Value::Null, &words),
        put(sound, pointer, other, &words),
    ]
}

fn registrations() -> Vec<Case> {
    let of = |pointer: &str, value: Value, words: &str| put(registration, pointer, value, words);
    let mut cases = required(registration, "/0/header", "an object");
    cases.extend(required(registration, "/0/challenge", "a string"));
    cases.extend(required(registration, "/0/username", "a string"));
    cases.extend(required(registration, "/0/policy", "an object"));
    cases.extend(rows! {
        of("/0/challenge", json!("A".repeat(10)), "[0].challenge: has length 7, allowed is 8 to 64");
        of("/0/challenge", json!("A".repeat(87)), "[0].challenge: has length 65");
        of("/0/challenge", json!("A".repeat(43) + "="), "[0].challenge: is not base64url");
        of("/0/challenge", json!("+".repeat(43)), "[0].challenge: is not base64url");
        of("/0/username", json!(""), "[0].username: has length 0, allowed is 1 to 128");
        of("/0/username", json!("u".repeat(129)), "[0].username: has length 129");
    });
    cases
}

fn headers() -> Vec<Case> {
    let of = |pointer: &str, value: Value, words: &str| put(registration, pointer, value, words);
    let mut cases = required(registration, "/0/header/upv", "an object");
    cases.extend(required(registration, "/0/header/op", "a string"));
    cases.extend(required(registration, "/0/header/upv/major", "a whole number"));
    cases.extend(required(registration, "/0/header/upv/minor", "a whole number"));
    cases.extend(typed(registration, "/0/header/appID", "a string"));
    cases.extend(typed(registration, "/0/header/serverData", "a string"));
    cases.extend(typed(registration, "/0/header/exts", "an array"));
    for member in ["id", "data"] {
        cases.extend(required(
            registration,
            &format!("/0/header/exts/0/{member}"),
            "a string",
        ));
    }
    cases.extend(required(
        registration,
        "/0/header/exts/0/fail_if_unknown",
        "true or false",
    ));
    cases.extend(rows! {
        of("/0/header/upv/major", json!(2), "no object of the message has a supported version");
        of("/0/header/upv/minor", json!(65_536), "[0].header.upv.minor: is out of range");
        of("/0/header/op", json!("reg"), "[0].header.op: has to be Reg, Auth or Dereg");
        of("/0/header/appID", json!("a".repeat(513)), "[0].header.appID: has length 513, allowed is 1 to 512");
        of("/0/header/serverData", json!(""), "[0].header.serverData: has length 0, allowed is 1 to 1536");
        of("/0/header/serverData", json!("a".repeat(1537)), "[0].header.serverData: has length 1537");
        of("/0/header/exts", json!([]), "[0].header.exts: has length 0");
        of("/0/header/exts/0/id", json!(""), "exts[0].id: has length 0, allowed is 1 to 32");
        of("/0/header/exts/0/fail_if_unknown", json!(true), "exts[0]: extension `example` is unknown");
    });
    cases
}

fn policies() -> Vec<Case> {
    let of = |pointer: &str, value: Value, words: &str| put(registration, pointer, value, words);
    let mut cases = required(registration, "/0/policy/accepted", "an array");
    cases.extend(typed(registration, "/0/policy/disallowed", "an array"));
    cases.extend(rows! {
        of("/0/policy/accepted", json!([]), "[0].policy.accepted: has length 0, required is at least 1");
        of("/0/policy/accepted", json!([[]]), "[0].policy.accepted[0]: has length 0, required is at least 1");
        of("/0/policy/accepted", json!([{}]), "[0].policy.accepted[0]: has to be an array");
        of("/0/policy/accepted", json!([[null]]), "[0].policy.accepted[0][0]: has to be an object");
        of("/0/policy/disallowed", json!([[]]), "[0].policy.disallowed[0]: has to be an object");
        of("/0/policy/disallowed/0/aaid", json!(["FFFF5301"]), "[0].policy.disallowed[0].aaid[0]: has to be four hex");
    });
    cases
}

/// A member of the criterion that names AAIDs.
fn by_name(name: &str, value: Value, words: &str) -> Case {
    let pointer = format!("/0/policy/accepted/0/0/{name}");
    let words = format!("[0].policy.accepted[0][0].{name}{words}");
    put(registration, &pointer, value, &words)
}

/// A member of the criterion that names a kind of authenticator.
fn by_kind(name: &str, value: Value, words: &str) -> Case {
    let pointer = format!("/0/policy/accepted/1/0/{name}");
    let words = format!("[0].policy.accepted[1][0].{name}{words}");
    put(registration, &pointer, value, &words)
}

/// UAF §3.1.11: lists that are not empty, numbers of their width.
fn shapes_of_criteria() -> Vec<Case> {
    let mut cases = Vec::new();
    for list in ["aaid", "keyIDs"] {
        cases.push(by_name(list, json!([]), ": has length 0, required is at least 1"));
        cases.push(by_name(list, json!("x"), ": has to be an array"));
        cases.push(by_name(list, json!([7]), "[0]: has to be a string"));
    }
    for list in [
        "vendorID",
        "authenticationAlgorithms",
        "assertionSchemes",
        "attestationTypes",
        "exts",
    ] {
        cases.push(by_kind(list, json!([]), ": has length 0, required is at least 1"));
        cases.push(by_kind(list, json!({}), ": has to be an array"));
        cases.push(by_kind(list, json!([null]), "[0]: has to be"));
    }
    for (number, max) in [
        ("attachmentHint", u64::from(u32::MAX)),
        ("authenticatorVersion", 65_535),
    ] {
        cases.push(by_name(number, json!("1"), ": has to be a whole number"));
        cases.push(by_name(number, json!(max + 1), ": is out of range"));
    }
    let flags = ["keyProtection", "matcherProtection", "tcDisplay"].map(|name| (name, 65_535));
    for (number, max) in flags
        .into_iter()
        .chain([("userVerification", u64::from(u32::MAX))])
    {
        cases.push(by_kind(number, json!(-1), ": has to be a whole number"));
        cases.push(by_kind(number, json!(max + 1), ": is out of range"));
    }
    cases
}

/// UAF §3.1.11: what stands in the lists, and what goes together.
fn criteria() -> Vec<Case> {
    let mut cases = rows! {
        by_name("aaid", json!(["FFFF#530"]), "[0]: has to be four hexadecimal digits");
        by_name("aaid", json!(["FFFF#5301 "]), "[0]: has to be four hexadecimal digits");
        by_name("keyIDs", json!([""]), "[0]: has length 0, allowed is 1 to 2048");
        by_name("keyIDs", json!(["A".repeat(2732)]), "[0]: has length 2049");
        by_name("keyIDs", json!(["A="]), "[0]: is not base64url");
        by_kind("vendorID", json!(["FFF"]), "[0]: has to be four hexadecimal digits");
        by_kind("vendorID", json!(["+FFF"]), "[0]: has to be four hexadecimal digits");
        by_kind("authenticationAlgorithms", json!([65_536]), "[0]: is out of range");
        by_kind("assertionSchemes", json!([""]), "[0]: has length 0, allowed is 1 to 32");
        by_kind("exts", json!([{"id": "e", "data": "d", "fail_if_unknown": true}]), "[0]: extension `e` is unknown");
    };
    let combined = "[0].policy.accepted[0][0]: aaid is combinable only with keyIDs, attachmentHint";
    let other = &registration()[0]["policy"]["accepted"][1][0];
    let others = other
        .as_object()
        .expect("a criterion")
        .iter()
        .filter(|(name, _)| *name != "exts");
    cases.extend(others.map(|(name, value)| {
        let pointer = format!("/0/policy/accepted/0/0/{name}");
        put(registration, &pointer, value.clone(), combined)
    }));
    cases.extend(shapes_of_criteria());
    cases
}

fn transactions() -> Vec<Case> {
    let of = |pointer: &str, value: Value, words: &str| put(authentication, pointer, value, words);
    let mut cases = typed(authentication, "/0/transaction", "an array");
    cases.extend(required(authentication, "/0/challenge", "a string"));
    cases.extend(required(authentication, "/0/policy", "an object"));
    cases.extend(required(
        authentication,
        "/0/transaction/0/contentType",
        "a string",
    ));
    cases.extend(required(authentication, "/0/transaction/0/content", "a string"));
    cases.extend(rows! {
        of("/0/transaction", json!([]), "[0].transaction: has length 0, required is at least 1");
        of("/0/transaction/0", json!("Pay"), "[0].transaction[0]: has to be an object");
        of("/0/transaction/0/contentType", json!("text/html"), "contentType: has to be text/plain or image/png");
        of("/0/transaction/0/contentType", json!("TEXT/PLAIN"), "contentType: has to be text/plain or image/png");
        of("/0/transaction/0/content", json!(""), "transaction[0].content: has length 0");
        of("/0/transaction/0/content", json!("UGF5="), "transaction[0].content: is not base64url");
        of("/0/transaction/0/content", json!("QUFB".repeat(67)), "content: has length 201, allowed is 1 to 200");
        of("/0/transaction/0/content", json!("w6k"), "content: has to be printable ASCII text");
        of("/0/transaction/0/content", json!("QQ1C"), "content: has to be printable ASCII text");
        of("/0/transaction/0/contentType", json!("image/png"), "image/png needs tcDisplayPNGCharacteristics");
        of("/0/transaction/1/tcDisplayPNGCharacteristics", Value::Null, "has to be an object");
        of("/0/transaction/1/tcDisplayPNGCharacteristics/width", json!("320"), "width: has to be a whole number");
        of("/0/transaction/1/tcDisplayPNGCharacteristics/bitDepth", json!(256), "bitDepth: is out of range");
    });
    for name in [
        "width",
        "height",
        "bitDepth",
        "colorType",
        "compression",
        "filter",
        "interlace",
    ] {
        cases.push(absent(
            authentication,
            &format!("/0/transaction/1/tcDisplayPNGCharacteristics/{name}"),
        ));
    }
    cases
}

fn deregistrations() -> Vec<Case> {
    let of = |pointer: &str, value: Value, words: &str| put(deregistration, pointer, value, words);
    let key = json!({"aaid": "FFFF#5301", "keyID": "A".repeat(43)});
    let mut cases = required(deregistration, "/0/authenticators", "an array");
    cases.extend(required(deregistration, "/0/authenticators/0/aaid", "a string"));
    cases.extend(required(deregistration, "/0/authenticators/0/keyID", "a string"));
    cases.extend(rows! {
        of("/0/authenticators", json!([]), "[0].authenticators: has length 0, required is at least 1");
        of("/0/authenticators/1", json!([]), "[0].authenticators[1]: has to be an object");
        of("/0/authenticators/0/aaid", json!("FFFF"), "authenticators[0].aaid: has to be four hexadecimal digits");
        of("/0/authenticators/0/aaid", json!(""), "[0].authenticators[0]: a keyID needs an aaid");
        of("/0/authenticators/0/keyID", json!("A="), "authenticators[0].keyID: is not base64url");
        of("/0/authenticators/1", json!({"aaid": "", "keyID": ""}), "the entry for all keys has to be the only one");
        of("/0/authenticators", json!([{"aaid": "", "keyID": ""}, key]), "the entry for all keys has to be the only one");
    });
    cases
}

fn refused(cases: &[Case]) {
    for sound in [registration, authentication, deregistration] {
        decode_request(&sound().to_string()).expect("without a change each request is read");
    }
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| match decode_request(&case.request.to_string()) {
            Ok(_) => Some(format!("{}: was read", case.id)),
            Err(error) if error.to_string().contains(&case.words) => None,
            Err(error) => Some(format!(
                "{}: {:?} is not in {:?}",
                case.id,
                case.words,
                error.to_string()
            )),
        })
        .collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        cases.len(),
        wrong.join("\n")
    );
}

#[test]
fn a_registration_request_has_its_members() {
    refused(&registrations());
}

#[test]
fn a_header_says_version_and_operation() {
    refused(&headers());
}

#[test]
fn a_policy_accepts_something() {
    refused(&policies());
}

#[test]
fn a_criterion_is_what_the_specification_lets_it_be() {
    refused(&criteria());
}

#[test]
fn a_transaction_can_be_shown() {
    refused(&transactions());
}

#[test]
fn a_deregistration_names_what_to_delete() {
    refused(&deregistrations());
}

#[test]
fn there_are_at_least_130_distinct_refusals() {
    let tables = [
        registrations(),
        headers(),
        policies(),
        criteria(),
        transactions(),
        deregistrations(),
    ];
    let ids: std::collections::BTreeSet<&str> =
        tables.iter().flatten().map(|case| case.id.as_str()).collect();
    println!("{} distinct refusals of requests", ids.len());
    assert!(ids.len() >= 130, "{}", ids.len());
}
