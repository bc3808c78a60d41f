//! Whose keys and whose face, and which counter (Commands §6.3.4, §8).

use smile_protocol::uaf::assertion::tags;
use smile_protocol::uaf::command::CommandStatusCode;

use super::super::{Device, row};
use super::{Rows, Wire, deregistering, key, paying, registering, signing};
use crate::rehearsal::Visitor;

pub(super) fn rows(rows: &mut Rows) {
    access(rows);
    keys_gone(rows);
    counters(rows);
    faces(rows);
}

/// Whose keys.
fn access(rows: &mut Rows) {
    use CommandStatusCode as Status;
    let denied = Status::AccessDenied;
    for (name, sound) in [
        ("sign", signing as fn(&mut Device) -> Wire),
        ("deregister", deregistering),
    ] {
        let mut add = |what: &str, flaw: fn(&mut Device, &mut Wire)| {
            let refused = row(format!("{name}: {what}"), "Commands §8", sound, flaw, denied);
            rows.push(if name == "sign" {
                refused.after_the_face()
            } else {
                refused
            });
        };
        add("another access token", |_, wire| {
            wire.set(tags::KEYHANDLE_ACCESS_TOKEN, [4; 32])
        });
        add("a part of the access token", |_, wire| {
            wire.set(tags::KEYHANDLE_ACCESS_TOKEN, [3; 31])
        });
        add("another AppID", |_, wire| {
            wire.set(tags::APPID, "https://other.example")
        });
        add("another persona", |device, _| {
            device.authenticator.persona = "guest".to_owned()
        });
    }
    rows.push(row(
        "deregister: another key",
        "Commands §6.4.4",
        deregistering,
        |_, wire| wire.set(tags::KEYID, [9; 32]),
        denied,
    ));
    rows.push(row(
        "deregister: key missing",
        "Commands §6.4.1",
        deregistering,
        |_, wire| drop(wire.elements.remove(2)),
        Status::ParamsInvalid,
    ));
    rows.push(row(
        "deregister: key too long",
        "Commands §6.4.1",
        deregistering,
        |_, wire| wire.set(tags::KEYID, vec![9; 2049]),
        Status::ParamsInvalid,
    ));
}

/// Keys that Sign does not find, or finds no more.
fn keys_gone(rows: &mut Rows) {
    let gone = CommandStatusCode::KeyDisappearedPermanently;
    let mut signing_gone = |what: &str, flaw: fn(&mut Device, &mut Wire)| {
        rows.push(row(format!("sign: {what}"), "Commands §6.3.4", signing, flaw, gone).after_the_face());
    };
    signing_gone("another key handle", |_, wire| wire.set(tags::KEYHANDLE, [9; 32]));
    signing_gone("a part of the key handle", |_, wire| {
        let part = wire.key.as_ref().unwrap().as_bytes()[..31].to_vec();
        wire.set(tags::KEYHANDLE, part);
    });
    signing_gone("no key handle", |_, wire| drop(wire.elements.pop()));
    signing_gone("a damaged key", |device, wire| {
        std::fs::write(device.file(&wire.files()[0]), b"x").unwrap()
    });
    signing_gone("a key erased", |device, wire| {
        std::fs::remove_file(device.file(&wire.files()[0])).unwrap()
    });
    signing_gone("another key under its name", |device, wire| {
        let (stolen, other) = (device.file(&wire.files()[0]), key(device));
        std::fs::copy(device.file(&Device::key_files(&other)[0]), stolen).unwrap();
    });
    signing_gone("a counter erased", |device, wire| {
        std::fs::remove_file(device.file(&wire.files()[1])).unwrap()
    });
    signing_gone("a damaged counter", |device, wire| {
        std::fs::write(device.file(&wire.files()[1]), b"x").unwrap()
    });
    signing_gone("a key of an earlier enrolment", |device, _| {
        std::fs::remove_file(device.file("template")).unwrap();
        crate::enrolment::store(&device.authenticator.vault, &crate::rehearsal::template()).unwrap();
    });
}

fn counters(rows: &mut Rows) {
    use CommandStatusCode as Status;
    rows.push(
        row(
            "sign: a counter at its end",
            "Commands §6.3.4",
            signing,
            |device, wire| {
                device
                    .authenticator
                    .vault
                    .write(&wire.files()[1], &u32::MAX.to_le_bytes())
                    .unwrap();
            },
            Status::InsufficientResources,
        )
        .after_the_face(),
    );
    rows.push(
        row(
            "register: the counter of registrations at its end",
            "Commands §6.2.4",
            registering,
            |device, _| {
                device
                    .authenticator
                    .vault
                    .write("registration-counter", &u32::MAX.to_le_bytes())
                    .unwrap();
            },
            Status::InsufficientResources,
        )
        .after_the_face(),
    );
}

fn faces(rows: &mut Rows) {
    use CommandStatusCode as Status;
    for (name, sound) in [
        ("register", registering as fn(&mut Device) -> Wire),
        ("sign", signing),
        ("pay", paying),
    ] {
        for (visitor, status) in [
            (Visitor::Stranger, Status::AccessDenied),
            (Visitor::StrangerWithAnotherTemplate, Status::AccessDenied),
            (Visitor::Nobody, Status::UserNotResponsive),
            (Visitor::BrokenCamera, Status::ErrUnknown),
            (Visitor::OwnerBeforeANewModel, Status::UserNotEnrolled),
        ] {
            rows.push(
                row(
                    format!("{name}: {visitor:?}"),
                    "Commands §6.2.4, §6.3.4",
                    sound,
                    move |device, _| device.rehearsal.before_the_camera(visitor),
                    status,
                )
                .after_the_face(),
            );
        }
        rows.push(row(
            format!("{name}: nobody enrolled"),
            "Commands §6.2.4, §6.3.4",
            sound,
            |device, _| std::fs::remove_file(device.file("template")).unwrap(),
            Status::UserNotEnrolled,
        ));
    }
}
