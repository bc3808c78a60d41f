#![allow(clippy::unwrap_used)]

use smile_protocol::uaf::asm::{AuthenticateIn, RegisterIn};
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::challenge::FcParams;
use smile_protocol::uaf::identity::{KeyId, Username};

use super::*;
use crate::asm;
use crate::authenticator::Presence;
use crate::rehearsal::{NoCamera, Rehearsal};

fn app() -> AppId {
    AppId::new("https://shop.example").unwrap()
}

fn register(rehearsal: &Rehearsal, authenticator: &mut Authenticator, caller: &CallerId) -> KeyId {
    let request = RegisterIn {
        app_id: app(),
        username: Username::new("alice").unwrap(),
        final_challenge: FcParams::from_transmitted("e30").unwrap(),
        attestation_type: smile_protocol::registry::AttestationType::BasicFull,
    };
    let mut presence = Presence {
        camera: &mut NoCamera,
        display: &mut rehearsal.screen(),
    };
    let made = asm::register(authenticator, caller, request, false, &mut presence);
    made.unwrap().krd.key_id
}

fn authenticate(
    rehearsal: &Rehearsal,
    authenticator: &mut Authenticator,
    caller: &CallerId,
) -> Result<AuthenticationAssertion, AuthenticatorError> {
    let request = AuthenticateIn {
        app_id: app(),
        key_ids: Vec::new(),
        final_challenge: FcParams::from_transmitted("e30").unwrap(),
        transaction: Vec::new(),
    };
    let mut presence = Presence {
        camera: &mut NoCamera,
        display: &mut rehearsal.screen(),
    };
    asm::authenticate(authenticator, caller, request, false, &mut presence)
}

#[test]
fn persona_and_caller_do_not_run_into_one_another() {
    let secret = Secret::default();
    let now = |persona, caller| token_of(&secret, &app(), persona, &CallerId::new(caller)).unwrap();
    let before = |persona, caller| token_before(&secret, &app(), persona, &CallerId::new(caller)).unwrap();
    assert_eq!(before("a", "bc"), before("ab", "c"), "what was wrong");
    assert_ne!(now("a", "bc"), now("ab", "c"));
    assert_eq!(now("a", "bc"), now("a", "bc"));
    // A persona whose name holds another's with the bytes that follow it is still another.
    let forged = format!("a\u{2}{}b", "\0".repeat(7));
    assert_ne!(now("a", "b"), now(&forged, ""));
}

#[test]
fn a_client_that_names_itself_like_this_crate_s_gets_none_of_its_keys() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let own = CallerId::own_client();
    register(&rehearsal, &mut authenticator, &own);
    for name in [own.as_text_before(), CallerId::of_commands().as_text_before()] {
        let impostor = CallerId::new(name);
        assert!(asm::registrations(&authenticator, &impostor).unwrap().is_empty());
        let refused = authenticate(&rehearsal, &mut authenticator, &impostor);
        assert!(matches!(refused, Err(AuthenticatorError::KeyAccessDenied)));
    }
    authenticate(&rehearsal, &mut authenticator, &own).unwrap();
}

/// Makes of a home one that was written before: the secret without its version, the keys under the older tokens.
fn age(authenticator: &mut Authenticator) {
    let secret = secret(&authenticator.vault).unwrap();
    for row in authenticator.list().unwrap() {
        let before = token_before(&secret, &row.app_id, &row.persona, &row.caller).unwrap();
        let now = token_of(&secret, &row.app_id, &row.persona, &row.caller).unwrap();
        let (from, to) = (mix(&now, &row.app_id), mix(&before, &row.app_id));
        authenticator.keys.rebind(&from, &to, &row.key_id).unwrap();
        assert!(authenticator.keys.is_under(&to, &row.key_id).unwrap());
    }
    authenticator.vault.write(NAME, secret.as_slice()).unwrap();
}

#[test]
fn the_keys_of_an_older_home_open_after_the_next_start() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let callers = [CallerId::own_client(), CallerId::new("client")];
    let keys = callers
        .clone()
        .map(|caller| register(&rehearsal, &mut authenticator, &caller));
    age(&mut authenticator);
    // Half done: a crash came after the first key.
    let secret = secret_from(&authenticator.vault.read(NAME).unwrap().unwrap()).unwrap();
    let before = token_before(&secret, &app(), "owner", &callers[0]).unwrap();
    let now = token_of(&secret, &app(), "owner", &callers[0]).unwrap();
    let (from, to) = (mix(&before, &app()), mix(&now, &app()));
    authenticator.keys.rebind(&from, &to, &keys[0]).unwrap();
    let refused = authenticate(&rehearsal, &mut authenticator, &callers[1]);
    assert!(
        matches!(refused, Err(AuthenticatorError::Sealed { .. })),
        "not before"
    );
    drop(authenticator);
    let mut authenticator = rehearsal.open();
    for (caller, key) in callers.iter().zip(&keys) {
        let assertion = authenticate(&rehearsal, &mut authenticator, caller).unwrap();
        assert_eq!(&assertion.signed_data.key_id, key);
        assert_eq!(assertion.signed_data.sign_counter, 1, "the counters went on");
    }
    assert_eq!(
        authenticator.vault.read(NAME).unwrap().unwrap().len(),
        1 + SECRET_BYTES
    );
}
