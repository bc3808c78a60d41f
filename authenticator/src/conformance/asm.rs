//! ASM requests, JSON in and JSON out (ASM §3, §6), and whose keys they reach (access rule A8: a key is its caller's,
//! its persona's and its application's).

mod access;

use serde_json::{Value, json};
use smile_protocol::uaf::asm::{AsmOperation, AsmResponse, AsmStatusCode};
use smile_protocol::uaf::identity::KeyId;

use super::{APP, Device, Row, check, row};
use crate::asm::{Asm, CallerId};
use crate::rehearsal::NoCamera;

/// A request as a tree, so that each member can be broken, and who sends it.
pub(super) struct Request {
    caller: CallerId,
    tree: Value,
    /// What is sent in place of the tree, where no tree says it.
    text: Option<String>,
    key: Option<KeyId>,
}

fn client() -> CallerId {
    CallerId::new("client")
}

fn request(kind: &str, args: Option<Value>, key: Option<KeyId>) -> Request {
    let mut tree =
        json!({"requestType": kind, "asmVersion": {"major": 1, "minor": 1}, "authenticatorIndex": 0});
    if let Some(args) = args {
        tree["args"] = args;
    }
    Request {
        caller: client(),
        tree,
        text: None,
        key,
    }
}

fn registering(_: &mut Device) -> Request {
    let args = json!({"appID": APP, "username": "alice", "finalChallenge": "eyJmYyI6MX0", "attestationType": 0x3E07});
    request("Register", Some(args), None)
}

fn authenticating(device: &mut Device) -> Request {
    let key = device.key_of(&client());
    let args = json!({"appID": APP, "keyIDs": [key.to_string()], "finalChallenge": "eyJmYyI6MX0"});
    request("Authenticate", Some(args), Some(key))
}

fn paying(device: &mut Device) -> Request {
    let mut request = authenticating(device);
    let content = smile_protocol::base64url::encode(b"Pay 1 EUR");
    request.tree["args"]["transaction"] = json!([{"contentType": "text/plain", "content": content}]);
    request
}

fn deregistering(device: &mut Device) -> Request {
    let key = device.key_of(&client());
    let args = json!({"appID": APP, "keyID": key.to_string()});
    request("Deregister", Some(args), Some(key))
}

fn listing(_: &mut Device) -> Request {
    request("GetRegistrations", None, None)
}

fn describing(_: &mut Device) -> Request {
    let mut request = request("GetInfo", None, None);
    request.tree = json!({"requestType": "GetInfo"});
    request
}

/// Sends a request; Err with the status if it is not OK.
fn send(device: &mut Device, request: &Request) -> Result<(), AsmStatusCode> {
    let text = request.text.clone().unwrap_or_else(|| request.tree.to_string());
    let mut asm = Asm::new(&mut device.authenticator, request.caller.clone());
    let answer = asm.process(&text, &mut NoCamera, &mut device.screen);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let code = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
    match AsmStatusCode::from_code(code).unwrap() {
        AsmStatusCode::Ok => Ok(()),
        status => {
            assert_eq!(answer.get("responseData"), None, "a refusal carries nothing");
            assert!(AsmResponse::decode(&answer.to_string(), &AsmOperation::GetRegistrations).is_ok());
            Err(status)
        }
    }
}

type Sound = fn(&mut Device) -> Request;
type Rows = Vec<Row<Request, AsmStatusCode>>;

/// A request: its name, its section, its sound form, and its arguments with a value too long for each and one of
/// another type.
struct Table {
    name: &'static str,
    section: &'static str,
    sound: Sound,
    arguments: &'static [(&'static str, usize)],
}

const TABLES: [Table; 3] = [
    Table {
        name: "register",
        section: "ASM §3.6.1",
        sound: registering,
        arguments: &[("appID", 513), ("username", 129), ("finalChallenge", 8193)],
    },
    Table {
        name: "authenticate",
        section: "ASM §3.7.1",
        sound: authenticating,
        arguments: &[("appID", 513), ("finalChallenge", 8193)],
    },
    Table {
        name: "deregister",
        section: "ASM §3.8.1",
        sound: deregistering,
        arguments: &[("appID", 513), ("keyID", 2732)],
    },
];

fn arguments(rows: &mut Rows) {
    for table in TABLES {
        let mut add = |what: String, flaw: Box<dyn Fn(&mut Value)>| {
            let name = format!("{}: {what}", table.name);
            let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
            rows.push(row(name, table.section, table.sound, flaw, AsmStatusCode::Error));
        };
        for &(member, too_long) in table.arguments {
            add(
                format!("{member} missing"),
                Box::new(move |tree| drop(tree["args"].as_object_mut().unwrap().remove(member))),
            );
            add(
                format!("{member} a number"),
                Box::new(move |tree| tree["args"][member] = json!(7)),
            );
            add(
                format!("{member} null"),
                Box::new(move |tree| tree["args"][member] = Value::Null),
            );
            add(
                format!("{member} too long"),
                Box::new(move |tree| tree["args"][member] = json!("a".repeat(too_long))),
            );
            if member != "keyID" {
                add(
                    format!("{member} empty"),
                    Box::new(move |tree| tree["args"][member] = json!("")),
                );
            }
        }
        add(
            "args missing".into(),
            Box::new(|tree| drop(tree.as_object_mut().unwrap().remove("args"))),
        );
        add("args a list".into(), Box::new(|tree| tree["args"] = json!([])));
    }
}

/// What the arguments refuse that are not in the tables.
fn attestation_and_keys(rows: &mut Rows) {
    let mut add = |name: &str, sound: Sound, flaw: fn(&mut Value)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
        rows.push(row(
            name,
            "ASM §3.6.1, §3.7.1, §3.8.1",
            sound,
            flaw,
            AsmStatusCode::Error,
        ));
    };
    add("register: attestationType missing", registering, |tree| {
        drop(tree["args"].as_object_mut().unwrap().remove("attestationType"));
    });
    add("register: attestationType a text", registering, |tree| {
        tree["args"]["attestationType"] = json!("3E07")
    });
    add("register: attestationType too large", registering, |tree| {
        tree["args"]["attestationType"] = json!(0x1_3E07)
    });
    add("register: attestationType unlisted", registering, |tree| {
        tree["args"]["attestationType"] = json!(0x7777)
    });
    add("register: attestationType not made here", registering, |tree| {
        tree["args"]["attestationType"] = json!(0x3E08)
    });
    add("authenticate: keyIDs a text", authenticating, |tree| {
        tree["args"]["keyIDs"] = json!("AAAA")
    });
    add("authenticate: keyIDs of numbers", authenticating, |tree| {
        tree["args"]["keyIDs"] = json!([7])
    });
    add("authenticate: a keyID not base64url", authenticating, |tree| {
        tree["args"]["keyIDs"] = json!(["+/=="])
    });
    add("authenticate: a keyID too long", authenticating, |tree| {
        tree["args"]["keyIDs"] = json!(["A".repeat(2732)]);
    });
    add("deregister: keyID not base64url", deregistering, |tree| {
        tree["args"]["keyID"] = json!("+/==")
    });
}

fn transaction_forms(rows: &mut Rows) {
    let mut add = |name: &str, sound: Sound, flaw: fn(&mut Value)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
        rows.push(row(name, "ASM §3.7.1", sound, flaw, AsmStatusCode::Error));
    };
    add("authenticate: transaction an object", paying, |tree| {
        tree["args"]["transaction"] = tree["args"]["transaction"][0].clone();
    });
    add("authenticate: transaction without a type", paying, |tree| {
        drop(
            tree["args"]["transaction"][0]
                .as_object_mut()
                .unwrap()
                .remove("contentType"),
        );
    });
    add("authenticate: transaction without content", paying, |tree| {
        drop(
            tree["args"]["transaction"][0]
                .as_object_mut()
                .unwrap()
                .remove("content"),
        );
    });
    add(
        "authenticate: transaction content not base64url",
        paying,
        |tree| {
            tree["args"]["transaction"][0]["content"] = json!("a b");
        },
    );
}

type FrameFlaw = (&'static str, fn(&mut Value), AsmStatusCode);

const FRAME: [FrameFlaw; 15] = [
    (
        "another authenticatorIndex",
        |tree| tree["authenticatorIndex"] = json!(1),
        AsmStatusCode::AuthenticatorDisconnected,
    ),
    (
        "the largest authenticatorIndex",
        |tree| tree["authenticatorIndex"] = json!(65_535),
        AsmStatusCode::AuthenticatorDisconnected,
    ),
    (
        "authenticatorIndex too large",
        |tree| tree["authenticatorIndex"] = json!(65_536),
        AsmStatusCode::Error,
    ),
    (
        "authenticatorIndex negative",
        |tree| tree["authenticatorIndex"] = json!(-1),
        AsmStatusCode::Error,
    ),
    (
        "authenticatorIndex a text",
        |tree| tree["authenticatorIndex"] = json!("0"),
        AsmStatusCode::Error,
    ),
    (
        "authenticatorIndex missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("authenticatorIndex")),
        AsmStatusCode::Error,
    ),
    (
        "asmVersion missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("asmVersion")),
        AsmStatusCode::Error,
    ),
    (
        "asmVersion 1.2",
        |tree| tree["asmVersion"]["minor"] = json!(2),
        AsmStatusCode::Error,
    ),
    (
        "asmVersion 2.0",
        |tree| tree["asmVersion"] = json!({"major": 2, "minor": 0}),
        AsmStatusCode::Error,
    ),
    (
        "asmVersion a text",
        |tree| tree["asmVersion"] = json!("1.1"),
        AsmStatusCode::Error,
    ),
    (
        "requestType missing",
        |tree| drop(tree.as_object_mut().unwrap().remove("requestType")),
        AsmStatusCode::Error,
    ),
    (
        "requestType unknown",
        |tree| tree["requestType"] = json!("Enrol"),
        AsmStatusCode::Error,
    ),
    (
        "exts an object",
        |tree| tree["exts"] = json!({}),
        AsmStatusCode::Error,
    ),
    (
        "an extension that must be known",
        |tree| {
            tree["exts"] = json!([{"id": "x", "data": "", "fail_if_unknown": true}]);
        },
        AsmStatusCode::Error,
    ),
    (
        "an extension with too long an id",
        |tree| {
            tree["exts"] = json!([{"id": "x".repeat(33), "data": "", "fail_if_unknown": false}]);
        },
        AsmStatusCode::Error,
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
        for (what, flaw, expected) in FRAME {
            let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
            rows.push(row(
                format!("{name}: {what}"),
                "ASM §3.2.1, §3.3",
                sound,
                flaw,
                expected,
            ));
        }
    }
}

fn get_info(rows: &mut Rows) {
    let error = AsmStatusCode::Error;
    let mut add = |name: &str, sound: Sound, flaw: fn(&mut Request)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(request);
        rows.push(row(name, "ASM §3.3, §3.5", sound, flaw, error));
    };
    add("get info: with an authenticatorIndex", describing, |request| {
        request.tree["authenticatorIndex"] = json!(0)
    });
    add("get info: asmVersion 0.9", describing, |request| {
        request.tree["asmVersion"] = json!({"major": 0, "minor": 9});
    });
    add("get info: requestType in another case", describing, |request| {
        request.tree["requestType"] = json!("getinfo")
    });
    add("get info: in a list", describing, |request| {
        request.tree = json!([request.tree])
    });
    add("get info: no text", describing, |request| {
        request.text = Some(String::new())
    });
    add("get info: cut short", describing, |request| {
        request.text = Some(r#"{"requestType":"GetInfo""#.into())
    });
    add("get info: something behind it", describing, |request| {
        request.text = Some(format!("{} x", request.tree))
    });
    add("get info: a member twice", describing, |request| {
        request.text = Some(r#"{"requestType":"GetInfo","requestType":"GetInfo"}"#.into());
    });
    add("get info: more than 64 KiB", describing, |request| {
        request.tree["x"] = json!("a".repeat(64 * 1024))
    });
}

pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    arguments(&mut rows);
    attestation_and_keys(&mut rows);
    transaction_forms(&mut rows);
    frame(&mut rows);
    get_info(&mut rows);
    access::rows(&mut rows);
    for row in &mut rows {
        row.name.insert_str(0, "ASM ");
    }
    rows
}

#[test]
fn every_flawed_request_is_refused_and_its_twin_served() {
    check(&rows(), send);
}
