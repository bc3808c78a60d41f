#![allow(clippy::unwrap_used)]

use smile_protocol::metadata::MetadataStatement;
use smile_protocol::registry::AttestationType;
use smile_protocol::uaf::identity::Aaid;

use crate::asm;
use crate::authenticator::{AttestationMode, Authenticator};
use crate::commands::get_info::AUTHENTICATOR_VERSION;
use crate::error::AuthenticatorError;
use crate::rehearsal::Rehearsal;

fn statement(mode: AttestationMode) -> MetadataStatement {
    Rehearsal::with(mode).open().metadata_statement()
}

#[test]
fn a_statement_reads_back_as_it_was_written() {
    for mode in [AttestationMode::BasicFull, AttestationMode::BasicSurrogate] {
        let statement = statement(mode);
        assert_eq!(MetadataStatement::decode(&statement.encode()).unwrap(), statement);
    }
}

#[test]
fn the_values_are_those_of_software_without_a_liveness_check() {
    for mode in [AttestationMode::BasicFull, AttestationMode::BasicSurrogate] {
        let statement = statement(mode);
        assert_eq!(statement.user_verification_flags(), Some(0x10));
        assert_eq!((statement.key_protection, statement.matcher_protection), (1, 1));
        assert_eq!((statement.attachment_hint, statement.tc_display), (1, 3));
        assert_eq!(statement.tc_display_content_type.as_deref(), Some("text/plain"));
        assert!(!statement.is_second_factor_only);
        let words = &statement.description;
        assert!(
            words.contains("TEST AAID") && words.contains("a photo would pass"),
            "{words}"
        );
        assert!(
            words.is_ascii() && words.len() <= 200,
            "{} characters",
            words.len()
        );
        let method = &statement.user_verification_details[0][0];
        let figures = method.biometric.unwrap();
        assert_eq!(
            (figures.far_ppb, figures.frr_ppb),
            (None, None),
            "no rate that nobody measured"
        );
        assert_eq!((figures.max_retries, figures.block_slowdown), (Some(5), Some(30)));
    }
}

#[test]
fn basic_full_lists_its_root_and_basic_surrogate_lists_none() {
    let rehearsal = Rehearsal::new();
    let full = rehearsal.open().metadata_statement();
    assert_eq!(full.aaid.to_string(), "FFFF#5301");
    assert_eq!(full.attestation_types, [AttestationType::BasicFull]);
    assert_eq!(full.attestation_root_certificates.len(), 1);
    let again = rehearsal.open().metadata_statement();
    assert_eq!(again, full, "the same installation says the same");

    let surrogate = statement(AttestationMode::BasicSurrogate);
    assert_eq!(surrogate.aaid.to_string(), "FFFF#5302");
    assert_eq!(surrogate.attestation_types, [AttestationType::BasicSurrogate]);
    assert!(surrogate.attestation_root_certificates.is_empty());
}

#[test]
fn what_the_statement_promises_is_what_get_info_answers() {
    for mode in [AttestationMode::BasicFull, AttestationMode::BasicSurrogate] {
        for config in [
            Rehearsal::with(mode),
            Rehearsal::with(mode).with_picture_display(),
            Rehearsal::with(mode).without_transaction_display(),
            Rehearsal::with(mode)
                .with_picture_display()
                .without_transaction_display(),
        ] {
            let authenticator = config.open();
            let statement = authenticator.metadata_statement();
            let promised = statement.describe(AUTHENTICATOR_VERSION, Vec::new());
            let answered = asm::get_info(&authenticator);
            assert_eq!(answered.describe(AUTHENTICATOR_VERSION, Vec::new()), promised);
            assert_eq!(
                answered.tc_display_content_type,
                statement.tc_display_content_type
            );
            assert_eq!(
                answered.tc_display_png_characteristics,
                statement.tc_display_png_characteristics
            );
        }
    }
}

#[test]
fn a_vendor_s_model_has_the_vendor_s_aaid_everywhere() {
    let vendor = Aaid::new(0x1234, 0x0001);
    let rehearsal = Rehearsal::new().of_model(vendor);
    let authenticator = rehearsal.open();
    let statement = authenticator.metadata_statement();
    assert_eq!((authenticator.aaid(), statement.aaid), (vendor, vendor));
    assert!(!statement.description.contains("TEST AAID"));
    assert_eq!(asm::get_info(&authenticator).aaid, vendor);
    drop(authenticator);
    // A home belongs to its model for good.
    let other = rehearsal.of_model(Aaid::new(0x1234, 0x0002)).try_open();
    assert!(matches!(other, Err(AuthenticatorError::HomeOfAnotherAaid { .. })));
}

#[test]
fn the_statement_of_a_home_is_read_without_opening_it() {
    for (made, other) in [
        (AttestationMode::BasicFull, AttestationMode::BasicSurrogate),
        (AttestationMode::BasicSurrogate, AttestationMode::BasicFull),
    ] {
        let aaid = Aaid::new(0x1234, 1);
        let rehearsal = Rehearsal::with(made).of_model(aaid);
        let told = Authenticator::statement_of(&rehearsal.config());
        assert!(
            matches!(told, Err(AuthenticatorError::Sealed { .. })),
            "no home yet"
        );
        assert!(!rehearsal.home().exists() && !rehearsal.key_file().exists());
        let authenticator = rehearsal.enrolled();
        let statement = authenticator.metadata_statement();
        // A secret of an older home, which the next start renews, and a key without a row, which it sweeps away.
        authenticator.vault.write("asm-token", &[7; 32]).unwrap();
        authenticator.vault.write("keys/00", b"x").unwrap();
        let before = rehearsal.files();
        assert_eq!(
            Authenticator::statement_of(&rehearsal.config()).unwrap(),
            statement,
            "held by another"
        );
        drop(authenticator);
        assert_eq!(
            Authenticator::statement_of(&rehearsal.config()).unwrap(),
            statement
        );
        let refused = Authenticator::statement_of(&rehearsal.config().with_attestation(other));
        let Err(AuthenticatorError::HomeOfAnotherAttestation { found, expected }) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!((found, expected), (made, other));
        let other_model = rehearsal.config().with_aaid(Aaid::new(0x1234, 2));
        assert!(matches!(
            Authenticator::statement_of(&other_model),
            Err(AuthenticatorError::HomeOfAnotherAaid { .. })
        ));
        assert_eq!(rehearsal.files(), before);
        rehearsal.open();
        assert_ne!(rehearsal.files(), before, "what a start changes");
    }
}
