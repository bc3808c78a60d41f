//! How an operation ended, and what its caller may know of it.

use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_face::{CameraError, EnrolmentError, MatchError};
use smile_protocol::uaf::transport::ErrorCode;

/// How an operation ended.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    /// With a response; `None` for a deregistration, which has none.
    Done(Option<String>),
    /// Without one.
    Refused {
        /// Our stable code.
        code: &'static str,
        /// UAF's (Transport §4.5).
        uaf: ErrorCode,
    },
    /// Nobody came, or too late.
    Expired,
}

impl Outcome {
    /// Of what the authenticator said.
    #[must_use]
    pub fn of(answer: &Result<Option<String>, AuthenticatorError>) -> Self {
        match answer {
            Ok(response) => Self::Done(response.clone()),
            Err(error) => Self::of_error(error),
        }
    }

    /// Of why the authenticator gave no answer.
    #[must_use]
    pub fn of_error(error: &AuthenticatorError) -> Self {
        Self::Refused {
            code: code_of(error),
            uaf: error.code(),
        }
    }

    /// The user closed the page, or said no.
    #[must_use]
    pub fn cancelled() -> Self {
        Self::of(&Err(AuthenticatorError::Cancelled))
    }

    /// The caller took its request back.
    #[must_use]
    pub fn withdrawn() -> Self {
        Self::Refused {
            code: "withdrawn",
            uaf: ErrorCode::UserCancelled,
        }
    }

    /// There is no consent, or it has ended: nobody is looked at.
    #[must_use]
    pub fn without_consent() -> Self {
        Self::Refused {
            code: "consent_ended",
            uaf: ErrorCode::UserNotEnrolled,
        }
    }

    /// What the caller gets to read.
    #[must_use]
    pub fn view(&self, id: &str) -> Value {
        match self {
            Self::Done(response) => json!({"id": id, "status": "done", "uaf_response": response}),
            Self::Refused { code, uaf } => {
                json!({"id": id, "status": "refused", "error": {"code": code, "uaf_code": uaf.code()}})
            }
            Self::Expired => json!({"id": id, "status": "expired"}),
        }
    }

    /// What the agent's own page gets to hear.
    #[must_use]
    pub fn for_page(&self) -> Value {
        match self {
            Self::Done(response) => json!({"type": "done", "uaf_response": response}),
            Self::Refused { code, .. } => json!({"type": "refused", "code": code}),
            Self::Expired => json!({"type": "refused", "code": "expired"}),
        }
    }
}

/// The stable code of an authenticator's error. It never says how close a face came, and of a face that did not match
/// it does not say why.
#[must_use]
pub fn code_of(error: &AuthenticatorError) -> &'static str {
    use AuthenticatorError as E;
    match error {
        E::NoUsableFrame(_) | E::Enrolment(EnrolmentError::TooFewFrames { .. }) => "no_usable_picture",
        E::FaceRoom(MatchError::Camera(error)) | E::Enrolment(EnrolmentError::Camera(error)) => {
            code_of_camera(error)
        }
        E::NotConfirmed => "not_confirmed",
        E::LockedOut { .. } => "lockout_temporary",
        E::NotEnrolled => "not_enrolled",
        E::AlreadyEnrolled => "already_enrolled",
        E::StaleTemplate => "template_stale",
        E::Cancelled => "cancelled",
        E::NotResponsive => "timeout",
        E::UntrustedFacet { .. } => "untrusted_facet_id",
        E::InsecureTransport { .. } => "insecure_transport",
        E::UnsupportedVersion => "unsupported_version",
        E::NoSuitableAuthenticator => "no_suitable_authenticator",
        E::Message(_) => "protocol_error",
        E::TransactionContent { .. } | E::NoTransactionDisplay => "tc_undisplayable",
        E::KeyDisappeared => "key_invalidated",
        E::TooManyKeys { .. } | E::CounterExhausted => "storage_full",
        _ => "internal",
    }
}

fn code_of_camera(error: &CameraError) -> &'static str {
    match error {
        CameraError::PermissionDenied => "permission_denied",
        CameraError::InUse => "in_use",
        CameraError::Unplugged => "unplugged",
        CameraError::Stalled { .. } => "stalled",
        CameraError::UnsupportedFormat(_) => "unsupported_format",
        _ => "camera",
    }
}

/// Whether the user may try again at once, in front of the same page.
#[must_use]
pub fn may_try_again(error: &AuthenticatorError) -> bool {
    matches!(
        error,
        AuthenticatorError::NoUsableFrame(_)
            | AuthenticatorError::NotConfirmed
            | AuthenticatorError::FaceRoom(MatchError::Camera(_))
            | AuthenticatorError::Enrolment(EnrolmentError::TooFewFrames { .. } | EnrolmentError::Camera(_))
    )
}

#[cfg(test)]
mod tests {
    use smile_authenticator::AuthenticatorError;
    use smile_face::{CameraError, MatchError, RefusalCounts};
    use smile_protocol::ProtocolError;

    use super::{code_of, may_try_again};

    #[test]
    fn each_error_has_its_code_and_only_a_look_may_be_tried_again() {
        use AuthenticatorError as E;
        let camera = |error| E::FaceRoom(MatchError::Camera(error));
        let unusable = MatchError::TooFewFrames {
            usable: 0,
            needed: 3,
            refused: RefusalCounts::default(),
        };
        let named = || "https://shop.example".to_owned();
        for (error, code, again) in [
            (E::NoUsableFrame(unusable), "no_usable_picture", true),
            (E::NotConfirmed, "not_confirmed", true),
            (camera(CameraError::PermissionDenied), "permission_denied", true),
            (camera(CameraError::InUse), "in_use", true),
            (camera(CameraError::Unplugged), "unplugged", true),
            (camera(CameraError::Stalled { waited_ms: 1 }), "stalled", true),
            (
                camera(CameraError::UnsupportedFormat(named())),
                "unsupported_format",
                true,
            ),
            (camera(CameraError::Device(named())), "camera", true),
            (E::LockedOut { retry_after_ms: 1 }, "lockout_temporary", false),
            (E::NotEnrolled, "not_enrolled", false),
            (E::AlreadyEnrolled, "already_enrolled", false),
            (E::StaleTemplate, "template_stale", false),
            (E::Cancelled, "cancelled", false),
            (E::NotResponsive, "timeout", false),
            (
                E::UntrustedFacet {
                    facet_id: named(),
                    app_id: named(),
                    rule: "none",
                },
                "untrusted_facet_id",
                false,
            ),
            (
                E::InsecureTransport { app_id: named() },
                "insecure_transport",
                false,
            ),
            (E::UnsupportedVersion, "unsupported_version", false),
            (E::NoSuitableAuthenticator, "no_suitable_authenticator", false),
            (
                E::Message(ProtocolError::UnsupportedVersion),
                "protocol_error",
                false,
            ),
            (E::TransactionContent { rule: "none" }, "tc_undisplayable", false),
            (E::KeyDisappeared, "key_invalidated", false),
            (E::TooManyKeys { limit: 1 }, "storage_full", false),
            (E::CounterExhausted, "storage_full", false),
            (E::SealingKeyWrong, "internal", false),
        ] {
            assert_eq!((code_of(&error), may_try_again(&error)), (code, again), "{error}");
        }
    }
}
