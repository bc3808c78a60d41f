//! What the client and the authenticator refuse, beside the same thing without the flaw.

use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::authentication::TEXT_PLAIN;
use smile_protocol::uaf::header::Extension;
use smile_protocol::uaf::identity::Aaid;

use super::*;
use crate::error::AuthenticatorError as Error;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

fn refuses_policy(policy: impl Fn(&Authenticator, &KeyId) -> Policy) -> bool {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, assertion) = register(&rehearsal, &mut authenticator);
    rehearsal.take_diary();
    let mut request = payment(&authenticator, "Pay 1 EUR");
    request.policy = policy(&authenticator, &assertion.krd.key_id);
    match authenticate(&rehearsal, &mut authenticator, &request) {
        Ok(_) => false,
        Err(Error::NoSuitableAuthenticator) => {
            assert!(rehearsal.take_diary().is_empty(), "nothing shown, no camera");
            true
        }
        Err(other) => panic!("{other}"),
    }
}

fn one(criteria: MatchCriteria) -> Policy {
    Policy {
        accepted: vec![vec![criteria]],
        disallowed: Vec::new(),
    }
}

#[test]
fn a_policy_that_does_not_accept_this_authenticator_or_its_keys_is_refused() {
    assert!(refuses_policy(|_, _| Policy::accepting(&[Aaid::new(
        0xFFFF, 0xFC01
    )])));
    assert!(refuses_policy(|a, _| only_key(
        a,
        &KeyId::new(vec![9; 32]).unwrap()
    )));
    assert!(refuses_policy(
        |a, key| any_key(a).disallowing_keys(a.aaid(), vec![key.clone()])
    ));
    assert!(refuses_policy(|a, _| {
        let twice = MatchCriteria::for_aaid(a.aaid());
        Policy {
            accepted: vec![vec![twice.clone(), twice]],
            disallowed: Vec::new(),
        }
    }));
    assert!(refuses_policy(|_, _| one(MatchCriteria {
        authentication_algorithms: Some(vec![2]),
        ..by_attributes()
    })));
    assert!(refuses_policy(|_, _| one(MatchCriteria {
        matcher_protection: Some(0x0004),
        ..by_attributes()
    })));
    assert!(refuses_policy(|_, _| one(MatchCriteria {
        attestation_types: Some(vec![AttestationType::BasicSurrogate.code()]),
        ..by_attributes()
    })));
    assert!(!refuses_policy(only_key));
    assert!(!refuses_policy(|a, _| any_key(a)));
    assert!(!refuses_policy(|_, _| one(by_attributes())));
}

#[test]
fn a_second_registration_of_a_known_key_is_refused() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, first) = register(&rehearsal, &mut authenticator);
    let mut request = registration(&authenticator);
    let aaid = authenticator.aaid();
    // UAF §3.4.6.1: servers list what the user has registered.
    request.policy = any_key(&authenticator).disallowing_keys(aaid, vec![first.krd.key_id]);
    let refused = process(&rehearsal, &mut authenticator, &request.encode().unwrap());
    assert!(matches!(refused, Err(Error::NoSuitableAuthenticator)));
    let other = KeyId::new(vec![9; 32]).unwrap();
    request.policy = any_key(&authenticator).disallowing_keys(aaid, vec![other]);
    process(&rehearsal, &mut authenticator, &request.encode().unwrap()).unwrap();
}

#[test]
fn nobody_registers_or_signs_without_the_enrolled_face() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let reg = registration(&authenticator).encode().unwrap();
    let auth = authentication(&authenticator).encode().unwrap();
    for (visitor, times) in [
        (Visitor::Stranger, 1),
        (Visitor::Nobody, 6),
        (Visitor::BrokenCamera, 6),
    ] {
        rehearsal.before_the_camera(visitor);
        for _ in 0..times {
            for message in [&reg, &auth] {
                let error = process(&rehearsal, &mut authenticator, message).unwrap_err();
                let as_expected = match visitor {
                    Visitor::Stranger => matches!(error, Error::NotConfirmed),
                    Visitor::Nobody => matches!(error, Error::NoUsableFrame(_)),
                    _ => matches!(error, Error::FaceRoom(_)),
                };
                assert!(as_expected, "{error}");
            }
        }
    }
    let keys = authenticator.list().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(authenticator.keys.counter(&keys[0].key_id).unwrap(), Some(0));
    rehearsal.before_the_camera(Visitor::Owner);
    process(&rehearsal, &mut authenticator, &reg).unwrap();
}

#[test]
fn five_strangers_in_a_row_lock_the_owner_out_for_a_while_and_open_no_camera() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let message = payment(&authenticator, "Pay 1 EUR").encode().unwrap();
    rehearsal.before_the_camera(Visitor::Stranger);
    for _ in 0..5 {
        assert!(matches!(
            process(&rehearsal, &mut authenticator, &message),
            Err(Error::NotConfirmed)
        ));
    }
    rehearsal.before_the_camera(Visitor::Owner);
    drop(authenticator);
    let mut authenticator = rehearsal.open();
    rehearsal.take_diary();
    let refused = process(&rehearsal, &mut authenticator, &message);
    assert!(matches!(
        refused,
        Err(Error::LockedOut {
            retry_after_ms: 30_000
        })
    ));
    assert!(rehearsal.take_diary().is_empty(), "nothing shown, no camera");
    assert_eq!(authenticator.status().unwrap().locked_for_ms, 30_000);
    rehearsal.clock.advance(30_000);
    process(&rehearsal, &mut authenticator, &message).unwrap();
}

#[test]
fn erasing_and_enrolling_again_does_not_end_a_lockout() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let message = registration(&authenticator).encode().unwrap();
    rehearsal.before_the_camera(Visitor::Stranger);
    for _ in 0..5 {
        process(&rehearsal, &mut authenticator, &message).unwrap_err();
    }
    rehearsal.before_the_camera(Visitor::Owner);
    authenticator.erase().unwrap();
    authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    let refused = process(&rehearsal, &mut authenticator, &message);
    assert!(matches!(refused, Err(Error::LockedOut { .. })));
    rehearsal.clock.advance(30_000);
    process(&rehearsal, &mut authenticator, &message).unwrap();
}

#[test]
fn a_face_put_in_the_place_of_a_deleted_template_gets_none_of_its_keys() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, assertion) = register(&rehearsal, &mut authenticator);
    let mut request = authentication(&authenticator);
    request.policy = only_key(&authenticator, &assertion.krd.key_id);
    authenticate(&rehearsal, &mut authenticator, &request).unwrap();
    let key_file = format!(
        "keys/{}.sealed",
        crate::sealed::hex(assertion.krd.key_id.as_bytes())
    );
    let kept = std::fs::read(rehearsal.home().join(&key_file)).unwrap();
    let counter_file = key_file.replace("keys/", "counters/");
    let others = [&counter_file, "registrations.sealed", "asm-token.sealed"].map(|name| {
        (
            name.to_owned(),
            std::fs::read(rehearsal.home().join(name)).unwrap(),
        )
    });
    // Somebody with access to the disk removes the face, enrols their own, and puts the rest back.
    std::fs::remove_file(rehearsal.home().join("template.sealed")).unwrap();
    authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    assert!(authenticator.list().unwrap().is_empty());
    std::fs::write(rehearsal.home().join(&key_file), kept).unwrap();
    for (name, bytes) in others {
        std::fs::write(rehearsal.home().join(name), bytes).unwrap();
    }
    assert_eq!(authenticator.list().unwrap().len(), 1);
    let refused = authenticate(&rehearsal, &mut authenticator, &request);
    assert!(matches!(refused, Err(Error::KeyDisappeared)));
    register(&rehearsal, &mut authenticator);
}

#[test]
fn what_the_user_declined_or_could_not_read_is_not_signed_and_opens_no_camera() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let key_id = authenticator.list().unwrap()[0].key_id.clone();
    let message = payment(&authenticator, "Pay 1 EUR").encode().unwrap();
    rehearsal.take_diary();
    for answer in [
        Confirmation::Cancelled,
        Confirmation::TimedOut,
        Confirmation::CannotDisplay,
    ] {
        let mut screen = rehearsal.screen();
        screen.answer = answer;
        process_at(&mut authenticator, &mut screen, &message).unwrap_err();
        assert_eq!(rehearsal.take_diary(), ["shown: Pay 1 EUR"]);
    }
    assert_eq!(authenticator.keys.counter(&key_id).unwrap(), Some(0));
    process(&rehearsal, &mut authenticator, &message).unwrap();
    assert_eq!(authenticator.keys.counter(&key_id).unwrap(), Some(1));
}

#[test]
fn a_transaction_that_no_screen_of_ours_shows_is_refused() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let good = payment(&authenticator, "Pay 1 EUR").encode().unwrap();
    let content = |text: &[u8]| smile_protocol::base64url::encode(text);
    let told = content(b"Pay 1 EUR");
    assert!(good.contains(&told) && good.contains(TEXT_PLAIN));
    let png = concat!(
        r#""contentType":"image/png","tcDisplayPNGCharacteristics":{"width":9,"height":9,"#,
        r#""bitDepth":1,"colorType":0,"compression":0,"filter":0,"interlace":0}"#
    );
    rehearsal.take_diary();
    for flawed in [
        good.replace(&told, &content("Pay 1 €".as_bytes())),
        good.replace(&told, &content(b"Pay 9 EUR\rPay 1 EUR")),
        good.replace(&told, &content(&[b'a'; 201])),
        good.replace(&told, &content(b"   ")),
        good.replace(&told, "*"),
        good.replace("\"contentType\":\"text/plain\"", png),
        good.replace("text/plain", "text/html"),
    ] {
        assert_ne!(flawed, good);
        let refused = process(&rehearsal, &mut authenticator, &flawed).unwrap_err();
        assert!(
            matches!(refused, Error::TransactionContent { .. }),
            "{refused}: {flawed}"
        );
    }
    assert!(rehearsal.take_diary().is_empty(), "nothing shown, no camera");
    process(&rehearsal, &mut authenticator, &good).unwrap();
}

#[test]
fn an_extension_that_must_not_be_ignored_is_not() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let extension = Extension {
        id: "unheard-of".to_owned(),
        data: "x".to_owned(),
        fail_if_unknown: false,
    };
    let mut request = registration(&authenticator);
    request.header.exts = vec![extension.clone()];
    let ignorable = request.encode().unwrap();
    let strict = ignorable.replace("\"fail_if_unknown\":false", "\"fail_if_unknown\":true");
    assert_ne!(strict, ignorable);
    let refused = process(&rehearsal, &mut authenticator, &strict);
    assert!(matches!(refused, Err(Error::Message(_))));
    let answer = process(&rehearsal, &mut authenticator, &ignorable)
        .unwrap()
        .unwrap();
    // UAF §3.1.10: passed on unchanged.
    assert_eq!(
        RegistrationResponse::decode(&answer).unwrap().header.exts,
        [extension]
    );
}

#[test]
fn a_message_that_is_no_uaf_message_is_refused() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let good = registration(&authenticator).encode().unwrap();
    for flawed in [
        String::new(),
        "[]".to_owned(),
        "{}".to_owned(),
        good[1..good.len() - 1].to_owned(),
        format!("{good} x"),
        good.replace("\"op\":\"Reg\"", "\"op\":\"reg\""),
        good.replace("\"username\":\"alice\"", "\"username\":\"\""),
        good.replace("\"challenge\":", "\"chollenge\":"),
        format!("{}{good}", " ".repeat(70_000)),
    ] {
        assert_ne!(flawed, good);
        let refused = process(&rehearsal, &mut authenticator, &flawed);
        assert!(matches!(refused, Err(Error::Message(_))), "{flawed}");
    }
    process(&rehearsal, &mut authenticator, &good).unwrap();
}

#[test]
fn a_persona_cannot_use_anothers_keys() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let message = authentication(&authenticator).encode().unwrap();
    let own = std::mem::replace(&mut authenticator.persona, "guest".to_owned());
    let refused = process(&rehearsal, &mut authenticator, &message);
    assert!(matches!(refused, Err(Error::NoSuitableAuthenticator)));
    // Nor does a list of keys from elsewhere help: the ASM has no such row, and the token is another's.
    let row = authenticator.list().unwrap().remove(0);
    let request = smile_protocol::uaf::asm::AuthenticateIn {
        app_id: row.app_id,
        key_ids: vec![row.key_id],
        final_challenge: smile_protocol::uaf::challenge::FcParams::from_transmitted("e30").unwrap(),
        transaction: Vec::new(),
    };
    let mut presence = crate::authenticator::Presence {
        camera: &mut NoCamera,
        display: &mut rehearsal.screen(),
    };
    let caller = crate::asm::CallerId::own_client();
    let refused = crate::asm::authenticate(&mut authenticator, &caller, request, false, &mut presence);
    assert!(matches!(refused, Err(Error::KeyAccessDenied)));
    authenticator.persona = own;
    process(&rehearsal, &mut authenticator, &message).unwrap();
}

#[test]
fn a_key_that_is_gone_does_not_keep_its_owner_from_registering_again() {
    for folder in ["keys", "counters"] {
        let rehearsal = Rehearsal::new();
        let mut authenticator = rehearsal.enrolled();
        let (_, first) = register(&rehearsal, &mut authenticator);
        let mut request = registration(&authenticator);
        let aaid = authenticator.aaid();
        // UAF §3.4.6.1: the server still lists the key that it knows.
        request.policy = any_key(&authenticator).disallowing_keys(aaid, vec![first.krd.key_id.clone()]);
        let message = request.encode().unwrap();
        let refused = process(&rehearsal, &mut authenticator, &message);
        assert!(matches!(refused, Err(Error::NoSuitableAuthenticator)));
        std::fs::remove_dir_all(rehearsal.home().join(folder)).unwrap();
        let mut login = authentication(&authenticator);
        login.policy = only_key(&authenticator, &first.krd.key_id);
        let refused = authenticate(&rehearsal, &mut authenticator, &login);
        assert!(matches!(refused, Err(Error::KeyDisappeared)));
        process(&rehearsal, &mut authenticator, &message).unwrap();
        // One account can sign, so the user is not asked to choose.
        login.policy = any_key(&authenticator);
        authenticate(&rehearsal, &mut authenticator, &login).unwrap();
    }
}

#[test]
fn after_another_enrolment_the_old_rows_are_gone_with_their_keys() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    let (_, first) = register(&rehearsal, &mut authenticator);
    std::fs::remove_file(rehearsal.home().join("template.sealed")).unwrap();
    authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    assert!(authenticator.list().unwrap().is_empty());
    let mut request = registration(&authenticator);
    let aaid = authenticator.aaid();
    request.policy = any_key(&authenticator).disallowing_keys(aaid, vec![first.krd.key_id]);
    process(&rehearsal, &mut authenticator, &request.encode().unwrap()).unwrap();
}

#[test]
fn a_match_from_another_attempt_or_with_another_template_verifies_nobody() {
    let rehearsal = Rehearsal::new();
    let mut authenticator = rehearsal.enrolled();
    register(&rehearsal, &mut authenticator);
    let key_id = authenticator.list().unwrap()[0].key_id.clone();
    let message = payment(&authenticator, "Pay 1 EUR").encode().unwrap();
    let mut as_visitor = |visitor| {
        rehearsal.before_the_camera(visitor);
        process(&rehearsal, &mut authenticator, &message)
    };
    let kept = as_visitor(Visitor::OwnerBanked);
    assert!(matches!(kept, Err(Error::NoUsableFrame(_))));
    let shown = as_visitor(Visitor::StrangerWithTheBankedMatch);
    assert!(matches!(shown, Err(Error::NotConfirmed)));
    // Each counts as an attempt that failed.
    for _ in 0..4 {
        let made = as_visitor(Visitor::StrangerWithAnotherTemplate);
        assert!(matches!(made, Err(Error::NotConfirmed)));
    }
    let locked = as_visitor(Visitor::Owner);
    assert!(matches!(locked, Err(Error::LockedOut { .. })));
    rehearsal.clock.advance(30_000);
    as_visitor(Visitor::Owner).unwrap();
    assert_eq!(authenticator.keys.counter(&key_id).unwrap(), Some(1));
}
