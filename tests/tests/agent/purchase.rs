//! A whole purchase on the command line; and what left the agent while it was made.

use smile_quickstart::story::provider;
use smile_tests::world::ANNA;
use smile_tests::world::people;
use smile_tests::world::windows::Windows;

use crate::stage::{Stage, folder_of};

#[test]
fn a_face_in_a_folder_enrols_registers_and_pays_without_a_browser_and_no_picture_leaves() {
    let Some(mut stage) = Stage::new() else { return };
    let enrolled = stage.enrol().must_be(0, None);
    let events: Vec<_> = enrolled.lines.iter().map(|line| line["event"].as_str()).collect();
    assert_eq!(events, [Some("enrolled"), Some("registered")]);

    let payment = provider::create_payment(&mut stage.provider, ANNA).expect("a payment");
    // The text is shown before the camera opens, and "no" is no.
    let declined = stage
        .pay(&payment.client_secret, &stage.pay.clone(), "n\n")
        .must_be(3, Some("cancelled"));
    for line in payment.text.lines() {
        assert!(
            declined.errors.contains(&format!("  | {line}")),
            "{}",
            declined.errors
        );
    }
    let paid = stage
        .pay(&payment.client_secret, &stage.pay.clone(), "y\n")
        .must_be(0, None);
    assert_eq!(paid.lines[0]["event"], "paid");
    let status = provider::status(&mut stage.provider, &payment).expect("a status");
    assert_eq!(status, "succeeded");

    let sent = stage.tap.take();
    let windows = Windows::of(&sent);
    assert!(
        String::from_utf8_lossy(&sent).contains("/uaf/respond"),
        "the tap hears"
    );
    for picture in stage.owner.enrol.iter().chain(&stage.owner.pay) {
        assert!(!windows.meet(picture.rgb()), "a frame");
    }
    for file in [&stage.enrol, &stage.pay].map(|folder| folder.join("000.png")) {
        let bytes = std::fs::read(file).expect("it was written");
        assert!(!windows.meet(&bytes[64..]), "a frame as it was encoded");
    }
    assert!(sent.len() < 16 * 1024, "{} bytes hold no picture", sent.len());
}

#[test]
fn somebody_else_is_refused_until_the_authenticator_locks() {
    let Some(mut stage) = Stage::new() else { return };
    let Some(stranger) = people::portrait() else {
        return;
    };
    stage.enrol().must_be(0, None);
    let stranger = folder_of(&stranger.pay, stage.agent.folder.path().join("stranger"));
    let payment = provider::create_payment(&mut stage.provider, ANNA).expect("a payment");
    for _ in 0..5 {
        stage
            .pay(&payment.client_secret, &stranger, "y\n")
            .must_be(3, Some("not_confirmed"));
    }
    stage
        .pay(&payment.client_secret, &stage.pay, "y\n")
        .must_be(4, Some("lockout_temporary"));
    let status = provider::status(&mut stage.provider, &payment).expect("a status");
    assert_eq!(status, "requires_action");
    let shown = stage.agent.run(&["show"], "").must_be(0, None);
    assert!(shown.lines[0]["locked_for_ms"].as_u64() > Some(0));
}
