//! What is kept of a person, and what becomes of it.

use super::consent::erasing_message;
use super::names::{id, user, warnings};
use crate::http::openapi::shape::{Members, Shape, boolean, count, list, one_of};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema};

/// How much is kept of a person.
pub const PERSON: Shape = Shape {
    name: "Person",
    schema: || {
        Members::open("How much is kept of a person.")
            .must("user", user())
            .must("credentials", count("Keys, whatever their status."))
            .must("active", count("Active ones among them."))
            .must("consents", count("Consents, withdrawn ones too."))
            .must("sessions", count("Sessions of both kinds."))
            .must("payments", count("Payments."))
            .into()
    },
};

/// What went with a device.
pub const LOSE_DEVICE: Shape = Shape {
    name: "LoseDevice",
    schema: lose_device,
};

/// What ended with it.
pub const LOST_DEVICE: Shape = Shape {
    name: "LostDevice",
    schema: lost_device,
};

/// A person who was erased.
pub const ERASED: Shape = Shape {
    name: "Erased",
    schema: || {
        let unnamed = "Payments that name nobody any more.";
        Members::open("What was erased of a person.")
            .must("user", user())
            .must("status", one_of("What they are now.", ["erased"]))
            .must("credentials", list("Keys.", id("A key.", "cred")))
            .must("consents", count("How many consents."))
            .must("sessions", count("How many sessions."))
            .must("challenges", count("How many challenges."))
            .must("payments_without_user", count(unnamed))
            .must("uaf_request", erasing_message())
            .into()
    },
};

/// Each without the other; `null` counts as left out.
fn lose_device() -> RefOr<Schema> {
    let null = || ObjectBuilder::new().schema_type(Type::Null);
    let all = boolean("Every key of the person.").enum_values(Some([true]));
    OneOfBuilder::new()
        .description(Some(
            "Either one key that was on the device, or all of the person.",
        ))
        .item(
            Members::closed("This key.")
                .must("credential", id("A key that was on the device.", "cred"))
                .may("all", null()),
        )
        .item(
            Members::closed("Every key.")
                .must("all", all)
                .may("credential", null()),
        )
        .into()
}

fn lost_device() -> RefOr<Schema> {
    let steps = [
        "create_enrolment_session",
        "review_credentials",
        "deregister_when_found",
    ];
    let step = one_of("One of them.", steps);
    Members::open("What ended with a lost device.")
        .must("user", user())
        .must(
            "revoked",
            list("Keys that are revoked now.", id("A key.", "cred")),
        )
        .must(
            "sessions_canceled",
            list("Sessions that were open.", id("A session.", "(es|as)")),
        )
        .must(
            "challenges_ended",
            count("Challenges that could still have been answered."),
        )
        .must("active", count("How many active keys the person has left."))
        .must("warnings", warnings())
        .must("next_steps", list("What to do now.", step))
        .must("uaf_request", erasing_message())
        .into()
}
