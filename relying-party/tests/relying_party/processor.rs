//! The processor: asked under one key until it answers, and never twice for one thing.

use crate::sidecar::{Lie, Mood, SECRET, Sidecar};
use crate::signer::Signer;
use crate::world::{On, World, wait};
use serde_json::{Value, json};
use smile_ceremony::payment::{DeclineCode, PaymentStatus};
use smile_relying_party::Config;
use smile_relying_party::config::{ProcessorKind, Profile};
use smile_relying_party::store::Books;
use std::collections::HashSet;
use std::path::Path;
use std::time::Duration;

fn test_processor(_: &Path, config: &mut Config) {
    config.server.profile = Profile::Development;
    config.processor.kind = ProcessorKind::Test;
}

/// What configures a server for a sidecar.
pub fn asking(sidecar: &Sidecar) -> impl FnOnce(&Path, &mut Config) {
    let url = format!("http://{}/smile", sidecar.address);
    move |folder, config| {
        let secret_file = folder.join("processor.secret");
        std::fs::write(&secret_file, format!("{SECRET}\n")).expect("a file can be written");
        config.processor.kind = ProcessorKind::Http;
        config.processor.url = Some(url);
        config.processor.secret_file = Some(secret_file);
        config.processor.timeout_ms = 400;
        config.processor.backoff_ms = 10;
    }
}

pub fn registered(world: &World) -> Signer {
    let signer = Signer::number(1);
    world.register("alice", &signer);
    signer
}

pub fn read(world: &World, payment: &Value) -> Value {
    world.get(&World::path(payment, "")).json()
}

fn balanced(world: &World) -> Books {
    Books::audit(&world.dump()).expect("the books are right")
}

#[test]
fn the_test_processors_answers_follow_from_the_amount() {
    for on in [On::Memory, On::Sled] {
        let plain = World::new(on);
        let world = plain.again(test_processor);
        let mut signer = registered(&world);
        let mut pay = |amount: u64, method: &str| {
            let payment = world.payment_with(&json!({"amount": amount, "capture_method": method}));
            world.sign(&payment, &mut signer);
            payment
        };
        for (amount, code) in [
            (102, "insufficient_funds"),
            (105, "do_not_honour"),
            (146, "account_closed"),
            (161, "limit_exceeded"),
        ] {
            let declined = read(&world, &pay(amount, "automatic"));
            assert_eq!(
                (&declined["status"], &declined["decline_code"]),
                (&json!("failed"), &json!(code))
            );
            let manual = pay(amount, "manual");
            let void = world.post(&World::path(&manual, "/cancel"), &json!({})).json();
            assert_eq!(
                (&void["status"], &void["decline_code"]),
                (&json!("requires_capture"), &json!(code))
            );
            let receipt = world.get(&World::path(&declined, "/receipt"));
            assert_eq!(receipt.code(), "receipt_not_ready");
        }
        let paid = pay(1000, "automatic");
        assert_eq!(read(&world, &paid)["status"], "succeeded");
        let refund = |amount: u64| {
            world.post(
                "/v1/refunds",
                &json!({"payment_intent": paid["id"], "amount": amount}),
            )
        };
        let declined = refund(102).json();
        assert_eq!(
            (&declined["status"], &declined["decline_code"]),
            (&json!("failed"), &json!("insufficient_funds"))
        );
        let pending = refund(196).json();
        assert_eq!(pending["status"], "pending");
        assert_eq!(
            refund(805).code(),
            "amount_too_large",
            "what is pending is set aside"
        );
        let canceled = pay(1000, "manual");
        let canceled = world.post(&World::path(&canceled, "/cancel"), &json!({}));
        assert_eq!(canceled.json()["status"], "canceled");
        assert_eq!(balanced(&world).entries, 1);
    }
}

#[test]
fn every_state_and_decline_code_of_the_docs_is_reached() {
    let world = World::configured(test_processor);
    let mut signer = registered(&world);
    let mut seen = HashSet::new();
    let mut see = |payment: &Value| {
        let status = read(&world, payment)["status"]
            .as_str()
            .expect("a status")
            .to_owned();
        seen.insert(status);
    };
    let bare = world.payment_with(&json!({"user": null}));
    let unconfirmed = world.payment_with(&json!({"confirm": false}));
    let late = world.payment_with(&json!({"expires_in_s": 60}));
    for payment in [&bare, &unconfirmed, &late] {
        see(payment);
    }
    world.post(&World::path(&bare, "/cancel"), &json!({}));
    for (amount, method) in [
        (1000, "manual"),
        (1000, "automatic"),
        (1096, "automatic"),
        (1005, "automatic"),
    ] {
        let payment = world.payment_with(&json!({"amount": amount, "capture_method": method}));
        world.sign(&payment, &mut signer);
        see(&payment);
    }
    world.clock.advance_ms(60_000);
    see(&bare);
    see(&late);
    for status in PaymentStatus::ALL {
        assert!(
            seen.contains(status.as_str()),
            "{} is reached: {seen:?}",
            status.as_str()
        );
    }
    let page = include_str!("../../../docs/api.md");
    for code in DeclineCode::ALL {
        assert!(
            page.contains(&format!("| `{}` |", code.as_str())),
            "{} is documented",
            code.as_str()
        );
    }
}

#[test]
fn what_was_not_answered_is_asked_again_under_the_same_key() {
    let sidecar = Sidecar::new(Mood::IsDown);
    let plain = World::new(On::Sled);
    let world = plain.again(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment("alice");
    world.sign(&payment, &mut signer);
    assert_eq!(read(&world, &payment)["status"], "processing");
    assert_eq!(sidecar.keys().len(), 3, "one call and two retries");
    for busy in ["/capture", "/cancel"] {
        assert_eq!(
            world.post(&World::path(&payment, busy), &json!({})).code(),
            "state_conflict"
        );
    }
    for mood in [Mood::Babbles, Mood::ApprovesAndHangsUp] {
        sidecar.is(mood);
        assert_eq!(
            wait(world.service.resume_what_is_pending()).expect("the store answers"),
            0
        );
        assert_eq!(read(&world, &payment)["status"], "processing");
    }
    sidecar.is(Mood::Approves);
    // As after a crash: another server finds the attempt in the store and takes it up at its start.
    drop(world);
    let plain = plain.after(|_| ());
    let world = plain.again(asking(&sidecar));
    let answered = |world: &World| read(world, &payment)["status"] == "succeeded";
    let patience = std::time::Instant::now();
    while !answered(&world) && patience.elapsed() < Duration::from_secs(10) {
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(answered(&world), "{}", read(&world, &payment));
    let keys: HashSet<String> = sidecar.keys().into_iter().collect();
    assert_eq!(
        (keys.len(), sidecar.moved()),
        (1, 145),
        "one key, and the money moved once"
    );
    assert_eq!(balanced(&world).entries, 1);
    let call = sidecar.last();
    assert_eq!(
        (&call["type"], &call["amount"], &call["currency"]),
        (&json!("capture"), &json!(145), &json!("EUR"))
    );
    assert_eq!(
        (&call["payment_intent"], &call["tenant"]),
        (&payment["id"], &json!("stamps"))
    );
}

#[test]
fn an_answer_counts_only_if_it_is_signed_and_about_the_attempt() {
    let sidecar = Sidecar::new(Mood::Lies(Lie::Unsigned));
    let world = World::configured(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment("alice");
    world.sign(&payment, &mut signer);
    let resume = || wait(world.service.resume_what_is_pending()).expect("the store answers");
    for lie in [
        Lie::Unsigned,
        Lie::OtherSecret,
        Lie::OtherAttempt,
        Lie::NoAttempt,
        Lie::Old,
    ] {
        sidecar.is(Mood::Lies(lie));
        assert_eq!(resume(), 0, "{lie:?}");
        assert_eq!(read(&world, &payment)["status"], "processing", "{lie:?}");
    }
    sidecar.is(Mood::Approves);
    assert_eq!(resume(), 1);
    assert_eq!(read(&world, &payment)["status"], "succeeded");
}

#[test]
fn a_sidecar_captures_refunds_and_voids() {
    let sidecar = Sidecar::new(Mood::Approves);
    let world = World::configured(asking(&sidecar));
    let mut signer = registered(&world);
    let mut manual = || {
        let payment = world.payment_with(&json!({"capture_method": "manual"}));
        world.sign(&payment, &mut signer);
        payment
    };
    let (one, two, three) = (manual(), manual(), manual());
    assert_eq!(
        sidecar.keys().len(),
        0,
        "nobody is asked before the provider says so"
    );
    let captured = world
        .post(&World::path(&one, "/capture"), &json!({"amount": 100}))
        .json();
    assert_eq!(
        (&captured["status"], &captured["amount_captured"]),
        (&json!("succeeded"), &json!(100))
    );
    let canceled = world.post(&World::path(&two, "/cancel"), &json!({})).json();
    assert_eq!(
        (&canceled["status"], &sidecar.last()["type"]),
        (&json!("canceled"), &json!("void"))
    );
    let refund = world
        .post("/v1/refunds", &json!({"payment_intent": one["id"], "amount": 40}))
        .json();
    assert_eq!(
        (&refund["status"], &sidecar.last()["refund"]),
        (&json!("succeeded"), &refund["id"])
    );
    assert_eq!(sidecar.moved(), 60);
    assert_eq!(sidecar.last()["order"], json!(null), "the payment has none");
    sidecar.is(Mood::Declines(Some("account_closed")));
    let declined = world.post(&World::path(&three, "/capture"), &json!({})).json();
    assert_eq!(
        (&declined["status"], &declined["decline_code"]),
        (&json!("failed"), &json!("account_closed"))
    );
    for code in [None, Some("of its own")] {
        sidecar.is(Mood::Declines(code));
        let refund = world
            .post("/v1/refunds", &json!({"payment_intent": one["id"], "amount": 40}))
            .json();
        assert_eq!(
            (&refund["status"], &refund["decline_code"]),
            (&json!("failed"), &json!("processor_declined"))
        );
    }
    assert_eq!(balanced(&world).entries, 2);
}

#[test]
pub fn a_key_in_flight_conflicts_and_its_answer_is_given_once() {
    let sidecar = Sidecar::new(Mood::Thinks(Duration::from_millis(250)));
    let world = World::configured(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let capture = || world.post_once(&World::path(&payment, "/capture"), &json!({}), "capture");
    let (first, meanwhile) = std::thread::scope(|scope| {
        let first = scope.spawn(capture);
        while sidecar.keys().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        let meanwhile = capture();
        (first.join().expect("no panic"), meanwhile)
    });
    assert_eq!(
        (meanwhile.status, meanwhile.code().as_str()),
        (409, "idempotency_in_flight")
    );
    assert_eq!(first.json()["status"], "succeeded");
    let again = capture();
    assert_eq!((again.body, again.status), (first.body, 200));
    assert_eq!((sidecar.keys().len(), sidecar.moved()), (1, 145));
}

#[test]
fn an_answer_that_was_given_stands_when_the_processor_answers_later() {
    let sidecar = Sidecar::new(Mood::IsDown);
    let world = World::configured(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let capture = || world.post_once(&World::path(&payment, "/capture"), &json!({}), "capture");
    let first = capture();
    assert_eq!(first.json()["status"], "processing");
    sidecar.is(Mood::Approves);
    assert_eq!(
        wait(world.service.resume_what_is_pending()).expect("the store answers"),
        1
    );
    assert_eq!(read(&world, &payment)["status"], "succeeded");
    let again = capture();
    assert_eq!(
        again.body, first.body,
        "the same answer; the outcome is read by the payment's id"
    );
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(sidecar.moved(), 145);
}

#[test]
fn sixteen_captures_at_once_ask_the_processor_once() {
    let sidecar = Sidecar::new(Mood::Thinks(Duration::from_millis(50)));
    for on in [On::Memory, On::Sled] {
        let plain = World::new(on);
        let world = plain.again(asking(&sidecar));
        let mut signer = registered(&world);
        let payment = world.payment_with(&json!({"capture_method": "manual"}));
        world.sign(&payment, &mut signer);
        let before = (sidecar.keys().len(), sidecar.moved());
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let post = || world.post(&World::path(&payment, "/capture"), &json!({})).status;
            let threads: Vec<_> = (0..16).map(|_| scope.spawn(post)).collect();
            threads
                .into_iter()
                .map(|thread| thread.join().expect("no panic"))
                .collect()
        });
        assert_eq!(
            statuses.iter().filter(|status| **status == 200).count(),
            1,
            "{on:?}: {statuses:?}"
        );
        assert_eq!(
            (sidecar.keys().len(), sidecar.moved()),
            (before.0 + 1, before.1 + 145),
            "{on:?}"
        );
        balanced(&world);
    }
}

#[test]
fn sixteen_captures_under_one_key_are_one() {
    let sidecar = Sidecar::new(Mood::Thinks(Duration::from_millis(50)));
    let plain = World::new(On::Sled);
    let world = plain.again(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&payment, &mut signer);
    let capture = || {
        world.post_once(
            &World::path(&payment, "/capture"),
            &json!({"amount": 100}),
            "capture",
        )
    };
    let answers: Vec<_> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..16).map(|_| scope.spawn(capture)).collect();
        let answers = threads.into_iter().map(|thread| thread.join().expect("no panic"));
        answers.collect()
    });
    let given: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert!(
        !given.is_empty() && given.iter().all(|answer| answer.body == given[0].body),
        "{answers:?}"
    );
    for answer in answers.iter().filter(|answer| answer.status != 200) {
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (409, "idempotency_in_flight")
        );
    }
    assert_eq!((sidecar.keys().len(), sidecar.moved()), (1, 100));
    assert_eq!(capture().body, given[0].body);
}

#[test]
fn a_server_whose_secret_cannot_be_read_does_not_start() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let mut config = crate::world::config(folder.path());
    let sidecar = Sidecar::new(Mood::Approves);
    asking(&sidecar)(folder.path(), &mut config);
    assert!(smile_relying_party::service::Service::check(&config).is_ok());
    std::fs::write(folder.path().join("processor.secret"), "short").expect("written");
    let refused = smile_relying_party::service::Service::check(&config).expect_err("too short");
    assert!(refused.to_string().contains("processor.secret_file"), "{refused}");
    config.processor.secret_file = Some(folder.path().join("missing"));
    assert!(smile_relying_party::service::Service::check(&config).is_err());
}

#[test]
fn each_tenants_questions_go_to_its_own_sidecar() {
    for on in [On::Memory, On::Sled] {
        let plain = World::new(on);
        let (ours, theirs) = (Sidecar::new(Mood::IsDown), Sidecar::new(Mood::IsDown));
        let world = plain.again(asking(&ours));
        let beside = plain.again(|folder, config| {
            asking(&theirs)(folder, config);
            "parcels".clone_into(&mut crate::world::own(config).tenant);
        });
        for (world, sidecar) in [(&world, &ours), (&beside, &theirs)] {
            let mut signer = registered(world);
            let payment = world.payment("alice");
            world.sign(&payment, &mut signer);
            assert_eq!(
                (read(world, &payment)["status"].clone(), sidecar.keys().len()),
                (json!("processing"), 3)
            );
        }
        ours.is(Mood::Approves);
        theirs.is(Mood::Approves);
        let resume = |world: &World| wait(world.service.resume_what_is_pending()).expect("the store answers");
        assert_eq!(
            (resume(&world), ours.moved(), theirs.moved()),
            (1, 145, 0),
            "{on:?}"
        );
        assert_eq!(
            (resume(&beside), ours.moved(), theirs.moved()),
            (1, 145, 145),
            "{on:?}"
        );
        for (sidecar, tenant) in [(&ours, "stamps"), (&theirs, "parcels")] {
            assert_eq!(sidecar.last()["tenant"], tenant);
        }
    }
}

#[test]
fn only_the_processor_that_a_payment_was_made_for_is_asked() {
    let plain = World::new(On::Sled);
    let world = plain.again(test_processor);
    let mut signer = registered(&world);
    let payment = world.payment_with(&json!({"amount": 196}));
    world.sign(&payment, &mut signer);
    let paid = world.payment_with(&json!({"amount": 1000}));
    world.sign(&paid, &mut signer);
    let refund = json!({"payment_intent": paid["id"], "amount": 196});
    assert_eq!(world.post("/v1/refunds", &refund).json()["status"], "pending");
    let manual = world.payment_with(&json!({"capture_method": "manual"}));
    world.sign(&manual, &mut signer);
    let sidecar = Sidecar::new(Mood::Approves);
    let live = plain.again(asking(&sidecar));
    let resume = |world: &World| wait(world.service.resume_what_is_pending()).expect("the store answers");
    assert_eq!(resume(&live), 0);
    let captured = live.post(&World::path(&manual, "/capture"), &json!({})).json();
    assert_eq!(captured["status"], "processing", "left open");
    let renamed = plain.again(|folder, config| {
        asking(&sidecar)(folder, config);
        "other".clone_into(&mut config.processor.name);
    });
    let own = live.payment("alice");
    sidecar.is(Mood::IsDown);
    live.sign(&own, &mut signer);
    sidecar.is(Mood::Approves);
    assert_eq!((resume(&renamed), sidecar.moved()), (0, 0));
    // What was made for it is asked, by the name that it was made under.
    assert_eq!((resume(&live), sidecar.moved()), (1, 145));
    assert_eq!(sidecar.last()["payment_intent"], own["id"]);
    assert_eq!(resume(&world), 1, "the capture that was left open");
    assert_eq!(read(&world, &manual)["status"], "succeeded");
}

#[test]
fn a_sidecar_is_told_the_order_of_what_it_captures_and_refunds() {
    let sidecar = Sidecar::new(Mood::Approves);
    let world = World::configured(asking(&sidecar));
    let mut signer = registered(&world);
    let payment = world.payment_with(&json!({"order": "A-17"}));
    world.sign(&payment, &mut signer);
    assert_eq!(
        (&sidecar.last()["type"], &sidecar.last()["order"]),
        (&json!("capture"), &json!("A-17"))
    );
    world.post("/v1/refunds", &json!({"payment_intent": payment["id"]}));
    assert_eq!(
        (&sidecar.last()["type"], &sidecar.last()["order"]),
        (&json!("refund"), &json!("A-17"))
    );
}
