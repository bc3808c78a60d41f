//! User verification tokens (Commands §5.3): what is verified in one command and used in the next.

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::command::CommandStatusCode;
use smile_protocol::uaf::identity::AppId;

use super::super::{APP, Device, Refusal, because, check, row};
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

const UNKNOWN: &str = "it was not given here, or it was used";

fn denied(rule: &str) -> Refusal<CommandStatusCode> {
    because(
        CommandStatusCode::AccessDenied,
        format!("user verification token: {rule}"),
    )
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
        let mut add = |what: &str, rule: &str, flaw: fn(&mut Device, &mut Wire)| {
            let section = "Commands §5.3, §6.2.4, §6.3.4";
            let name = format!("token of a {name}: {what}");
            rows.push(row(name, section, sound, flaw, denied(rule)));
        };
        add(
            "for another challenge",
            "it was given for another final challenge",
            |_, wire| wire.set(tags::FINAL_CHALLENGE_HASH, hash(7)),
        );
        add(
            "for another AppID",
            "it was given for another AppID",
            |_, wire| wire.set(tags::APPID, "https://other.example"),
        );
        add("used", UNKNOWN, |device, wire| send(device, wire).unwrap());
        add("shown for something else before", UNKNOWN, |device, wire| {
            let mut other = wire.clone();
            other.set(tags::FINAL_CHALLENGE_HASH, hash(7));
            send(device, &other).unwrap_err();
        });
        add("never given", UNKNOWN, |_, wire| {
            wire.set(tags::USERVERIFY_TOKEN, [7; 32])
        });
        add("a part of it", UNKNOWN, |_, wire| {
            let place = wire.place(tags::USERVERIFY_TOKEN);
            wire.elements[place].1.truncate(31);
        });
        add("replaced by a later one", UNKNOWN, |device, _| {
            verified(device, VerifiedCommand::Sign, 2, None);
        });
        add("expired", "it has expired", |device, _| {
            device.rehearsal.clock.advance(TOKEN_LIFETIME_MS)
        });
        add("expired asleep", "it has expired", |device, _| {
            device.rehearsal.clock.sleep(TOKEN_LIFETIME_MS)
        });
        add("the face erased since", UNKNOWN, |device, _| {
            device.authenticator.erase().unwrap()
        });
        let form = [("empty", 0), ("too long", 257)];
        for (what, length) in form {
            let name = format!("token of a {name}: {what}");
            let flaw =
                move |_: &mut Device, wire: &mut Wire| wire.set(tags::USERVERIFY_TOKEN, vec![7; length]);
            let reason = format!("tag 0x2803: value has {length} bytes, allowed is 1 to 256");
            let invalid = because(CommandStatusCode::ParamsInvalid, reason);
            rows.push(row(name, "Commands §6.2.1, §6.3.1", sound, flaw, invalid));
        }
    }
}

/// A token for one thing, shown for another.
fn crossed(rows: &mut Rows) {
    const COMMAND: &str = "it was given for another command";
    const TRANSACTION: &str = "it was given for another transaction";
    let mut add = |what: &str, rule: &str, sound: Sound, flaw: fn(&mut Device, &mut Wire)| {
        rows.push(row(what, "Commands §5.3", sound, flaw, denied(rule)));
    };
    add(
        "token of a registration: for a login",
        COMMAND,
        login,
        |device, wire| {
            let token = verified(device, VerifiedCommand::Register, 2, None);
            wire.set(tags::USERVERIFY_TOKEN, token);
        },
    );
    add(
        "token of a login: for a registration",
        COMMAND,
        registration,
        |device, wire| {
            let token = verified(device, VerifiedCommand::Sign, 1, None);
            wire.set(tags::USERVERIFY_TOKEN, token);
        },
    );
    add(
        "token of a login: for a payment",
        TRANSACTION,
        payment,
        |device, wire| {
            let token = verified(device, VerifiedCommand::Sign, 2, None);
            wire.set(tags::USERVERIFY_TOKEN, token);
        },
    );
    add(
        "token of a payment: for a login",
        TRANSACTION,
        login,
        |device, wire| {
            let token = verified(device, VerifiedCommand::Sign, 2, Some("Pay 1 EUR"));
            wire.set(tags::USERVERIFY_TOKEN, token);
        },
    );
    add(
        "token of a payment: for another amount",
        TRANSACTION,
        payment,
        |_, wire| {
            wire.set(tags::TRANSACTION_CONTENT, "Pay 9 EUR");
        },
    );
}

#[test]
fn every_token_that_does_not_fit_is_refused_and_its_twin_is_good_once() {
    check(&rows(), send);
}
