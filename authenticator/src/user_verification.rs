//! The witness that the enrolled user was here for one operation, and the token that stands for it between
//! two commands.

mod token;

use smile_face::{FaceMatched, Template};
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::identity::AppId;

use crate::enrolment::EnrolmentId;
use crate::transaction::TransactionConfirmed;

pub(crate) use token::{PendingVerification, Stub};
pub use token::{TOKEN_LIFETIME_MS, VerificationRequest};

/// How the user was verified (Registry §3.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Method {
    /// USER_VERIFY_FACEPRINT. Without a liveness check yet: a photo of the user passes too.
    Face,
}

/// The command that a user is verified for (Commands §6.2.4, §6.3.4).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum VerifiedCommand {
    /// A new key is made and attested.
    Register,
    /// A key that is there signs a challenge, with or without a transaction.
    Sign,
}

/// What the user was asked for: the operation that a match will allow.
pub(crate) struct Purpose {
    pub(crate) command: VerifiedCommand,
    pub(crate) final_challenge_hash: FinalChallengeHash,
    pub(crate) app_id: AppId,
    /// Some if this is a payment: its text was shown and confirmed before the camera opened.
    pub(crate) transaction: Option<TransactionConfirmed>,
}

/// The enrolled user was verified for one operation, and nothing has been signed for it yet.
///
/// It is passed by value and is not `Clone`: one match signs one thing once. It names the command, the final
/// challenge, the AppID, the confirmed transaction if any, the enrolment, and the method; the key store
/// refuses to sign anything else with it. Only a [`FaceMatched`] that was made with the template opened for
/// this very attempt makes one, and only the matcher makes those: one that a face room kept from an earlier
/// attempt, or got with a template of its own, verifies nobody.
#[must_use = "a verification that signs nothing was asked of the user for nothing"]
pub struct UserVerified {
    method: Method,
    purpose: Purpose,
    enrolment: EnrolmentId,
}

impl UserVerified {
    /// `template` is what was opened for this attempt, of `enrolment`; `None` if another's face matched.
    pub(crate) fn by_face(
        matched: FaceMatched,
        template: &Template,
        purpose: Purpose,
        enrolment: EnrolmentId,
    ) -> Option<Self> {
        matched.is_for(template).then_some(Self {
            method: Method::Face,
            purpose,
            enrolment,
        })
    }

    /// How the user was verified.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The command this verification was for.
    pub fn command(&self) -> VerifiedCommand {
        self.purpose.command
    }

    /// The final challenge this verification was for.
    pub fn final_challenge_hash(&self) -> &FinalChallengeHash {
        &self.purpose.final_challenge_hash
    }

    /// The application this verification was for.
    pub fn app_id(&self) -> &AppId {
        &self.purpose.app_id
    }

    /// SHA-256 of the transaction text that the user confirmed; `None` for a plain login.
    pub fn transaction_hash(&self) -> Option<TransactionContentHash> {
        self.purpose
            .transaction
            .as_ref()
            .map(TransactionConfirmed::content_hash)
    }

    /// The enrolment whose face matched.
    pub fn enrolment(&self) -> &EnrolmentId {
        &self.enrolment
    }
}
