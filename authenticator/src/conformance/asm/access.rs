//! Whose keys a request reaches, and who has to be there (ASM §3.6.3, §3.7.4, §6.1).

use serde_json::json;
use smile_protocol::uaf::asm::AsmStatusCode;
use smile_protocol::uaf::identity::KeyId;

use super::super::{APP, Device, because, row};
use super::{Request, Rows, Sound, authenticating, authenticating_as, paying, registering};
use crate::asm::CallerId;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

pub(super) fn rows(rows: &mut Rows) {
    access(rows);
    faces(rows);
    transactions_and_keys(rows);
}

const DENIED: &str = "this caller has no access to the key";

/// Whose keys a request reaches.
fn access(rows: &mut Rows) {
    callers(rows);
    let mut add = |name: &str, reason: &str, flaw: fn(&mut Device, &mut Request)| {
        let refused = because(AsmStatusCode::AccessDenied, reason);
        rows.push(row(name, "ASM §3.7.4, §6.1", authenticating, flaw, refused));
    };
    add("authenticate: another persona", DENIED, |device, _| {
        device.authenticator.persona = "guest".to_owned()
    });
    add("authenticate: another AppID", DENIED, |_, request| {
        request.tree["args"]["appID"] = json!("https://other.example/uaf/facets");
    });
    add("authenticate: an AppID in another case", DENIED, |_, request| {
        request.tree["args"]["appID"] = json!(APP.to_uppercase());
    });
    add("authenticate: another key", DENIED, |_, request| {
        request.tree["args"]["keyIDs"] = json!([KeyId::new(vec![9; 32]).unwrap().to_string()]);
    });
    add("authenticate: another caller's key", DENIED, |device, request| {
        let theirs = device.key_of(&CallerId::new("other client"));
        request.tree["args"]["keyIDs"] = json!([theirs.to_string()]);
    });
    add("authenticate: the row erased", DENIED, |device, _| {
        std::fs::remove_file(device.file("registrations")).unwrap();
    });
    add(
        "authenticate: nobody enrolled",
        "no face is enrolled",
        |device, _| std::fs::remove_file(device.file("template")).unwrap(),
    );
}

/// Which client asks: a name that the platform says is never one of this crate's own callers, however it reads.
fn callers(rows: &mut Rows) {
    let mut add = |what: &str, sound: Sound, caller: &'static str| {
        let flaw = move |_: &mut Device, request: &mut Request| request.caller = CallerId::new(caller);
        let refused = because(AsmStatusCode::AccessDenied, DENIED);
        let name = format!("authenticate: {what}");
        rows.push(row(name, "ASM §3.7.4, §6.1", sound, flaw, refused));
    };
    add("another caller", authenticating, "other client");
    add("a caller without a name", authenticating, "");
    add("a part of the caller's name", authenticating, "clien");
    add(
        "a caller named like this crate's client",
        |device| authenticating_as(device, CallerId::own_client()),
        "smile-authenticator/client",
    );
    add(
        "a caller named like this crate's commands",
        |device| authenticating_as(device, CallerId::of_commands()),
        "smile-authenticator/commands",
    );
}

/// Who has to be there.
fn faces(rows: &mut Rows) {
    use AsmStatusCode as Status;
    rows.push(row(
        "register: nobody enrolled",
        "ASM §3.6.3",
        registering,
        |device, _| std::fs::remove_file(device.file("template")).unwrap(),
        because(Status::UserNotEnrolled, "no face is enrolled"),
    ));
    let seen: [(&str, Sound); 2] = [("register", registering), ("authenticate", authenticating)];
    for (name, sound) in seen {
        for (visitor, status, reason) in [
            (
                Visitor::Stranger,
                Status::AccessDenied,
                "could not confirm that it is you",
            ),
            (
                Visitor::Nobody,
                Status::UserNotResponsive,
                "no usable picture of a face: face: 0 of 3 usable frames; refused: none refused",
            ),
            (Visitor::BrokenCamera, Status::Error, "face: camera: unplugged"),
        ] {
            let flaw =
                move |device: &mut Device, _: &mut Request| device.rehearsal.before_the_camera(visitor);
            let section = "ASM §3.6.3, §3.7.4";
            rows.push(
                row(
                    format!("{name}: {visitor:?} at the ASM"),
                    section,
                    sound,
                    flaw,
                    because(status, reason),
                )
                .after_the_face(),
            );
        }
    }
}

/// What the user has to read, and keys that are gone.
fn transactions_and_keys(rows: &mut Rows) {
    use AsmStatusCode as Status;
    for (what, answer, status, reason) in [
        (
            "declined",
            Confirmation::Cancelled,
            Status::UserCancelled,
            "the user cancelled",
        ),
        (
            "not answered",
            Confirmation::TimedOut,
            Status::UserNotResponsive,
            "the user did not answer in time",
        ),
        (
            "not shown",
            Confirmation::CannotDisplay,
            Status::CannotRenderTransactionContent,
            "transaction content: the display could not show it",
        ),
    ] {
        let flaw = move |device: &mut Device, _: &mut Request| device.screen.answer = answer;
        rows.push(
            row(
                format!("authenticate: a transaction {what}"),
                "ASM §3.7.4",
                paying,
                flaw,
                because(status, reason),
            )
            .after_the_face(),
        );
    }
    let gone = |device: &mut Device, request: &mut Request, which: usize| {
        let files = Device::key_files(request.key.as_ref().unwrap());
        std::fs::remove_file(device.file(&files[which])).unwrap();
    };
    for (which, what) in [(0, "the key erased"), (1, "the counter erased")] {
        let flaw = move |device: &mut Device, request: &mut Request| gone(device, request, which);
        let refused = because(
            Status::KeyDisappearedPermanently,
            "the key is gone for good; register again",
        );
        rows.push(
            row(
                format!("authenticate: {what}"),
                "ASM §3.7.4",
                authenticating,
                flaw,
                refused,
            )
            .after_the_face(),
        );
    }
}
