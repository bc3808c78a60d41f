//! A permission is used once.

use smile_quickstart::story::device::ask;
use smile_tests::world::{ANNA, BERT, World};

#[test]
fn one_enrolment_session_registers_one_key_even_for_two_requests() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let token = world.enrolment_token(ANNA);
    let token = ("enrolmentSession", token.as_str());
    // Both requests are taken while the session is unused.
    let requests = [world.request(token), world.request(token)];
    let responses = requests.map(|request| world.answer(0, &request, owner).expect("the device registers"));
    world.must_accept(&responses[0], token);
    world.must_refuse(&responses[1], token, 1403, "session");
    world.must_refuse(&responses[0], token, 1491, "already used");
    let (code, request) = ask(&mut world.phone, token).expect("the server answers");
    assert_eq!((code, request), (1401, None), "a used session opens nothing");
    // A session of its own is all that a second registration needs (for another account: a device has one key each).
    world.register(0, BERT, owner);
}

#[test]
fn one_login_session_logs_in_once() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let (login, token) = world.login(ANNA);
    let token = ("authenticationSession", token.as_str());
    let requests = [world.request(token), world.request(token)];
    let responses = requests.map(|request| world.answer(0, &request, owner).expect("the device signs"));
    world.must_accept(&responses[0], token);
    assert_eq!(world.login_status(&login), "completed");
    world.must_refuse(&responses[1], token, 1403, "session");
    world.must_refuse(&responses[0], token, 1491, "already used");
}

#[test]
fn one_payment_is_authorised_once() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let requests = [world.request(token), world.request(token)];
    let responses = requests.map(|request| world.answer(0, &request, owner).expect("the device signs"));
    world.must_accept(&responses[0], token);
    assert_eq!(world.status(&payment), "succeeded");
    world.must_refuse(&responses[1], token, 1403, "payment");
    world.must_refuse(&responses[0], token, 1491, "already used");
    assert_eq!(world.status(&payment), "succeeded");
}
