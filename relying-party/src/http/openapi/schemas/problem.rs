//! Problem documents (RFC 9457).

use crate::http::openapi::header::UUID;
use crate::http::openapi::shape::{Members, Shape, integer, like, text};
use utoipa::openapi::{RefOr, Schema};

/// A refusal.
pub const PROBLEM: Shape = Shape {
    name: "Problem",
    schema: problem,
};

fn problem() -> RefOr<Schema> {
    let param = "The member, header, part of the path or name behind the `?` that broke the rule; a member of a member by its path, \
        such as `consent.language`. Of `rate_limited`, which limit: `key`, `user` or `address`.";
    Members::open("A refusal (RFC 9457 §3).")
        .must("type", like("The code as a URN.", "^urn:smile:problem:[a-z_]+$"))
        .must("title", text("What the code stands for."))
        .must("status", integer("The HTTP status.", 400..=599))
        .must("detail", text("The rule that was broken."))
        .must(
            "code",
            text("What programs go by: docs/errors.md has cause and remedy of each."),
        )
        .must("doc_url", text("Where the code is explained."))
        .must(
            "request_id",
            like("The request's id, which is in the log too.", UUID),
        )
        .may("param", text(param))
        .into()
}
