//! What Register, Authenticate and Deregister refuse of their arguments (ASM §3.6.1, §3.7.1, §3.8.1).

use serde_json::{Value, json};
use smile_protocol::uaf::asm::AsmStatusCode;

use super::super::{Device, because, row};
use super::{Request, Rows, Sound, authenticating, deregistering, paying, registering};

pub(super) fn rows(rows: &mut Rows) {
    arguments(rows);
    attestation(rows);
    keys(rows);
    transaction_forms(rows);
}

/// A request: its name, its section, its sound form, and its arguments: for each the characters of a value that is by
/// one too long, and the longest that it may be.
struct Table {
    name: &'static str,
    section: &'static str,
    sound: Sound,
    arguments: &'static [(&'static str, usize, usize)],
}

const TABLES: [Table; 3] = [
    Table {
        name: "register",
        section: "ASM §3.6.1",
        sound: registering,
        arguments: &[
            ("appID", 513, 512),
            ("username", 129, 128),
            ("finalChallenge", 8193, 8192),
        ],
    },
    Table {
        name: "authenticate",
        section: "ASM §3.7.1",
        sound: authenticating,
        arguments: &[("appID", 513, 512), ("finalChallenge", 8193, 8192)],
    },
    Table {
        name: "deregister",
        section: "ASM §3.8.1",
        sound: deregistering,
        // In base64url, 2732 characters are 2049 bytes.
        arguments: &[("appID", 513, 512), ("keyID", 2732, 2048)],
    },
];

fn arguments(rows: &mut Rows) {
    for table in TABLES {
        let mut add = |what: String, reason: String, flaw: Box<dyn Fn(&mut Value)>| {
            let name = format!("{}: {what}", table.name);
            let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
            let refused = because(AsmStatusCode::Error, reason);
            rows.push(row(name, table.section, table.sound, flaw, refused));
        };
        for &(member, too_long, longest) in table.arguments {
            let length =
                |actual: usize| format!("args.{member}: has length {actual}, allowed is 1 to {longest}");
            add(
                format!("{member} missing"),
                format!("args.{member}: is required"),
                Box::new(move |tree| drop(tree["args"].as_object_mut().unwrap().remove(member))),
            );
            add(
                format!("{member} a number"),
                format!("args.{member}: has to be a string"),
                Box::new(move |tree| tree["args"][member] = json!(7)),
            );
            add(
                format!("{member} null"),
                format!("args.{member}: has to be a string"),
                Box::new(move |tree| tree["args"][member] = Value::Null),
            );
            add(
                format!("{member} too long"),
                length(longest + 1),
                Box::new(move |tree| tree["args"][member] = json!("a".repeat(too_long))),
            );
            if member != "keyID" {
                add(
                    format!("{member} empty"),
                    length(0),
                    Box::new(move |tree| tree["args"][member] = json!("")),
                );
            }
        }
        add(
            "args missing".into(),
            "args: is required".into(),
            Box::new(|tree| drop(tree.as_object_mut().unwrap().remove("args"))),
        );
        add(
            "args a list".into(),
            "args: has to be an object".into(),
            Box::new(|tree| tree["args"] = json!([])),
        );
    }
}

/// Which attestation Register may ask for.
fn attestation(rows: &mut Rows) {
    let mut add = |name: &str, reason: &str, flaw: fn(&mut Value)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
        let refused = because(AsmStatusCode::Error, reason);
        rows.push(row(name, "ASM §3.6.1", registering, flaw, refused));
    };
    add(
        "register: attestationType missing",
        "args.attestationType: is required",
        |tree| {
            drop(tree["args"].as_object_mut().unwrap().remove("attestationType"));
        },
    );
    add(
        "register: attestationType a text",
        "args.attestationType: has to be a whole number",
        |tree| tree["args"]["attestationType"] = json!("3E07"),
    );
    add(
        "register: attestationType too large",
        "args.attestationType: is out of range, the largest value is 65535",
        |tree| tree["args"]["attestationType"] = json!(0x1_3E07),
    );
    add(
        "register: attestationType unlisted",
        "args.attestationType: is not a code of the registry",
        |tree| tree["args"]["attestationType"] = json!(0x7777),
    );
    add(
        "register: attestationType not made here",
        "attestation type 0x3E08 is not supported",
        |tree| tree["args"]["attestationType"] = json!(0x3E08),
    );
}

/// How keys are named.
fn keys(rows: &mut Rows) {
    let mut add = |name: &str, reason: &str, sound: Sound, flaw: fn(&mut Value)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
        let refused = because(AsmStatusCode::Error, reason);
        rows.push(row(name, "ASM §3.7.1, §3.8.1", sound, flaw, refused));
    };
    add(
        "authenticate: keyIDs a text",
        "args.keyIDs: has to be an array",
        authenticating,
        |tree| tree["args"]["keyIDs"] = json!("AAAA"),
    );
    add(
        "authenticate: keyIDs of numbers",
        "args.keyIDs[0]: has to be a string",
        authenticating,
        |tree| tree["args"]["keyIDs"] = json!([7]),
    );
    add(
        "authenticate: a keyID not base64url",
        "args.keyIDs[0]: is not base64url without padding",
        authenticating,
        |tree| tree["args"]["keyIDs"] = json!(["+/=="]),
    );
    add(
        "authenticate: a keyID too long",
        "args.keyIDs[0]: has length 2049, allowed is 1 to 2048",
        authenticating,
        |tree| {
            tree["args"]["keyIDs"] = json!(["A".repeat(2732)]);
        },
    );
    add(
        "deregister: keyID not base64url",
        "args.keyID: is not base64url without padding",
        deregistering,
        |tree| tree["args"]["keyID"] = json!("+/=="),
    );
}

fn transaction_forms(rows: &mut Rows) {
    let mut add = |name: &str, reason: &str, flaw: fn(&mut Value)| {
        let flaw = move |_: &mut Device, request: &mut Request| flaw(&mut request.tree);
        let refused = because(AsmStatusCode::Error, reason);
        rows.push(row(name, "ASM §3.7.1", paying, flaw, refused));
    };
    add(
        "authenticate: transaction an object",
        "args.transaction: has to be an array",
        |tree| {
            tree["args"]["transaction"] = tree["args"]["transaction"][0].clone();
        },
    );
    add(
        "authenticate: transaction without a type",
        "args.transaction[0].contentType: is required",
        |tree| {
            drop(
                tree["args"]["transaction"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("contentType"),
            );
        },
    );
    add(
        "authenticate: transaction without content",
        "args.transaction[0].content: is required",
        |tree| {
            drop(
                tree["args"]["transaction"][0]
                    .as_object_mut()
                    .unwrap()
                    .remove("content"),
            );
        },
    );
    add(
        "authenticate: transaction content not base64url",
        "args.transaction[0].content: is not base64url without padding",
        |tree| {
            tree["args"]["transaction"][0]["content"] = json!("a b");
        },
    );
}
