//! Properties over random input: decoding never panics, whatever the bytes; and what is
//! encoded decodes to what it was.

use proptest::collection::vec;
use proptest::prelude::*;

use smile_protocol::base64url;
use smile_protocol::hash::{HashAlgorithm, HashValue};
use smile_protocol::key::{EcPoint, KeyKind, PublicKey};
use smile_protocol::metadata::{DisplayPngCharacteristics, MetadataEntry, MetadataStatement};
use smile_protocol::registry::{AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::asm::AsmRequest;
use smile_protocol::uaf::assertion::authentication::AuthenticationAssertion;
use smile_protocol::uaf::assertion::extension::AssertionExtension;
use smile_protocol::uaf::assertion::info::{
    AuthenticationAssertionInfo, AuthenticationMode, RegistrationAssertionInfo,
};
use smile_protocol::uaf::assertion::krd::{KeyRegistrationData, RegistrationCounters};
use smile_protocol::uaf::assertion::registration::{Attestation, RegistrationAssertion};
use smile_protocol::uaf::assertion::signed_data::{SignedData, TransactionContentHash};
use smile_protocol::uaf::authentication::{AuthenticationRequest, AuthenticationResponse, Transaction};
use smile_protocol::uaf::challenge::{ChannelBinding, FcParams, FinalChallengeHash, FinalChallengeParams};
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::facets::TrustedFacetsList;
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{Aaid, AppId, Challenge, FacetId, KeyId, ServerData, Username};
use smile_protocol::uaf::message::{UafRequest, decode_request, encode_requests};
use smile_protocol::uaf::policy::Policy;
use smile_protocol::uaf::registration::{
    AuthenticatorRegistrationAssertion, RegistrationRequest, RegistrationResponse,
};
use smile_protocol::uaf::transport::{GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse};

fn aaid() -> impl Strategy<Value = Aaid> {
    any::<(u16, u16)>().prop_map(|(vendor, model)| Aaid::new(vendor, model))
}

fn key_id() -> impl Strategy<Value = KeyId> {
    vec(any::<u8>(), 1..80).prop_map(|bytes| KeyId::new(bytes).expect("1 to 2048 bytes"))
}

fn algorithm() -> impl Strategy<Value = AuthenticationAlgorithm> {
    prop::sample::select(AuthenticationAlgorithm::ALL)
}

fn extensions() -> impl Strategy<Value = Vec<AssertionExtension>> {
    let one = ("[a-zäö.]{1,32}", vec(any::<u8>(), 0..40));
    vec(one.prop_map(|(id, data)| AssertionExtension { id, data }), 0..3)
}

fn krd() -> impl Strategy<Value = KeyRegistrationData> {
    let info = (
        any::<u16>(),
        algorithm(),
        prop::sample::select(PublicKeyFormat::ALL),
    )
        .prop_map(
            |(authenticator_version, signature_algorithm, public_key_format)| RegistrationAssertionInfo {
                authenticator_version,
                signature_algorithm,
                public_key_format,
            },
        );
    let counters = any::<(u32, u32)>().prop_map(|(sign_counter, reg_counter)| RegistrationCounters {
        sign_counter,
        reg_counter,
    });
    (
        aaid(),
        info,
        any::<[u8; 8]>(),
        key_id(),
        counters,
        vec(any::<u8>(), 1..100),
        extensions(),
    )
        .prop_map(
            |(aaid, assertion_info, hash, key_id, counters, public_key, extensions)| KeyRegistrationData {
                aaid,
                assertion_info,
                final_challenge_hash: FinalChallengeHash(hash_for(assertion_info.signature_algorithm, &hash)),
                key_id,
                counters,
                public_key,
                extensions,
            },
        )
}

fn attestation() -> impl Strategy<Value = Attestation> {
    let signature = || vec(any::<u8>(), 1..80);
    prop_oneof![
        signature().prop_map(|signature| Attestation::BasicSurrogate { signature }),
        signature().prop_map(|signature| Attestation::Ecdaa { signature }),
        (signature(), vec(vec(any::<u8>(), 1..300), 1..4)).prop_map(|(signature, certificates)| {
            Attestation::BasicFull {
                signature,
                certificates,
            }
        }),
        (signature(), vec(vec(any::<u8>(), 1..300), 1..4)).prop_map(|(signature, certificates)| {
            Attestation::AttCa {
                signature,
                certificates,
            }
        }),
        vec(any::<u8>(), 0..80).prop_map(|value| Attestation::None { value }),
        vec(any::<u8>(), 0..80).prop_map(|value| Attestation::AnonCa { value }),
    ]
}

/// A hash of the length that goes with the algorithm; any where none does.
fn hash_for(algorithm: AuthenticationAlgorithm, content: &[u8]) -> HashValue {
    let any_length = HashAlgorithm::ALL[usize::from(content[0]) % 3];
    algorithm.hash().unwrap_or(any_length).digest(content)
}

fn signed_data() -> impl Strategy<Value = SignedData> {
    let content = prop::option::of(any::<[u8; 8]>());
    let parts = (
        aaid(),
        any::<u16>(),
        algorithm(),
        vec(any::<u8>(), 8..80),
        any::<[u8; 8]>(),
    );
    (parts, content, key_id(), any::<u32>(), extensions()).prop_map(
        |((aaid, version, algorithm, nonce, hash), content, key_id, sign_counter, extensions)| SignedData {
            aaid,
            assertion_info: AuthenticationAssertionInfo {
                authenticator_version: version,
                authentication_mode: match content {
                    Some(_) => AuthenticationMode::TransactionConfirmed,
                    None => AuthenticationMode::UserVerified,
                },
                signature_algorithm: algorithm,
            },
            authenticator_nonce: nonce,
            final_challenge_hash: FinalChallengeHash(hash_for(algorithm, &hash)),
            transaction_content_hash: content
                .map(|content| TransactionContentHash(hash_for(algorithm, &content))),
            key_id,
            sign_counter,
            extensions,
        },
    )
}

fn header(op: Operation) -> impl Strategy<Value = OperationHeader> {
    let app_id = prop::option::of("\\PC{1,60}".prop_map(|text| AppId::new(text).expect("short")));
    let server_data = prop::option::of("\\PC{1,60}".prop_map(|text| ServerData::new(text).expect("short")));
    (prop::sample::select(&Upv::SUPPORTED[..]), app_id, server_data).prop_map(
        move |(upv, app_id, server_data)| OperationHeader {
            server_data,
            ..OperationHeader::new(upv, op, app_id)
        },
    )
}

fn challenge() -> impl Strategy<Value = Challenge> {
    vec(any::<u8>(), 8..=64).prop_map(|bytes| Challenge::new(bytes).expect("8 to 64 bytes"))
}

fn policy() -> impl Strategy<Value = Policy> {
    (vec(aaid(), 1..4), aaid(), vec(key_id(), 0..3))
        .prop_map(|(accepted, model, keys)| Policy::accepting(&accepted).disallowing_keys(model, keys))
}

fn request() -> impl Strategy<Value = UafRequest> {
    let username = "\\PC{1,60}".prop_map(|text| Username::new(text).expect("short"));
    let transaction = "[ -~\n]{1,200}".prop_map(|text| Transaction::text_plain(&text).expect("ASCII"));
    let entry = prop_oneof![
        aaid().prop_map(DeregisterAuthenticator::model),
        (aaid(), key_id()).prop_map(|(aaid, key_id)| DeregisterAuthenticator::key(aaid, key_id)),
    ];
    prop_oneof![
        (header(Operation::Reg), challenge(), username, policy()).prop_map(
            |(header, challenge, username, policy)| {
                UafRequest::Registration(RegistrationRequest {
                    header,
                    challenge,
                    username,
                    policy,
                })
            }
        ),
        (
            header(Operation::Auth),
            challenge(),
            vec(transaction, 0..3),
            policy()
        )
            .prop_map(|(header, challenge, transaction, policy)| {
                UafRequest::Authentication(AuthenticationRequest {
                    header,
                    challenge,
                    transaction,
                    policy,
                })
            }),
        (header(Operation::Dereg), vec(entry, 1..4)).prop_map(|(header, authenticators)| {
            UafRequest::Deregistration(DeregistrationRequest {
                header,
                authenticators,
            })
        }),
    ]
}

/// Everything that decodes text, on the same text. Only panics matter.
fn decode_text(text: &str) {
    let _ = decode_request(text);
    let _ = RegistrationResponse::decode(text);
    let _ = AuthenticationResponse::decode(text);
    let _ = MetadataStatement::decode(text);
    let _ = MetadataEntry::decode(text);
    let _ = ChannelBinding {
        cid_pubkey: Some(text.to_owned()),
        ..ChannelBinding::default()
    }
    .channel_id();
    let _ = TrustedFacetsList::decode(text);
    let _ = AsmRequest::decode(text);
    let _ = GetUafRequest::decode(text);
    let _ = ReturnUafRequest::decode(text);
    let _ = SendUafResponse::decode(text);
    let _ = ServerResponse::decode(text);
    let _ = base64url::decode(text);
    let _ = text.parse::<Aaid>();
    let _ = FcParams::from_transmitted(text).map(|params| params.decode());
}

/// A signature algorithm that keys are read for, and a key for it.
fn key_for_its_algorithm() -> impl Strategy<Value = (AuthenticationAlgorithm, PublicKey)> {
    let kinds: Vec<(AuthenticationAlgorithm, KeyKind)> = AuthenticationAlgorithm::ALL
        .iter()
        .filter(|algorithm| **algorithm != AuthenticationAlgorithm::RsassaPkcsv15Sha1Raw)
        .filter_map(|algorithm| KeyKind::of(*algorithm).map(|kind| (*algorithm, kind)))
        .collect();
    prop::sample::select(kinds).prop_flat_map(|(algorithm, kind)| (Just(algorithm), key_of(kind)))
}

fn key_of(kind: KeyKind) -> BoxedStrategy<PublicKey> {
    let odd = |mut number: Vec<u8>, first: u8| {
        number[0] |= first;
        *number.last_mut().expect("not empty") |= 1;
        number
    };
    match kind {
        KeyKind::Ec(curve) => {
            let coordinate = || vec(any::<u8>(), curve.coordinate_bytes());
            (coordinate(), coordinate())
                .prop_map(move |(x, y)| {
                    PublicKey::Ec(EcPoint::new(curve, &x, &y).expect("of the curve's length"))
                })
                .boxed()
        }
        KeyKind::Ed25519 => any::<[u8; 32]>().prop_map(PublicKey::Ed25519).boxed(),
        KeyKind::Rsa => (
            prop_oneof![vec(any::<u8>(), 256), vec(any::<u8>(), 257..=512)],
            vec(any::<u8>(), 1..=8),
        )
            .prop_map(move |(n, e)| PublicKey::Rsa {
                n: odd(n, 0x80),
                e: odd(e, 0x02),
            })
            .boxed(),
        other => panic!("no keys are made here of {other:?}"),
    }
}

/// Everything that decodes bytes, on the same bytes. Only panics matter.
fn decode_bytes(bytes: &[u8]) {
    let _ = RegistrationAssertion::decode(bytes);
    let _ = AuthenticationAssertion::decode(bytes);
    let _ = DisplayPngCharacteristics::of_png(bytes);
    let _ = DisplayPngCharacteristics::of_png(&[&b"\x89PNG\r\n\x1a\n"[..], bytes].concat());
    for format in PublicKeyFormat::ALL {
        for algorithm in AuthenticationAlgorithm::ALL {
            let _ = PublicKey::decode(*format, *algorithm, bytes);
        }
    }
}

proptest! {
    #[test]
    fn decoding_random_bytes_never_panics(bytes in vec(any::<u8>(), 0..600)) {
        decode_bytes(&bytes);
        decode_text(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn decoding_random_json_like_text_never_panics(
        text in "(\\[|\\]|\\{|\\}|:|,|\"(header|upv|op|appID|a)\"|null|1|-1|1e9|\"Reg\"| ){0,40}"
    ) {
        decode_text(&text);
    }

    #[test]
    fn a_flipped_bit_never_panics_and_never_changes_what_is_signed_unseen(
        krd in krd(), attestation in attestation(), position in any::<prop::sample::Index>(), bit in 0..8
    ) {
        let assertion = RegistrationAssertion::new(krd, attestation).expect("short");
        let mut bytes = assertion.encode().expect("short");
        let index = position.index(bytes.len());
        bytes[index] ^= 1_u8 << bit;
        decode_bytes(&bytes);
        if let Ok(changed) = RegistrationAssertion::decode(&bytes) {
            // What was read from the signed data is bound by the bytes that get verified.
            prop_assert!(changed.krd == assertion.krd || changed.signed_bytes != assertion.signed_bytes);
        }
    }

    #[test]
    fn a_message_with_a_changed_character_never_panics(
        request in request(), position in any::<prop::sample::Index>(), character in any::<char>()
    ) {
        let text = encode_requests(&[request]).expect("valid");
        let at = position.index(text.chars().count());
        let changed: String =
            text.chars().enumerate().map(|(index, old)| if index == at { character } else { old }).collect();
        decode_text(&changed);
    }

    #[test]
    fn registrations_come_back(krd in krd(), attestation in attestation(), unsigned in extensions()) {
        let mut assertion = RegistrationAssertion::new(krd, attestation).expect("short");
        assertion.unsigned_extensions = unsigned;
        let bytes = assertion.encode().expect("short");
        prop_assert_eq!(RegistrationAssertion::decode(&bytes), Ok(assertion));
    }

    #[test]
    fn authentications_come_back(
        data in signed_data(), signature in vec(any::<u8>(), 1..300), unsigned in extensions()
    ) {
        let mut assertion = AuthenticationAssertion::new(data, signature).expect("short");
        assertion.unsigned_extensions = unsigned;
        let bytes = assertion.encode().expect("short");
        prop_assert_eq!(AuthenticationAssertion::decode(&bytes), Ok(assertion));
    }

    #[test]
    fn an_assertion_cut_short_is_refused(data in signed_data(), cut in any::<prop::sample::Index>()) {
        let bytes = AuthenticationAssertion::new(data, vec![1; 64]).and_then(|a| a.encode()).expect("short");
        prop_assert!(AuthenticationAssertion::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn requests_come_back(request in request()) {
        let text = encode_requests(std::slice::from_ref(&request)).expect("valid");
        prop_assert_eq!(decode_request(&text), Ok(vec![request]));
    }

    #[test]
    fn responses_come_back(header in header(Operation::Reg), krd in krd(), attestation in attestation()) {
        let assertion = RegistrationAssertion::new(krd, attestation).expect("short");
        let carried = AuthenticatorRegistrationAssertion::uafv1tlv(&assertion).expect("short");
        prop_assert_eq!(carried.decode_assertion(), Ok(assertion));
        let fc_params = FcParams::from_transmitted("e30").expect("short");
        let response = RegistrationResponse { header, fc_params, assertions: vec![carried] };
        prop_assert_eq!(RegistrationResponse::decode(&response.encode().expect("short")), Ok(response));
    }

    #[test]
    fn final_challenges_come_back(
        app_id in "\\PC{1,200}", challenge in challenge(), facet in "\\PC{1,200}",
        end_point in prop::option::of("[A-Za-z0-9_-]{1,60}")
    ) {
        let params = FinalChallengeParams {
            app_id: AppId::new(app_id).expect("short"),
            challenge,
            facet_id: FacetId::new(facet).expect("short"),
            channel_binding: ChannelBinding { server_end_point: end_point, ..ChannelBinding::default() },
        };
        let encoded = params.encode().expect("short");
        prop_assert_eq!(encoded.hash(HashAlgorithm::Sha384),
            FcParams::from_transmitted(encoded.as_str()).expect("short").hash(HashAlgorithm::Sha384));
        prop_assert_eq!(encoded.decode(), Ok(params));
    }

    #[test]
    fn keys_come_back((algorithm, key) in key_for_its_algorithm()) {
        for format in PublicKeyFormat::ALL.iter().copied().filter(|format| key.kind().fits(*format)) {
            // A raw RSA key has 2048 bits by definition.
            let longer = matches!(&key, PublicKey::Rsa { n, .. } if n.len() > 256);
            if format == PublicKeyFormat::Rsa2048Raw && longer {
                prop_assert!(key.encode(format, algorithm).is_err());
                continue;
            }
            let bytes = key.encode(format, algorithm).expect("holds the key");
            prop_assert_eq!(PublicKey::decode(format, algorithm, &bytes), Ok(key.clone()), "{}", format.name());
            let read = PublicKey::decode(format, algorithm, &bytes).expect("just read");
            prop_assert_eq!(read.encode(format, algorithm), Ok(bytes), "{}", format.name());
        }
        let cose = key.to_cose(algorithm).expect("COSE has all of them");
        prop_assert_eq!(PublicKey::from_cose(&cose), Ok(key.clone()));
        let spki = key.to_spki().expect("short");
        prop_assert_eq!(PublicKey::from_spki(&spki), Ok(key));
    }

    #[test]
    fn base64url_has_one_text_for_each_value(bytes in vec(any::<u8>(), 0..100), text in "[A-Za-z0-9_-]{0,20}") {
        prop_assert_eq!(base64url::decode(&base64url::encode(&bytes)), Ok(bytes));
        if let Ok(decoded) = base64url::decode(&text) {
            prop_assert_eq!(base64url::encode(&decoded), text);
        }
    }
}
