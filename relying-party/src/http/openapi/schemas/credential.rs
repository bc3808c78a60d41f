//! Registered keys.

use super::names::{aaid, id, label, user, warnings};
use crate::http::openapi::shape::{
    Members, Shape, boolean, count, extended, integer, list, moment, one_of, or_null, text, text_or_null,
};
use smile_ceremony::limits::CREDENTIAL_NAME_CHARS_MAX;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema};

/// A registered key.
pub const CREDENTIAL: Shape = Shape {
    name: "Credential",
    schema: credential,
};

/// The keys of a person.
pub const CREDENTIALS: Shape = Shape {
    name: "Credentials",
    schema: || {
        Members::open("The keys of a person.")
            .must("data", list("All of them.", CREDENTIAL.reference()))
            .must("active", count("How many of them are active."))
            .into()
    },
};

/// How a key is called.
pub const NAME_CREDENTIAL: Shape = Shape {
    name: "NameCredential",
    schema: || {
        Members::closed("How a key is called.")
            .must("name", name())
            .into()
    },
};

/// A key that was changed.
pub const CHANGED_CREDENTIAL: Shape = Shape {
    name: "ChangedCredential",
    schema: || {
        let own = Members::open("A key that was changed.");
        extended(&CREDENTIAL, with_what_is_left(own))
    },
};

/// What is left of a key that was deregistered.
pub const DEREGISTERED: Shape = Shape {
    name: "Deregistered",
    schema: || {
        let gone = Members::open("A key whose record is gone.")
            .must("id", id("Its name.", "cred"))
            .must("status", one_of("What it is now.", ["deregistered"]))
            .must("uaf_request", dereg_message());
        with_what_is_left(gone).into()
    },
};

/// Which keys of a person are to go.
pub const DEREGISTER_USER: Shape = Shape {
    name: "DeregisterUser",
    schema: deregister_user,
};

/// The keys of a person that are gone.
pub const DEREGISTERED_USER: Shape = Shape {
    name: "DeregisteredUser",
    schema: || {
        let gone = Members::open("Keys whose records are gone.")
            .must("user", user())
            .must("status", one_of("What they are now.", ["deregistered"]))
            .must("credentials", list("Their names.", id("A key.", "cred")))
            .must("uaf_request", dereg_message());
        with_what_is_left(gone).into()
    },
};

fn with_what_is_left(members: Members) -> Members {
    members
        .must("active", count("How many active keys the person has left."))
        .must("warnings", warnings())
}

fn name() -> ObjectBuilder {
    label("What the person calls the device.", CREDENTIAL_NAME_CHARS_MAX).examples(["blue phone"])
}

fn dereg_message() -> ObjectBuilder {
    let says = "The UAF message that erases the authenticator's half: give it to the app. `null` where nothing was to be said, and where the keys' names do not fit.";
    text_or_null(text(says))
}

/// Each without the other; `null` counts as left out.
fn deregister_user() -> RefOr<Schema> {
    let null = || ObjectBuilder::new().schema_type(Type::Null);
    let all = boolean("Every key.").enum_values(Some([true]));
    OneOfBuilder::new()
        .description(Some("Either the keys of one model of authenticator, or all."))
        .item(
            Members::closed("The keys of this model.")
                .must("aaid", aaid())
                .may("all", null()),
        )
        .item(Members::closed("Every key.").must("all", all).may("aaid", null()))
        .into()
}

fn credential() -> RefOr<Schema> {
    let counter = "The highest signature counter so far; 0 where the authenticator does not count.";
    let consent = "The consent that it was registered under; `null` where it is older than consents.";
    let changed = "When it was last suspended, reinstated or revoked.";
    let changed = or_null(moment(changed), Type::Integer);
    let last_used = or_null(moment("When it last signed."), Type::Integer);
    Members::open("A registered key.")
        .must("id", id("Its name.", "cred"))
        .must("user", user())
        .must(
            "scheme",
            one_of("The scheme that it signs in.", ["UAFV1TLV", "WAV1CBOR"]),
        )
        .must("aaid", aaid())
        .must("key_id", text("Its name inside of that model, in base64url."))
        .must(
            "status",
            one_of("Whether it may be used.", ["active", "suspended", "revoked"]),
        )
        .must("name", text_or_null(name()))
        .must("status_changed_at", changed)
        .must("consent", text_or_null(id(consent, "co")))
        .must("sign_counter", integer(counter, 0..=u64::from(u32::MAX)))
        .must("attestation", attestation())
        .must("registered_at", moment("When it was registered."))
        .must("last_used_at", last_used)
        .into()
}

fn attestation() -> RefOr<Schema> {
    let anchor =
        "SHA-256 of the listed root that the path ends at, in base64url; `null` where there is none.";
    let kinds = ["basic_full", "attca", "basic_surrogate"];
    Members::open("How it was attested.")
        .must("type", one_of("By what.", kinds))
        .must("trust_anchor_sha256", text_or_null(text(anchor)))
        .into()
}
