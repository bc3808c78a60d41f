//! The list of trusted facets (AppID and facets §3.1).

use crate::http::openapi::shape::{Members, Shape, integer, list, text};
use utoipa::openapi::{RefOr, Schema};

/// The list of trusted facets.
pub const TRUSTED_FACETS: Shape = Shape {
    name: "TrustedFacets",
    schema: trusted_facets,
};

fn trusted_facets() -> RefOr<Schema> {
    let part = |says| integer(says, 0..=u64::from(u16::MAX));
    let version = Members::open("A version of the protocol.")
        .must("major", part("Its first number."))
        .must("minor", part("Its second number."));
    let entry = Members::open("The facets for one version.")
        .must("version", version)
        .must(
            "ids",
            list("Who may use the application's keys.", text("A facet.")),
        );
    Members::open("Who may use the application's keys (AppID and facets §3.1).")
        .must("trustedFacets", list("One entry for each version.", entry))
        .into()
}
