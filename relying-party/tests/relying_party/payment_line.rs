//! The main line: enrol, register, pay, receipt, deregister; and login without a payment.

use crate::signer::Signer;
use crate::world::{APP_ID, KEY, On, World, wait};
use futures_util::future::try_join_all;
use serde_json::json;
use smile_ceremony::record::{
    ConsentVersion, EnrolmentSession, GivenConsent, LanguageTag, Scope, TextSha256,
};
use smile_ceremony::secret::ClientSecret;
use smile_protocol::uaf::message::{UafRequest, decode_request};
use smile_relying_party::clock::Clock;
use smile_relying_party::service::{Once, Refusal, Reply};
use smile_relying_party::store::Table;
use std::sync::Barrier;

#[test]
fn a_registered_key_pays_once_on_both_stores() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        let mut signer = Signer::number(1);
        world.register("alice", &signer);
        let payment = world.payment("alice");
        assert_eq!(payment["status"], "requires_action");
        assert_eq!(payment["next_action"]["type"], "uaf_transaction_confirmation");
        let request = world.payment_request(&payment);
        let message = signer.authenticate(&request).message();
        assert_eq!(world.respond(&message)["statusCode"], 1200);
        assert_eq!(world.payment_status(&payment), "succeeded");
        let replay = world.respond(&message);
        assert_eq!(replay["statusCode"], 1491, "{replay}");
        assert!(
            replay["description"]
                .as_str()
                .expect("a rule")
                .contains("already used"),
            "{replay}"
        );
        let again = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
        assert_ne!(
            again["statusCode"], 1200,
            "a payment that succeeded is not signed again"
        );
    }
}

#[test]
fn the_text_that_is_signed_names_amount_and_payee() {
    let world = World::new(On::Memory);
    world.register("alice", &Signer::number(1));
    let payment = world.payment("alice");
    let request = world.payment_request(&payment);
    for request in decode_request(&request).expect("well-formed") {
        let UafRequest::Authentication(request) = request else {
            panic!("an authentication request")
        };
        assert_eq!(request.header.app_id.as_ref().map(|id| id.as_str()), Some(APP_ID));
        let text = request.transaction[0].text().expect("text").expect("text/plain");
        assert_eq!(payment["transaction_text"], text);
        assert!(
            text.contains("1.45 EUR") && text.contains("Deutsche Post"),
            "{text}"
        );
    }
}

#[test]
fn parallel_registrations_with_one_session_make_one_credential() {
    let world = World::new(On::Sled);
    let context = json!({"enrolmentSession": world.enrolment_token("alice")});
    let messages: Vec<String> = (1..=6)
        .map(|number| {
            Signer::number(number)
                .register(&world.request("Reg", &context))
                .message()
        })
        .collect();
    let start = Barrier::new(messages.len());
    let submit = |message: &str| {
        start.wait();
        world.respond(message)["statusCode"] == 1200
    };
    let submit = &submit;
    let accepted = std::thread::scope(|scope| {
        let threads: Vec<_> = messages
            .iter()
            .map(|message| scope.spawn(move || submit(message)))
            .collect();
        threads
            .into_iter()
            .filter_map(|thread| thread.join().ok())
            .filter(|accepted| *accepted)
            .count()
    });
    assert_eq!(accepted, 1);
    let listed = world.get("/v1/users/alice/credentials").json();
    assert_eq!(listed["data"].as_array().map(Vec::len), Some(1));
}

#[test]
fn a_login_completes_its_session() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let session = world
        .post("/v1/authentication_sessions", &json!({"user": "alice"}))
        .json();
    let path = format!(
        "/v1/authentication_sessions/{}",
        session["id"].as_str().expect("an id")
    );
    assert_eq!(world.get(&path).json()["status"], "open");
    let context = json!({"authenticationSession": session["token"]});
    let message = signer.authenticate(&world.request("Auth", &context)).message();
    assert_eq!(world.respond(&message)["statusCode"], 1200);
    let done = world.get(&path).json();
    assert_eq!(done["status"], "completed");
    assert_eq!(done["credentials"].as_array().map(Vec::len), Some(1));
    assert!(done.get("token").is_none(), "a token is shown once");
    assert_eq!(
        world.uaf_get("Auth", &context)["statusCode"],
        1401,
        "a used session opens nothing"
    );
}

#[test]
fn a_deregistered_key_is_gone_even_for_a_challenge_in_flight() {
    let world = World::new(On::Sled);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let in_flight = world.payment_request(&payment);
    let listed = world.get("/v1/users/alice/credentials").json();
    let id = listed["data"][0]["id"].as_str().expect("an id").to_owned();
    let answer = world.post(&format!("/v1/credentials/{id}/deregister"), &json!({}));
    assert_eq!(answer.status, 200, "{answer:?}");
    let message = answer.json()["uaf_request"]
        .as_str()
        .expect("a message")
        .to_owned();
    for request in decode_request(&message).expect("well-formed") {
        let UafRequest::Deregistration(request) = request else {
            panic!("a deregistration request")
        };
        assert_eq!(request.authenticators.len(), 1);
    }
    let verdict = world.respond(&signer.authenticate(&in_flight).message());
    assert_eq!(verdict["statusCode"], 1481, "{verdict}");
    assert_eq!(world.payment_status(&payment), "requires_action");
    assert_eq!(
        world.get("/v1/users/alice/credentials").json(),
        json!({"data": [], "active": 0})
    );
    assert_eq!(
        world
            .post(&format!("/v1/credentials/{id}/deregister"), &json!({}))
            .status,
        404
    );
    let next = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
    assert_ne!(next["statusCode"], 1200, "nobody is left who could sign");
}

#[test]
fn a_payment_that_was_not_signed_in_time_expires() {
    let world = World::new(On::Memory);
    world.register("alice", &Signer::number(1));
    let payment = world.payment("alice");
    assert_eq!(world.payment_status(&payment), "requires_action");
    world
        .clock
        .advance_ms(smile_ceremony::limits::PAYMENT_LIFETIME_MS);
    assert_eq!(world.payment_status(&payment), "expired");
    assert_eq!(
        world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}))["statusCode"],
        1401
    );
}

fn given(world: &World) -> GivenConsent {
    GivenConsent {
        version: ConsentVersion::parse("1").expect("a version"),
        language: LanguageTag::parse("en").expect("a language"),
        text_sha256: TextSha256::from_hex(&"5e".repeat(32)).expect("a hash"),
        agreed_at_ms: world.clock.now_ms(),
    }
}

#[test]
fn one_sweep_deletes_all_old_challenges_and_sessions_and_keeps_payments_and_keys() {
    // More than one step of a sweep.
    const SESSIONS: usize = 150;
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        world.register("alice", &Signer::number(1));
        world.payment("alice");
        let provider = world
            .service
            .provider(Some(KEY), Scope::PaymentsRead)
            .expect("the tests' key");
        wait(try_join_all((0..SESSIONS).map(async |_| {
            let once = Once::default();
            let only = |_: &EnrolmentSession, token: &ClientSecret| {
                Reply::new(201, token.reveal().as_bytes().to_vec())
            };
            let created = world
                .service
                .create_enrolment_session(&provider, "bob", given(&world), &once, only)
                .await?;
            let token = String::from_utf8(created.body.to_vec()).expect("a token is text");
            let context = json!({"enrolmentSession": token}).to_string();
            let get = json!({"context": context}).to_string();
            for _ in 0..16 {
                let request = world.service.uaf_request(&get).await.expect("an open session");
                assert!(request.uaf_request.is_some());
            }
            Ok::<(), Refusal>(())
        })))
        .expect("all begun");
        let swept = || wait(world.service.forget_what_is_old()).expect("the store answers");
        let before = world.dump();
        assert_eq!((swept(), world.dump()), (0, before));
        world.clock.advance_ms(2 * 24 * 60 * 60 * 1000);
        let late = world.enrolment_token("carol");
        // Each session with its challenges, and alice's with its one.
        assert_eq!(swept(), SESSIONS * 17 + 2);
        let tables: Vec<Table> = world.dump().into_iter().map(|row| row.table).collect();
        // Of the consents, those that a key or an open session stands on.
        assert_eq!(
            tables,
            [
                Table::EnrolmentSessions,
                Table::Payments,
                Table::Credentials,
                Table::Consents,
                Table::Consents
            ]
        );
        assert_eq!(
            world.uaf_get("Reg", &json!({"enrolmentSession": late}))["statusCode"],
            1200
        );
    }
}

#[test]
fn a_session_or_payment_begins_sixteen_challenges() {
    let world = World::new(On::Memory);
    let mut signer = Signer::number(1);
    world.register("alice", &signer);
    let payment = world.payment("alice");
    let mut message = String::new();
    for _ in 0..16 {
        message = signer.authenticate(&world.payment_request(&payment)).message();
    }
    let before = world.dump();
    let verdict = world.uaf_get("Auth", &json!({"clientSecret": payment["client_secret"]}));
    assert_eq!(verdict["statusCode"], 1403, "{verdict}");
    let rule = verdict["description"].as_str().expect("a rule");
    assert!(rule.starts_with("challenge: 16 "), "{rule}");
    assert_eq!(world.dump(), before);
    assert_eq!(
        world.respond(&message)["statusCode"],
        1200,
        "what was begun can be answered"
    );
}

#[test]
fn old_challenges_are_deleted_and_nothing_else_is() {
    for on in [On::Memory, On::Sled] {
        let world = World::new(on);
        world.register("alice", &Signer::number(1));
        let kept = world.dump_without_challenges();
        assert!(world.dump().len() > kept.len());
        let now_ms = smile_relying_party::Clock::now_ms(&world.clock);
        assert_eq!(
            wait(world.store.forgettable_ceremonies(now_ms, 10))
                .expect("listed")
                .len(),
            0
        );
        let later = now_ms + 2 * 24 * 60 * 60 * 1000;
        let old = wait(world.store.forgettable_ceremonies(later, 10)).expect("listed");
        assert_eq!(old.len(), 1);
        for ceremony in old {
            let forget = smile_ceremony::transition::Transition::Forget {
                ceremony,
                now_ms: later,
            };
            wait(world.store.commit(forget)).expect("forgotten");
        }
        assert_eq!(world.dump(), kept);
        assert_eq!(
            wait(world.store.forgettable_ceremonies(later, 10))
                .expect("listed")
                .len(),
            0
        );
    }
}
