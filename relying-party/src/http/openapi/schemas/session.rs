//! Enrolment and authentication sessions.

use super::names::{id, secret, user};
use crate::http::openapi::shape::{Members, Shape, list, moment, one_of};
use utoipa::openapi::{RefOr, Schema};

/// What a new session asks for.
pub const NEW_SESSION: Shape = Shape {
    name: "NewSession",
    schema: || {
        Members::closed("The person that the session is for.")
            .must("user", user())
            .into()
    },
};

/// A session.
pub const SESSION: Shape = Shape {
    name: "Session",
    schema: || session().into(),
};

/// A session in the answer to its creation.
pub const CREATED_SESSION: Shape = Shape {
    name: "CreatedSession",
    schema: created,
};

fn created() -> RefOr<Schema> {
    let says = "What the app shows in `context` of its UAF messages. Shown this once.";
    session().must("token", secret(says, "(es|as)")).into()
}

fn session() -> Members {
    let credentials = list(
        "The keys that were registered or that signed.",
        id("A key.", "cred"),
    );
    Members::open("A permission for one ceremony of one person.")
        .must("id", id("Its name.", "(es|as)"))
        .must("user", user())
        .must("status", one_of("Whether it was used; `canceled` where it ended before, with a lost device or a withdrawn consent.", ["open", "completed", "canceled"]))
        .must("expires_at", moment("Until when its token may be used."))
        .may("credentials", credentials)
        .may("completed_at", moment("When it was used."))
        .may("canceled_at", moment("When it was canceled."))
}
