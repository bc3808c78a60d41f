//! Server and device may stop at any time: what was promised still holds afterwards.

use smile_authenticator::AttestationMode;
use smile_tests::world::device::Device;
use smile_tests::world::emitted::authentication;
use smile_tests::world::{ANNA, World};

#[test]
fn a_challenge_survives_a_restart_of_the_server_and_so_does_its_being_spent() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let enrolment = world.enrolment_token(ANNA);
    let enrolment = ("enrolmentSession", enrolment.as_str());
    let request = world.request(enrolment);
    world.restart_server();
    let registered = world.answer(0, &request, owner).expect("the device registers");
    world.must_accept(&registered, enrolment);
    world.restart_server();
    world.must_refuse(&registered, enrolment, 1491, "already used");

    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    world.restart_server();
    let paid = world.answer(0, &request, owner).expect("the device signs");
    world.must_accept(&paid, token);
    world.restart_server();
    assert_eq!(world.status(&payment), "succeeded");
    world.must_refuse(&paid, token, 1491, "already used");
}

#[test]
fn the_store_is_the_same_after_a_restart() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    world.buy(0, ANNA, owner);
    let before = world.state();
    assert!(!before.is_empty());
    world.restart_server();
    assert!(world.state() == before);
}

#[test]
fn the_signature_counter_survives_reopening_the_authenticator() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    for expected in 1..=3 {
        let response = world.buy(0, ANNA, owner);
        assert_eq!(authentication(&response).signed_data.sign_counter, expected);
        world.devices[0].reopen();
    }
    assert!(
        world.devices[0]
            .authenticator()
            .status()
            .expect("the status can be read")
            .enrolled
    );
}

#[test]
fn a_device_put_back_to_an_earlier_day_is_found_out_by_its_counter() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    world.buy(0, ANNA, owner);
    let copy = world.aside("yesterday");
    world.devices[0].copy_to(&copy);
    world.buy(0, ANNA, owner);
    let yesterdays = Device::open(&copy, AttestationMode::BasicFull).expect("the weights are there");
    let mut yesterdays = yesterdays.expect("sealing cannot see that a copy is old");

    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    let server = world.tap.address();
    let response = yesterdays
        .answer(server, &request, owner)
        .expect("the copy signs");
    let response = response.expect("an authentication has a response");
    assert_eq!(
        authentication(&response).signed_data.sign_counter,
        2,
        "as the device has signed already"
    );
    world.must_refuse(&response, token, 1492, "TAG_COUNTERS");
    assert_eq!(world.status(&payment), "requires_action");
    world.pay(0, &payment, owner);
}
