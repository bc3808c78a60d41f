//! A registration: the model, the authenticator data and the key in them (UAF §3.4.6.5, WebAuthn §7.1).

use smile_ceremony::{error::CeremonyError, uaf::wav1cbor::Wav1CborRule};
use smile_protocol::{
    error::ProtocolError,
    registry::{AttestationType, AuthenticationAlgorithm as Algorithm},
    uaf::{
        identity::{AppId, KeyId},
        policy::MatchCriteria,
    },
};

use super::forge::*;
use crate::{
    authenticator::DeviceKey,
    foreign_key::ForeignKey,
    world::{SURROGATE, World, statement},
};

/// The flaw is refused for this reason and nothing is stored; the same message without it registers the key.
fn refused(error: impl Into<CeremonyError>, flaw: impl FnOnce(&mut Registration)) {
    let (error, passkey) = (error.into(), Passkey::es256(10));
    let mut world = plain_world();
    assert_eq!(register(&mut world, &passkey, flaw), Err(error.clone()));
    assert!(world.rows.credentials.is_empty(), "{error}");
    assert_eq!(
        register(&mut world, &passkey, |_| ()).map(|list| list.len()),
        Ok(1),
        "{error}"
    );
}

fn attested(forge: &mut Registration) -> &mut ([u8; 16], Vec<u8>, Vec<u8>) {
    forge.data.attested.as_mut().expect("a registration")
}

#[test]
fn the_rp_id_is_the_host_of_the_app_id() {
    for other in [
        "https://shop.example",
        "shop.example:443",
        "www.shop.example",
        "example",
        "SHOP.EXAMPLE",
    ] {
        refused(Wav1CborRule::RpIdHashMismatch, |forge| forge.data.rp_id = other);
    }
}

#[test]
fn an_app_id_that_is_no_https_url_has_no_rp_id() {
    let facet = "android:apk-key-hash:2jmj7l5rSw0yVb/vlWAYkK/YBwk";
    let with = |app_id: &str, rp_id: &'static str| {
        let mut world = plain_world();
        world.rp.app_id = Some(AppId::new(app_id).expect("short"));
        register(&mut world, &Passkey::es256(10), |forge| forge.data.rp_id = rp_id).map(|list| list.len())
    };
    let none = Err(Wav1CborRule::RpIdHashMismatch.into());
    assert_eq!(with(facet, "2jmj7l5rSw0yVb"), none);
    assert_eq!(with(facet, ""), none);
    assert_eq!(with("http://shop.example", HOST), none);
    assert_eq!(with("https://SHOP.example:8443/uaf/facets", HOST), Ok(1));
}

/// UAF §3.1.3: where the request has no appID, the client puts its facet, whose host counts.
#[test]
fn without_an_app_id_the_facet_s_host_counts() {
    let with = |rp_id: &'static str| {
        let mut world = plain_world();
        world.rp.app_id = None;
        register(&mut world, &Passkey::es256(10), |forge| forge.data.rp_id = rp_id).map(|list| list.len())
    };
    assert_eq!(with("other.example"), Err(Wav1CborRule::RpIdHashMismatch.into()));
    assert_eq!(with(HOST), Ok(1));
}

#[test]
fn the_user_was_present_and_verified() {
    refused(Wav1CborRule::UserNotPresent, |forge| forge.data.flags &= !UP);
    refused(Wav1CborRule::UserNotVerified, |forge| forge.data.flags &= !UV);
}

#[test]
fn the_hash_is_over_fc_params_as_transmitted() {
    use smile_protocol::base64url;
    refused(Wav1CborRule::AttestationSignatureInvalid, |forge| {
        let sent = forge.envelope.fc.encode().expect("short");
        // The JSON inside is not what counts.
        let json = base64url::decode(sent.as_str()).expect("base64url");
        forge.flaws.signed_over = Some(String::from_utf8(json).expect("UTF-8"));
    });
    refused(Wav1CborRule::AttestationSignatureInvalid, |forge| {
        forge.flaws.signed_over = Some("eyJjaGFsbGVuZ2UiOiIifQ".to_owned());
    });
}

#[test]
fn the_aaguid_is_that_of_a_statement_of_this_scheme() {
    refused(Wav1CborRule::AaguidUnknown, |forge| {
        attested(forge).0 = [0xA8; 16]
    });
    refused(Wav1CborRule::AaguidUnknown, |forge| attested(forge).0 = [0; 16]);
    // A statement of the other scheme has the AAGUID too: it does not speak of this one.
    let mut other = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
    other.aaguid = plain_model().aaguid;
    let mut known = world(&[other.clone()]);
    let unknown = register(&mut known, &Passkey::es256(10), |_| ());
    assert_eq!(unknown, Err(Wav1CborRule::AaguidUnknown.into()));
    let mut known = world(&[other, plain_model()]);
    let registered = register(&mut known, &Passkey::es256(10), |_| ()).expect("sound");
    assert_eq!(registered[0].aaid, PASSKEY);
}

#[test]
fn a_credential_id_has_the_length_of_a_key_id() {
    for short in [1, 16, 31] {
        refused(Wav1CborRule::CredentialIdLength, |forge| {
            attested(forge).1 = vec![10; short]
        });
    }
    let mut world = plain_world();
    let longest = register(&mut world, &Passkey::es256(10), |forge| {
        attested(forge).1 = vec![10; 1023]
    });
    assert_eq!(longest.map(|list| list.len()), Ok(1));
}

#[test]
fn the_key_names_metadatas_algorithm() {
    let es256k = Algorithm::Secp256k1EcdsaSha256Raw;
    let mismatch = Wav1CborRule::KeyAlgorithmMismatch;
    // A sound key of another algorithm, that attests itself as it should.
    refused(mismatch, |forge| {
        let other = Passkey::new(es256k, 10);
        attested(forge).2 = other
            .key
            .written(smile_protocol::registry::PublicKeyFormat::Cose, es256k);
        forge.attest = Some(Packed {
            alg: 47,
            key: other.key,
            algorithm: es256k,
            certificates: Vec::new(),
        });
    });
    // The right key that names ES384, and one that names nothing: {1: 2, 3: -7, ..} without the second member.
    refused(mismatch, |forge| {
        let key = &mut attested(forge).2;
        assert_eq!(key[3..5], [0x03, 0x26]);
        key.splice(4..5, [0x38, 34]);
    });
    refused(mismatch, |forge| {
        let key = &mut attested(forge).2;
        key.splice(..5, [0xA4, 0x01, 0x02]);
    });
}

#[test]
fn the_key_is_a_cose_key_on_its_curve() {
    let invalid = Wav1CborRule::PublicKeyInvalid;
    // Another y: not on the curve.
    refused(invalid, |forge| {
        *attested(forge).2.last_mut().expect("bytes") ^= 1
    });
    // crv 2 in place of 1.
    refused(invalid, |forge| {
        let key = &mut attested(forge).2;
        assert_eq!(key[5..7], [0x20, 0x01]);
        key[6] = 2;
    });
    // No y.
    refused(invalid, |forge| {
        let key = &mut attested(forge).2;
        key[0] = 0xA4;
        key.truncate(key.len() - 35);
    });
    // A point in the form of the other scheme is no map.
    let mut world = plain_world();
    let passkey = Passkey::es256(10);
    let raw = register(&mut world, &passkey, |forge| {
        let ForeignKey::P256(_) = &passkey.key else {
            panic!("P-256")
        };
        attested(forge).2 = passkey.key.point();
    });
    assert!(
        matches!(raw, Err(CeremonyError::Malformed(ProtocolError::Cbor { .. }))),
        "{raw:?}"
    );
}

/// The strict reader: what it refuses is malformed, and extensions that nobody knows take nothing away.
#[test]
fn form_and_extensions_are_the_strict_readers() {
    let rule = |flaw: fn(&mut Registration)| match register(&mut plain_world(), &Passkey::es256(10), flaw) {
        Err(CeremonyError::Malformed(ProtocolError::Cbor { rule, .. })) => rule,
        other => panic!("not malformed: {other:?}"),
    };
    let with = |rewrite: fn(Vec<u8>) -> Vec<u8>| {
        let mut world = plain_world();
        match register(&mut world, &Passkey::es256(10), |forge| {
            forge.envelope.rewrite = rewrite
        }) {
            Err(CeremonyError::Malformed(ProtocolError::Cbor { rule, .. })) => rule,
            other => panic!("not malformed: {other:?}"),
        }
    };
    assert_eq!(
        with(|bytes| [bytes, vec![0]].concat()),
        "is followed by more bytes"
    );
    assert_eq!(
        with(|bytes| bytes[..bytes.len() - 1].to_vec()),
        "ends within an item"
    );
    assert_eq!(rule(|forge| forge.data.flags |= 0x02), "has a reserved flag");
    assert_eq!(
        rule(|forge| forge.data.flags |= 0x10),
        "is backed up without being eligible"
    );
    assert_eq!(
        rule(|forge| forge.data.extensions = vec![0x80]),
        "has extensions that are not a map"
    );
    // {"unknown": true}
    let extension = [&[0xA1, 0x67], &b"unknown"[..], &[0xF5]].concat();
    let mut world = plain_world();
    let passkey = Passkey::es256(10);
    let registered = register(&mut world, &passkey, |forge| {
        forge.data.extensions = extension.clone()
    });
    assert_eq!(registered.map(|list| list.len()), Ok(1));
    assert!(log_in(&mut world, &passkey, |forge| forge.data.extensions = extension).is_ok());
}

#[test]
fn each_scheme_belongs_to_its_models() {
    // The same structures under the other name, and an unknown one.
    let mismatch = CeremonyError::AssertionSchemeMismatch;
    for name in ["APCV1CBOR", "wav1cbor", "WAV1CBOR "] {
        refused(mismatch.clone(), |forge| forge.envelope.scheme = name.to_owned());
    }
    let mut world = plain_world();
    let tlv = register(&mut world, &Passkey::es256(10), |forge| {
        forge.envelope.scheme = "UAFV1TLV".to_owned();
    });
    assert!(
        matches!(tlv, Err(CeremonyError::Malformed(ProtocolError::Tlv { .. }))),
        "{tlv:?}"
    );
    // A UAFV1TLV assertion of a model that answers in this scheme.
    let both = |scheme: &str| {
        let mut model = statement(SURROGATE, AttestationType::BasicSurrogate, Vec::new());
        if scheme == "WAV1CBOR" {
            model = smile_protocol::metadata::MetadataStatement {
                aaid: SURROGATE,
                ..plain_model()
            };
        }
        let mut world: World = super::forge::world(&[model]);
        let device = DeviceKey::new(SURROGATE, 1);
        world.register("alice", &device, |_| ()).map(|list| list.len())
    };
    assert_eq!(both("WAV1CBOR"), Err(mismatch));
    assert_eq!(both("UAFV1TLV"), Ok(1));
}

#[test]
fn the_policy_of_the_request_is_met() {
    let passkey = Passkey::es256(10);
    let with = |accepted: MatchCriteria| {
        let mut world = plain_world();
        world.rp.accepted = vec![vec![accepted]];
        register(&mut world, &passkey, |_| ()).map(|list| list.len())
    };
    let by_scheme = |name: &str| MatchCriteria {
        authentication_algorithms: Some(vec![1]),
        assertion_schemes: Some(vec![name.to_owned()]),
        ..MatchCriteria::default()
    };
    let unmet = Err(CeremonyError::PolicyNotSatisfied);
    assert_eq!(with(by_scheme("UAFV1TLV")), unmet);
    assert_eq!(with(by_scheme("WAV1CBOR")), Ok(1));
    let version = |version| MatchCriteria {
        authenticator_version: Some(version),
        ..MatchCriteria::for_aaid(PASSKEY)
    };
    // The assertion does not say its version; metadata says 2.
    assert_eq!(with(version(3)), unmet);
    assert_eq!(with(version(2)), Ok(1));
    // Disallowed as registered already.
    let mut world = plain_world();
    assert!(register(&mut world, &passkey, |_| ()).is_ok());
    let again = register(&mut world, &passkey, |_| ());
    assert_eq!(again, Err(CeremonyError::PolicyNotSatisfied));
    // And whoever the user is, by the store.
    let session = world.enrolment_session("mallory");
    let request = world.begin_registration(&session).expect("begun");
    let stolen = world.finish_registration(&Registration::answering(&request, &passkey).message());
    assert_eq!(stolen, Err(CeremonyError::KeyAlreadyRegistered));
    let named = world.credentials()[0].key_id.clone();
    assert_eq!(named, KeyId::new(passkey.credential_id).expect("32 bytes"));
}
