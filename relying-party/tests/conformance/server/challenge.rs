//! The challenge: ours, for this operation, unused, in time; and the session or payment behind it (UAF §3.4.6.5 steps 2
//! and 3, §3.5.7.5).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::Value;

use crate::answer::{ALICES_KEY, AUTH, Ceremony, Flaw, PAY, REG, Situation};
use crate::case::{Case, all_hold, case, rows};
use crate::device::Device;
use crate::edit::{meanwhile, message_by};
use crate::json::{put, text};
use crate::models::FULL;
use crate::world::LIFETIME_MS;

pub fn cases() -> Vec<Case> {
    let all = [REG, AUTH, PAY].into_iter();
    let mut cases: Vec<Case> = all
        .flat_map(|op| [in_time(op), used(op), others(op), forged(op)])
        .flatten()
        .collect();
    cases.extend(sessions());
    cases.extend(payments());
    cases
}

fn in_time(op: Ceremony) -> Vec<Case> {
    let late = |ms: u64| meanwhile(move |situation| situation.world.clock.advance_ms(ms));
    let early = meanwhile(|situation| situation.world.clock.set_back_ms(1));
    let expired = "challenge: expired";
    rows! {
        case("challenge-at-its-end", "UAF §3.4.6.5 3", op, late(LIFETIME_MS), 1491, expired);
        case("challenge-a-day-late", "UAF §3.4.6.5 3", op, late(86_400_000), 1491, expired);
        case("challenge-of-the-future", "UAF §3.4.6.5 3", op, early, 1491, expired);
    }
}

/// The answer was sent before, rightly or not.
fn used(op: Ceremony) -> Vec<Case> {
    let sent = |flaw: fn() -> Option<Flaw>, code: u16| {
        meanwhile(move |situation| {
            let flaw = flaw();
            let flaws: Vec<&Flaw> = flaw.iter().collect();
            assert_eq!(situation.world.respond(&situation.answer(&flaws)).0, code);
        })
    };
    let wrong = || Some(crate::edit::signature(|bytes| bytes[0] ^= 1));
    let refused = if op == REG { 1496 } else { 1498 };
    let words = "challenge: already used";
    vec![
        case(
            "challenge-used",
            "UAF §3.4.6.5 3",
            op,
            sent(|| None, 1200),
            1491,
            words,
        ),
        case(
            "challenge-of-a-refused-answer",
            "UAF §3.4.6.5 3",
            op,
            sent(wrong, refused),
            1491,
            words,
        ),
    ]
}

/// What another request of ours had, put into this answer.
fn others(op: Ceremony) -> Vec<Case> {
    let request = |request: fn(&Situation) -> Value, take: fn(&mut Value, &Value)| {
        message_by(move |message, situation| take(message, &request(situation)))
    };
    let server_data: fn(&mut Value, &Value) = |message, other| {
        put(
            message,
            "/0/header/serverData",
            other["header"]["serverData"].clone(),
        );
    };
    let other_op = if op == REG { AUTH } else { REG };
    let crossed: fn(&Situation) -> Value = if other_op == AUTH {
        |situation| situation.foreign_request(AUTH, "alice")
    } else {
        |situation| situation.foreign_request(REG, "alice")
    };
    let again: fn(&Situation) -> Value = Situation::another_request;
    let foreign: fn(&Situation) -> Value = |situation| situation.foreign_request(situation.ceremony, "bob");
    let words = "fcParams.challenge: not the one of the request";
    rows! {
        case("server-data-of-another-request", "UAF §3.4.6.5 3", op, request(again, server_data), 1491, words).spends();
        case("server-data-of-another-user", "UAF §3.4.6.5 3", op, request(foreign, server_data), 1491, words).spends();
        case("server-data-of-another-operation", "UAF §3.4.6.5 3", op, request(crossed, server_data), 1491,
            "challenge: issued for another operation");
    }
}

/// The text of 48 bytes with one of them changed.
fn flipped(server_data: &str, at: usize) -> String {
    let mut bytes = BASE64URL
        .decode(server_data)
        .expect("our serverData is base64url");
    bytes[at] ^= 1;
    BASE64URL.encode(bytes)
}

fn forged(op: Ceremony) -> Vec<Case> {
    let at = |at: usize| {
        message_by(move |message, situation| {
            let forged = flipped(text(&situation.request, "/header/serverData"), at);
            put(message, "/0/header/serverData", forged.into());
        })
    };
    let cut = |bytes: std::ops::Range<usize>| {
        message_by(move |message, situation| {
            let whole = BASE64URL
                .decode(text(&situation.request, "/header/serverData"))
                .expect("base64url");
            let forged = BASE64URL.encode(&[whole, vec![0]].concat()[bytes.clone()]);
            put(message, "/0/header/serverData", forged.into());
        })
    };
    let other_server = meanwhile(|situation| {
        let context = situation.ceremony.permit(&situation.world, "alice");
        let beside = situation.world.beside("stamps");
        situation.request = beside.request(situation.ceremony.op(), &context);
    });
    let other_tenant = meanwhile(|situation| {
        let beside = situation.world.beside("coins");
        let beside = Situation::registered(beside, "alice", Device::new(FULL, ALICES_KEY));
        let context = situation.ceremony.permit(&beside, "alice");
        situation.request = beside.request(situation.ceremony.op(), &context);
    });
    let section = "UAF §3.4.6.5 2";
    let (authentic, form) = (
        "header.serverData: not authentic",
        "header.serverData: absent or not of our form",
    );
    let unknown = "challenge: never issued";
    rows! {
        case("server-data-first-bit-of-its-code", section, op, at(16), 1491, authentic);
        case("server-data-last-bit-of-its-code", section, op, at(47), 1491, authentic);
        case("server-data-of-a-name-never-given", section, op, at(0), 1491, unknown);
        case("server-data-one-byte-short", section, op, cut(0..47), 1491, form);
        case("server-data-one-byte-long", section, op, cut(0..49), 1491, form);
        case("server-data-without-its-code", section, op, cut(0..16), 1491, form);
        case("server-data-of-another-server-key", section, op, other_server, 1491, authentic);
        case("server-data-of-another-tenant", section, op, other_tenant, 1491, unknown);
    }
}

/// One session, one purpose served, once.
fn sessions() -> Vec<Case> {
    let other_answer_first = |situation: &mut Situation| {
        let mine = std::mem::replace(&mut situation.request, Value::Null);
        situation.request = situation.another_request();
        let own = situation.device.clone();
        if situation.ceremony == REG {
            situation.device = Device::new(FULL, 7);
        }
        assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
        situation.device = Device {
            counter: own.counter + 1,
            ..own
        };
        situation.request = mine;
    };
    let of = |op: Ceremony, words: &str| {
        let flaw = meanwhile(other_answer_first);
        case(
            "session-served-by-another-challenge",
            "Transport §8.3.3",
            op,
            flaw,
            1403,
            words,
        )
        .spends()
    };
    rows! {
        of(REG, "session: already used");
        of(AUTH, "session: already used");
        of(PAY, "payment: cannot move from Succeeded to Processing");
    }
}

fn payments() -> Vec<Case> {
    let canceled = meanwhile(|situation| situation.world.cancel(&situation.context));
    let words = "payment: cannot move from Canceled to Processing";
    let higher = meanwhile(|situation| {
        // Another login raised the counter between this answer's making and its arrival.
        let context = situation.world.login("alice");
        let request = situation.world.request("Auth", &context);
        let mine = std::mem::replace(&mut situation.request, request);
        assert_eq!(situation.world.respond(&situation.answer(&[])).0, 1200);
        situation.request = mine;
    });
    let counter = "TAG_COUNTERS: signature counter did not advance";
    vec![
        case("payment-canceled", "UAF §3.5.7.5", PAY, canceled, 1403, words).spends(),
        case("counter-overtaken", "UAF §3.5.7.5", PAY, higher, 1492, counter).spends(),
    ]
}

#[test]
fn a_challenge_is_ours_unused_and_in_time() {
    all_hold(&cases());
}
