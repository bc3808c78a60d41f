//! Why the agent refuses a caller: stable codes, all of which a test raises and docs/agent.md lists.

use std::fmt;

/// Declares the codes once: variant, code, HTTP status, title.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal, $status:literal, $title:literal;)+) => {
        /// What a refusal is called. Codes do not change; titles may.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[non_exhaustive]
        pub enum RefusalCode {
            $($(#[$doc])* $name,)+
        }

        impl RefusalCode {
            /// Every code, in the order in which a request meets them.
            pub const ALL: &[Self] = &[$(Self::$name,)+];

            /// The stable code.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }

            /// The HTTP status; on a WebSocket the code travels in a message instead.
            #[must_use]
            pub const fn http_status(self) -> u16 {
                match self { $(Self::$name => $status,)+ }
            }

            /// One line for people.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$name => $title,)+ }
            }
        }
    };
}

codes! {
    /// The `Host` header is no name of this agent: DNS rebinding, or a proxy.
    HostRefused = "host_refused", 403, "This is not a name of the agent";
    /// The `Origin` header is absent, `null`, or not on the allow-list.
    OriginRefused = "origin_refused", 403, "This page may not speak to the agent";
    /// Too many requests of one caller.
    TooManyRequests = "too_many_requests", 429, "Slow down";
    /// No such address.
    EndpointUnknown = "endpoint_unknown", 404, "There is nothing here";
    /// The address has another method.
    MethodNotAllowed = "method_not_allowed", 405, "This address has another method";
    /// The body is longer than the address takes.
    BodyTooLarge = "body_too_large", 413, "The body is too large";
    /// The body is not the JSON that the address takes.
    BodyMalformed = "body_malformed", 400, "The body is not what this address takes";
    /// There is no such pairing under way for this origin.
    PairingUnknown = "pairing_unknown", 404, "No such pairing is under way";
    /// The pairing ran out of time.
    PairingExpired = "pairing_expired", 410, "The pairing has expired";
    /// The code is wrong; four more tries at most.
    PairingCodeWrong = "pairing_code_wrong", 403, "The code is wrong";
    /// Five codes were wrong: the pairing is over.
    PairingEnded = "pairing_ended", 410, "Too many wrong codes";
    /// Too many codes of this origin were wrong, in however many pairings.
    PairingLocked = "pairing_locked", 403, "Unlock this page on the agent first";
    /// No token, or none of this origin's.
    TokenRefused = "token_refused", 401, "Pair this page with the agent first";
    /// What was handed in is not a UAF request.
    UafRequestRefused = "uaf_request_refused", 422, "This is not a UAF request";
    /// Another operation is under way.
    OperationBusy = "operation_busy", 409, "Another operation is under way";
    /// There is no such operation of this origin.
    OperationUnknown = "operation_unknown", 404, "No such operation";
    /// The operation is over.
    OperationOver = "operation_over", 410, "This operation is over";
    /// The nonce does not belong to the operation, or the page does not.
    NonceRefused = "nonce_refused", 403, "Open the page from the shop again";
    /// The text of the consent is not the one that was shown.
    ConsentRefused = "consent_refused", 422, "The consent has to be given to the text that is shown";
    /// A face is enrolled already.
    AlreadyEnrolled = "already_enrolled", 409, "A face is enrolled already";
    /// What a page said on its WebSocket makes no sense here.
    MessageRefused = "message_refused", 400, "The page said something that makes no sense";
    /// One picture is larger than allowed.
    FrameTooLarge = "frame_too_large", 413, "A picture is too large";
    /// What was sent as a picture is not a JPEG.
    FrameNotJpeg = "frame_not_jpeg", 415, "A picture is not a JPEG";
    /// Pictures come faster than allowed.
    FramesTooFast = "frames_too_fast", 429, "Pictures come too fast";
    /// More pictures than one operation may need.
    FramesTooMany = "frames_too_many", 429, "Too many pictures";
    /// The disk or the machine failed.
    Internal = "internal", 500, "Something failed inside the agent";
}

/// A refusal with the rule that was broken, in words for the log of a developer. It never holds what was sent.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Refusal {
    /// Which one.
    pub code: RefusalCode,
    /// The rule.
    pub rule: String,
}

impl Refusal {
    /// A refusal by a rule.
    pub fn new(code: RefusalCode, rule: impl Into<String>) -> Self {
        Self {
            code,
            rule: rule.into(),
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.code.as_str(), self.rule)
    }
}

impl std::error::Error for Refusal {}
