//! Every byte that leaves the device is looked at, on the line itself. That the crates which touch a face link nothing
//! that speaks to a network is a test of its own, `nothing_that_touches_a_face_links_a_network`, among the rules of the
//! house. Open: an app that hands its own frames in can keep them.

use smile_authenticator::AuthenticatorError;
use smile_models::{DetectOptions, Image, SFace, YuNet, align_five_points};
use smile_tests::test_data::network_weights;
use smile_tests::world::people::{self, Person};
use smile_tests::world::windows::Windows;
use smile_tests::world::{ANNA, World};

/// The most that a purchase may send, in bytes, HTTP heads included: a picture of a face does not fit in.
const PURCHASE_BYTES: usize = 2 * 1024;
/// The same for a registration, which carries a certificate.
const REGISTRATION_BYTES: usize = 3 * 1024;

/// What a person's device sent.
struct Sent {
    enrolment: Vec<u8>,
    registration: Vec<u8>,
    purchase: Vec<u8>,
}

/// Enrols, registers and buys; `None` if the picture is not good enough to enrol.
fn live_through(world: &mut World, person: &Person) -> Option<Sent> {
    world.tap.take();
    match world.devices[0].enrol(person) {
        Err(AuthenticatorError::Enrolment(_)) => return None,
        enrolled => enrolled.expect("a home that was erased takes another face"),
    }
    let enrolment = world.tap.take();
    world.register(0, ANNA, person);
    let registration = world.tap.take();
    world.buy(0, ANNA, person);
    Some(Sent {
        enrolment,
        registration,
        purchase: world.tap.take(),
    })
}

/// The numbers that the network makes of a picture's face, as bytes in either order.
fn embedding(yunet: &YuNet, sface: &SFace, picture: &Image) -> Vec<u8> {
    let faces = yunet
        .detect(picture, &DetectOptions::default())
        .expect("the detector runs");
    let crop = align_five_points(picture, &faces[0].landmarks).expect("the points are in the picture");
    let embedding = sface.embed(&crop).expect("the recogniser runs");
    let little = embedding.values().iter().flat_map(|value| value.to_le_bytes());
    let big = embedding.values().iter().flat_map(|value| value.to_be_bytes());
    little.chain(big).collect()
}

#[test]
fn nothing_that_leaves_the_device_holds_sixteen_bytes_of_a_frame_an_embedding_or_the_template() {
    let Some((yunet, sface)) = network_weights() else {
        return;
    };
    let (Some(owner), Some(mut world)) = (people::clip(), World::new()) else {
        return;
    };
    let sent = live_through(&mut world, owner).expect("the sample clip enrols");
    let sent = [sent.enrolment, sent.registration, sent.purchase].concat();
    let windows = Windows::of(&sent);
    // The tap hears: the payment's text is there, in the server data and assertions of the UAF messages it belongs to.
    assert!(String::from_utf8_lossy(&sent).contains("/uaf/respond"));

    let template = world.devices[0].seen().template.clone();
    assert!(
        template.len() > 128 * 4 && !windows.meet(&template),
        "the template"
    );
    let (yunet, sface) = (
        YuNet::load(&yunet).expect("the detector"),
        SFace::load(&sface).expect("the recogniser"),
    );
    for picture in owner.enrol.iter().chain(&owner.pay).step_by(10) {
        assert!(!windows.meet(&embedding(&yunet, &sface, picture)), "an embedding");
    }
    for picture in owner.enrol.iter().chain(&owner.pay) {
        assert!(!windows.meet(picture.rgb()), "a frame");
    }
    // The search finds what it should: sixteen bytes of the template behind the real traffic.
    let leak = [&sent, &template[100..116]].concat();
    assert!(Windows::of(&leak).meet(&template));
}

#[test]
fn what_leaves_the_device_is_small_and_of_one_size_for_every_face() {
    let (Some(owner), Some(mut world)) = (people::clip(), World::new()) else {
        return;
    };
    let photographs = people::press_photographs(8).unwrap_or_default();
    // The list of facets is fetched with the first registration and kept for the next: it is fetched before sizes count.
    live_through(&mut world, owner).expect("the sample clip enrols");
    let erase = |world: &mut World| world.devices[0].authenticator().erase();
    erase(&mut world).expect("the owner may erase");
    let mut sizes = Vec::new();
    for person in [Some(owner), people::portrait()]
        .into_iter()
        .flatten()
        .chain(&photographs)
    {
        let Some(sent) = live_through(&mut world, person) else {
            continue;
        };
        assert_eq!(sent.enrolment, b"", "enrolment sends nothing at all");
        sizes.push((sent.registration.len(), sent.purchase.len()));
        erase(&mut world).expect("the owner may erase");
        if sizes.len() == 4 {
            break;
        }
    }
    println!("bytes for (registration, purchase): {sizes:?}");
    assert!(sizes.len() >= 2, "at least two faces are compared");
    assert!(sizes.iter().all(|size| *size == sizes[0]), "{sizes:?}");
    let (registration, purchase) = sizes[0];
    assert!(
        registration <= REGISTRATION_BYTES && purchase <= PURCHASE_BYTES,
        "{sizes:?}"
    );
}

#[test]
fn a_face_that_is_refused_sends_nothing_of_its_own() {
    let Some((mut world, owner)) = World::with_registered_owner() else {
        return;
    };
    let Some(stranger) = people::portrait() else {
        return;
    };
    let payment = world.payment(ANNA);
    let request = world.request(("clientSecret", &payment.client_secret));
    let sent_for = |world: &mut World, person: &Person| {
        world.tap.take();
        let answered = world.answer(0, &request, person).is_ok();
        (answered, world.tap.take())
    };
    let (answered, for_owner) = sent_for(&mut world, owner);
    assert!(answered);
    let (answered, for_stranger) = sent_for(&mut world, stranger);
    assert!(!answered);
    // Whoever looks into the camera, nothing is sent while the answer is made: not even the public list of facets, which
    // is kept since the registration.
    assert_eq!((&for_owner[..], &for_stranger[..]), (&b""[..], &b""[..]));
    // The tap hears: the next thing sent is in it.
    world.request(("clientSecret", &payment.client_secret));
    assert!(String::from_utf8_lossy(&world.tap.take()).contains("/uaf/get"));
}
