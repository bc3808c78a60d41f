//! Whose keys a request reaches, and who has to be there (ASM §3.6.3, §3.7.4, §6.1).

use serde_json::json;
use smile_protocol::uaf::asm::AsmStatusCode;
use smile_protocol::uaf::identity::KeyId;

use super::super::{APP, Device, row};
use super::{Request, Rows, Sound, authenticating, paying, registering};
use crate::asm::CallerId;
use crate::rehearsal::Visitor;
use crate::transaction::Confirmation;

pub(super) fn rows(rows: &mut Rows) {
    access(rows);
    faces(rows);
    transactions_and_keys(rows);
}

/// Whose keys a request reaches.
fn access(rows: &mut Rows) {
    use AsmStatusCode as Status;
    let denied = Status::AccessDenied;
    let mut add = |name: &str, flaw: fn(&mut Device, &mut Request)| {
        rows.push(row(name, "ASM §3.7.4, §6.1", authenticating, flaw, denied));
    };
    add("authenticate: another caller", |_, request| {
        request.caller = CallerId::new("other client")
    });
    add(
        "authenticate: a caller named like this crate's client",
        |_, request| {
            request.caller = CallerId::new("smile-authenticator/client");
        },
    );
    add(
        "authenticate: a caller named like this crate's commands",
        |_, request| {
            request.caller = CallerId::new("smile-authenticator/commands");
        },
    );
    add("authenticate: a caller without a name", |_, request| {
        request.caller = CallerId::new("")
    });
    add("authenticate: a part of the caller's name", |_, request| {
        request.caller = CallerId::new("clien")
    });
    add("authenticate: another persona", |device, _| {
        device.authenticator.persona = "guest".to_owned()
    });
    add(
        "authenticate: persona and caller divided elsewhere",
        |device, request| {
            device.authenticator.persona = "ownerc".to_owned();
            request.caller = CallerId::new("lient");
        },
    );
    add("authenticate: another AppID", |_, request| {
        request.tree["args"]["appID"] = json!("https://other.example/uaf/facets");
    });
    add("authenticate: an AppID in another case", |_, request| {
        request.tree["args"]["appID"] = json!(APP.to_uppercase());
    });
    add("authenticate: another key", |_, request| {
        request.tree["args"]["keyIDs"] = json!([KeyId::new(vec![9; 32]).unwrap().to_string()]);
    });
    add("authenticate: another caller's key", |device, request| {
        let theirs = device.key_of(&CallerId::new("other client"));
        request.tree["args"]["keyIDs"] = json!([theirs.to_string()]);
    });
    add("authenticate: the row erased", |device, _| {
        std::fs::remove_file(device.file("registrations")).unwrap();
    });
    add("authenticate: nobody enrolled", |device, _| {
        std::fs::remove_file(device.file("template")).unwrap()
    });
}

/// Who has to be there.
fn faces(rows: &mut Rows) {
    use AsmStatusCode as Status;
    let denied = Status::AccessDenied;
    rows.push(row(
        "register: nobody enrolled",
        "ASM §3.6.3",
        registering,
        |device, _| std::fs::remove_file(device.file("template")).unwrap(),
        Status::UserNotEnrolled,
    ));
    let seen: [(&str, Sound); 2] = [("register", registering), ("authenticate", authenticating)];
    for (name, sound) in seen {
        for (visitor, status) in [
            (Visitor::Stranger, denied),
            (Visitor::Nobody, Status::UserNotResponsive),
            (Visitor::BrokenCamera, Status::Error),
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
                    status,
                )
                .after_the_face(),
            );
        }
    }
}

/// What the user has to read, and keys that are gone.
fn transactions_and_keys(rows: &mut Rows) {
    use AsmStatusCode as Status;
    for (what, answer, status) in [
        ("declined", Confirmation::Cancelled, Status::UserCancelled),
        ("not answered", Confirmation::TimedOut, Status::UserNotResponsive),
        (
            "not shown",
            Confirmation::CannotDisplay,
            Status::CannotRenderTransactionContent,
        ),
    ] {
        let flaw = move |device: &mut Device, _: &mut Request| device.screen.answer = answer;
        rows.push(
            row(
                format!("authenticate: a transaction {what}"),
                "ASM §3.7.4",
                paying,
                flaw,
                status,
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
        let status = Status::KeyDisappearedPermanently;
        rows.push(
            row(
                format!("authenticate: {what}"),
                "ASM §3.7.4",
                authenticating,
                flaw,
                status,
            )
            .after_the_face(),
        );
    }
}
