//! Two people, two devices, and each other's tokens.

use smile_authenticator::{AttestationMode, AuthenticatorError};
use smile_tests::world::people::{self, Person};
use smile_tests::world::{ANNA, BERT, World, emitted, forging};

/// Anna's device (0) with the sample clip's person, Bert's device (1) with the portrait's.
fn two_people() -> Option<(World, &'static Person, &'static Person)> {
    let (anna, bert) = (people::clip()?, people::portrait()?);
    let mut world = World::with_devices(&[AttestationMode::BasicFull, AttestationMode::BasicSurrogate])?;
    for (device, (user, person)) in [(ANNA, anna), (BERT, bert)].into_iter().enumerate() {
        world.devices[device].enrol(person).expect("both enrol");
        world.register(device, user, person);
    }
    Some((world, anna, bert))
}

#[test]
fn a_device_has_no_key_for_another_users_payment() {
    let Some((mut world, anna, bert)) = two_people() else {
        return;
    };
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    world.devices[1].take_asked();
    let refusal = world.answer(1, &request, bert);
    assert!(
        matches!(refusal, Err(AuthenticatorError::NoSuitableAuthenticator)),
        "{refusal:?}"
    );
    assert_eq!(
        world.devices[1].take_asked(),
        [],
        "nothing was shown and no camera opened"
    );
    world.pay(0, &payment, anna);
}

#[test]
fn another_users_key_and_face_do_not_pay_even_where_the_request_was_forged() {
    let Some((mut world, anna, bert)) = two_people() else {
        return;
    };
    let (annas, berts) = (world.payment(ANNA), world.payment(BERT));
    let token = ("clientSecret", annas.client_secret.as_str());
    let berts_request = world.request(("clientSecret", &berts.client_secret));
    let theirs: serde_json::Value = serde_json::from_str(&berts_request).expect("a request is JSON");
    let request = world.request(token);
    let forged = forging::changed(&request, |object| object["policy"] = theirs[0]["policy"].clone());
    let response = world
        .answer(1, &forged, bert)
        .expect("bert's device is told that its key is meant");
    world.must_refuse(&response, token, 1481, "TAG_KEYID");
    assert_eq!(world.status(&annas), "requires_action");
    world.pay(0, &annas, anna);
    world.pay(1, &berts, bert);
}

#[test]
fn a_response_under_another_users_token_is_refused_and_still_good_under_its_own() {
    let Some((mut world, anna, _)) = two_people() else {
        return;
    };
    let (annas, berts) = (world.payment(ANNA), world.payment(BERT));
    let token = ("clientSecret", annas.client_secret.as_str());
    let request = world.request(token);
    let response = world.answer(0, &request, anna).expect("anna's device signs");
    world.must_refuse(&response, ("clientSecret", &berts.client_secret), 1403, "context");
    assert_eq!(world.status(&berts), "requires_action");
    world.must_accept(&response, token);
    assert_eq!(world.status(&annas), "succeeded");
}

#[test]
fn a_registration_belongs_to_the_user_of_its_token_whoever_sends_it() {
    let Some((mut world, anna, bert)) = two_people() else {
        return;
    };
    let (annas, berts) = (world.enrolment_token(ANNA), world.enrolment_token(BERT));
    let request = world.request(("enrolmentSession", &annas));
    let response = world
        .answer(1, &request, bert)
        .expect("a device registers for whoever it is asked");
    world.must_refuse(&response, ("enrolmentSession", &berts), 1403, "context");
    // Whoever was given Anna's token may register: it is the provider who must hand it to Anna alone.
    world.must_accept(&response, ("enrolmentSession", &annas));
    let key = emitted::registration(&response).krd.key_id;
    let payment = world.payment(BERT);
    let request = world.request(("clientSecret", &payment.client_secret));
    assert!(
        !request.contains(&smile_protocol::base64url::encode(key.as_bytes())),
        "the key is anna's, not bert's"
    );
    world.buy(0, ANNA, anna);
}
