//! What requests refuse of their frame: index, version, kind, extensions, and what is no request (ASM §3.2.1, §3.3).

use serde_json::{Value, json};
use smile_protocol::uaf::asm::AsmStatusCode;

use super::super::{Device, because, row};
use super::{Request, Rows, Sound, authenticating, deregistering, describing, listing, registering};

pub(super) fn rows(rows: &mut Rows) {
    frame(rows);
    get_info(rows);
}

type FrameFlaw = (&'static str, fn(&mut Value), AsmStatusCode, &'static str);

const FRAME: [FrameFlaw; 15] = [
    (
        "another authenticatorIndex",
        |tree| tree["authenticatorIndex"] = json!(1),
        AsmStatusCode::AuthenticatorDisconnected,
        "there is no authenticator with index 1",
    ),
    (
        "the largest authenticatorIndex",
        |tree| tree["authenticatorIndex"] = json!(65_535),
        AsmStatusCode::AuthenticatorDisconnected,
        "there is no authenticator with index 65535",
    ),
    (
        "authenticatorIndex too large",
        |tree| tree["authenticatorIndex"] = json!(65_536),
        AsmStatusCode::Error,
        "authenticatorIndex: is out of range, the largest value is 65535",
    ),
    (
        "authenticatorIndex negative",
        |tree| tree["authenticatorIndex"] = json!(-1),
        AsmStatusCode::Error,
        "authenticatorIndex: has to be a whole number",
    ),
    (
        "authenticatorIndex a text",
        |tree| tree["authenticatorIndex"] = json!("0"),
        AsmStatusCode::Error,
        "authenticatorIndex: has to be a whole number",
    ),
    (
        "authenticatorIndex missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("authenticatorIndex")),
        AsmStatusCode::Error,
        "authenticatorIndex: is required",
    ),
    (
        "asmVersion missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("asmVersion")),
        AsmStatusCode::Error,
        "asmVersion: is required",
    ),
    (
        "asmVersion 1.2",
        |tree| tree["asmVersion"]["minor"] = json!(2),
        AsmStatusCode::Error,
        "a version of the ASM that is not spoken",
    ),
    (
        "asmVersion 2.0",
        |tree| tree["asmVersion"] = json!({"major": 2, "minor": 0}),
        AsmStatusCode::Error,
        "a version of the ASM that is not spoken",
    ),
    (
        "asmVersion a text",
        |tree| tree["asmVersion"] = json!("1.1"),
        AsmStatusCode::Error,
        "asmVersion: has to be an object",
    ),
    (
        "requestType missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("requestType")),
        AsmStatusCode::Error,
        "requestType: is required",
    ),
    (
        "requestType unknown",
        |tree| tree["requestType"] = json!("Enrol"),
        AsmStatusCode::Error,
        "requestType: is not a request of the ASM interface",
    ),
    (
        "exts an object",
        |tree| tree["exts"] = json!({}),
        AsmStatusCode::Error,
        "exts: has to be an array",
    ),
    (
        "an extension that must be known",
        |tree| {
            tree["exts"] = json!([{"id": "x", "data": "", "fail_if_unknown": true}]);
        },
        AsmStatusCode::Error,
        "exts[0]: extension `x` is unknown and marked fail_if_unknown",
    ),
    (
        "an extension with too long an id",
        |tree| {
            tree["exts"] = json!([{"id": "x".repeat(33), "data": "", "fail_if_unknown": false}]);
        },
        AsmStatusCode::Error,
        "exts[0].id: has length 33, allowed is 1 to 32",
    ),
];

/// What every request refuses of its frame.
fn frame(rows: &mut Rows) {
    let sounds: [(&str, Sound); 4] = [
        ("register", registering),
        ("authenticate", authenticating),
        ("deregister", deregistering),
        ("get registrations", listing),
    ];
    for (name, sound) in sounds {
        for (what, flaw, status, reason) in FRAME {
            let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
            rows.push(row(
                format!("{name}: {what}"),
                "ASM §3.2.1, §3.3",
                sound,
                flaw,
                because(status, reason),
            ));
        }
    }
}

fn get_info(rows: &mut Rows) {
    let mut add = |name: &str, reason: &str, flaw: fn(&mut Request)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(request);
        let refused = because(AsmStatusCode::Error, reason);
        rows.push(row(name, "ASM §3.3, §3.5", describing, flaw, refused));
    };
    add(
        "get info: with an authenticatorIndex",
        "authenticatorIndex: GetInfo is not about one authenticator",
        |request| request.tree["authenticatorIndex"] = json!(0),
    );
    add(
        "get info: asmVersion 0.9",
        "a version of the ASM that is not spoken",
        |request| {
            request.tree["asmVersion"] = json!({"major": 0, "minor": 9});
        },
    );
    add(
        "get info: requestType in another case",
        "requestType: is not a request of the ASM interface",
        |request| request.tree["requestType"] = json!("getinfo"),
    );
    add(
        "get info: in a list",
        "top level: has to be an object",
        |request| request.tree = json!([request.tree]),
    );
    add(
        "get info: no text",
        "not JSON at line 1, column 0: EOF while parsing a value",
        |request| request.text = Some(String::new()),
    );
    add(
        "get info: cut short",
        "not JSON at line 1, column 24: EOF while parsing an object",
        |request| request.text = Some(r#"{"requestType":"GetInfo""#.into()),
    );
    add(
        "get info: something behind it",
        "not JSON at line 1, column 27: trailing characters",
        |request| request.text = Some(format!("{} x", request.tree)),
    );
    add(
        "get info: a member twice",
        "member `requestType` occurs twice in one object (line 1, column 38)",
        |request| {
            request.text = Some(r#"{"requestType":"GetInfo","requestType":"GetInfo"}"#.into());
        },
    );
    add(
        "get info: more than 64 KiB",
        "ASMRequest is 65568 bytes long, the limit is 65536",
        |request| request.tree["x"] = json!("a".repeat(64 * 1024)),
    );
}
