//! Metadata over arbitrary values: what is written in either form is read back as it was.

use proptest::collection::vec;
use proptest::prelude::*;

use smile_protocol::metadata::{
    AuthenticatorStatus, BiometricAccuracy, CalendarDate, CodeAccuracy, DisplayPngCharacteristics,
    EcdaaTrustAnchor, MetadataEntry, MetadataStatement, PatternAccuracy, RgbPaletteEntry, StatusReport,
    VerificationMethod,
};
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm, PublicKeyFormat};
use smile_protocol::uaf::header::Upv;
use smile_protocol::uaf::identity::Aaid;
use smile_protocol::webauthn::aaguid::Aaguid;

/// A rate that version 3 can state.
fn rate() -> impl Strategy<Value = Option<u32>> {
    prop::option::of(0..=1_000_000_000_u32)
}

fn few() -> impl Strategy<Value = Option<u16>> {
    prop::option::of(any::<u16>())
}

fn method() -> impl Strategy<Value = VerificationMethod> {
    let code =
        (any::<(u16, u16)>(), few(), few()).prop_map(|((base, min_length), max_retries, block_slowdown)| {
            CodeAccuracy {
                base,
                min_length,
                max_retries,
                block_slowdown,
            }
        });
    let biometric = (rate(), rate(), few(), few(), few()).prop_map(
        |(far_ppb, frr_ppb, max_reference_data_sets, max_retries, block_slowdown)| BiometricAccuracy {
            far_ppb,
            frr_ppb,
            eer_ppb: None,
            faar_ppb: None,
            max_reference_data_sets,
            max_retries,
            block_slowdown,
        },
    );
    let pattern = (any::<u32>(), few(), few()).prop_map(|(min_complexity, max_retries, block_slowdown)| {
        PatternAccuracy {
            min_complexity,
            max_retries,
            block_slowdown,
        }
    });
    (
        0..13_u32,
        prop::option::of(code),
        prop::option::of(biometric),
        prop::option::of(pattern),
    )
        .prop_map(|(bit, code, biometric, pattern)| VerificationMethod {
            user_verification: 1 << bit,
            code,
            biometric,
            pattern,
        })
}

fn display() -> impl Strategy<Value = DisplayPngCharacteristics> {
    let palette = vec(any::<(u16, u16, u16)>(), 0..4);
    (any::<(u32, u32)>(), any::<(u8, u8, u8, u8, u8)>(), palette).prop_map(
        |((width, height), (bit_depth, color_type, compression, filter, interlace), palette)| {
            let plte = palette.into_iter().map(|(r, g, b)| RgbPaletteEntry { r, g, b });
            DisplayPngCharacteristics {
                width,
                height,
                bit_depth,
                color_type,
                compression,
                filter,
                interlace,
                plte: plte.collect(),
            }
        },
    )
}

fn anchor() -> impl Strategy<Value = EcdaaTrustAnchor> {
    "[A-Za-z0-9_-]{1,10}".prop_map(|text| EcdaaTrustAnchor {
        x: text.clone(),
        y: text.clone(),
        c: text.clone(),
        sx: text.clone(),
        sy: text.clone(),
        g1_curve: text,
    })
}

/// Members that both forms write alike.
fn plain() -> impl Strategy<Value = MetadataStatement> {
    let identity = (
        any::<(u16, u16, u16)>(),
        "\\PC{0,40}",
        any::<(bool, Option<bool>, Option<bool>)>(),
        any::<Option<[u8; 16]>>(),
    );
    let display = (prop::option::of("[a-z/]{1,12}"), vec(display(), 0..3));
    let trust = (vec(vec(any::<u8>(), 1..40), 0..3), vec(anchor(), 0..2));
    let icon = prop::option::of("\\PC{0,40}");
    (identity, display, trust, icon).prop_map(
        |(
            ((vendor, model, version), description, (family, restricted, fresh), aaguid),
            display,
            trust,
            icon,
        )| {
            MetadataStatement {
                aaid: Aaid::new(vendor, model),
                aaguid: aaguid.map(Aaguid),
                description,
                authenticator_version: version,
                protocol_family: family.then(|| "uaf".to_owned()),
                upv: Upv::SUPPORTED.to_vec(),
                assertion_scheme: String::new(),
                authentication_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
                public_key_format: PublicKeyFormat::EccX962Raw,
                attestation_types: Vec::new(),
                user_verification_details: Vec::new(),
                key_protection: 0,
                is_key_restricted: restricted,
                is_fresh_user_verification_required: fresh,
                matcher_protection: 0,
                attachment_hint: 0,
                is_second_factor_only: false,
                tc_display: 0,
                tc_display_content_type: display.0,
                tc_display_png_characteristics: display.1,
                attestation_root_certificates: trust.0,
                ecdaa_trust_anchors: trust.1,
                icon,
            }
        },
    )
}

/// A statement whose values have names in version 3.
fn statement() -> impl Strategy<Value = MetadataStatement> {
    let scheme = prop_oneof![
        Just("UAFV1TLV".to_owned()),
        Just("WAV1CBOR".to_owned()),
        "[A-Z0-9]{1,8}"
    ];
    let codes = (
        prop::sample::select(AuthenticationAlgorithm::ALL),
        prop::sample::select(PublicKeyFormat::ALL),
        prop::sample::subsequence(AttestationType::ALL, 1..=AttestationType::ALL.len()),
    );
    let methods = vec(vec(method(), 1..3), 1..3);
    let flags = (0..0x20_u16, 0..8_u16, 0..0x200_u32, any::<bool>(), 0..0x20_u16);
    (plain(), scheme, codes, methods, flags).prop_map(|(plain, scheme, codes, methods, flags)| {
        MetadataStatement {
            assertion_scheme: scheme,
            authentication_algorithm: codes.0,
            public_key_format: codes.1,
            attestation_types: codes.2,
            user_verification_details: methods,
            key_protection: flags.0,
            matcher_protection: flags.1,
            attachment_hint: flags.2,
            is_second_factor_only: flags.3,
            tc_display: flags.4,
            ..plain
        }
    })
}

fn date() -> impl Strategy<Value = CalendarDate> {
    (1970..=9999_u16, 1..=12_u8, 1..=28_u8)
        .prop_map(|(year, month, day)| format!("{year:04}-{month:02}-{day:02}").parse().expect("a day"))
}

fn report() -> impl Strategy<Value = StatusReport> {
    let status = prop_oneof![
        prop::sample::select(AuthenticatorStatus::LISTED),
        "X[A-Z_]{0,40}".prop_map(AuthenticatorStatus::Unknown),
    ];
    (
        status,
        prop::option::of(date()),
        prop::option::of(vec(any::<u8>(), 1..40)),
        prop::option::of("\\PC{0,40}"),
    )
        .prop_map(|(status, effective_date, certificate, url)| StatusReport {
            status,
            effective_date,
            certificate,
            url,
        })
}

proptest! {
    #[test]
    fn statements_come_back_in_either_form(statement in statement(), legal_header in "\\PC{0,20}") {
        let numbers = statement.encode();
        prop_assert_eq!(MetadataStatement::decode(&numbers), Ok(statement.clone()));
        let names = statement.encode_v3(&legal_header).expect("all has names");
        prop_assert_eq!(MetadataStatement::decode(&names), Ok(statement));
    }

    #[test]
    fn entries_come_back(
        statement in statement(), status_reports in vec(report(), 0..4), changed in prop::option::of(date())
    ) {
        let entry = MetadataEntry { statement, status_reports, time_of_last_status_change: changed };
        prop_assert_eq!(MetadataEntry::decode(&entry.encode()), Ok(entry));
    }

    #[test]
    fn the_form_tells_itself_apart_whatever_its_values(statement in statement()) {
        // A version 3 statement that is read as numbers, or the other way round, would fail on its first list.
        let tree: serde_json::Value =
            serde_json::from_str(&statement.encode_v3("").expect("named")).expect("JSON");
        prop_assert!(tree["authenticationAlgorithm"].is_null());
        prop_assert_eq!(tree["schema"].as_u64(), Some(3));
    }
}
