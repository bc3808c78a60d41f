//! One text to read, one look into the camera, nothing to type.

use smile_tests::world::device::Asked;
use smile_tests::world::people;
use smile_tests::world::{ANNA, World};

/// Frames that a look may take at 30 a second: one second.
const ONE_SECOND: usize = 30;

#[test]
fn a_purchase_asks_for_one_confirmation_and_then_one_short_look() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    for _ in 0..3 {
        let payment = world.payment(ANNA);
        world.devices[0].take_asked();
        world.pay(0, &payment, owner);
        // The camera, the screen's three questions and the enrolment are all that an authenticator can ask of anybody:
        // its interface has no place for a password.
        let asked = world.devices[0].take_asked();
        let [Asked::Confirmation(text), Asked::Look { frames }] = asked.as_slice() else {
            panic!("{asked:?}");
        };
        assert_eq!(*text, payment.text);
        assert!((3..=ONE_SECOND).contains(frames), "{frames} frames");
    }
}

#[test]
fn a_registration_and_a_login_ask_for_one_look_and_nothing_else() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    world.register(0, ANNA, owner);
    let asked = world.devices[0].take_asked();
    assert!(matches!(asked.as_slice(), [Asked::Look { .. }]), "{asked:?}");
    let (_, token) = world.login(ANNA);
    let token = ("authenticationSession", token.as_str());
    let request = world.request(token);
    let response = world.answer(0, &request, owner).expect("the device signs");
    world.must_accept(&response, token);
    let asked = world.devices[0].take_asked();
    assert!(matches!(asked.as_slice(), [Asked::Look { .. }]), "{asked:?}");
}

#[test]
fn a_stranger_costs_one_look_and_no_second_question() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let Some(stranger) = people::portrait() else {
        return;
    };
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    world.devices[0].take_asked();
    world
        .answer(0, &request, stranger)
        .expect_err("a stranger is refused");
    let asked = world.devices[0].take_asked();
    assert!(
        matches!(asked.as_slice(), [Asked::Confirmation(_), Asked::Look { .. }]),
        "{asked:?}"
    );
    world.pay(0, &payment, owner);
}
