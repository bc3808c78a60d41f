//! Whether the server is well.

use crate::http::openapi::shape::{Members, Shape, one_of};

/// Whether the server is well.
pub const HEALTH: Shape = Shape {
    name: "Health",
    schema: || {
        Members::open("Whether the server is well.")
            .must(
                "status",
                one_of("`ok` of the process, `ready` of the store too.", ["ok", "ready"]),
            )
            .into()
    },
};
