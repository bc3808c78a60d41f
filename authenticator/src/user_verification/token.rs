//! The user verification token (Commands §5.3): a verification that was made in one command, to be used
//! in the next.
//!
//! It is a random number and nothing else: what it stands for, the [`UserVerified`], waits in this process
//! and is moved out by whoever shows the number. So a token signs once, for the command, final challenge, AppID
//! and transaction that it was given for, and is gone with the process.

#[cfg(test)]
mod tests;

use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::command::UserVerifyToken;
use smile_protocol::uaf::identity::AppId;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::{UserVerified, VerifiedCommand};
use crate::clock::{Clock, Moment};
use crate::commands::get_info::HASH;
use crate::error::AuthenticatorError;
use crate::sealed;

/// How long a token is good for, by the wall clock and by one that nobody can set, whichever says that more time has
/// passed; a wall clock that was put back ends it. Long enough to choose one of several
/// accounts, too short to be kept for later.
pub const TOKEN_LIFETIME_MS: u64 = 60_000;

const TOKEN_BYTES: usize = 32;

/// What a user is asked to be verified for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerificationRequest {
    /// The command that the verification will be used in.
    pub command: VerifiedCommand,
    /// The hash of the transmitted `fcParams`.
    pub final_challenge_hash: FinalChallengeHash,
    /// The application.
    pub app_id: AppId,
    /// What the user is to confirm, as the authenticator shows it (text/plain); `None` for a login or a
    /// registration.
    pub transaction_content: Option<Vec<u8>>,
}

impl VerificationRequest {
    fn check(&self, verified: &UserVerified) -> Result<(), AuthenticatorError> {
        let content = self.transaction_content.as_deref();
        let rule = if verified.command() != self.command {
            "it was given for another command"
        } else if *verified.final_challenge_hash() != self.final_challenge_hash {
            "it was given for another final challenge"
        } else if *verified.app_id() != self.app_id {
            "it was given for another AppID"
        } else if verified.transaction_hash()
            != content.map(|content| TransactionContentHash::of(HASH, content))
        {
            "it was given for another transaction"
        } else {
            return Ok(());
        };
        Err(AuthenticatorError::VerificationToken { rule })
    }
}

/// A verification whose token was handed out.
pub(crate) struct PendingVerification {
    token: Zeroizing<[u8; TOKEN_BYTES]>,
    verified: UserVerified,
    /// Worthless [`TOKEN_LIFETIME_MS`] after this.
    given: Moment,
}

/// What is left of a token that was shown: with it the verification can be put back if nothing was signed.
pub(crate) struct Stub {
    token: Zeroizing<[u8; TOKEN_BYTES]>,
    given: Moment,
}

impl PendingVerification {
    /// Keeps `verified` until its token is shown.
    pub(crate) fn new(
        verified: UserVerified,
        clock: &dyn Clock,
    ) -> Result<(Self, UserVerifyToken), AuthenticatorError> {
        let mut token = Zeroizing::new([0; TOKEN_BYTES]);
        sealed::fill_random(token.as_mut_slice())?;
        let shown = UserVerifyToken::new(token.to_vec()).expect("32 bytes are within a token's limits");
        let pending = Self {
            token,
            verified,
            given: Moment::now(clock),
        };
        Ok((pending, shown))
    }

    /// Takes the verification out of `pending`. A token that fits and is shown too late, or for something
    /// else than it was given for, is spent all the same.
    pub(crate) fn redeem(
        pending: &mut Option<Self>,
        shown: &UserVerifyToken,
        request: &VerificationRequest,
        clock: &dyn Clock,
    ) -> Result<(UserVerified, Stub), AuthenticatorError> {
        let fits = |waiting: &mut Self| bool::from(waiting.token.as_slice().ct_eq(shown.as_bytes()));
        let Some(waiting) = pending.take_if(fits) else {
            let rule = "it was not given here, or it was used";
            return Err(AuthenticatorError::VerificationToken { rule });
        };
        if waiting.given.until(Moment::now(clock)) >= TOKEN_LIFETIME_MS {
            let rule = "it has expired";
            return Err(AuthenticatorError::VerificationToken { rule });
        }
        request.check(&waiting.verified)?;
        let stub = Stub {
            token: waiting.token,
            given: waiting.given,
        };
        Ok((waiting.verified, stub))
    }
}

impl Stub {
    /// The token as it was before it was shown, until when it was good.
    pub(crate) fn put_back(self, verified: UserVerified) -> PendingVerification {
        PendingVerification {
            token: self.token,
            verified,
            given: self.given,
        }
    }
}
