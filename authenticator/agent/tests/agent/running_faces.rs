//! Enrolments and payments that a running agent does for a command.

use std::time::{Duration, Instant};

use serde_json::json;
use smile_agent::camera::CameraKind;

use crate::running::{Running, clip, rest, server, server_of_registration, with_key};
use crate::stage::{SHOP, Stage, payment};

#[test]
fn a_payment_is_made_on_the_page_of_the_agent_that_runs() {
    let (running, _) = with_key(CameraKind::Page);
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let (child, out, path) = running.start(&pay);
    let (id, nonce) = path
        .strip_prefix("/operations/")
        .unwrap()
        .split_once('#')
        .unwrap();
    let mut page = running.stage.page(id, nonce);
    assert_eq!(running.stage.go_through(&mut page)["type"], "done");
    let paid = rest(child, out).must_be(0, None);
    assert_eq!(paid.lines[0]["event"], "paid");
    // The secret may come by standard input, where nobody else reads it.
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "-",
    ];
    running.run(&pay, "").must_be(2, Some("usage"));
    // A server that asks for something else is not answered.
    let other = server_of_registration();
    let wrong = ["pay", "--server", &other, "--facet", SHOP, "--client-secret", "s"];
    running.run(&wrong, "").must_be(2, Some("usage"));
}

#[test]
fn a_command_that_is_ended_takes_its_request_back() {
    let (running, _) = with_key(CameraKind::Page);
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let (mut child, out, path) = running.start(&pay);
    child.kill().unwrap();
    child.wait().unwrap();
    drop(out);
    let (id, _) = path
        .strip_prefix("/operations/")
        .unwrap()
        .split_once('#')
        .unwrap();
    let facet = SHOP.parse::<smile_agent::origin::Origin>().unwrap().facet_id();
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let view = running.stage.running.agent.desk.watch(&facet, id).unwrap();
        let view = view.borrow().clone();
        if view["status"] == "refused" {
            assert_eq!(view["error"]["code"], "withdrawn");
            break;
        }
        assert!(Instant::now() < deadline, "{view}");
        std::thread::sleep(Duration::from_millis(20));
    }
    running.run(&["list"], "").must_be(0, None);
}

#[test]
fn before_a_camera_of_the_agents_own_the_command_asks_and_the_agent_looks() {
    let (_folder, camera) = clip();
    let running = Running::of(Stage::with_camera(camera));
    let register = server_of_registration();
    let enrol = ["enrol", "--server", &register, "--facet", SHOP, "--session", "t"];
    running.run(&enrol, "n\n").must_be(3, Some("cancelled"));
    let enrolled = running.run(&enrol, "y\n").must_be(0, None);
    let events: Vec<_> = enrolled.lines.iter().map(|line| line["event"].as_str()).collect();
    assert_eq!(events, [Some("enrolled"), Some("registered")]);
    running
        .run(&["enrol"], "y\n")
        .must_be(3, Some("already_enrolled"));
    let server = server(&payment("Pay 1.00 EUR to \"A\""), "Auth");
    let pay = [
        "pay",
        "--server",
        &server,
        "--facet",
        SHOP,
        "--client-secret",
        "s",
    ];
    let declined = running.run(&pay, "n\n").must_be(3, Some("cancelled"));
    assert!(
        declined.words.contains("  | Pay 1.00 EUR to \"A\""),
        "{}",
        declined.words
    );
    let paid = running.run(&pay, "y\n").must_be(0, None);
    assert_eq!(paid.lines[0]["event"], "paid");
    let from_input = [&pay[..6], &["-"]].concat();
    running.run(&from_input, "the secret\ny\n").must_be(0, None);
    // Guidance is told to who stands there.
    assert!(paid.words.contains("closer"), "{}", paid.words);
    running.stage.clock.advance(366 * 24 * 60 * 60 * 1000);
    running.run(&pay, "y\n").must_be(3, Some("consent_ended"));
    let renewed = running.run(&["renew", "--yes"], "y\n").must_be(0, None);
    assert_eq!(renewed.lines[0]["event"], "renewed");
    running
        .run(&pay, "y\n")
        .must_be(3, Some("no_suitable_authenticator"));
}

#[test]
fn a_face_is_enrolled_on_the_page_whatever_became_of_an_earlier_try() {
    let running = Running::of(Stage::new());
    let stage = &running.stage;
    let enrol = |agree: bool| {
        let (child, out, path) = running.start(&["enrol"]);
        assert_eq!(path, "/enrol");
        let own = stage.own_origin();
        let ticket = stage.ask_own("POST /enrol/ticket", &[("Origin", &own)], b"");
        let ticket = ticket.json()["nonce"].clone();
        let consent = stage.ask_own("GET /consent/en", &[], b"").json()["sha256"].clone();
        let mut page = stage.own_socket("/enrol/socket").open();
        page.say(&json!({"type": "open", "nonce": ticket, "consent": consent}));
        if agree {
            assert_eq!(stage.go_through(&mut page), json!({"type": "enrolled"}));
        } else {
            page.say(&json!({"type": "cancel"}));
        }
        rest(child, out)
    };
    enrol(false).must_be(3, Some("not_enrolled"));
    let enrolled = enrol(true).must_be(0, None);
    assert_eq!(enrolled.lines[0]["event"], "enrolled");
}
