//! SendUAFResponse (Transport §8.3.5), and the token that an app may send along in `context`.

use serde_json::{Value, json};

use crate::answer::{AUTH, Ceremony, Flaw, PAY, REG, Situation};
use crate::case::{Case, all_hold, case, rows};
use crate::edit::{envelope, envelope_by, envelope_text, put, remove, twice};

pub fn cases() -> Vec<Case> {
    let all = [REG, AUTH, PAY].into_iter();
    let mut cases = envelopes();
    cases.extend(contexts());
    cases.extend(all.flat_map(tokens));
    cases
}

fn envelopes() -> Vec<Case> {
    let section = "Transport §8.3.5";
    let tree =
        |id: &str, edit: fn(&mut Value), words: &str| case(id, section, REG, envelope(edit), 1498, words);
    let text = |id: &str, edit: fn(&str) -> String, words: &str| {
        case(id, section, REG, envelope_text(edit), 1498, words)
    };
    let of = |id: &str, flaw: Flaw, words: &str| case(id, section, REG, flaw, 1498, words);
    rows! {
        text("envelope-empty", |_| String::new(), "not JSON");
        text("envelope-cut-short", |all| all[..all.len() - 1].to_owned(), "not JSON");
        text("envelope-behind", |all| format!("{all}{{}}"), "not JSON…trailing characters");
        text("envelope-too-long", |all| all.to_owned() + &" ".repeat(139_264),
            "SendUAFResponse is…the limit is 139264");
        tree("envelope-array", |all| *all = json!([all.clone()]), "top level: has to be an object");
        tree("envelope-null", |all| *all = Value::Null, "top level: has to be an object");
        of("response-absent", envelope(remove("/uafResponse")), "uafResponse: is required");
        of("response-twice", envelope(twice("/uafResponse")), "member `uafResponse` occurs twice");
        of("response-null", envelope(put("/uafResponse", Value::Null)), "uafResponse: has to be a string");
        tree("response-not-in-a-string", unwrapped, "uafResponse: has to be a string");
        of("context-null", envelope(put("/context", Value::Null)), "context: has to be a string");
        of("context-object", envelope(put("/context", json!({"enrolmentSession": "x"}))),
            "context: has to be a string");
        of("context-number", envelope(put("/context", 7)), "context: has to be a string");
    }
}

fn unwrapped(envelope: &mut Value) {
    let text = envelope["uafResponse"].as_str().expect("a string");
    envelope["uafResponse"] = serde_json::from_str(text).expect("the message is JSON");
}

fn contexts() -> Vec<Case> {
    let of = |id: &str, context: &str, words: &str| {
        case(
            id,
            "Transport §8.3.5",
            REG,
            envelope(put("/context", context)),
            1400,
            words,
        )
        .given(own_token())
    };
    let one = "context: must hold exactly one of";
    let object = "context: must be one JSON object";
    rows! {
        of("context-empty", "", object);
        of("context-not-json", "enrolmentSession", object);
        of("context-array", "[]", object);
        of("context-without-token", "{}", one);
        of("context-with-an-unknown-token", r#"{"session":"x"}"#, one);
        of("context-with-two-tokens", r#"{"enrolmentSession":"x","clientSecret":"y"}"#, one);
        of("context-token-number", r#"{"enrolmentSession":7}"#, "context: enrolmentSession must be a string");
        of("context-token-twice", r#"{"enrolmentSession":"x","enrolmentSession":"x"}"#, object);
    }
}

/// The token that began the ceremony goes along, as an app may send it.
fn own_token() -> Flaw {
    envelope_by(|envelope, situation| envelope["context"] = situation.context.to_string().into())
}

/// A context that goes along instead.
fn token(context: impl Fn(&Situation) -> Value + 'static) -> Flaw {
    envelope_by(move |envelope, situation| envelope["context"] = context(situation).to_string().into())
}

/// The one member of a context.
fn member(context: &Value) -> (String, String) {
    let (name, token) = context
        .as_object()
        .and_then(|all| all.iter().next())
        .expect("a context has a token");
    (name.clone(), token.as_str().expect("a token is text").to_owned())
}

fn altered(situation: &Situation) -> Value {
    let (name, token) = member(&situation.context);
    json!({name: super::request::altered(&token)})
}

fn renamed(situation: &Situation) -> Value {
    let (name, token) = member(&situation.context);
    let other = if name == "clientSecret" {
        "enrolmentSession"
    } else {
        "clientSecret"
    };
    json!({other: token})
}

fn tokens(op: Ceremony) -> Vec<Case> {
    let wrong = "context: the token or client secret is wrong";
    let foreign = "context: the token is of another session or payment than the challenge";
    let of = |id: &str, flaw: Flaw, code: u16, words: &str| {
        case(id, "Transport §8.3.5", op, flaw, code, words).given(own_token())
    };
    let constant = |text: &'static str| token(move |situation| json!({member(&situation.context).0: text}));
    rows! {
        of("token-altered", token(altered), 1401, wrong);
        of("token-without-secret", constant("es_00000000000000000000000000000000"), 1401, wrong);
        of("token-of-nothing", constant("nothing"), 1401, wrong);
        of("token-of-nobody", constant("es_00000000000000000000000000000000_secret_x"), 1403, foreign);
        of("token-of-another-kind", token(renamed), 1403, foreign);
        of("token-of-another-session", token(|s| s.ceremony.permit(&s.world, "alice")), 1403, foreign);
        of("token-of-another-user", token(|s| s.ceremony.permit(&s.world, "bob")), 1403, foreign);
    }
}

#[test]
fn a_response_comes_in_its_envelope() {
    all_hold(&cases());
}
