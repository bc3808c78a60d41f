//! Which UAF status code a client gets for which refusal (Transport §3.1.3). One table; the cause goes to the log.
//!
//! | code | raised by |
//! |---|---|
//! | 1400 | what a provider sent breaks a rule of form: identifier, currency, amount, payee, order, lifetime, address, description, name, consent, step-up policy |
//! | 1401 | the session is unknown to its tenant and user |
//! | 1403 | the session was used or canceled; 16 challenges were issued for it; the payment does not wait for a signature or cannot move that way |
//! | 1404 | the payment or credential is unknown; the user has no key that could answer |
//! | 1408 | the session or the payment expired |
//! | 1480 | the AAID has no metadata |
//! | 1481 | the KeyID is not one of this user's |
//! | 1490 | channel binding |
//! | 1491 | the challenge: never issued, used, expired, for another operation; `serverData` |
//! | 1492 | the policy; the authenticator's version or counters |
//! | 1493 | the key is suspended or revoked; metadata reports the model or its attestation key as compromised |
//! | 1494 | the KeyID's length, the public key, its format; the key is registered already |
//! | 1495 | the signature algorithm |
//! | 1496 | the attestation |
//! | 1498 | everything else that is wrong with the content of a message |
//! | 1500 | the server's own configuration; a picture of another text than the payment's, which the server drew |
//!
//! A rule of the experimental scheme `WAV1CBOR` has the code of its counterpart above; a transaction asked of a key of
//! that scheme has 1492.

use smile_protocol::uaf::transport::UafStatusCode;

use crate::error::CeremonyError;

impl CeremonyError {
    /// The status code of this refusal.
    pub fn status(&self) -> UafStatusCode {
        use CeremonyError as E;
        use UafStatusCode as S;
        match self {
            E::Malformed(_) | E::VersionUnsupported => S::UnacceptableContent,
            E::ServerDataMalformed | E::ServerDataNotAuthentic => S::RequestInvalid,
            E::ChallengeUnknown | E::ChallengeSpent | E::ChallengeExpired => S::RequestInvalid,
            E::ChallengeForOtherOperation | E::ChallengeMismatch => S::RequestInvalid,
            E::HeaderAppIdMismatch | E::AppIdMismatch | E::FacetNotTrusted(_) => S::UnacceptableContent,
            E::ChannelBindingRejected | E::ChannelBindingNotComparable | E::ChannelBindingMissing => {
                S::ChannelBindingRefused
            }
            E::AssertionCount
            | E::AssertionsNotAskedFor
            | E::AssertionRepeated
            | E::AssertionSchemeMismatch
            | E::FinalChallengeHashMismatch => S::UnacceptableContent,
            E::AaidUnknown => S::UnknownAaid,
            E::PolicyNotSatisfied
            | E::AuthenticatorVersionTooOld
            | E::AuthenticatorVersionWentBack
            | E::RegCounterTooHigh
            | E::CounterNotGreater => S::UnacceptableAuthenticator,
            E::SignatureAlgorithmRefused(_) | E::SignatureAlgorithmMismatch => S::UnacceptableAlgorithm,
            E::PublicKeyFormatMismatch | E::KeyIdLength | E::PublicKeyInvalid | E::KeyAlreadyRegistered => {
                S::UnacceptableKey
            }
            E::AttestationTypeNotAccepted
            | E::AttestationNotSupported { .. }
            | E::AttestationNotPreferred
            | E::AttestationRootsMissing
            | E::SurrogateWithRoots
            | E::TrustPath(_)
            | E::AttestationSignatureInvalid => S::UnacceptableAttestation,
            E::KeyIdUnknown => S::UnknownKeyId,
            E::CredentialNotActive | E::AuthenticatorCompromised { .. } => S::RevokedAuthenticator,
            E::TransactionNotConfirmed
            | E::TransactionNotAsked
            | E::TransactionHashMismatch
            | E::SignatureInvalid => S::UnacceptableContent,
            E::Wav1Cbor(rule) => rule.status(),
            // None of these comes of a UAF message.
            E::PaymentDrifted | E::CaptureTooLarge | E::PaymentNotCaptured => S::Forbidden,
            E::RefundTooLarge | E::AttemptNotPending => S::Forbidden,
            E::ApiKeyNotActive | E::ApiKeysExhausted | E::CallerKeyOver => S::Forbidden,
            E::IdempotencyKeyReused | E::IdempotencyKeyKept => S::Forbidden,
            E::SessionUnknown => S::Unauthorized,
            E::SessionCompleted | E::SessionCanceled | E::SessionKept | E::CeremonyKept => S::Forbidden,
            E::CredentialRevoked | E::CredentialsExhausted => S::Forbidden,
            E::ErasureUnfinished | E::ChallengesExhausted => S::Forbidden,
            E::PaymentTransition { .. } | E::PaymentNotExpired => S::Forbidden,
            E::SessionExpired | E::PaymentExpired => S::RequestTimeout,
            E::PaymentUnknown | E::RefundUnknown | E::CredentialUnknown | E::ApiKeyUnknown => S::NotFound,
            E::ConsentUnknown | E::IdempotencyKeyUnknown | E::NoUsableCredential | E::PictureNotShown => {
                S::NotFound
            }
            E::CredentialNameInvalid | E::ConsentVersionInvalid | E::LanguageTagInvalid => S::BadRequest,
            E::TextHashInvalid | E::ConsentTimeOutOfRange | E::StepUpWithoutKeys => S::BadRequest,
            E::IdentifierInvalid { .. } | E::CurrencyUnknown | E::AmountOutOfRange => S::BadRequest,
            E::PictureMissing
            | E::PayeeInvalid(_)
            | E::OrderInvalid(_)
            | E::TransactionTextTooLong { .. } => S::BadRequest,
            E::LifetimeOutOfRange | E::WebAddressInvalid | E::DescriptionTooLong => S::BadRequest,
            E::IdentifierTaken
            | E::PictureOfOtherText
            | E::ServerKeyTooShort
            | E::ChannelCertificateInvalid
            | E::MetadataInvalid { .. } => S::InternalServerError,
        }
    }
}
