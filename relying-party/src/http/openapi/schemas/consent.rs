//! What people agreed to.

use super::names::{id, label, user, warnings};
use crate::http::openapi::shape::{
    Members, Shape, count, extended, integer, like, line, list, moment, one_of, or_null, text, text_or_null,
};
use smile_ceremony::limits::{CONSENT_VERSION_CHARS_MAX, LANGUAGE_TAG_CHARS_MAX};
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// The last second that has milliseconds.
const SECONDS_MAX: u64 = u64::MAX / 1000;

/// What a new enrolment session asks for.
pub const NEW_ENROLMENT: Shape = Shape {
    name: "NewEnrolment",
    schema: || {
        Members::closed("The person who may register a key, and what they agreed to.")
            .must("user", user())
            .must("consent", GIVEN_CONSENT.reference())
            .into()
    },
};

/// What a person agreed to.
pub const GIVEN_CONSENT: Shape = Shape {
    name: "GivenConsent",
    schema: || {
        let agreed = "When they agreed: at most a day ago, and not more than five minutes ahead.";
        let hash = like("SHA-256 of the text, which stays with you.", "^[0-9A-Fa-f]{64}$");
        Members::closed("What a person agreed to before their face is enrolled.")
            .must("version", version())
            .must("language", language())
            .must("text_sha256", hash)
            .must("agreed_at", integer(agreed, 0..=SECONDS_MAX))
            .into()
    },
};

/// A consent.
pub const CONSENT: Shape = Shape {
    name: "Consent",
    schema: consent,
};

/// The consents of a person.
pub const CONSENTS: Shape = Shape {
    name: "Consents",
    schema: || {
        Members::open("The consents of a person.")
            .must(
                "data",
                list("All of them, withdrawn ones too.", CONSENT.reference()),
            )
            .into()
    },
};

/// A consent that was taken back.
pub const WITHDRAWN_CONSENT: Shape = Shape {
    name: "WithdrawnConsent",
    schema: || {
        let deleted = "The keys that were registered under it, whose records are gone.";
        let own = Members::open("A consent that was taken back, and what went with it.")
            .must("credentials", list(deleted, id("A key.", "cred")))
            .must("uaf_request", erasing_message())
            .must("active", count("How many active keys the person has left."))
            .must("warnings", warnings());
        extended(&CONSENT, own)
    },
};

/// The message that erases halves of keys, where there were any.
pub fn erasing_message() -> ObjectBuilder {
    let says = "The UAF message that erases the authenticators' halves: give it to the app. `null` where no key went, and where the keys' names do not fit.";
    text_or_null(text(says))
}

fn version() -> ObjectBuilder {
    label("Your name of the text.", CONSENT_VERSION_CHARS_MAX).examples(["2026-11"])
}

fn language() -> ObjectBuilder {
    let pattern = "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$";
    line("Its language (RFC 5646).", 2..=LANGUAGE_TAG_CHARS_MAX, pattern).examples(["en"])
}

fn consent() -> RefOr<Schema> {
    let withdrawn = or_null(moment("When it was taken back."), Type::Integer);
    Members::open("What a person agreed to.")
        .must("id", id("Its name.", "co"))
        .must("user", user())
        .must("purpose", one_of("What for.", ["enrolment"]))
        .must(
            "enrolment_session",
            id("The session that it came with, which may be gone.", "es"),
        )
        .must("version", version())
        .must("language", language())
        .must("text_sha256", like("SHA-256 of the text.", "^[0-9a-f]{64}$"))
        .must("agreed_at", moment("When they agreed, as you said."))
        .must("recorded_at", moment("When it was recorded."))
        .must("withdrawn_at", withdrawn)
        .must("status", one_of("Whether it stands.", ["given", "withdrawn"]))
        .into()
}
