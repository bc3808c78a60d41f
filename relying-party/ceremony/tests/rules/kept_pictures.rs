//! Payments whose text is not ASCII: created with a picture, and shown, signed, stored and captured by those bytes.

use serde_json::json;
use smile_ceremony::{
    error::CeremonyError,
    limits::PAYMENT_LIFETIME_MS,
    payment::{
        CaptureMethod, CurrencyCode, LineKind, Money, NameFlaw, OrderReference, Payee, PaymentEvent,
        PaymentIntent, PaymentRequest, PaymentStatus, Settlement, TransactionPicture,
    },
    transition::Transition,
    uaf::authentication,
};
use smile_protocol::uaf::{authentication::AuthenticationRequest, header::Upv, identity::Aaid};

use crate::{
    authenticator::{AttestWith, DeviceKey},
    money::{Change, drifted},
    pictures::{READER, VIEWER, WATCH, answer, grey, png, register, world},
    world::{World, person, statement, tenant},
};

/// Shows text, and pictures of 320 × 240 too.
const BOTH: Aaid = Aaid::new(0xFFFF, 0x5405);

fn request(payee: &str, order: &str) -> PaymentRequest {
    PaymentRequest {
        tenant: tenant(),
        user: Some(person("alice")),
        amount: Money::new(145, CurrencyCode::parse("EUR").expect("a currency")).expect("in range"),
        payee: Payee::parse(payee).expect("sound"),
        description: None,
        order: Some(OrderReference::parse(order).expect("sound")),
        capture_method: CaptureMethod::Manual,
        confirm: true,
        lifetime_ms: PAYMENT_LIFETIME_MS,
        settlement: Settlement::Direct,
    }
}

/// A payment to a payee whose name is not ASCII, with a picture of 320 × 240.
fn created(world: &mut World) -> PaymentIntent {
    let (now_ms, asked) = (world.now_ms, request("德国邮政", "A-17"));
    let (payment, _) = PaymentIntent::create_pictured(asked, now_ms, &mut world.rng(), drawn).expect("sound");
    world
        .commit(Transition::CreatePayment(Box::new(payment.clone())))
        .expect("new");
    payment
}

fn drawn(payment: &PaymentIntent) -> Result<TransactionPicture, CeremonyError> {
    let shown = grey(320, 240);
    TransactionPicture::new(&payment.transaction_text(), &png(&shown, b"pay"), shown)
}

fn with_both() -> World {
    let mut one = statement(
        BOTH,
        smile_protocol::registry::AttestationType::BasicSurrogate,
        Vec::new(),
    );
    one.tc_display = 1;
    one.tc_display_content_type = Some("text/plain".to_owned());
    one.tc_display_png_characteristics = vec![grey(320, 240)];
    World::knowing(&[one.encode()])
}

fn register_both(world: &mut World) -> DeviceKey {
    let device = DeviceKey::new(BOTH, 1);
    let registered = world.register("alice", &device, |forge| {
        forge.attest = AttestWith::BasicSurrogate {
            key: device.key.clone(),
        };
    });
    registered.expect("sound");
    device
}

fn begin(world: &mut World, payment: &PaymentIntent) -> Result<AuthenticationRequest, CeremonyError> {
    world.begin_payment(payment)
}

#[test]
fn what_is_not_ascii_is_created_with_a_picture_or_not_at_all() {
    let world = world();
    let now_ms = world.now_ms;
    for (payee, order) in [("德国邮政", "A-17"), ("Deutsche Post", "订单 17")] {
        let asked = request(payee, order);
        assert!(asked.needs_picture());
        let without = PaymentIntent::create(asked.clone(), now_ms, &mut world.rng());
        assert_eq!(without.err(), Some(CeremonyError::PictureMissing));
        let (payment, _) =
            PaymentIntent::create_pictured(asked, now_ms, &mut world.rng(), drawn).expect("sound");
        let kept = payment.picture().expect("whole").expect("there");
        let bytes = png(&grey(320, 240), b"pay");
        assert_eq!((kept.png(), kept.size()), (bytes.as_slice(), (320, 240)));
        assert_eq!(kept.sha256(), &<sha2::Sha256 as sha2::Digest>::digest(&bytes)[..]);
    }
    let ascii = request("Deutsche Post", "A-17");
    assert!(!ascii.needs_picture());
    let (payment, _) = PaymentIntent::create(ascii, now_ms, &mut world.rng()).expect("text is enough");
    assert_eq!(payment.picture(), Ok(None));
}

#[test]
fn the_lines_that_are_drawn_are_the_text() {
    let mut world = world();
    let payment = created(&mut world);
    let lines = payment.transaction_lines();
    let of = |kind| {
        lines
            .iter()
            .filter(move |line| line.kind == kind)
            .map(|line| line.text.as_str())
    };
    assert_eq!(of(LineKind::Amount).collect::<Vec<_>>(), ["Pay 1.45 EUR"]);
    assert_eq!(of(LineKind::Payee).collect::<Vec<_>>(), ["\"德国邮政\""]);
    assert_eq!(of(LineKind::Order).collect::<Vec<_>>(), ["for order \"A-17\""]);
    let joined: Vec<&str> = lines.iter().map(|line| line.text.as_str()).collect();
    assert_eq!(joined.join(" "), payment.transaction_text());
    assert!(
        payment
            .transaction_text()
            .starts_with("Pay 1.45 EUR to \"德国邮政\" for order")
    );
}

#[test]
fn a_name_whose_spaces_a_line_break_hides_is_not_drawn() {
    let world = world();
    let now_ms = world.now_ms;
    let of = |payee: &str, order: &str| {
        PaymentIntent::create_pictured(request(payee, order), now_ms, &mut world.rng(), drawn).map(drop)
    };
    let twice = NameFlaw::SpaceTwice;
    assert_eq!(of("Post  AG", "订单"), Err(CeremonyError::PayeeInvalid(twice)));
    assert_eq!(of("邮政", "A  17"), Err(CeremonyError::OrderInvalid(twice)));
    assert_eq!(of("Post AG", "订单"), Ok(()));
}

#[test]
fn a_picture_of_another_text_creates_nothing() {
    let world = world();
    let now_ms = world.now_ms;
    let with = |text: Option<&str>| {
        PaymentIntent::create_pictured(
            request("德国邮政", "A-17"),
            now_ms,
            &mut world.rng(),
            |payment| {
                let own = payment.transaction_text();
                let shown = grey(320, 240);
                TransactionPicture::new(text.unwrap_or(&own), &png(&shown, b"pay"), shown)
            },
        )
        .map(drop)
    };
    let other = with(Some("Pay 0.01 EUR"));
    assert_eq!(other, Err(CeremonyError::PictureOfOtherText));
    assert_eq!(with(None), Ok(()));
}

#[test]
fn the_picture_is_sent_signed_kept_and_captured() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    register(&mut world, READER, 2, &[]);
    let payment = created(&mut world);
    let request = begin(&mut world, &payment).expect("signable");
    let [form] = request.transaction.as_slice() else {
        panic!("one picture and no text")
    };
    let bytes = png(&grey(320, 240), b"pay");
    assert_eq!(form.content_bytes().expect("base64url"), bytes);
    // Who shows text only takes no part.
    assert_eq!(request.policy.accepted.len(), 1);
    let text = payment.transaction_text();
    let refused = answer(&mut world, &request, &viewer, text.as_bytes());
    assert_eq!(refused, Err(CeremonyError::TransactionHashMismatch));
    let request = begin(&mut world, &payment).expect("signable");
    let held = answer(&mut world, &request, &viewer, &bytes).expect("sound");
    let evidence = held.authorisation().expect("authorised");
    assert_eq!(
        evidence.transaction_picture.as_ref().map(|one| one.as_slice()),
        Some(&bytes[..])
    );
    assert_eq!(evidence.pictured_text.as_deref(), Some(text.as_str()));
    let captured = held
        .after(&PaymentEvent::Capture { amount: None }, world.now_ms)
        .expect("as signed");
    assert_eq!(captured.status(), PaymentStatus::Succeeded);
}

#[test]
fn a_display_of_text_and_pictures_gets_the_text_unless_there_is_none() {
    let mut world = with_both();
    let device = register_both(&mut world);
    let shown = authentication::pictures_shown(
        &world.rp,
        &tenant(),
        &person("alice"),
        &world.credentials(),
        world.now_ms,
    );
    assert_eq!(shown, Some(vec![grey(320, 240)]));
    let pictured = created(&mut world);
    let request = begin(&mut world, &pictured).expect("it shows pictures");
    assert_eq!(request.transaction[0].content_type, "image/png");
    assert!(answer(&mut world, &request, &device, &png(&grey(320, 240), b"pay")).is_ok());
    let ascii = world.payment("alice");
    let request = begin(&mut world, &ascii).expect("it shows text");
    assert_eq!(request.transaction[0].content_type, "text/plain");
    let wanted =
        authentication::pictures_wanted(&world.rp, &ascii, &world.credentials(), world.now_ms).expect("keys");
    assert_eq!(wanted, [], "text is enough");
}

#[test]
fn a_picture_that_no_display_shows_is_refused_by_name() {
    let mut world = world();
    register(&mut world, READER, 1, &[]);
    register(&mut world, WATCH, 2, &[]);
    let payment = created(&mut world);
    assert_eq!(begin(&mut world, &payment), Err(CeremonyError::PictureNotShown));
    register(&mut world, VIEWER, 3, &[]);
    assert!(begin(&mut world, &payment).is_ok());
    let nobody = authentication::pictures_shown(
        &world.rp,
        &tenant(),
        &person("bob"),
        &world.credentials(),
        world.now_ms,
    );
    assert_eq!(nobody, None);
}

/// Each thing that can change in the record of a picture, or under it.
fn changes() -> Vec<(&'static str, Change)> {
    let other = serde_json::to_value(smile_ceremony::binary::Binary(png(&grey(320, 240), b"more")));
    let other = other.expect("JSON");
    vec![
        (
            "bytes",
            Box::new(move |record| record["picture"]["png"] = other.clone()),
        ),
        (
            "hash",
            Box::new(|record| record["picture"]["sha256"] = json!("AAAA")),
        ),
        (
            "text",
            Box::new(|record| record["picture"]["text"] = json!("Pay 1.46 EUR")),
        ),
        ("payee", Box::new(|record| record["payee"] = json!("德国铁路"))),
        (
            "amount",
            Box::new(|record| record["amount"]["minor_units"] = json!(146)),
        ),
    ]
}

#[test]
fn a_picture_that_changed_is_neither_sent_nor_signed_nor_captured() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let bytes = png(&grey(320, 240), b"pay");
    for (name, change) in changes() {
        let payment = created(&mut world);
        let request = begin(&mut world, &payment).expect("signable");
        let changed = drifted(&payment, &*change);
        assert_eq!(changed.picture(), Err(CeremonyError::PaymentDrifted), "{name}");
        assert_eq!(
            begin(&mut world, &changed).err(),
            Some(CeremonyError::PaymentDrifted),
            "{name}"
        );
        // It changes in the store, after it was sent.
        let stored = world.rows.payments[payment.id()].clone();
        world
            .rows
            .payments
            .insert(payment.id().clone(), drifted(&stored, &*change));
        let refused = answer(&mut world, &request, &viewer, &bytes);
        let expected = match name {
            "payee" | "amount" => CeremonyError::PictureOfOtherText,
            _ => CeremonyError::PaymentDrifted,
        };
        assert_eq!(refused, Err(expected), "{name}");
    }
    let payment = created(&mut world);
    let request = begin(&mut world, &payment).expect("signable");
    let held = answer(&mut world, &request, &viewer, &bytes).expect("sound");
    let capture = PaymentEvent::Capture { amount: None };
    let no_picture: Change = Box::new(|record| record["picture"] = serde_json::Value::Null);
    for (name, change) in changes() {
        let refused = drifted(&held, &*change).after(&capture, world.now_ms);
        assert_eq!(refused.err(), Some(CeremonyError::PaymentDrifted), "{name}");
    }
    assert!(held.after(&capture, world.now_ms).is_ok());
    // Without its picture nothing is left that could be sent.
    let fresh = drifted(&created(&mut world), &*no_picture);
    assert_eq!(
        begin(&mut world, &fresh).err(),
        Some(CeremonyError::PaymentDrifted)
    );
}

/// A record that is sound in itself, with a picture that nobody signed.
#[test]
fn another_picture_of_the_same_payment_is_not_the_one_that_was_signed() {
    let exchange: Change = Box::new(|record| {
        let other = png(&grey(320, 240), b"more");
        let hash = <sha2::Sha256 as sha2::Digest>::digest(&other).to_vec();
        let encoded = |bytes| serde_json::to_value(smile_ceremony::binary::Binary(bytes)).expect("JSON");
        record["picture"]["sha256"] = encoded(hash);
        record["picture"]["png"] = encoded(other);
    });
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let bytes = png(&grey(320, 240), b"pay");
    let payment = created(&mut world);
    let request = begin(&mut world, &payment).expect("signable");
    let stored = world.rows.payments[payment.id()].clone();
    let exchanged = drifted(&stored, &*exchange);
    assert!(exchanged.picture().is_ok());
    world.rows.payments.insert(payment.id().clone(), exchanged);
    let refused = answer(&mut world, &request, &viewer, &bytes);
    assert_eq!(refused, Err(CeremonyError::PaymentDrifted));
    world.rows.payments.insert(payment.id().clone(), stored);
    let request = begin(&mut world, &payment).expect("signable");
    let held = answer(&mut world, &request, &viewer, &bytes).expect("sound");
    let capture = PaymentEvent::Capture { amount: None };
    let refused = drifted(&held, &*exchange).after(&capture, world.now_ms);
    assert_eq!(refused.err(), Some(CeremonyError::PaymentDrifted));
    assert!(held.after(&capture, world.now_ms).is_ok());
}

#[test]
fn a_kept_picture_goes_out_in_both_versions() {
    let mut world = world();
    world.rp.versions = vec![Upv::V1_1, Upv::V1_0];
    register(&mut world, VIEWER, 1, &[]);
    let payment = created(&mut world);
    let begun = authentication::begin_payment(
        &world.rp,
        &payment,
        &world.credentials(),
        world.now_ms,
        &mut world.rng(),
    )
    .expect("fits");
    let versions = smile_protocol::uaf::message::decode_request(&begun.message).expect("ours");
    assert_eq!(versions.len(), 2);
}
