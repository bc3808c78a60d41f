#![allow(clippy::unwrap_used)]

use super::*;
use crate::rehearsal::{ManualClock, NEW_YEAR_MS, challenge_hash, verified_for};

const PAY: &str = "Pay 1 EUR";

fn request() -> VerificationRequest {
    VerificationRequest {
        command: VerifiedCommand::Sign,
        final_challenge_hash: challenge_hash(2),
        app_id: AppId::new("https://shop.example").unwrap(),
        transaction_content: Some(PAY.as_bytes().to_vec()),
    }
}

/// The rule by which a fresh token for [`request`] is refused, or nothing.
fn refusal(
    flaw: impl FnOnce(&mut VerificationRequest, &mut UserVerifyToken, &ManualClock),
) -> Option<&'static str> {
    let clock = ManualClock::new();
    let (pending, mut token) = PendingVerification::new(verified_for(2, Some(PAY)), clock.as_ref()).unwrap();
    let mut request = request();
    flaw(&mut request, &mut token, &clock);
    match PendingVerification::redeem(&mut Some(pending), &token, &request, clock.as_ref()) {
        Ok(_) => None,
        Err(AuthenticatorError::VerificationToken { rule }) => Some(rule),
        Err(other) => panic!("{other}"),
    }
}

#[test]
fn each_rule_refuses_by_itself() {
    assert_eq!(refusal(|_, _, _| ()), None);
    let command = refusal(|request, _, _| request.command = VerifiedCommand::Register);
    assert_eq!(command, Some("it was given for another command"));
    let challenge = refusal(|request, _, _| request.final_challenge_hash = challenge_hash(3));
    assert_eq!(challenge, Some("it was given for another final challenge"));
    let app = refusal(|request, _, _| request.app_id = AppId::new("https://other.example").unwrap());
    assert_eq!(app, Some("it was given for another AppID"));
    for content in [None, Some(b"Pay 9 EUR".to_vec())] {
        let paid = refusal(|request, _, _| request.transaction_content = content);
        assert_eq!(paid, Some("it was given for another transaction"));
    }
    let late: [fn(&ManualClock); 4] = [
        |clock| clock.advance(TOKEN_LIFETIME_MS),
        |clock| clock.sleep(TOKEN_LIFETIME_MS),
        // Time passes, and somebody holds the wall clock still.
        |clock| {
            clock.advance(TOKEN_LIFETIME_MS);
            clock.set(NEW_YEAR_MS);
        },
        |clock| clock.set(NEW_YEAR_MS - 1),
    ];
    for late in late {
        assert_eq!(refusal(|_, _, clock| late(clock)), Some("it has expired"));
    }
    assert_eq!(refusal(|_, _, clock| clock.sleep(TOKEN_LIFETIME_MS - 1)), None);
    let unknown = refusal(|_, token, _| *token = UserVerifyToken::new(vec![7; 32]).unwrap());
    assert_eq!(unknown, Some("it was not given here, or it was used"));
}

#[test]
fn a_token_that_was_shown_is_gone_and_a_number_that_is_none_takes_nothing() {
    let clock = ManualClock::new();
    let (pending, token) = PendingVerification::new(verified_for(2, Some(PAY)), clock.as_ref()).unwrap();
    let mut pending = Some(pending);
    let mut redeem = |token: &UserVerifyToken, request: &VerificationRequest| {
        PendingVerification::redeem(&mut pending, token, request, clock.as_ref()).is_ok()
    };
    assert!(!redeem(&UserVerifyToken::new(vec![7; 32]).unwrap(), &request()));
    assert!(redeem(&token, &request()));
    assert!(!redeem(&token, &request()));
}

#[test]
fn tokens_are_random() {
    let clock = ManualClock::new();
    let token = || {
        PendingVerification::new(verified_for(2, None), clock.as_ref())
            .unwrap()
            .1
    };
    assert_ne!(token(), token());
}
