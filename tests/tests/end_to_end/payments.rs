//! A payment in time, over the amount that was asked for.

use smile_tests::world::forging::with_text;
use smile_tests::world::{ANNA, World};

/// Past the five minutes in which a challenge may be answered.
const SIX_MINUTES_MS: u64 = 6 * 60 * 1000;

#[test]
fn a_payment_signed_too_late_is_refused_and_a_new_one_is_not() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    let response = world
        .answer(0, &request, owner)
        .expect("the device has no clock of the server's");
    world.clock.advance_ms(SIX_MINUTES_MS);
    world.must_refuse(&response, token, 1491, "expired");
    assert_ne!(world.status(&payment), "succeeded");
    world.buy(0, ANNA, owner);
}

#[test]
fn a_payment_answered_within_five_minutes_is_accepted() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    let request = world.request(token);
    let response = world.answer(0, &request, owner).expect("the device signs");
    // Ten seconds are left, for a machine that is slow.
    world.clock.advance_ms(SIX_MINUTES_MS - 70_000);
    world.must_accept(&response, token);
    assert_eq!(world.status(&payment), "succeeded");
}

#[test]
fn an_amount_or_payee_changed_on_the_way_to_the_screen_is_refused() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let payment = world.payment(ANNA);
    let token = ("clientSecret", payment.client_secret.as_str());
    for (from, to) in [("20.00", "2.00"), ("EUR", "JPY"), ("Hannover", "Hamburg")] {
        let text = payment.text.replace(from, to);
        assert_ne!(text, payment.text, "{from}");
        let request = with_text(&world.request(token), &text);
        let response = world
            .answer(0, &request, owner)
            .expect("the buyer agrees to what is shown");
        world.must_refuse(&response, token, 1498, "TAG_TRANSACTION_CONTENT_HASH");
        assert_eq!(world.status(&payment), "requires_action");
        // The refusal has spent that challenge.
        world.must_refuse(&response, token, 1491, "already used");
    }
    world.pay(0, &payment, owner);
}
