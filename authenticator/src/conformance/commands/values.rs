//! What Register and Sign refuse of values that have their form: hashes, attestations, transactions, handles.

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::command::CommandStatusCode;

use super::super::{Device, row};
use super::{Rows, Wire, asking, paying, registering, signing};
use crate::transaction::Confirmation;

pub(super) fn rows(rows: &mut Rows) {
    values(rows);
    transactions(rows);
    key_handles(rows);
}

/// What is refused of values that have their form.
fn values(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let invalid = Status::ParamsInvalid;
    rows.push(row(
        "get info: not empty",
        "Commands §6.1.2",
        asking,
        |_, wire| wire.push(tags::AUTHENTICATOR_INDEX, [0]),
        invalid,
    ));
    rows.push(row(
        "a command that does not exist",
        "Commands §4.1",
        asking,
        |_, wire| wire.tag = 0x3405,
        Status::CmdNotSupported,
    ));
    for (name, code) in [
        ("surrogate", [0x08, 0x3E]),
        ("ECDAA", [0x09, 0x3E]),
        ("unlisted", [0x77, 0x77]),
    ] {
        rows.push(row(
            format!("register: {name} attestation"),
            "Commands §6.2.4",
            registering,
            move |_, wire| wire.set(tags::ATTESTATION_TYPE, code),
            Status::AttestationNotSupported,
        ));
    }
    for (name, sound) in [
        ("register", registering as fn(&mut Device) -> Wire),
        ("sign", signing),
    ] {
        rows.push(row(
            format!("{name}: a hash of another function"),
            "Commands §6.2.4, §6.3.4",
            sound,
            |_, wire| wire.set(tags::FINAL_CHALLENGE_HASH, [1; 48]),
            invalid,
        ));
    }
}

/// What is shown, and to whom.
fn transactions(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let invalid = Status::ParamsInvalid;
    rows.push(row(
        "sign: a transaction's hash alone",
        "Commands §6.3.1",
        signing,
        |_, wire| {
            wire.elements
                .insert(3, (tags::TRANSACTION_CONTENT_HASH, vec![1; 32]))
        },
        invalid,
    ));
    rows.push(row(
        "sign: a transaction and its hash",
        "Commands §6.3.1",
        paying,
        |_, wire| {
            wire.elements
                .insert(4, (tags::TRANSACTION_CONTENT_HASH, vec![1; 32]))
        },
        invalid,
    ));
    for (name, content) in [
        ("a picture", b"\x89PNG".to_vec()),
        ("201 characters", vec![b'a'; 201]),
        ("a control character", b"a\x07".to_vec()),
    ] {
        rows.push(row(
            format!("sign: {name} to show"),
            "Commands §6.3.4",
            paying,
            move |_, wire| wire.set(tags::TRANSACTION_CONTENT, content.clone()),
            Status::CannotRenderTransactionContent,
        ));
    }
    for (name, answer, status) in [
        ("declined", Confirmation::Cancelled, Status::UserCancelled),
        ("not answered", Confirmation::TimedOut, Status::UserNotResponsive),
        (
            "not shown",
            Confirmation::CannotDisplay,
            Status::CannotRenderTransactionContent,
        ),
    ] {
        rows.push(
            row(
                format!("sign: a transaction {name}"),
                "Commands §6.3.4",
                paying,
                move |device, _| device.screen.answer = answer,
                status,
            )
            .after_the_face(),
        );
    }
    rows.push(row(
        "sign: a transaction without a display",
        "Commands §6.3.4",
        signing,
        |device, wire| {
            // The sound form is a login, which needs none.
            device.authenticator.transaction_display = false;
            wire.elements
                .insert(3, (tags::TRANSACTION_CONTENT, b"Pay 1 EUR".to_vec()));
        },
        Status::AccessDenied,
    ));
}

fn key_handles(rows: &mut Rows) {
    let invalid = CommandStatusCode::ParamsInvalid;
    rows.push(row(
        "sign: 256 key handles",
        "Commands §6.3.1",
        signing,
        |_, wire| {
            let (tag, handle) = wire.elements.pop().unwrap();
            wire.elements.extend((0..256).map(|_| (tag, handle.clone())));
        },
        invalid,
    ));
    rows.push(row(
        "sign: key handle empty",
        "Commands §6.3.1",
        signing,
        |_, wire| wire.set(tags::KEYHANDLE, []),
        invalid,
    ));
    rows.push(row(
        "sign: key handle too long",
        "Commands §6.3.1",
        signing,
        |_, wire| wire.set(tags::KEYHANDLE, vec![1; 2049]),
        invalid,
    ));
}
