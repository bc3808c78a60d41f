//! User verification tokens (Commands §5.3): what is verified in one command and used in the next.

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::command::CommandStatusCode;
use smile_protocol::uaf::identity::AppId;

use super::super::{APP, Device, check, row};
use super::{Rows, Wire, hash, paying, registering, send, signing};
use crate::rehearsal::{NoCamera, challenge_hash};
use crate::user_verification::{TOKEN_LIFETIME_MS, VerificationRequest, VerifiedCommand};

fn verified(device: &mut Device, command: VerifiedCommand, challenge: u8, text: Option<&str>) -> Vec<u8> {
    let request = VerificationRequest {
        command,
        final_challenge_hash: challenge_hash(challenge),
        app_id: AppId::new(APP).unwrap(),
        transaction_content: text.map(|text| text.as_bytes().to_vec()),
    };
    let token = device
        .authenticator
        .user_verify(request, &mut NoCamera, &mut device.screen)
        .unwrap();
    token.as_bytes().to_vec()
}

/// Behind the access token, where the tables have it.
fn with_token(mut wire: Wire, token: Vec<u8>) -> Wire {
    let place = wire.place(tags::KEYHANDLE_ACCESS_TOKEN) + 1;
    wire.elements.insert(place, (tags::USERVERIFY_TOKEN, token));
    wire
}

fn login(device: &mut Device) -> Wire {
    let wire = signing(device);
    let token = verified(device, VerifiedCommand::Sign, 2, None);
    with_token(wire, token)
}

fn payment(device: &mut Device) -> Wire {
    let wire = paying(device);
    let token = verified(device, VerifiedCommand::Sign, 2, Some("Pay 1 EUR"));
    with_token(wire, token)
}

fn registration(device: &mut Device) -> Wire {
    let wire = registering(device);
    let token = verified(device, VerifiedCommand::Register, 1, None);
    with_token(wire, token)
}

type Sound = fn(&mut Device) -> Wire;

pub(in super::super) fn rows() -> Rows {
    let mut rows = Rows::new();
    spent_or_unfit(&mut rows);
    crossed(&mut rows);
    rows
}

fn spent_or_unfit(rows: &mut Rows) {
    let commands: [(&str, Sound); 3] = [
        ("login", login),
        ("payment", payment),
        ("registration", registration),
    ];
    for (name, sound) in commands {
        let mut add = |what: &str, flaw: fn(&mut Device, &mut Wire)| {
            let section = "Commands §5.3, §6.2.4, §6.3.4";
            let name = format!("token of a {name}: {what}");
            rows.push(row(name, section, sound, flaw, CommandStatusCode::AccessDenied));
        };
        add("for another challenge", |_, wire| {
            wire.set(tags::FINAL_CHALLENGE_HASH, hash(7))
        });
        add("for another AppID", |_, wire| {
            wire.set(tags::APPID, "https://other.example")
        });
        add("used", |device, wire| send(device, wire).unwrap());
        add("shown for something else before", |device, wire| {
            let mut other = wire.clone();
            other.set(tags::FINAL_CHALLENGE_HASH, hash(7));
            send(device, &other).unwrap_err();
        });
        add("never given", |_, wire| wire.set(tags::USERVERIFY_TOKEN, [7; 32]));
        add("a part of it", |_, wire| {
            let place = wire.place(tags::USERVERIFY_TOKEN);
            wire.elements[place].1.truncate(31);
        });
        add("replaced by a later one", |device, _| {
            verified(device, VerifiedCommand::Sign, 2, None);
        });
        add("expired", |device, _| {
            device.rehearsal.clock.advance(TOKEN_LIFETIME_MS)
        });
        add("expired asleep", |device, _| {
            device.rehearsal.clock.sleep(TOKEN_LIFETIME_MS)
        });
        add("the face erased since", |device, _| {
            device.authenticator.erase().unwrap()
        });
        let form = [("empty", 0), ("too long", 257)];
        for (what, length) in form {
            let name = format!("token of a {name}: {what}");
            let flaw =
                move |_: &mut Device, wire: &mut Wire| wire.set(tags::USERVERIFY_TOKEN, vec![7; length]);
            let invalid = CommandStatusCode::ParamsInvalid;
            rows.push(row(name, "Commands §6.2.1, §6.3.1", sound, flaw, invalid));
        }
    }
}

/// A token for one thing, shown for another.
fn crossed(rows: &mut Rows) {
    let mut add = |what: &str, sound: Sound, flaw: fn(&mut Device, &mut Wire)| {
        rows.push(row(
            what,
            "Commands §5.3",
            sound,
            flaw,
            CommandStatusCode::AccessDenied,
        ));
    };
    add("token of a registration: for a login", login, |device, wire| {
        let token = verified(device, VerifiedCommand::Register, 2, None);
        wire.set(tags::USERVERIFY_TOKEN, token);
    });
    add(
        "token of a login: for a registration",
        registration,
        |device, wire| {
            let token = verified(device, VerifiedCommand::Sign, 1, None);
            wire.set(tags::USERVERIFY_TOKEN, token);
        },
    );
    add("token of a login: for a payment", payment, |device, wire| {
        let token = verified(device, VerifiedCommand::Sign, 2, None);
        wire.set(tags::USERVERIFY_TOKEN, token);
    });
    add("token of a payment: for a login", login, |device, wire| {
        let token = verified(device, VerifiedCommand::Sign, 2, Some("Pay 1 EUR"));
        wire.set(tags::USERVERIFY_TOKEN, token);
    });
    add("token of a payment: for another amount", payment, |_, wire| {
        wire.set(tags::TRANSACTION_CONTENT, "Pay 9 EUR");
    });
}

#[test]
fn every_token_that_does_not_fit_is_refused_and_its_twin_is_good_once() {
    check(&rows(), send);
}
