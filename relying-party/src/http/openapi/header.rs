//! Headers that many operations have in common: which of them an answer carries follows from the path.

use super::shape::{count, integer, like, line, one_of};
use crate::http::{limits, version};
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Required, Response, Schema};

/// The request header under which a request takes effect once.
pub const IDEMPOTENCY_KEY: &str = "Idempotency-Key";

/// The header of requests and answers that names a version.
const VERSION: &str = "Smile-Version";

/// A UUIDv7 in small letters (RFC 9562 §5.7).
pub const UUID: &str = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$";

/// The headers of answers: each by its name in the document, and in HTTP.
const REQUEST_ID: (&str, &str) = ("RequestId", "x-request-id");
const REPLAYED: (&str, &str) = ("IdempotentReplayed", "Idempotent-Replayed");
const ANSWERED_VERSION: (&str, &str) = ("SmileVersion", VERSION);
const RATE_LIMIT: (&str, &str) = ("RateLimitLimit", "RateLimit-Limit");
const RATE_REMAINING: (&str, &str) = ("RateLimitRemaining", "RateLimit-Remaining");
const RATE_RESET: (&str, &str) = ("RateLimitReset", "RateLimit-Reset");
const RETRY_AFTER: (&str, &str) = ("RetryAfter", "Retry-After");

/// Their schemas, by their names in the document.
pub fn all() -> [(&'static str, ObjectBuilder); 7] {
    let remaining = "How many requests that limit still answers at once.";
    let most = u64::from(u32::MAX);
    [
        (
            REQUEST_ID.0,
            like("The request's id, which is in the log too.", UUID),
        ),
        (
            REPLAYED.0,
            one_of(
                "There where the answer was given before, to the same request.",
                ["true"],
            ),
        ),
        (
            ANSWERED_VERSION.0,
            one_of("The version that the answer is in.", version::VERSIONS),
        ),
        (
            RATE_LIMIT.0,
            integer(
                "Of the limit of which least is left: how many requests it holds.",
                1..=most,
            ),
        ),
        (RATE_REMAINING.0, integer(remaining, 0..=most)),
        (RATE_RESET.0, count("In how many seconds it is full again.")),
        (
            RETRY_AFTER.0,
            integer(
                "After how many seconds the same request may be answered.",
                1..=most,
            ),
        ),
    ]
}

/// The answer, with the headers that it carries at this path under this status.
pub fn with_headers(mut answer: Response, path: &str, status: u16, is_once: bool) -> Response {
    let mut carry = |(name, in_http): (&str, &str)| {
        let reference = Ref::new(format!("#/components/headers/{name}"));
        answer.headers.insert(in_http.to_owned(), RefOr::Ref(reference));
    };
    carry(REQUEST_ID);
    if version::is_dated(path) {
        carry(ANSWERED_VERSION);
    }
    if limits::is_counted(path) {
        [RATE_LIMIT, RATE_REMAINING, RATE_RESET]
            .into_iter()
            .for_each(&mut carry);
    }
    if status == 429 {
        carry(RETRY_AFTER);
    }
    if is_once && (200..300).contains(&status) {
        carry(REPLAYED);
    }
    answer
}

/// The request's `Smile-Version`.
pub fn version() -> Parameter {
    let says = "The version that your client was written for; without it, the newest.";
    in_header(VERSION, one_of(says, version::VERSIONS))
}

/// The request's `Idempotency-Key`.
pub fn idempotency_key() -> Parameter {
    let says = "A name of your choice under which this request takes effect once, for 24 hours; the same request under \
        the same key is answered alike. White space at its ends is no part of it.";
    in_header(IDEMPOTENCY_KEY, line(says, 1..=255, "^[!-~]([ -~]*[!-~])?$"))
}

fn in_header(name: &str, schema: ObjectBuilder) -> Parameter {
    let schema: RefOr<Schema> = schema.into();
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .schema(Some(schema))
        .build()
}
