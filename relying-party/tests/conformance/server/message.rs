//! The array around a message, and JSON as such (UAF §1, §3.4.1, §3.5.2).

use serde_json::{Value, json};

use crate::answer::{AUTH, Ceremony, REG};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{message, message_text};
use crate::json::put;

pub fn cases() -> Vec<Case> {
    [REG, AUTH].into_iter().flat_map(of).collect()
}

fn of(op: Ceremony) -> Vec<Case> {
    let text = |id: &str, edit: fn(&str) -> String, words: &str| {
        case(id, "RFC 8259 §2", op, message_text(edit), 1498, words)
    };
    let tree =
        |id: &str, edit: fn(&mut Value), words: &str| case(id, "UAF §3.4.1", op, message(edit), 1498, words);
    rows! {
        text("text-empty", |_| String::new(), "not JSON at line 1, column 0: EOF");
        text("text-cut-short", |all| all[..all.len() - 1].to_owned(), "not JSON…EOF");
        text("text-behind", |all| format!("{all}[]"), "not JSON…trailing characters");
        text("text-byte-order-mark", |all| format!("\u{feff}{all}"), "not JSON at line 1");
        text("text-single-quotes", |all| all.replace('"', "'"), "not JSON at line 1");
        text("text-comment", |all| format!("/* */{all}"), "not JSON at line 1");
        text("text-trailing-comma", |all| all.replacen("}]", "},]", 1), "not JSON");
        text("text-not-a-number", |all| unknown(all, "NaN"), "not JSON");
        text("text-number-too-large", |all| unknown(all, "1e999"), "not JSON…number out of range");
        text("text-lone-surrogate", |all| unknown(all, r#""\ud800""#), "not JSON");
        text("text-control-character", |all| unknown(all, "\"\u{1}\""), "not JSON…control character");
        text("text-too-deep", |all| unknown(all, &nested(200)), "not JSON…recursion limit");
        text("text-too-long", |all| all.to_owned() + &" ".repeat(65_536), "UAF message is…the limit is 65536");
        tree("message-object", |all| *all = all[0].take(), "top level: has to be an array");
        tree("message-string", |all| *all = all.to_string().into(), "top level: has to be an array");
        tree("message-null", |all| *all = Value::Null, "top level: has to be an array");
        tree("message-empty", |all| *all = json!([]), "top level: has length 0, required is at least 1");
        tree("message-of-null", |all| all[0] = Value::Null, "[0]: has to be an object");
        tree("message-of-strings", |all| all[0] = json!("x"), "[0]: has to be an object");
        tree("message-of-arrays", |all| *all = json!([all.clone()]), "[0]: has to be an object");
        tree("version-twice", |all| *all = json!([all[0], all[0]]), "two objects of the message carry version 1.1");
        tree("two-answers", two_versions, "message: a response answers one version only");
        tree("second-object-broken", |all| put(all, "/1", json!({"header": {"upv": {"major": 1}}})),
            "[1].header.upv.minor: is required");
    }
}

/// The message with an unknown member of this value, which a reader would otherwise ignore.
fn unknown(message: &str, value: &str) -> String {
    message.replacen("[{", &format!("[{{\"unknown\":{value},"), 1)
}

fn nested(depth: usize) -> String {
    "[".repeat(depth) + &"]".repeat(depth)
}

fn two_versions(message: &mut Value) {
    let mut older = message[0].clone();
    put(&mut older, "/header/upv/minor", json!(0));
    put(message, "/1", older);
}

#[test]
fn the_message_is_one_array_of_one_answer() {
    all_hold(&cases());
}
