//! OperationHeader, Version and Operation (UAF §3.1.1 to §3.1.3), serverData, and extensions (UAF §3.1.10).

use serde_json::{Value, json};

use crate::answer::{AUTH, Ceremony, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{message, put, remove};
use crate::server::response::{required, required_number, typed};

pub fn cases() -> Vec<Case> {
    let all = [REG, AUTH].into_iter();
    all.flat_map(|op| {
        [
            dictionary(op),
            versions(op),
            operations(op),
            app_id(op),
            server_data(op),
            extensions(op),
        ]
    })
    .flatten()
    .collect()
}

fn dictionary(op: Ceremony) -> Vec<Case> {
    let mut cases = required(op, "UAF §3.4.5", "header", "an object");
    cases.extend(required(op, "UAF §3.1.3", "header/upv", "an object"));
    cases.extend(required(op, "UAF §3.1.3", "header/op", "a string"));
    cases.extend(required_number(op, "UAF §3.1.1", "header/upv/major", 65_535));
    cases.extend(required_number(op, "UAF §3.1.1", "header/upv/minor", 65_535));
    cases.extend(typed(op, "UAF §3.1.3", "header/appID", "a string"));
    cases.extend(typed(op, "UAF §3.1.3", "header/serverData", "a string"));
    cases
}

fn versions(op: Ceremony) -> Vec<Case> {
    let version = |id: &str, upv: Value| {
        let words = "no object of the message has a supported version";
        case(
            id,
            "UAF §3.4.6.5 1",
            op,
            message(put("/0/header/upv", upv)),
            1498,
            words,
        )
    };
    rows! {
        version("upv-1.2", json!({"major": 1, "minor": 2}));
        version("upv-2.0", json!({"major": 2, "minor": 0}));
        version("upv-0.1", json!({"major": 0, "minor": 1}));
        version("upv-1.257", json!({"major": 1, "minor": 257}));
    }
}

fn operations(op: Ceremony) -> Vec<Case> {
    let other = |id: &str, name: &str, words: &str| {
        case(
            id,
            "UAF §3.1.2",
            op,
            message(put("/0/header/op", name)),
            1498,
            words,
        )
    };
    let unknown = "[0].header.op: has to be Reg, Auth or Dereg";
    let crossed = if op == REG { "Auth" } else { "Reg" };
    rows! {
        other("op-empty", "", unknown);
        other("op-lower-case", &op.op().to_lowercase(), unknown);
        other("op-upper-case", &op.op().to_uppercase(), unknown);
        other("op-with-space", &format!("{} ", op.op()), unknown);
        other("op-spelt-out", "Registration", unknown);
        other("op-deregistration", "Dereg", "[0].header.op: has to be Reg in this message");
        case("op-of-the-other-ceremony", "UAF §3.4.6.5 3", op, message(put("/0/header/op", crossed)), 1491,
            "challenge: issued for another operation");
    }
}

fn app_id(op: Ceremony) -> Vec<Case> {
    let other = |id: &str, app_id: &str| {
        let words = "header.appID: not the one of the request";
        case(
            id,
            "UAF §3.4.6.5 3",
            op,
            message(put("/0/header/appID", app_id)),
            1498,
            words,
        )
        .spends()
    };
    let words = "[0].header.appID: has length 513, allowed is 1 to 512";
    rows! {
        case("app-id-absent", "UAF §3.4.6.5 3", op, message(remove("/0/header/appID")), 1498,
            "header.appID: not the one").spends();
        other("app-id-empty", "");
        other("app-id-foreign", "https://evil.example/uaf/facets");
        other("app-id-other-case", "https://shop.example/UAF/facets");
        other("app-id-longer", "https://shop.example/uaf/facets/");
        case("app-id-513", "UAF §3.1.3", op, message(put("/0/header/appID", "a".repeat(513))), 1498, words);
    }
}

fn server_data(op: Ceremony) -> Vec<Case> {
    let other = |id: &str, text: String, code: u16, words: &str| {
        case(
            id,
            "UAF §3.1.3",
            op,
            message(put("/0/header/serverData", text)),
            code,
            words,
        )
    };
    let form = "header.serverData: absent or not of our form";
    rows! {
        case("server-data-absent", "UAF §3.4.6.5 2", op, message(remove("/0/header/serverData")), 1491, form);
        other("server-data-empty", String::new(), 1498, "[0].header.serverData: has length 0, allowed is 1 to 1536");
        other("server-data-1537", "a".repeat(1537), 1498, "[0].header.serverData: has length 1537");
        other("server-data-not-base64url", "+".repeat(64), 1491, form);
        other("server-data-padded", "A".repeat(62) + "==", 1491, form);
        other("server-data-47-bytes", "A".repeat(62) + "A", 1491, form);
        other("server-data-15-bytes", "A".repeat(20), 1491, form);
        other("server-data-49-bytes", "A".repeat(66), 1491, form);
        other("server-data-of-nobody", "A".repeat(64), 1491, "challenge: never issued");
    }
}

/// A `exts` of one sound extension, which both messages carry.
fn with_extension(case: Case) -> Case {
    let extension = json!([{"id": "example", "data": "", "fail_if_unknown": false}]);
    case.given(message(put("/0/header/exts", extension)))
}

fn extensions(op: Ceremony) -> Vec<Case> {
    let section = "UAF §3.1.10";
    let mut cases = typed(op, section, "header/exts", "an array");
    cases.extend(required(op, section, "header/exts/0/id", "a string"));
    cases.extend(required(op, section, "header/exts/0/data", "a string"));
    cases.extend(required(
        op,
        section,
        "header/exts/0/fail_if_unknown",
        "true or false",
    ));
    let member = |id: &str, pointer: &str, value: Value, words: &str| {
        case(id, section, op, message(put(pointer, value)), 1498, words)
    };
    cases.extend(rows! {
        member("exts-empty", "/0/header/exts", json!([]), "[0].header.exts: has length 0, required is at least 1");
        member("exts-of-strings", "/0/header/exts/0", json!("x"), "[0].header.exts[0]: has to be an object");
        member("ext-id-empty", "/0/header/exts/0/id", json!(""), "exts[0].id: has length 0, allowed is 1 to 32");
        member("ext-id-33", "/0/header/exts/0/id", json!("i".repeat(33)), "exts[0].id: has length 33");
        member("ext-fail-if-unknown", "/0/header/exts/0/fail_if_unknown", json!(true),
            "[0].header.exts[0]: extension `example` is unknown and marked fail_if_unknown");
        member("ext-second-fails", "/0/header/exts/1", json!({"id": "other", "data": "", "fail_if_unknown": true}),
            "[0].header.exts[1]: extension `other` is unknown");
    });
    cases.into_iter().map(with_extension).collect()
}

#[test]
fn the_header_is_the_requests() {
    all_hold(&cases());
}
