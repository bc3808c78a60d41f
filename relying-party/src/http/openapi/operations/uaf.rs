//! `/uaf`: the UAF transport; `/tenants/{tenant}/facets`.

use super::UAF;
use crate::http::openapi::operation::{Operation, of_shape};
use crate::http::openapi::schemas::{
    GET_UAF_REQUEST, RETURN_UAF_REQUEST, SEND_UAF_RESPONSE, SERVER_RESPONSE, TRUSTED_FACETS,
};
use crate::http::openapi::shape::line;
use crate::service::RefusalCode;
use serde_json::json;
use smile_ceremony::limits::TENANT_CHARS_MAX;
use smile_protocol::uaf::facets::CONTENT_TYPE as FACET_LIST;

/// The media type of UAF messages (UAF Transport §8.3.2), without its parameter.
const MESSAGE: &str = "application/fido+uaf";

/// The operations of this subject.
pub fn operations() -> Vec<Operation> {
    let token = "es_9d5e3c01f2a84b6d8e7f90a1b2c3d4e5_secret_Kx3mV0s8Qd1yT6uWn4ZcR7aLpEoBhGfJiN2tX5vY9kM";
    let asked = json!({"op": "Reg", "context": json!({"enrolmentSession": token}).to_string()});
    let request = json!({"statusCode": 1200, "uafRequest": "[{\"header\":{}}]", "op": "Reg", "lifetimeMillis": 300_000});
    let facets =
        json!({"trustedFacets": [{"version": {"major": 1, "minor": 1}, "ids": ["https://shop.example"]}]});
    vec![
        Operation::post("/uaf/get", "getUafRequest", "Begin a ceremony")
            .says("UAF Transport §8.3.3.")
            .about(UAF)
            .takes_message(MESSAGE, &GET_UAF_REQUEST, asked)
            .answers_as(
                200,
                "A request, or why there is none.",
                MESSAGE,
                of_shape(&RETURN_UAF_REQUEST, Some(request)),
            ),
        Operation::post("/uaf/respond", "sendUafResponse", "End a ceremony")
            .says("UAF Transport §8.3.5. 1200 is sent once the result is on disk.")
            .about(UAF)
            .takes_message(
                MESSAGE,
                &SEND_UAF_RESPONSE,
                json!({"uafResponse": "[{\"header\":{}}]"}),
            )
            .answers_as(
                200,
                "The verdict.",
                MESSAGE,
                of_shape(&SERVER_RESPONSE, Some(json!({"statusCode": 1200}))),
            ),
        Operation::get(
            "/uaf/facets",
            "readFacets",
            "The first tenant's list of trusted facets",
        )
        .says("AppID and facets §3.1. It may be cached for an hour.")
        .about(UAF)
        .answers_as(
            200,
            "The list.",
            FACET_LIST,
            of_shape(&TRUSTED_FACETS, Some(facets.clone())),
        ),
        Operation::get(
            "/tenants/{tenant}/facets",
            "readTenantFacets",
            "A tenant's list of trusted facets",
        )
        .says("AppID and facets §3.1. It may be cached for an hour.")
        .about(UAF)
        .at(
            "tenant",
            line("The tenant.", 1..=TENANT_CHARS_MAX, "^[a-z0-9_-]*$"),
        )
        .answers_as(
            200,
            "The list.",
            FACET_LIST,
            of_shape(&TRUSTED_FACETS, Some(facets)),
        )
        .refuses(&[RefusalCode::ResourceMissing]),
    ]
}
