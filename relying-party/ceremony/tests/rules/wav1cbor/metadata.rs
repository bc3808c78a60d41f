//! Statements of models that answer in this scheme.

use smile_ceremony::{error::CeremonyError, metadata::MetadataSet};
use smile_protocol::{
    metadata::MetadataStatement,
    registry::{AttestationType as Type, AuthenticationAlgorithm as Algorithm, PublicKeyFormat},
    uaf::identity::Aaid,
    webauthn::aaguid::Aaguid,
};

use super::forge::*;
use crate::world::{SURROGATE, root, statement};

fn load(statements: &[MetadataStatement]) -> Result<usize, &'static str> {
    let texts: Vec<String> = statements.iter().map(MetadataStatement::encode).collect();
    match MetadataSet::from_json(texts.iter().map(String::as_str)) {
        Ok(set) => Ok(set.aaids().count()),
        Err(CeremonyError::MetadataInvalid { rule, .. }) => Err(rule),
        Err(other) => panic!("another error: {other}"),
    }
}

#[test]
fn a_statement_that_nobody_could_satisfy_stops_the_server() {
    type Flaw = (&'static str, fn(&mut MetadataStatement));
    assert_eq!(load(&[plain_model()]), Ok(1));
    let flaws: [Flaw; 9] = [
        ("aaguid is absent or all zeros", |one| one.aaguid = None),
        ("aaguid is absent or all zeros", |one| {
            one.aaguid = Some(Aaguid([0; 16]))
        }),
        ("publicKeyAlgAndEncoding is not COSE", |one| {
            one.public_key_format = PublicKeyFormat::EccX962Raw;
        }),
        ("authenticationAlgorithm is none of WAV1CBOR", |one| {
            one.authentication_algorithm = Algorithm::Sm2Sm3Raw;
        }),
        ("tcDisplay is not 0", |one| one.tc_display = 1),
        ("attestationTypes has neither", |one| {
            one.attestation_types = vec![Type::BasicFull]
        }),
        ("attestationTypes has neither", |one| {
            one.attestation_types = vec![Type::AttCa]
        }),
        ("attestationTypes has neither", |one| {
            one.attestation_root_certificates = vec![root()];
        }),
        ("assertionScheme is neither", |one| {
            one.assertion_scheme = "APCV1CBOR".to_owned()
        }),
    ];
    for (words, flaw) in flaws {
        let mut flawed = plain_model();
        flaw(&mut flawed);
        let rule = load(&[flawed]).expect_err(words);
        assert!(rule.starts_with(words), "{rule}");
    }
    // ATTCA stays with the other scheme: packed certificates are Basic Full here.
    let mut attca = rooted_model();
    attca.attestation_types = vec![Type::AttCa];
    assert!(
        load(&[attca])
            .expect_err("not packed")
            .starts_with("attestationTypes has neither")
    );
    assert_eq!(load(&[rooted_model()]), Ok(1));
    assert_eq!(
        load(&[model(
            Algorithm::Secp384r1EcdsaSha384Raw,
            &[Type::None],
            Vec::new()
        )]),
        Ok(1)
    );
}

#[test]
fn an_aaguid_leads_to_one_model() {
    let other = MetadataStatement {
        aaid: Aaid::new(0xFFFF, 0x5311),
        ..plain_model()
    };
    assert_eq!(
        load(&[plain_model(), other.clone()]),
        Err("two statements of one AAGUID")
    );
    let apart = MetadataStatement {
        aaguid: Some(Aaguid([0xA8; 16])),
        ..other
    };
    assert_eq!(load(&[plain_model(), apart]), Ok(2));
    // In the other scheme an AAGUID names nothing.
    let tlv = MetadataStatement {
        aaguid: plain_model().aaguid,
        ..statement(SURROGATE, Type::BasicSurrogate, Vec::new())
    };
    assert_eq!(load(&[plain_model(), tlv.clone()]), Ok(2));
    assert_eq!(load(&[tlv, plain_model()]), Ok(2));
}

/// The other scheme knows no attestation by nobody.
#[test]
fn none_belongs_to_this_scheme_only() {
    let none = |model: MetadataStatement| {
        load(&[MetadataStatement {
            attestation_types: vec![Type::None],
            ..model
        }])
    };
    let tlv = statement(SURROGATE, Type::BasicSurrogate, Vec::new());
    assert!(
        none(tlv)
            .expect_err("refused")
            .starts_with("attestationTypes has neither")
    );
    assert_eq!(none(plain_model()), Ok(1));
    // Where there are roots it would be a way around them.
    let rule = none(rooted_model()).expect_err("refused");
    assert!(rule.starts_with("attestationTypes has neither"), "{rule}");
}
