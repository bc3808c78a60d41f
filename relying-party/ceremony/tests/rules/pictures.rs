//! Transactions as pictures, UAF §3.5.1, §3.5.7.1 and §3.5.7.5.

use smile_ceremony::{
    error::CeremonyError,
    limits::DISPLAY_FORMS_MAX,
    limits::PICTURE_BYTES_MAX,
    payment::{CaptureMethod, PaymentEvent, PaymentIntent, PaymentStatus, Settlement, TransactionPicture},
    record::Purpose,
    transition::{Outcome, Transition},
    uaf::authentication,
};
use smile_protocol::{
    error::{FieldRule, ProtocolError},
    hash::HashAlgorithm,
    metadata::{DisplayPngCharacteristics, RgbPaletteEntry},
    registry::AttestationType,
    uaf::{
        assertion::signed_data::TransactionContentHash,
        authentication::AuthenticationRequest,
        header::Upv,
        identity::Aaid,
        message::{UafRequest, decode_request},
    },
};

use crate::{
    authenticator::{AttestWith, AuthenticationForge, DeviceKey},
    money::{Change, created, drifted, drifts},
    world::{FACET, World, authentication_request, statement},
};

/// Shows text.
pub const READER: Aaid = Aaid::new(0xFFFF, 0x5401);
/// Shows pictures of 320 × 240, or else of 160 × 120.
pub const VIEWER: Aaid = Aaid::new(0xFFFF, 0x5402);
/// Shows pictures of 64 × 32.
pub const WATCH: Aaid = Aaid::new(0xFFFF, 0x5403);
/// Shows nothing.
const BLIND: Aaid = Aaid::new(0xFFFF, 0x5404);

pub fn grey(width: u32, height: u32) -> DisplayPngCharacteristics {
    DisplayPngCharacteristics {
        width,
        height,
        bit_depth: 8,
        color_type: 0,
        compression: 0,
        filter: 0,
        interlace: 0,
        plte: Vec::new(),
    }
}

/// A PNG file with these characteristics. Its data is not one of pixels, which no rule here looks at.
pub fn png(shown: &DisplayPngCharacteristics, data: &[u8]) -> Vec<u8> {
    let mut header = [shown.width.to_be_bytes(), shown.height.to_be_bytes()].concat();
    header.extend([
        shown.bit_depth,
        shown.color_type,
        shown.compression,
        shown.filter,
        shown.interlace,
    ]);
    let palette: Vec<u8> = shown
        .plte
        .iter()
        .flat_map(|entry| [entry.r, entry.g, entry.b])
        .map(|sample| u8::try_from(sample).expect("a byte"))
        .collect();
    let mut chunks = vec![(b"IHDR", header)];
    if !palette.is_empty() {
        chunks.push((b"PLTE", palette));
    }
    chunks.extend([(b"IDAT", data.to_vec()), (b"IEND", Vec::new())]);
    let mut bytes = b"\x89PNG\r\n\x1a\n".to_vec();
    for (kind, data) in chunks {
        bytes.extend(u32::try_from(data.len()).expect("short").to_be_bytes());
        let covered = [&kind[..], &data].concat();
        bytes.extend(&covered);
        bytes.extend(crc(&covered).to_be_bytes());
    }
    bytes
}

fn crc(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            (sum >> 1) ^ (0xEDB8_8320 & (0_u32.wrapping_sub(sum & 1)))
        })
    })
}

/// A picture that its maker says is of this payment's text.
pub fn picture(
    payment: &PaymentIntent,
    shown: &DisplayPngCharacteristics,
    data: &[u8],
) -> TransactionPicture {
    TransactionPicture::new(&payment.transaction_text(), &png(shown, data), shown.clone()).expect("sound")
}

pub fn world() -> World {
    let model = |aaid, content_type: Option<&str>, alternatives: &[DisplayPngCharacteristics]| {
        let mut one = statement(aaid, AttestationType::BasicSurrogate, Vec::new());
        one.tc_display = u16::from(content_type.is_some());
        one.tc_display_content_type = content_type.map(str::to_owned);
        one.tc_display_png_characteristics = alternatives.to_vec();
        one.encode()
    };
    World::knowing(&[
        model(READER, Some("text/plain"), &[]),
        model(VIEWER, Some("image/png"), &[grey(320, 240), grey(160, 120)]),
        model(WATCH, Some("image/png"), &[grey(64, 32)]),
        model(BLIND, None, &[]),
    ])
}

/// Registers a key of this model for alice.
pub fn register(
    world: &mut World,
    aaid: Aaid,
    number: u8,
    displays: &[DisplayPngCharacteristics],
) -> DeviceKey {
    let device = DeviceKey::new(aaid, number);
    let registered = world.register("alice", &device, |forge| {
        forge.attest = AttestWith::BasicSurrogate {
            key: device.key.clone(),
        };
        forge.displays = displays.to_vec();
    });
    let registered = registered.expect("sound").swap_remove(0);
    // UAF §3.4.6.5 step 5: what was reported is stored, as far as there is room.
    let kept = &displays[..displays.len().min(DISPLAY_FORMS_MAX)];
    assert_eq!(registered.tc_display_png_characteristics, kept);
    device
}

fn begin(
    world: &mut World,
    payment: &PaymentIntent,
    pictures: &[TransactionPicture],
) -> Result<AuthenticationRequest, CeremonyError> {
    let begun = authentication::begin_payment_with_pictures(
        &world.rp,
        payment,
        pictures,
        &world.credentials(),
        world.now_ms,
        &mut world.rng(),
    )?;
    world.commit(Transition::Begin(begun.ceremony))?;
    Ok(authentication_request(&begun.message))
}

/// `device`'s answer over this content.
pub fn answer(
    world: &mut World,
    request: &AuthenticationRequest,
    device: &DeviceKey,
    content: &[u8],
) -> Result<PaymentIntent, CeremonyError> {
    let mut forge = AuthenticationForge::answering(request, device, FACET);
    forge.data.transaction_content_hash = Some(TransactionContentHash::of(HashAlgorithm::Sha256, content));
    match world.finish_authentication(&forge.message())? {
        Outcome::Authorised(payment) => Ok(payment),
        other => panic!("not authorised: {other:?}"),
    }
}

fn wanted(world: &World, payment: &PaymentIntent) -> Vec<DisplayPngCharacteristics> {
    authentication::pictures_wanted(&world.rp, payment, &world.credentials(), world.now_ms)
        .expect("usable keys")
}

#[test]
fn a_picture_is_confirmed_and_kept_as_evidence() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let payment = world.payment("alice");
    assert_eq!(wanted(&world, &payment), [grey(320, 240)]);
    let shown = picture(&payment, &grey(320, 240), b"pay");
    let request = begin(&mut world, &payment, &[shown]).expect("signable");
    let [form] = request.transaction.as_slice() else {
        panic!("one form, no text")
    };
    assert_eq!(form.content_type, "image/png");
    assert_eq!(form.tc_display_png_characteristics, Some(grey(320, 240)));
    let bytes = png(&grey(320, 240), b"pay");
    let paid = answer(&mut world, &request, &viewer, &bytes).expect("sound");
    assert_eq!(paid.status(), PaymentStatus::Succeeded);
    let evidence = paid.authorisation().expect("authorised");
    let kept = evidence.transaction_picture.as_ref().expect("the picture");
    assert_eq!(kept.as_slice(), bytes);
    let hash = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    assert_eq!(evidence.transaction_content_hash.as_slice(), &hash[..]);
    // The record comes back from its serialised form, as a store keeps it.
    let text = serde_json::to_string(&paid).expect("JSON");
    assert_eq!(
        serde_json::from_str::<PaymentIntent>(&text).expect("our own"),
        paid
    );
}

#[test]
fn another_picture_is_not_confirmed() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let payment = world.payment("alice");
    let shown = picture(&payment, &grey(320, 240), b"pay");
    let before = world.credentials();
    for content in [
        png(&grey(320, 240), b"more"),
        payment.transaction_text().into_bytes(),
    ] {
        let request = begin(&mut world, &payment, std::slice::from_ref(&shown)).expect("signable");
        let refused = answer(&mut world, &request, &viewer, &content);
        assert_eq!(refused, Err(CeremonyError::TransactionHashMismatch));
    }
    assert_eq!(world.credentials(), before);
    let request = begin(&mut world, &payment, &[shown]).expect("signable");
    let bytes = png(&grey(320, 240), b"pay");
    assert!(answer(&mut world, &request, &viewer, &bytes).is_ok());
}

#[test]
fn each_authenticator_gets_the_form_that_its_display_wants() {
    let mut world = world();
    let reader = register(&mut world, READER, 1, &[]);
    let viewer = register(&mut world, VIEWER, 2, &[]);
    let watch = register(&mut world, WATCH, 3, &[]);
    register(&mut world, BLIND, 4, &[]);
    // A second device of the same model wants the same picture, which is drawn once.
    register(&mut world, VIEWER, 5, &[]);
    let payment = world.payment("alice");
    let asked = wanted(&world, &payment);
    assert_eq!(asked.len(), 2);
    assert!(asked.contains(&grey(320, 240)) && asked.contains(&grey(64, 32)));
    let forms = |payment: &PaymentIntent| {
        [
            picture(payment, &grey(320, 240), b"large"),
            picture(payment, &grey(64, 32), b"small"),
            // Nobody shows this one.
            picture(payment, &grey(9, 9), b"tiny"),
        ]
    };
    let request = begin(&mut world, &payment, &forms(&payment)).expect("signable");
    assert_eq!(request.transaction.len(), 3, "text and two pictures");
    let models: Vec<Aaid> = request
        .policy
        .accepted
        .iter()
        .flatten()
        .filter_map(|criterion| criterion.aaid.as_ref())
        .flatten()
        .copied()
        .collect();
    assert_eq!(models.len(), 3);
    assert!(!models.contains(&BLIND));
    // Each confirms its own form, and no form that was meant for another display.
    let text = payment.transaction_text().into_bytes();
    let large = png(&grey(320, 240), b"large");
    let small = png(&grey(64, 32), b"small");
    for (device, own, others) in [
        (&reader, &text, [&large, &small]),
        (&viewer, &large, [&text, &small]),
        (&watch, &small, [&text, &large]),
    ] {
        let payment = world.payment("alice");
        let own = if device.aaid == READER {
            payment.transaction_text().into_bytes()
        } else {
            own.clone()
        };
        for other in others {
            let request = begin(&mut world, &payment, &forms(&payment)).expect("signable");
            let refused = answer(&mut world, &request, device, other);
            assert_eq!(refused, Err(CeremonyError::TransactionHashMismatch));
        }
        let request = begin(&mut world, &payment, &forms(&payment)).expect("signable");
        let paid = answer(&mut world, &request, device, &own).expect("its own form");
        let evidence = paid.authorisation().expect("authorised");
        assert_eq!(evidence.transaction_picture.is_some(), device.aaid != READER);
    }
}

#[test]
fn what_was_reported_at_registration_beats_metadata() {
    let mut world = world();
    let small = register(&mut world, VIEWER, 1, &[grey(100, 50), grey(50, 25)]);
    let payment = world.payment("alice");
    assert_eq!(wanted(&world, &payment), [grey(100, 50)]);
    // Metadata's sizes are not this device's: with such a picture the key does not take part.
    let by_metadata = picture(&payment, &grey(320, 240), b"pay");
    let refused = begin(&mut world, &payment, std::slice::from_ref(&by_metadata));
    assert_eq!(refused, Err(CeremonyError::NoUsableCredential));
    // The second size that it named will do.
    let request = begin(
        &mut world,
        &payment,
        &[by_metadata, picture(&payment, &grey(50, 25), b"pay")],
    );
    let request = request.expect("signable");
    assert_eq!(request.transaction.len(), 1);
    let bytes = png(&grey(50, 25), b"pay");
    assert!(answer(&mut world, &request, &small, &bytes).is_ok());
}

#[test]
fn of_what_a_registration_says_of_its_display_the_first_sixteen_forms_are_kept() {
    let mut world = world();
    let said: Vec<_> = (0..40).map(|more| grey(100 + more, 50)).collect();
    register(&mut world, VIEWER, 1, &said);
    let kept = &world.credentials()[0].tc_display_png_characteristics;
    assert_eq!(*kept, said[..16]);
    // A record that an earlier version made has all of them.
    let key = world.rows.credentials.values_mut().next().expect("registered");
    key.tc_display_png_characteristics.clone_from(&said);
    let keys = world.credentials();
    let alice = crate::world::person("alice");
    let shown =
        authentication::pictures_shown(&world.rp, &crate::world::tenant(), &alice, &keys, world.now_ms);
    assert_eq!(shown.as_deref(), Some(&said[..16]));
}

#[test]
fn of_several_pictures_a_display_gets_the_one_that_it_names_first() {
    let mut world = world();
    register(&mut world, VIEWER, 1, &[]);
    let payment = world.payment("alice");
    let (second, first) = (
        picture(&payment, &grey(160, 120), b"second"),
        picture(&payment, &grey(320, 240), b"first"),
    );
    let request = begin(&mut world, &payment, &[second, first]).expect("signable");
    let [form] = request.transaction.as_slice() else {
        panic!("one form")
    };
    assert_eq!(form.tc_display_png_characteristics, Some(grey(320, 240)));
}

#[test]
fn without_a_picture_only_text_displays_take_part() {
    let mut world = world();
    register(&mut world, VIEWER, 1, &[]);
    let payment = world.payment("alice");
    assert_eq!(
        world.begin_payment(&payment),
        Err(CeremonyError::NoUsableCredential)
    );
    register(&mut world, READER, 2, &[]);
    let request = world.begin_payment(&payment).expect("one can read");
    assert_eq!(request.transaction.len(), 1);
    assert_eq!(request.policy.accepted.len(), 1);
}

#[test]
fn a_pictures_header_is_the_one_that_it_is_sent_with() {
    let colours = |r| RgbPaletteEntry { r, g: 0, b: 0 };
    let sound = DisplayPngCharacteristics {
        color_type: 3,
        plte: vec![colours(1), colours(2)],
        ..grey(320, 240)
    };
    let file = png(&sound, b"pay");
    assert!(TransactionPicture::new("Pay", &file, sound.clone()).is_ok());
    type Flaw = fn(&mut DisplayPngCharacteristics);
    let flaws: [(Flaw, &str); 8] = [
        (|one| one.width += 1, "width"),
        (|one| one.height += 1, "height"),
        (|one| one.bit_depth = 4, "bitDepth"),
        (|one| one.color_type = 2, "colorType"),
        (|one| one.compression = 1, "compression"),
        (|one| one.filter = 1, "filter"),
        (|one| one.interlace = 1, "interlace"),
        (|one| one.plte.reverse(), "plte"),
    ];
    for (flaw, member) in flaws {
        let mut other = sound.clone();
        flaw(&mut other);
        match TransactionPicture::new("Pay", &file, other) {
            Err(CeremonyError::Malformed(ProtocolError::Field { field, .. })) => {
                assert_eq!(field, format!("tcDisplayPNGCharacteristics.{member}"));
            }
            other => panic!("{member}: {other:?}"),
        }
    }
    let cut = TransactionPicture::new("Pay", &file[..file.len() - 1], sound.clone());
    assert!(matches!(cut, Err(CeremonyError::Malformed(_))));
}

#[test]
fn a_picture_of_another_payment_pays_nothing() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let (first, second) = (world.payment("alice"), world.payment("alice"));
    let one = begin(&mut world, &first, &[picture(&first, &grey(320, 240), b"one")]).expect("signable");
    let other = begin(
        &mut world,
        &second,
        &[picture(&second, &grey(320, 240), b"other")],
    )
    .expect("signable");
    let crossed = answer(&mut world, &other, &viewer, &png(&grey(320, 240), b"one"));
    assert_eq!(crossed, Err(CeremonyError::TransactionHashMismatch));
    assert!(answer(&mut world, &one, &viewer, &png(&grey(320, 240), b"one")).is_ok());
}

/// The limit of a picture and that of a message agree: the largest one goes out in both versions and comes back.
#[test]
fn the_largest_picture_fits_a_request_for_both_versions() {
    let mut world = world();
    world.rp.versions = vec![Upv::V1_1, Upv::V1_0];
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let payment = world.payment("alice");
    let shown = grey(320, 240);
    let rest = png(&shown, b"").len();
    let of_size = |size: usize| png(&shown, &vec![7; size - rest]);
    let largest = of_size(PICTURE_BYTES_MAX);
    assert_eq!(largest.len(), PICTURE_BYTES_MAX);
    let text = payment.transaction_text();
    let new = |png: &[u8]| TransactionPicture::new(&text, png, shown.clone());
    let begun = authentication::begin_payment_with_pictures(
        &world.rp,
        &payment,
        &[new(&largest).expect("at the limit")],
        &world.credentials(),
        world.now_ms,
        &mut world.rng(),
    )
    .expect("fits");
    let versions = decode_request(&begun.message).expect("a receiver reads it");
    assert_eq!(versions.len(), 2);
    for version in &versions {
        let UafRequest::Authentication(request) = version else {
            panic!("an authentication")
        };
        assert_eq!(
            request.transaction[0].content_bytes().expect("base64url"),
            largest
        );
    }
    world.commit(Transition::Begin(begun.ceremony)).expect("sound");
    let request = authentication_request(&begun.message);
    assert!(answer(&mut world, &request, &viewer, &largest).is_ok());
    // One byte more.
    let (max, actual) = (PICTURE_BYTES_MAX, PICTURE_BYTES_MAX + 1);
    let rule = FieldRule::Length { min: 1, max, actual };
    let expected = CeremonyError::Malformed(ProtocolError::Field {
        field: "transaction.content".to_owned(),
        rule,
    });
    assert_eq!(new(&of_size(PICTURE_BYTES_MAX + 1)), Err(expected));
}

/// Two of the largest are more than a message holds: the server says so before a challenge is stored.
#[test]
fn pictures_that_do_not_fit_together_are_refused() {
    let mut world = world();
    register(&mut world, VIEWER, 1, &[]);
    register(&mut world, WATCH, 2, &[]);
    let payment = world.payment("alice");
    let drawn = |shown: &DisplayPngCharacteristics| {
        let rest = png(shown, b"").len();
        picture(&payment, shown, &vec![7; PICTURE_BYTES_MAX - rest])
    };
    world.rp.versions = vec![Upv::V1_1, Upv::V1_0];
    let (large, small) = (drawn(&grey(320, 240)), drawn(&grey(64, 32)));
    let refused = begin(&mut world, &payment, &[large.clone(), small]);
    assert!(
        matches!(
            refused,
            Err(CeremonyError::Malformed(ProtocolError::TooLarge {
                what: "UAF message",
                ..
            }))
        ),
        "{refused:?}"
    );
    assert!(
        world
            .rows
            .ceremonies
            .values()
            .all(|one| !matches!(one.purpose(), Purpose::Payment(_)))
    );
    begin(&mut world, &payment, &[large]).expect("one fits");
}

#[test]
fn a_picture_is_sent_for_the_payment_that_it_was_drawn_for_only() {
    let mut world = world();
    register(&mut world, VIEWER, 1, &[]);
    let (first, second) = (world.payment("alice"), world.payment("alice"));
    let drawn = picture(&first, &grey(320, 240), b"pay");
    let refused = begin(&mut world, &second, std::slice::from_ref(&drawn));
    assert_eq!(refused, Err(CeremonyError::PictureOfOtherText));
    begin(&mut world, &first, &[drawn]).expect("its own");
}

/// What a store gives back is compared once more: a ceremony that changed its payment brings the picture of the old one.
#[test]
fn a_picture_authorises_the_payment_that_it_was_drawn_for_only() {
    for is_moved in [false, true] {
        let mut world = world();
        let viewer = register(&mut world, VIEWER, 1, &[]);
        let (first, second) = (world.payment("alice"), world.payment("alice"));
        let drawn = picture(&first, &grey(320, 240), b"pay");
        let request = begin(&mut world, &first, &[drawn]).expect("signable");
        if is_moved {
            for ceremony in world.rows.ceremonies.values_mut() {
                let text = serde_json::to_string(ceremony).expect("JSON");
                let moved = text.replace(first.id().as_str(), second.id().as_str());
                *ceremony = serde_json::from_str(&moved).expect("our own");
            }
        }
        let paid = answer(&mut world, &request, &viewer, &png(&grey(320, 240), b"pay"));
        match paid {
            Ok(paid) => assert!(!is_moved && paid.id() == first.id()),
            Err(error) => assert!(is_moved && error == CeremonyError::PictureOfOtherText, "{error}"),
        }
        let payments = &world.rows.payments;
        assert!(payments[second.id()].authorisation().is_none());
    }
}

#[test]
fn what_changed_since_its_picture_was_signed_is_not_captured() {
    let mut world = world();
    let viewer = register(&mut world, VIEWER, 1, &[]);
    let payment = created(&mut world, CaptureMethod::Manual, Settlement::Direct);
    let shown = picture(&payment, &grey(320, 240), b"pay");
    let request = begin(&mut world, &payment, &[shown]).expect("signable");
    let sound = answer(&mut world, &request, &viewer, &png(&grey(320, 240), b"pay")).expect("sound");
    let capture = PaymentEvent::Capture { amount: None };
    let other_text: (_, Change) = (
        "pictured text",
        Box::new(|record| record["authorisation"]["pictured_text"] = serde_json::json!("Pay 1.46 EUR")),
    );
    let no_text: (_, Change) = (
        "no pictured text",
        Box::new(|record| record["authorisation"]["pictured_text"] = serde_json::Value::Null),
    );
    for (name, change) in drifts().into_iter().chain([other_text, no_text]) {
        let refused = drifted(&sound, &*change).after(&capture, world.now_ms);
        assert_eq!(refused.err(), Some(CeremonyError::PaymentDrifted), "{name}");
    }
    let captured = sound.after(&capture, world.now_ms).expect("as signed");
    assert_eq!(captured.status(), PaymentStatus::Succeeded);
}
