//! A transaction that is confirmed in a login: UAF §3.5 knows no payments, only content to show.

use smile_ceremony::{
    error::CeremonyError,
    transition::{Outcome, Transition},
    uaf::authentication,
};
use smile_protocol::hash::HashAlgorithm;
use smile_protocol::uaf::{
    assertion::{info::AuthenticationMode, signed_data::TransactionContentHash},
    message::{UafRequest, decode_request},
};

use crate::{
    authenticator::{AuthenticationForge, DeviceKey},
    world::{ATTESTED, FACET, ROOTLESS, World},
};

const TEXT: &str = "Transfer 1000$ to Bob?";

fn device() -> DeviceKey {
    DeviceKey::new(ATTESTED, 1)
}

/// Lets alice, whose registered key is `device`, confirm `text` with a flaw.
fn confirm(
    device: &DeviceKey,
    text: &str,
    flaw: impl FnOnce(&mut AuthenticationForge),
) -> Result<Outcome, CeremonyError> {
    confirm_in(&mut world(device), device, text, flaw)
}

/// A world in which alice has registered `device`.
fn world(device: &DeviceKey) -> World {
    let mut world = World::new();
    world
        .register("alice", device, |_| ())
        .expect("a sound registration");
    world
}

fn confirm_in(
    world: &mut World,
    device: &DeviceKey,
    text: &str,
    flaw: impl FnOnce(&mut AuthenticationForge),
) -> Result<Outcome, CeremonyError> {
    let session = world.authentication_session("alice");
    let credentials = world.credentials();
    let now_ms = world.now_ms;
    let begun =
        authentication::begin_transaction(&world.rp, &session, text, &credentials, now_ms, &mut world.rng())?;
    world.commit(Transition::Begin(begun.ceremony))?;
    for request in decode_request(&begun.message).expect("our own message") {
        let UafRequest::Authentication(request) = request else {
            panic!("not an authentication")
        };
        let shown = request.transaction[0].text().expect("base64url");
        assert_eq!((shown.as_deref(), request.transaction.len()), (Some(text), 1));
    }
    let UafRequest::Authentication(request) = decode_request(&begun.message)
        .expect("our own message")
        .swap_remove(0)
    else {
        panic!("not an authentication")
    };
    let mut forge = AuthenticationForge::answering(&request, device, FACET);
    flaw(&mut forge);
    world.finish_authentication(&forge.message())
}

#[test]
fn a_text_is_confirmed_in_a_login_and_nothing_else_passes_for_it() {
    let confirmed = confirm(&device(), TEXT, |_| ()).expect("sound");
    assert!(matches!(confirmed, Outcome::Authenticated(used) if used.len() == 1));
    let unconfirmed = confirm(&device(), TEXT, |forge| {
        forge.data.assertion_info.authentication_mode = AuthenticationMode::UserVerified;
        forge.data.transaction_content_hash = None;
    });
    assert_eq!(unconfirmed.err(), Some(CeremonyError::TransactionNotConfirmed));
    let other = confirm(&device(), TEXT, |forge| {
        forge.data.transaction_content_hash = Some(TransactionContentHash::of(
            HashAlgorithm::Sha256,
            b"Transfer 1$ to Bob?",
        ));
    });
    assert_eq!(other.err(), Some(CeremonyError::TransactionHashMismatch));
}

#[test]
fn what_is_not_printable_ascii_is_not_asked_for() {
    assert!(confirm(&device(), &"x".repeat(200), |_| ()).is_ok());
    for text in [&"x".repeat(201), "\u{e9}"] {
        let refused = confirm(&device(), text, |_| ()).err();
        assert!(
            matches!(refused, Some(CeremonyError::Malformed(_))),
            "{text}: {refused:?}"
        );
    }
}

#[test]
fn a_key_whose_authenticator_shows_no_text_is_not_asked() {
    assert!(confirm(&device(), TEXT, |_| ()).is_ok());
    let mut world = world(&device());
    for credential in world.rows.credentials.values_mut() {
        credential.aaid = ROOTLESS;
    }
    let blind = confirm_in(&mut world, &device(), TEXT, |_| ());
    assert_eq!(blind.err(), Some(CeremonyError::NoUsableCredential));
}
