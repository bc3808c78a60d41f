//! A login is no payment and a payment no login, even where somebody rewrites what lies between the two sides.

use smile_authenticator::AuthenticatorError;
use smile_tests::world::device::Asked;
use smile_tests::world::forging::{with_server_data_of, with_text, without_text};
use smile_tests::world::{ANNA, World};

#[test]
fn a_login_is_not_taken_for_a_payment() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let (_, login) = world.login(ANNA);
    let (login, token) = (
        ("authenticationSession", login.as_str()),
        ("clientSecret", payment.client_secret.as_str()),
    );
    let request = world.request(login);
    let logged_in = world
        .answer(0, &request, owner)
        .expect("the device signs the login");
    let request = world.request(token);
    let paid = world
        .answer(0, &request, owner)
        .expect("the device signs the payment");
    // Under the payment's token the login's challenge is a stranger's.
    world.must_refuse(&logged_in, token, 1403, "context");
    // Under the payment's server data its signed challenge is the wrong one.
    world.must_refuse(
        &with_server_data_of(&logged_in, &paid),
        token,
        1491,
        "fcParams.challenge",
    );
    assert_eq!(world.status(&payment), "requires_action");
    world.must_accept(&logged_in, login);
    assert_eq!(world.status(&payment), "requires_action");
    world.pay(0, &payment, owner);
}

#[test]
fn a_payment_is_not_taken_for_a_login() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let (id, login) = world.login(ANNA);
    let (login, token) = (
        ("authenticationSession", login.as_str()),
        ("clientSecret", payment.client_secret.as_str()),
    );
    let request = world.request(token);
    let paid = world
        .answer(0, &request, owner)
        .expect("the device signs the payment");
    let request = world.request(login);
    let logged_in = world
        .answer(0, &request, owner)
        .expect("the device signs the login");
    world.must_refuse(&paid, login, 1403, "context");
    world.must_refuse(
        &with_server_data_of(&paid, &logged_in),
        login,
        1491,
        "fcParams.challenge",
    );
    assert_eq!(world.login_status(&id), "open");
    // The refusal has spent the login's challenge and no other.
    world.must_accept(&paid, token);
    let request = world.request(login);
    let logged_in = world
        .answer(0, &request, owner)
        .expect("the device signs the login");
    world.must_accept(&logged_in, login);
    assert_eq!(
        (world.login_status(&id).as_str(), world.status(&payment).as_str()),
        ("completed", "succeeded")
    );
}

#[test]
fn a_payment_that_was_shown_as_a_login_is_refused() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = without_text(&world.request(token));
    world.devices[0].take_asked();
    let response = world
        .answer(0, &request, owner)
        .expect("to the device it looks like a login");
    let asked = world.devices[0].take_asked();
    assert!(
        matches!(asked.as_slice(), [Asked::Look { .. }]),
        "no text was shown: {asked:?}"
    );
    world.must_refuse(&response, token, 1498, "a transaction was asked for");
    assert_eq!(world.status(&payment), "requires_action");
    world.pay(0, &payment, owner);
}

#[test]
fn a_login_to_which_a_text_was_added_is_refused() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let (id, token) = world.login(ANNA);
    let token = ("authenticationSession", token.as_str());
    let request = with_text(&world.request(token), "Pay 1.00 EUR to \"Somebody\"");
    let response = world
        .answer(0, &request, owner)
        .expect("the device shows and signs the text");
    world.must_refuse(&response, token, 1498, "no transaction was asked for");
    assert_eq!(world.login_status(&id), "open");
    let request = world.request(token);
    let response = world
        .answer(0, &request, owner)
        .expect("the device signs the login");
    world.must_accept(&response, token);
}

#[test]
fn a_text_that_cannot_be_shown_as_it_is_is_refused_by_the_device() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    world.devices[0].take_asked();
    // A carriage return could write over what was read; 201 characters are one too many; a picture is not rendered.
    for text in ["Pay 1.00 EUR\rPay 9.00 EUR", "Pay 1.00 €", &"x".repeat(201), ""] {
        let refusal = world.answer(0, &with_text(&request, text), owner);
        assert!(
            matches!(refusal, Err(AuthenticatorError::TransactionContent { .. })),
            "{text:?}: {refusal:?}"
        );
    }
    assert_eq!(
        world.devices[0].take_asked(),
        [],
        "nothing was shown and no camera opened"
    );
    world.pay(0, &payment, owner);
}
