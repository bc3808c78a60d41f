//! An app that is not on the provider's list: the device refuses it, and where the device was lied to, the server does.

use serde_json::json;
use smile_authenticator::AuthenticatorError;
use smile_authenticator::client::facets::{FacetFetcher, FetchError, FetchedFacets};
use smile_protocol::uaf::facets::CONTENT_TYPE;
use smile_protocol::uaf::transport::ErrorCode;
use smile_quickstart::story::device::LoopbackFacets;
use smile_tests::world::{ANNA, World};

const EVIL: &str = "ios:bundle-id:example.evil.stampshop";

/// Somebody who answers the device in the server's place, and trusts the evil app.
struct Liar;

impl FacetFetcher for Liar {
    fn fetch(&mut self, _url: &str) -> Result<FetchedFacets, FetchError> {
        let versions = [(1, 0), (1, 1)];
        let entries = versions
            .map(|(major, minor)| json!({"version": {"major": major, "minor": minor}, "ids": [EVIL]}));
        Ok(FetchedFacets {
            status: 200,
            headers: vec![("content-type".to_owned(), CONTENT_TYPE.to_owned())],
            body: json!({"trustedFacets": entries}).to_string().into_bytes(),
        })
    }
}

#[test]
fn the_device_refuses_an_app_that_the_list_does_not_name() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    let before = world.state();
    world.devices[0].take_asked();
    let fetcher = Box::new(LoopbackFacets::of(world.tap.address()));
    let refusal = world.devices[0]
        .answer_for(EVIL, fetcher, &request, owner)
        .expect_err("the app is not on the list");
    assert!(
        matches!(refusal, AuthenticatorError::UntrustedFacet { .. }),
        "{refusal}"
    );
    assert_eq!(refusal.code(), ErrorCode::UntrustedFacetId);
    assert_eq!(
        world.devices[0].take_asked(),
        [],
        "nothing was shown and no camera opened"
    );
    assert!(world.state() == before);
    world.pay(0, &payment, owner);
}

#[test]
fn the_server_refuses_a_payment_that_an_unlisted_app_got_signed() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    let response = world.devices[0].answer_for(EVIL, Box::new(Liar), &request, owner);
    let response = response
        .expect("the device was lied to")
        .expect("an authentication has a response");
    world.must_refuse(&response, token, 1498, "fcParams.facetID");
    assert_eq!(world.status(&payment), "requires_action");
    world.pay(0, &payment, owner);
}

#[test]
fn the_server_refuses_a_registration_that_an_unlisted_app_got_signed() {
    let Some((mut world, owner)) = World::with_owner() else {
        return;
    };
    let token = world.enrolment_token(ANNA);
    let token = ("enrolmentSession", token.as_str());
    let request = world.request(token);
    let response = world.devices[0].answer_for(EVIL, Box::new(Liar), &request, owner);
    let response = response
        .expect("the device was lied to")
        .expect("a registration has a response");
    world.must_refuse(&response, token, 1498, "fcParams.facetID");
    let request = world.request(token);
    let response = world
        .answer(0, &request, owner)
        .expect("the device registers for the listed app");
    world.must_accept(&response, token);
}
