//! User verification tokens (Commands §5.3).

use super::*;
use crate::error::AuthenticatorError;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;
use crate::user_verification::{TOKEN_LIFETIME_MS, VerificationRequest, VerifiedCommand};

const PAY: &str = "Pay 1 EUR";

fn for_challenge(byte: u8) -> VerificationRequest {
    VerificationRequest {
        command: VerifiedCommand::Sign,
        final_challenge_hash: challenge_hash(byte),
        app_id: AppId::new(APP).unwrap(),
        transaction_content: None,
    }
}

fn to_register() -> VerificationRequest {
    VerificationRequest {
        command: VerifiedCommand::Register,
        ..for_challenge(1)
    }
}

fn for_payment() -> VerificationRequest {
    VerificationRequest {
        transaction_content: Some(PAY.as_bytes().to_vec()),
        ..for_challenge(2)
    }
}

/// What goes wrong between a token and the Sign that shows it.
type Flaw = fn(&mut Device, &mut SignCommand);

impl Device {
    fn verify(&mut self, request: VerificationRequest) -> Result<UserVerifyToken, AuthenticatorError> {
        self.authenticator
            .user_verify(request, &mut NoCamera, &mut self.screen)
    }

    /// Verifies for a login with `key`, lets `flaw` work on what follows, and returns what came of the Sign.
    fn sign_after(
        &mut self,
        key: &KeyId,
        flaw: impl FnOnce(&mut Self, &mut SignCommand),
    ) -> Result<AuthenticationAssertion, CommandStatusCode> {
        let token = self.verify(for_challenge(2)).unwrap();
        let mut command = sign(std::slice::from_ref(key));
        command.user_verify_token = Some(token);
        flaw(self, &mut command);
        self.rehearsal.take_diary();
        // From here on only the token counts.
        self.rehearsal.before_the_camera(Visitor::Stranger);
        let outcome = self.assertion(command);
        self.rehearsal.before_the_camera(Visitor::Owner);
        assert!(self.rehearsal.take_diary().is_empty(), "no second look");
        outcome
    }
}

#[test]
fn a_token_stands_for_the_face_in_register_and_in_sign() {
    let mut device = Device::new();
    let token = device.verify(to_register()).unwrap();
    assert_eq!(token.as_bytes().len(), 32);
    assert_eq!(device.rehearsal.take_diary(), ["face: Owner"]);
    let command = RegisterCommand {
        user_verify_token: Some(token.clone()),
        ..register()
    };
    let key = device.register(command.clone()).unwrap().krd.key_id;
    assert!(device.rehearsal.take_diary().is_empty(), "no second look");
    let again = device.register(command).unwrap_err();
    assert_eq!(again, CommandStatusCode::AccessDenied);
    assert_eq!(device.authenticator.status().unwrap().keys, 1);
    let data = device.sign_after(&key, |_, _| ()).unwrap().signed_data;
    assert_eq!(data.sign_counter, 1);
}

#[test]
fn a_token_is_good_for_one_signature_of_what_it_was_given_for_and_not_for_long() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let flaws: [(&str, Flaw); 10] = [
        ("another challenge", |_, command| {
            command.final_challenge_hash = challenge_hash(3);
        }),
        ("another AppID", |_, command| {
            command.app_id = Some(AppId::new("https://other.example").unwrap());
        }),
        ("a transaction", |_, command| {
            command.transaction = Some(TransactionInput::Content(PAY.as_bytes().to_vec()));
        }),
        ("used", |device, command| {
            device.assertion(command.clone()).unwrap();
        }),
        ("expired", |device, _| {
            device.rehearsal.clock.advance(TOKEN_LIFETIME_MS);
        }),
        ("expired while the device slept", |device, _| {
            device.rehearsal.clock.sleep(TOKEN_LIFETIME_MS);
        }),
        ("of a clock that was put back", |device, _| {
            device.rehearsal.clock.set(crate::rehearsal::NEW_YEAR_MS - 1);
        }),
        ("never given", |_, command| {
            command.user_verify_token = Some(UserVerifyToken::new(vec![7; 32]).unwrap());
        }),
        ("a part of it", |_, command| {
            let whole = command.user_verify_token.take().unwrap();
            let part = whole.as_bytes()[..31].to_vec();
            command.user_verify_token = Some(UserVerifyToken::new(part).unwrap());
        }),
        ("replaced by a later one", |device, _| {
            device.verify(for_challenge(2)).unwrap();
        }),
    ];
    for (name, flaw) in flaws {
        let before = device.counter(&key);
        let spent = u32::from(name == "used");
        let refused = device.sign_after(&key, flaw).unwrap_err();
        assert_eq!(refused, CommandStatusCode::AccessDenied, "{name}");
        assert_eq!(device.counter(&key), before.map(|count| count + spent), "{name}");
        device.sign_after(&key, |_, _| ()).unwrap();
    }
    // Until the last millisecond it is good.
    let late = device.sign_after(&key, |device, _| {
        device.rehearsal.clock.advance(TOKEN_LIFETIME_MS - 1)
    });
    late.unwrap();
}

#[test]
fn a_token_shown_for_something_else_is_spent() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let refused = device.sign_after(&key, |device, command| {
        let mut other = command.clone();
        other.final_challenge_hash = challenge_hash(3);
        device.sign(other).unwrap_err();
    });
    assert_eq!(refused.unwrap_err(), CommandStatusCode::AccessDenied);
    // A number that is no token spends nothing.
    let signed = device.sign_after(&key, |device, command| {
        let mut other = command.clone();
        other.user_verify_token = Some(UserVerifyToken::new(vec![7; 32]).unwrap());
        device.sign(other).unwrap_err();
    });
    signed.unwrap();
}

#[test]
fn a_token_s_transaction_was_shown_before_the_face_and_is_not_shown_again() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let token = device.verify(for_payment()).unwrap();
    assert_eq!(
        device.rehearsal.take_diary(),
        [format!("shown: {PAY}"), "face: Owner".to_owned()]
    );
    let mut command = payment(std::slice::from_ref(&key), PAY);
    command.user_verify_token = Some(token);
    let paid = device.assertion(command).unwrap().signed_data;
    assert!(paid.transaction_content_hash.is_some());
    assert!(device.rehearsal.take_diary().is_empty());
    // Another amount, or a login, is not what was agreed to.
    for command in [
        payment(std::slice::from_ref(&key), "Pay 9 EUR"),
        sign(std::slice::from_ref(&key)),
    ] {
        let token = device.verify(for_payment()).unwrap();
        let refused = device.sign(SignCommand {
            user_verify_token: Some(token),
            ..command
        });
        assert_eq!(refused.unwrap_err(), CommandStatusCode::AccessDenied);
    }
    assert_eq!(device.counter(&key), Some(1));
}

#[test]
fn choosing_an_account_does_not_spend_the_token() {
    let mut device = Device::new();
    let keys = [device.key_of("alice"), device.key_of("bob")];
    let token = device.verify(for_challenge(2)).unwrap();
    device.rehearsal.take_diary();
    let with = |keys: &[KeyId]| SignCommand {
        user_verify_token: Some(token.clone()),
        ..sign(keys)
    };
    assert!(matches!(device.sign(with(&keys)), Ok(SignOutput::Accounts(_))));
    let data = device.assertion(with(&keys[1..])).unwrap().signed_data;
    assert_eq!(data.key_id, keys[1]);
    assert!(device.rehearsal.take_diary().is_empty(), "no second look");
    let spent = device.sign(with(&keys[..1])).unwrap_err();
    assert_eq!(spent, CommandStatusCode::AccessDenied);
    // Nor does it make the token live longer.
    let token = device.verify(for_challenge(2)).unwrap();
    let with = |keys: &[KeyId]| SignCommand {
        user_verify_token: Some(token.clone()),
        ..sign(keys)
    };
    device.rehearsal.clock.advance(TOKEN_LIFETIME_MS - 1);
    assert!(matches!(device.sign(with(&keys)), Ok(SignOutput::Accounts(_))));
    device.rehearsal.clock.advance(1);
    let expired = device.sign(with(&keys[1..])).unwrap_err();
    assert_eq!(expired, CommandStatusCode::AccessDenied);
}

#[test]
fn a_token_needs_the_face_and_the_user_s_consent() {
    let mut device = Device::new();
    for visitor in [Visitor::Stranger, Visitor::Nobody] {
        device.rehearsal.before_the_camera(visitor);
        assert!(device.verify(for_challenge(2)).is_err(), "{visitor:?}");
    }
    device.rehearsal.before_the_camera(Visitor::Owner);
    device.screen.answer = Confirmation::Cancelled;
    let refused = device.verify(for_payment());
    assert!(matches!(refused, Err(AuthenticatorError::Cancelled)));
    device.screen.answer = Confirmation::Confirmed;
    device.verify(for_payment()).unwrap();
}

#[test]
fn a_failed_verification_makes_an_earlier_token_worthless() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let refused = device.sign_after(&key, |device, _| {
        device.rehearsal.before_the_camera(Visitor::Stranger);
        device.verify(for_challenge(2)).unwrap_err();
    });
    assert_eq!(refused.unwrap_err(), CommandStatusCode::AccessDenied);
    // Also where the face was asked for by a command itself, whether it was the owner's or not.
    for visitor in [Visitor::Stranger, Visitor::Owner] {
        let refused = device.sign_after(&key, |device, _| {
            device.rehearsal.before_the_camera(visitor);
            let signed = device.sign(sign(std::slice::from_ref(&key)));
            assert_eq!(signed.is_ok(), matches!(visitor, Visitor::Owner));
        });
        assert_eq!(refused.unwrap_err(), CommandStatusCode::AccessDenied);
    }
    device.sign_after(&key, |_, _| ()).unwrap();
}

#[test]
fn a_token_does_not_outlive_the_enrolment_that_it_was_given_by() {
    let mut device = Device::new();
    let with = |token| RegisterCommand {
        user_verify_token: Some(token),
        ..register()
    };
    let token = device.verify(to_register()).unwrap();
    device.authenticator.erase().unwrap();
    let refused = device.register(with(token)).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    device.authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    // Nor where the face was taken away by another hand, and another one enrolled.
    let token = device.verify(to_register()).unwrap();
    std::fs::remove_file(device.rehearsal.home().join("template.sealed")).unwrap();
    device.authenticator.enrol(&mut NoCamera, &mut |_| ()).unwrap();
    let refused = device.register(with(token)).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    let token = device.verify(to_register()).unwrap();
    device.register(with(token)).unwrap();
}

#[test]
fn a_token_for_one_command_is_none_for_the_other() {
    let mut device = Device::new();
    let key = device.key_of("alice");
    let with = |command: VerifiedCommand, device: &mut Device| {
        let request = VerificationRequest {
            command,
            ..for_challenge(2)
        };
        Some(device.verify(request).unwrap())
    };
    let registering = |token| RegisterCommand {
        final_challenge_hash: challenge_hash(2),
        user_verify_token: token,
        ..register()
    };
    let signing = |token| SignCommand {
        user_verify_token: token,
        ..sign(std::slice::from_ref(&key))
    };
    let token = with(VerifiedCommand::Sign, &mut device);
    let refused = device.register(registering(token.clone())).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    assert_eq!(device.authenticator.status().unwrap().keys, 1);
    let spent = device.sign(signing(token)).unwrap_err();
    assert_eq!(
        spent,
        CommandStatusCode::AccessDenied,
        "shown for the other, it is spent"
    );
    let token = with(VerifiedCommand::Register, &mut device);
    let refused = device.sign(signing(token)).unwrap_err();
    assert_eq!(refused, CommandStatusCode::AccessDenied);
    assert_eq!(device.counter(&key), Some(0));
    let token = with(VerifiedCommand::Register, &mut device);
    device.register(registering(token)).unwrap();
    let token = with(VerifiedCommand::Sign, &mut device);
    device.sign(signing(token)).unwrap();
}
