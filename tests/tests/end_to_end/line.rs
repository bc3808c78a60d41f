//! Enrol, register, log in, pay, take the receipt.

use smile_authenticator::AuthenticatorError;
use smile_quickstart::receipt::{self, Facts};
use smile_tests::world::{ANNA, BERT, World};

#[test]
fn a_face_registers_logs_in_and_pays_and_the_receipt_says_so() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let (login, token) = world.login(ANNA);
    let token = ("authenticationSession", token.as_str());
    let request = world.request(token);
    let response = world
        .answer(0, &request, owner)
        .expect("the device signs the login");
    assert_eq!(world.login_status(&login), "open");
    world.must_accept(&response, token);
    assert_eq!(world.login_status(&login), "completed");

    let payment = world.payment(ANNA);
    world.pay(0, &payment, owner);
    let receipt = world
        .provider
        .get(&format!("/v1/payment_intents/{}/receipt", payment.id), None)
        .expect("a receipt");
    let keys = world
        .phone
        .get("/v1/receipt_keys", Some(("Accept", "application/cose-key-set")))
        .expect("the keys");
    let payload = receipt::verify(&receipt.body, &keys.body).expect("the receipt holds");
    let facts = Facts::decode(&payload).expect("the receipt can be read");
    facts
        .must_tell_of(&payment.id, &payment.text, "succeeded")
        .expect("the receipt is about this payment");
    // The login was the first signature, the payment the second.
    assert_eq!(facts.sign_counter, 2);
    assert_eq!(facts.aaid, "FFFF#5301");
    let mut forged = receipt.body;
    *forged.last_mut().expect("a receipt has bytes") ^= 1;
    assert!(receipt::verify(&forged, &keys.body).is_err());
}

#[test]
fn a_device_has_one_key_for_each_account_and_each_pays() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    world.buy(0, ANNA, owner);
    // UAF §3.4.6.1: the policy disallows an authenticator that has a key for this account already.
    let token = world.enrolment_token(ANNA);
    let request = world.request(("enrolmentSession", &token));
    let refusal = world.answer(0, &request, owner);
    assert!(
        matches!(refusal, Err(AuthenticatorError::NoSuitableAuthenticator)),
        "{refusal:?}"
    );
    // Another account at the same shop is another key, and each request says which one is meant.
    world.register(0, BERT, owner);
    world.buy(0, BERT, owner);
    world.buy(0, ANNA, owner);
    let keys = world.devices[0]
        .authenticator()
        .list()
        .expect("the list can be read");
    assert_eq!(keys.len(), 2);
}
