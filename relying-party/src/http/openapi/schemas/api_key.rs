//! API keys.

use super::names::id;
use crate::http::openapi::shape::{
    Members, Shape, boolean, extended, integer, like, line, list, list_of, moment, one_of, or_null, text,
    text_or_null,
};
use crate::service::OVERLAP_MAX_S;
use smile_ceremony::record::{ApiKeyKind, Scope};
use utoipa::openapi::schema::{SchemaType, Type};
use utoipa::openapi::{ArrayBuilder, ObjectBuilder, OneOfBuilder, RefOr, Schema};

/// What a new key asks for.
pub const NEW_API_KEY: Shape = Shape {
    name: "NewApiKey",
    schema: new_api_key,
};

/// How a key is rolled.
pub const ROLL_API_KEY: Shape = Shape {
    name: "RollApiKey",
    schema: || {
        let says = "For how many seconds the old key works beside its successor.";
        Members::closed("How a key is rolled.")
            .must("expires_in_s", integer(says, 0..=OVERLAP_MAX_S))
            .into()
    },
};

/// A key, without its text.
pub const API_KEY: Shape = Shape {
    name: "ApiKey",
    schema: api_key,
};

/// A key in the answer to its creation.
pub const CREATED_API_KEY: Shape = Shape {
    name: "CreatedApiKey",
    schema: || {
        let own = Members::open("A key with its text.").must("key", key());
        extended(&API_KEY, own)
    },
};

/// The successor of a key.
pub const ROLLED_API_KEY: Shape = Shape {
    name: "RolledApiKey",
    schema: || {
        let own = Members::open("The successor of a key, with its text.")
            .must("key", key())
            .must("replaces", API_KEY.reference());
        extended(&API_KEY, own)
    },
};

/// A part of the list of keys.
pub const API_KEYS: Shape = Shape {
    name: "ApiKeys",
    schema: || {
        Members::open("A part of the list of keys.")
            .must("data", list("Newest first.", API_KEY.reference()))
            .must("has_more", boolean("Whether there are more behind the last one."))
            .into()
    },
};

fn key() -> ObjectBuilder {
    let says = "What a client sends. Shown this once.";
    like(says, "^(sk|rk|pk)_(test|live)_[A-Za-z0-9_-]{43}$")
}

fn name() -> ObjectBuilder {
    let says = "What you call it: no control characters.";
    line(says, 1..=64, r"^[^\x00-\x1f\x7f-\x9f]*$").examples(["reports"])
}

fn scope() -> ObjectBuilder {
    one_of("What it permits.", Scope::ALL.map(Scope::as_str))
}

/// A restricted key names its scopes; for the other kinds they follow from the kind.
fn new_api_key() -> RefOr<Schema> {
    let restricted = ApiKeyKind::Restricted;
    let others = ApiKeyKind::ALL.into_iter().filter(|kind| *kind != restricted);
    let others = one_of("Its kind.", others.map(ApiKeyKind::as_str));
    let none = ArrayBuilder::new()
        .schema_type(SchemaType::Array(vec![Type::Array, Type::Null]))
        .items(scope())
        .max_items(Some(0));
    OneOfBuilder::new()
        .description(Some("A key that is asked for."))
        .item(
            Members::closed("A key that may do what its scopes say.")
                .must("name", name())
                .must("kind", one_of("Its kind.", [restricted.as_str()]))
                .must("scopes", list_of("What it may do.", 1, scope())),
        )
        .item(
            Members::closed("A key that may do everything, or nothing by itself.")
                .must("name", name())
                .must("kind", others)
                .may("scopes", none),
        )
        .into()
}

fn api_key() -> RefOr<Schema> {
    let source = "`configuration` where it is changed there.";
    let status = "`rolled` where it has a successor and still works.";
    Members::open("A key, without its text.")
        .must("id", id("Its name.", "ak"))
        // What stands in a configuration keeps another rule.
        .must("name", text("What you call it."))
        .must(
            "kind",
            one_of("Its kind.", ApiKeyKind::ALL.map(ApiKeyKind::as_str)),
        )
        .must("mode", one_of("That of its tenant.", ["test", "live"]))
        .must("scopes", list("What it may do.", scope()))
        .must("source", one_of(source, ["api", "configuration"]))
        .must(
            "status",
            one_of(status, ["active", "rolled", "expired", "revoked"]),
        )
        .must(
            "expires_at",
            or_null(
                moment("When it stops working because it was rolled."),
                Type::Integer,
            ),
        )
        .must(
            "revoked_at",
            or_null(moment("When it was revoked."), Type::Integer),
        )
        .must("rolled_to", text_or_null(id("Its successor.", "ak")))
        .may(
            "created_at",
            moment("When it was made; not there where it stands in the configuration."),
        )
        .into()
}
