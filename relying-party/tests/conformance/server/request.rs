//! GetUAFRequest (Transport §8.3.3): who is given a challenge, and who is not.

use serde_json::{Value, json};
use smile_relying_party::service::UafRefusal;
use smile_relying_party::store::Table;

use crate::answer::{AUTH, Ceremony, PAY, REG, Situation};
use crate::case::rows;
use crate::edit::{put, remove, twice};
use crate::json;
use crate::rows::{Change, changes};
use crate::world::wait;

/// Changes a demand, or the world around it; may give the text that is sent instead.
type DemandEdit = Box<dyn Fn(&Situation, &mut Value) -> Option<String>>;

/// A demand that is refused: the same demand without the flaw is answered with a request.
pub struct Demand {
    pub id: String,
    pub section: &'static str,
    ceremony: Ceremony,
    flaw: DemandEdit,
    code: u16,
    words: &'static str,
}

/// A change to GetUAFRequest.
fn tree(
    id: &str,
    ceremony: Ceremony,
    edit: impl Fn(&mut Value) + 'static,
    (code, words): (u16, &'static str),
) -> Demand {
    demand(id, ceremony, move |_, body| edit(body), (code, words))
}

/// A change by what the world has, or to the world.
fn demand(
    id: &str,
    ceremony: Ceremony,
    edit: impl Fn(&Situation, &mut Value) + 'static,
    (code, words): (u16, &'static str),
) -> Demand {
    Demand {
        id: format!("ask-for-{}/{id}", ceremony.name()),
        section: "Transport §8.3.3",
        ceremony,
        flaw: Box::new(move |situation, body| {
            edit(situation, body);
            None
        }),
        code,
        words,
    }
}

/// A change to its text.
fn text(id: &str, edit: fn(&str) -> String, words: &'static str) -> Demand {
    let flaw = move |_: &Situation, body: &mut Value| Some(edit(&json::write(body)));
    Demand {
        flaw: Box::new(flaw),
        ..demand(id, REG, |_, _| (), (1498, words))
    }
}

pub fn demands() -> Vec<Demand> {
    let all = [REG, AUTH, PAY].into_iter();
    let mut demands = bodies();
    demands.extend(contexts());
    demands.extend(all.flat_map(tokens));
    demands.extend(keys());
    demands
}

fn bodies() -> Vec<Demand> {
    let of =
        |id: &str, edit: Box<dyn Fn(&mut Value)>, words: &'static str| tree(id, REG, edit, (1498, words));
    rows! {
        text("text-empty", |_| String::new(), "not JSON");
        text("text-cut-short", |all| all[..all.len() - 1].to_owned(), "not JSON");
        text("text-behind", |all| format!("{all}{{}}"), "not JSON…trailing");
        text("text-too-long", |all| all.to_owned() + &" ".repeat(139_264), "GetUAFRequest is");
        of("array", Box::new(|all| *all = json!([all.clone()])), "top level: has to be an object");
        of("op-null", put("/op", Value::Null), "op: has to be a string");
        of("op-number", put("/op", 1), "op: has to be a string");
        of("op-lower-case", put("/op", "reg"), "op: has to be Reg, Auth or Dereg");
        of("op-empty", put("/op", ""), "op: has to be Reg, Auth or Dereg");
        of("op-twice", twice("/op"), "member `op` occurs twice");
        of("context-null", put("/context", Value::Null), "context: has to be a string");
        of("context-object", put("/context", json!({"enrolmentSession": "x"})), "context: has to be a string");
        of("context-twice", twice("/context"), "member `context` occurs twice");
        of("previous-request-null", put("/previousRequest", Value::Null), "previousRequest: has to be a string");
        of("previous-request-array", put("/previousRequest", json!([])), "previousRequest: has to be a string");
        of("previous-request-twice", Box::new(|all| { put("/previousRequest",
            "[]")(all); twice("/previousRequest")(all); }), "member `previousRequest` occurs twice");
    }
}

fn contexts() -> Vec<Demand> {
    let of = |id: &str, context: &'static str, words: &'static str| {
        tree(id, REG, put("/context", context), (1400, words))
    };
    let one = "context: must hold exactly one of";
    let object = "context: must be one JSON object";
    rows! {
        tree("context-absent", REG, remove("/context"), (1400, "context: must be there"));
        of("context-empty", "", object);
        of("context-not-json", "enrolmentSession", object);
        of("context-array", "[]", object);
        of("context-without-token", "{}", one);
        of("context-with-two-tokens", r#"{"enrolmentSession":"x","clientSecret":"y"}"#, one);
        of("context-token-number", r#"{"enrolmentSession":7}"#, "enrolmentSession must be a string");
        of("context-token-twice", r#"{"enrolmentSession":"x","enrolmentSession":"x"}"#, object);
    }
}

fn token_of(situation: &Situation) -> (String, String) {
    let (name, token) = situation
        .context
        .as_object()
        .and_then(|all| all.iter().next())
        .expect("one token");
    (name.clone(), token.as_str().expect("text").to_owned())
}

/// The token with another last character.
pub fn altered(token: &str) -> String {
    let last = if token.ends_with('A') { "B" } else { "A" };
    format!("{}{last}", &token[..token.len() - 1])
}

fn tokens(op: Ceremony) -> Vec<Demand> {
    let wrong = (
        1401,
        "context: the token or client secret is wrong, has expired or was used",
    );
    let token = |id: &str, edit: fn(&str) -> String| {
        let edit = move |situation: &Situation, body: &mut Value| {
            let (name, token) = token_of(situation);
            body["context"] = json!({name: edit(&token)}).to_string().into();
        };
        demand(id, op, edit, wrong)
    };
    let other = if op == REG { "Auth" } else { "Reg" };
    let under_another_name = |situation: &Situation, body: &mut Value| {
        let (name, token) = token_of(situation);
        let other = if name == "clientSecret" {
            "enrolmentSession"
        } else {
            "clientSecret"
        };
        body["context"] = json!({other: token}).to_string().into();
    };
    let answered = |situation: &Situation, _: &mut Value| {
        assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
    };
    let of_another_tenant = |situation: &Situation, body: &mut Value| {
        let beside = situation.world.beside("coins");
        body["context"] = situation.ceremony.permit(&beside, "alice").to_string().into();
    };
    let late = |situation: &Situation, _: &mut Value| situation.world.clock.advance_ms(86_400_000);
    let exhausted = |situation: &Situation, _: &mut Value| {
        for _ in 1..16 {
            situation.another_request();
        }
    };
    let used = if op == PAY {
        (1403, "payment: cannot move from Succeeded to Processing")
    } else {
        wrong
    };
    rows! {
        token("token-altered", altered);
        token("token-cut-short", |token| token[..token.len() - 1].to_owned());
        token("token-with-a-character-behind", |token| format!("{token}A"));
        token("token-without-secret", |token| token.split("_secret_").next().unwrap_or_default().to_owned());
        token("token-empty", |_| String::new());
        token("token-of-nobody", |token| { format!("{}{}", &token[..3], "0".repeat(32)) + "_secret_x" });
        demand("token-of-another-kind", op, under_another_name, wrong);
        demand("token-of-another-tenant", op, of_another_tenant, wrong);
        demand("token-used", op, answered, used);
        demand("token-late", op, late, wrong);
        tree("op-not-permitted", op, put("/op", other), (1400, "op: this token permits"));
        tree("op-deregistration", op, put("/op", "Dereg"), (1400, "op: this token permits"));
        demand("seventeenth-challenge", op, exhausted, (1403, "challenge: 16 were issued for this session or payment"));
    }
}

/// UAF §3.5.7.1: only a user with a key is asked to use one.
fn keys() -> Vec<Demand> {
    let none = |op: Ceremony| {
        let edit = move |situation: &Situation, body: &mut Value| {
            body["context"] = op.permit(&situation.world, "carol").to_string().into();
        };
        demand(
            "user-without-key",
            op,
            edit,
            (1404, "user: no active key that could answer this request"),
        )
    };
    let canceled = |situation: &Situation, _: &mut Value| situation.world.cancel(&situation.context);
    let words = "payment: cannot move from Canceled to Processing";
    rows! {
        none(AUTH);
        none(PAY);
        demand("payment-canceled", PAY, canceled, (1403, words));
    }
}

impl Demand {
    /// What is wrong with the server, if anything is.
    fn verdict(&self) -> Result<(), String> {
        let body = |situation: &Situation| json!({"op": self.ceremony.op(), "context": situation.context.to_string()});
        let sound = Situation::new(self.ceremony);
        let before = sound.world.dump();
        let answer = wait(sound.world.service.uaf_request(&body(&sound).to_string()));
        let answer = answer.map_err(|refusal| format!("without the flaw it was refused: {refusal:?}"))?;
        let changed = changes(&before, &sound.world.dump());
        if !changed.contains(&Change::Added(Table::Ceremonies)) || answer.uaf_request.is_none() {
            return Err(format!("no challenge was issued: {answer:?}, {changed:?}"));
        }
        let flawed = Situation::new(self.ceremony);
        let mut body = body(&flawed);
        let text = (self.flaw)(&flawed, &mut body).unwrap_or_else(|| json::write(&body));
        let before = flawed.world.dump();
        let refusal = match wait(flawed.world.service.uaf_request(&text)) {
            Ok(answer) => return Err(format!("was answered {answer:?}")),
            Err(UafRefusal { status, rule, .. }) => (status.code(), rule),
        };
        if refusal.0 != self.code || !crate::case::reads(&refusal.1, self.words) {
            return Err(format!(
                "wanted {} {:?}, was answered {refusal:?}",
                self.code, self.words
            ));
        }
        let changed = changes(&before, &flawed.world.dump());
        if changed.is_empty() {
            Ok(())
        } else {
            Err(format!("the refusal changed {changed:?}"))
        }
    }
}

#[test]
fn a_challenge_is_given_for_a_token_that_permits_it() {
    let demands = demands();
    let failed: Vec<String> = demands
        .iter()
        .filter_map(|one| {
            one.verdict()
                .err()
                .map(|wrong| format!("{} ({}): {wrong}", one.id, one.section))
        })
        .collect();
    assert!(
        failed.is_empty(),
        "{} of {}:\n{}",
        failed.len(),
        demands.len(),
        failed.join("\n")
    );
}
