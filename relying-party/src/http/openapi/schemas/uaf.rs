//! The envelopes of the UAF transport (UAF Transport §8.3).

use crate::http::openapi::shape::{Members, Shape, count, one_of, text, text_or_null};
use smile_protocol::uaf::transport::UafStatusCode;
use utoipa::openapi::schema::Type;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema};

/// An app asks for a request (UAF Transport §8.3.3).
pub const GET_UAF_REQUEST: Shape = Shape {
    name: "GetUAFRequest",
    schema: || {
        let context = "A JSON object in a text, with exactly one of `enrolmentSession`, `authenticationSession` and \
            `clientSecret`.";
        Members::open("An app asks for a UAF request (UAF Transport §8.3.3).")
            .may(
                "op",
                one_of("The operation that it wants.", ["Reg", "Auth", "Dereg"]),
            )
            .may(
                "previousRequest",
                text_or_null(text("The request that it could not serve; not needed.")),
            )
            .must("context", text(context))
            .into()
    },
};

/// The request, or why there is none (UAF Transport §8.3.4).
pub const RETURN_UAF_REQUEST: Shape = Shape {
    name: "ReturnUAFRequest",
    schema: || {
        Members::open("A UAF request, or why there is none (UAF Transport §8.3.4).")
            .must("statusCode", status_code())
            .may("uafRequest", text("The request message, as text."))
            .may("op", one_of("Its operation.", ["Reg", "Auth", "Dereg"]))
            .may(
                "lifetimeMillis",
                count("How long it can be answered, in milliseconds."),
            )
            .may("description", rule())
            .into()
    },
};

/// An app hands in a response (UAF Transport §8.3.5).
pub const SEND_UAF_RESPONSE: Shape = Shape {
    name: "SendUAFResponse",
    schema: || {
        Members::open("An app hands in a UAF response (UAF Transport §8.3.5).")
            .must("uafResponse", text("The response message, as text."))
            .may(
                "context",
                text_or_null(text("May repeat the token that began the ceremony.")),
            )
            .into()
    },
};

/// The verdict on it (UAF Transport §8.3.6).
pub const SERVER_RESPONSE: Shape = Shape {
    name: "ServerResponse",
    schema: || {
        Members::open("The verdict on a UAF response (UAF Transport §8.3.6).")
            .must("statusCode", status_code())
            .may("description", rule())
            .into()
    },
};

fn rule() -> ObjectBuilder {
    text("The rule that was broken, where the code is not 1200.")
}

fn status_code() -> RefOr<Schema> {
    let codes = UafStatusCode::ALL.iter().map(|status| status.code());
    let lines = UafStatusCode::ALL
        .iter()
        .map(|status| format!("- `{}`: {}", status.code(), status.description()));
    ObjectBuilder::new()
        .schema_type(Type::Integer)
        .description(Some(lines.collect::<Vec<_>>().join("\n")))
        .enum_values(Some(codes))
        .into()
}
