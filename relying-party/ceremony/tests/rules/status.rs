//! The table from refusals to UAF status codes, and the codes that a server raises.

use smile_ceremony::{
    error::CeremonyError as E,
    identifier::{CeremonyId, PaymentId, TenantId, UserId},
    metadata::MetadataSet,
    payment::{NameFlaw, PaymentStatus},
    secret::ClientSecret,
    server_data::ServerKey,
    signature::SignatureRule,
    trust::TrustRule,
};
use smile_protocol::{
    error::ProtocolError,
    metadata::AuthenticatorStatus,
    registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat},
};

use crate::world::{ATTESTED, SURROGATE, World, not_trusted, root, statement};

fn all_have(code: u16, errors: &[E]) {
    for error in errors {
        assert_eq!(error.status().code(), code, "{error}");
    }
}

#[test]
fn refusals_of_challenges_authenticators_and_keys_have_their_codes() {
    all_have(1480, &[E::AaidUnknown]);
    all_have(1481, &[E::KeyIdUnknown]);
    all_have(
        1490,
        &[
            E::ChannelBindingRejected,
            E::ChannelBindingNotComparable,
            E::ChannelBindingMissing,
        ],
    );
    all_have(
        1491,
        &[
            E::ChallengeUnknown,
            E::ChallengeSpent,
            E::ChallengeExpired,
            E::ChallengeMismatch,
        ],
    );
    all_have(
        1491,
        &[
            E::ChallengeForOtherOperation,
            E::ServerDataMalformed,
            E::ServerDataNotAuthentic,
        ],
    );
    all_have(
        1492,
        &[
            E::PolicyNotSatisfied,
            E::AuthenticatorVersionTooOld,
            E::AuthenticatorVersionWentBack,
        ],
    );
    all_have(1492, &[E::CounterNotGreater, E::RegCounterTooHigh]);
    let status = AuthenticatorStatus::Revoked;
    all_have(
        1493,
        &[E::CredentialNotActive, E::AuthenticatorCompromised { status }],
    );
    all_have(
        1494,
        &[
            E::KeyIdLength,
            E::PublicKeyInvalid,
            E::PublicKeyFormatMismatch,
            E::KeyAlreadyRegistered,
        ],
    );
}

#[test]
fn refusals_of_attestations_and_content_have_their_codes() {
    let refused = E::SignatureAlgorithmRefused(SignatureRule::Sm2Unsupported);
    all_have(1495, &[E::SignatureAlgorithmMismatch, refused]);
    all_have(
        1496,
        &[
            E::AttestationRootsMissing,
            E::SurrogateWithRoots,
            E::AttestationTypeNotAccepted,
        ],
    );
    let kind = AttestationType::Ecdaa;
    all_have(
        1496,
        &[E::AttestationNotSupported { kind }, E::AttestationNotPreferred],
    );
    all_have(
        1496,
        &[E::AttestationSignatureInvalid, E::TrustPath(TrustRule::Expired)],
    );
    all_have(
        1498,
        &[
            E::VersionUnsupported,
            E::HeaderAppIdMismatch,
            E::AppIdMismatch,
            not_trusted("https://evil.example"),
        ],
    );
    all_have(
        1498,
        &[
            E::AssertionCount,
            E::AssertionsNotAskedFor,
            E::AssertionRepeated,
            E::AssertionSchemeMismatch,
            E::FinalChallengeHashMismatch,
        ],
    );
    all_have(
        1498,
        &[
            E::TransactionNotConfirmed,
            E::TransactionNotAsked,
            E::TransactionHashMismatch,
        ],
    );
    all_have(
        1498,
        &[
            E::SignatureInvalid,
            E::Malformed(ProtocolError::UnsupportedVersion),
        ],
    );
}

#[test]
fn refusals_of_providers_have_their_codes() {
    all_have(
        1400,
        &[
            E::CurrencyUnknown,
            E::AmountOutOfRange,
            E::PayeeInvalid(NameFlaw::SpaceTwice),
            E::PictureMissing,
            E::DescriptionTooLong,
            E::OrderInvalid(NameFlaw::SpaceTwice),
            E::TransactionTextTooLong { chars: 201 },
            E::LifetimeOutOfRange,
            E::WebAddressInvalid,
        ],
    );
    all_have(
        1403,
        &[
            E::PaymentDrifted,
            E::CaptureTooLarge,
            E::PaymentNotCaptured,
            E::RefundTooLarge,
            E::AttemptNotPending,
            E::IdempotencyKeyReused,
            E::ApiKeyNotActive,
            E::ApiKeysExhausted,
            E::CallerKeyOver,
            E::IdempotencyKeyKept,
        ],
    );
    all_have(
        1404,
        &[E::RefundUnknown, E::ApiKeyUnknown, E::IdempotencyKeyUnknown],
    );
}

#[test]
fn refusals_that_states_and_operators_cause_have_their_codes() {
    let moved = E::PaymentTransition {
        from: PaymentStatus::Succeeded,
        to: PaymentStatus::Canceled,
    };
    all_have(
        1400,
        &[E::IdentifierInvalid { kind: "UserId" }, E::StepUpWithoutKeys],
    );
    all_have(1401, &[E::SessionUnknown]);
    all_have(
        1403,
        &[E::SessionCompleted, E::PaymentNotExpired, E::CeremonyKept, moved],
    );
    all_have(1403, &[E::ChallengesExhausted, E::SessionKept]);
    all_have(1403, &[E::CredentialsExhausted]);
    all_have(
        1404,
        &[
            E::PaymentUnknown,
            E::CredentialUnknown,
            E::NoUsableCredential,
            E::PictureNotShown,
        ],
    );
    all_have(1408, &[E::SessionExpired, E::PaymentExpired]);
    all_have(
        1500,
        &[
            E::ServerKeyTooShort,
            E::IdentifierTaken,
            E::PictureOfOtherText,
            E::ChannelCertificateInvalid,
        ],
    );
    all_have(
        1500,
        &[E::MetadataInvalid {
            aaid: ATTESTED,
            rule: "two statements of one AAID",
        }],
    );
}

#[test]
fn refusals_about_people_have_their_codes() {
    all_have(
        1400,
        &[
            E::CredentialNameInvalid,
            E::ConsentVersionInvalid,
            E::LanguageTagInvalid,
            E::TextHashInvalid,
            E::ConsentTimeOutOfRange,
        ],
    );
    all_have(
        1403,
        &[E::SessionCanceled, E::CredentialRevoked, E::ErasureUnfinished],
    );
    all_have(1404, &[E::ConsentUnknown]);
}

#[test]
fn a_server_key_has_at_least_32_bytes() {
    assert!(ServerKey::new(vec![1; 32]).is_ok());
    assert_eq!(ServerKey::new(vec![1; 31]).err(), Some(E::ServerKeyTooShort));
}

#[test]
fn identifiers_have_one_form() {
    let world = World::new();
    let id = PaymentId::generate(&mut world.rng());
    assert_eq!(PaymentId::parse(id.as_str()), Ok(id.clone()));
    assert_ne!(PaymentId::generate(&mut world.rng()), id);
    let digits = &id.as_str()[3..];
    for text in [
        "",
        "pi_",
        digits,
        &format!("es_{digits}"),
        &format!("pi_{}", digits.to_uppercase()),
        &format!("{id}0"),
    ] {
        assert_eq!(
            PaymentId::parse(text),
            Err(E::IdentifierInvalid { kind: "PaymentId" }),
            "{text}"
        );
    }
    assert_eq!(CeremonyId::from_bytes([0xAB; 16]).to_bytes(), [0xAB; 16]);
}

#[test]
fn names_of_tenants_and_users_are_bounded() {
    assert!(TenantId::parse("post.example").is_ok());
    for text in ["", "a b", "p\u{f6}st", &"a".repeat(65)] {
        assert!(TenantId::parse(text).is_err(), "{text}");
    }
    assert!(UserId::parse("J\u{fc}rgen 1").is_ok());
    for text in ["", " alice", "al\0ice", &"a".repeat(129)] {
        assert!(UserId::parse(text).is_err(), "{text}");
    }
}

#[test]
fn secrets_differ_and_only_their_hash_is_kept() {
    let world = World::new();
    let (first, hash) = ClientSecret::issue("es_1", &mut world.rng());
    let (second, other) = ClientSecret::issue("es_1", &mut world.rng());
    assert_ne!(hash, other);
    assert!(hash.matches(first.reveal()) && !hash.matches(second.reveal()) && !hash.matches(""));
}

#[test]
fn metadata_that_nobody_could_satisfy_stops_the_server() {
    let sound = statement(ATTESTED, AttestationType::BasicFull, vec![root()]);
    let load = |statement: &smile_protocol::metadata::MetadataStatement| {
        let text = statement.encode();
        MetadataSet::from_json([text.as_str()]).map(|set| set.aaids().count())
    };
    assert_eq!(load(&sound), Ok(1));
    let mut surrogate = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    assert_eq!(load(&surrogate), Ok(1));
    surrogate.attestation_root_certificates = vec![root()];
    assert!(matches!(
        load(&surrogate),
        Err(E::MetadataInvalid { aaid: SURROGATE, .. })
    ));
    let flaws: [fn(&mut smile_protocol::metadata::MetadataStatement); 6] = [
        |one| one.assertion_scheme = "APCV1CBOR".to_owned(),
        |one| one.authentication_algorithm = AuthenticationAlgorithm::Sm2Sm3Raw,
        |one| one.public_key_format = PublicKeyFormat::Rsa2048Raw,
        |one| one.attestation_types = vec![AttestationType::Ecdaa],
        |one| one.attestation_root_certificates = vec![vec![1, 2, 3]],
        |one| one.attestation_root_certificates.clear(),
    ];
    for flaw in flaws {
        let mut flawed = sound.clone();
        flaw(&mut flawed);
        assert!(matches!(
            load(&flawed),
            Err(E::MetadataInvalid { aaid: ATTESTED, .. })
        ));
    }
    let text = sound.encode();
    let twice = MetadataSet::from_json([text.as_str(), text.as_str()]);
    assert!(matches!(twice, Err(E::MetadataInvalid { .. })));
}
