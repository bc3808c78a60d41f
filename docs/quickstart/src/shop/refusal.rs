//! Why the shop refuses: stable codes, each raised by a test and listed in docs/shop.md.

use actix_web::http::StatusCode;
use actix_web::http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use actix_web::{HttpResponse, ResponseError};
use serde_json::json;

use super::pages;

/// Declares the codes once: variant, code, HTTP status.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal;)+) => {
        /// What a refusal is called.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum ShopRefusalCode {
            $($(#[$doc])* $name,)+
        }

        impl ShopRefusalCode {
            /// Every code, in the order in which a request meets them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }
        }
    };
}

codes! {
    /// The `Host` header is not this shop's: DNS rebinding, or a proxy.
    HostRefused = "host_refused", 421;
    /// A page of another origin asks for a change.
    OriginRefused = "origin_refused", 403;
    /// No such address.
    EndpointUnknown = "endpoint_unknown", 404;
    /// The body is longer than 64 KiB.
    BodyTooLarge = "body_too_large", 413;
    /// The body has another media type.
    MediaTypeRefused = "media_type_refused", 415;
    /// The body is not what the endpoint takes.
    BodyMalformed = "body_malformed", 400;
    /// The consent is to another text than the shop's.
    ConsentRefused = "consent_refused", 422;
    /// Nobody has consented in this browser.
    ConsentMissing = "consent_missing", 409;
    /// There is no such stamp.
    ItemUnknown = "item_unknown", 422;
    /// Fewer than one stamp, or more than nine.
    QuantityRefused = "quantity_refused", 422;
    /// More enrolments or orders within a minute than the shop takes.
    TooManyRequests = "too_many_requests", 429;
    /// There is no such order of this buyer.
    OrderUnknown = "order_unknown", 404;
    /// The order is not paid: there is no receipt.
    OrderUnpaid = "order_unpaid", 409;
    /// There is no stage: a real person stands before the camera.
    StageMissing = "stage_missing", 404;
    /// The provider's server does not answer.
    ProviderUnreachable = "provider_unreachable", 502;
    /// The provider's server refused; `detail` holds its own words.
    ProviderRefused = "provider_refused", 502;
    /// The receipt does not hold.
    ReceiptRefused = "receipt_refused", 502;
}

/// A refusal: its code and the rule, in words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {detail}", code.as_str())]
pub struct ShopRefusal {
    /// Which one.
    pub code: ShopRefusalCode,
    /// The rule that was broken.
    pub detail: String,
}

impl ShopRefusal {
    /// A refusal by a rule.
    pub fn new(code: ShopRefusalCode, detail: impl Into<String>) -> Self {
        Self {
            code,
            detail: detail.into(),
        }
    }
}

impl ResponseError for ShopRefusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.code.http_status()).expect("every code's status is one of HTTP's")
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status_code())
            .content_type("application/problem+json")
            .insert_header((X_CONTENT_TYPE_OPTIONS, "nosniff"))
            .insert_header((CONTENT_SECURITY_POLICY, pages::NO_PAGE))
            .insert_header((pages::CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"))
            .body(json!({"code": self.code.as_str(), "detail": self.detail}).to_string())
    }
}
