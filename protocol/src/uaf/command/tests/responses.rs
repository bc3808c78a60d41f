//! Responses.

use super::*;
use crate::metadata::{DisplayPngCharacteristics, RgbPaletteEntry};
use crate::registry::{AttestationType, AuthenticationAlgorithm};
use crate::uaf::assertion::tags;
use crate::uaf::identity::{Aaid, Username};

fn png() -> DisplayPngCharacteristics {
    DisplayPngCharacteristics {
        width: 320,
        height: 200,
        bit_depth: 8,
        color_type: 3,
        compression: 0,
        filter: 0,
        interlace: 0,
        plte: vec![RgbPaletteEntry { r: 1, g: 2, b: 255 }; 2],
    }
}

fn info() -> AuthenticatorInfo {
    AuthenticatorInfo {
        authenticator_index: 0,
        aaid: Aaid::new(0xFFFF, 0x5301),
        authenticator_type: AuthenticatorType::KEYS_STORED_INSIDE
            .with(AuthenticatorType::EXPECTS_APP_ID)
            .with(AuthenticatorType::CONTENT_HASH_ONLY),
        max_key_handles: 255,
        user_verification: 0x10,
        key_protection: 1,
        matcher_protection: 1,
        tc_display: 3,
        authentication_algorithm: AuthenticationAlgorithm::Secp256r1EcdsaSha256Raw,
        tc_display_content_type: Some("image/png".to_owned()),
        tc_display_png_characteristics: vec![png(), png()],
        assertion_scheme: "UAFV1TLV".to_owned(),
        attestation_types: vec![AttestationType::BasicFull, AttestationType::BasicSurrogate],
        supported_extension_ids: vec![USER_VERIFICATION_INDEX.to_owned()],
        appended: vec![],
    }
}

fn accounts() -> SignOutput {
    let account = |name: &str, byte| AccountKeyHandle {
        username: Username::new(name).expect("short"),
        key_handle: vec![byte; 32],
    };
    SignOutput::Accounts(vec![account("alice", 1), account("bob", 2)])
}

fn successes() -> Vec<(Command, CommandOutcome)> {
    let registered = |key_handle| {
        CommandOutcome::Registered(RegisterOutput {
            assertion: vec![1; 100],
            key_handle,
        })
    };
    vec![
        (Command::GetInfo, CommandOutcome::Info(vec![info()])),
        (Command::GetInfo, CommandOutcome::Info(vec![])),
        (Command::Register, registered(None)),
        (Command::Register, registered(Some(vec![2; 80]))),
        (
            Command::Sign,
            CommandOutcome::Signed(SignOutput::Assertion(vec![3; 90])),
        ),
        (Command::Sign, CommandOutcome::Signed(accounts())),
        (Command::Deregister, CommandOutcome::Deregistered),
        (Command::OpenSettings, CommandOutcome::SettingsOpened),
    ]
}

fn encoded(command: Command, outcome: CommandOutcome) -> Vec<u8> {
    let response = CommandResponse::ok(outcome);
    response.encode(command.response_tag()).expect("short")
}

/// The response without the flaw is read, and with it refused as `expected`.
fn refuses(
    (command, outcome): (Command, CommandOutcome),
    flaw: impl FnOnce(&mut Vec<(u16, Vec<u8>)>),
    expected: (u16, TlvErrorKind),
) {
    let good = encoded(command, outcome);
    CommandResponse::decode(&good, command).expect("without the flaw");
    let flawed = spoilt(&good, flaw);
    assert_eq!(refusal(CommandResponse::decode(&flawed, command)), expected);
}

fn success(at: usize) -> (Command, CommandOutcome) {
    successes().remove(at)
}

/// The same about the description of an authenticator.
fn refuses_info(flaw: impl FnOnce(&mut Vec<(u16, Vec<u8>)>), expected: (u16, TlvErrorKind)) {
    refuses(
        success(0),
        |elements| {
            let element = &mut elements[2];
            assert_eq!(element.0, tags::AUTHENTICATOR_INFO);
            let whole = TlvWriter::default()
                .put(element.0, &element.1)
                .expect("short")
                .into_bytes();
            element.1 = spoilt(&whole, flaw)[4..].to_vec();
        },
        expected,
    );
}

#[test]
fn responses_come_back_as_they_were_and_byte_for_byte() {
    for (command, outcome) in successes() {
        let mut response = CommandResponse::ok(outcome);
        response.appended = vec![Appended::Unknown {
            tag: 0x0777,
            value: vec![9],
        }];
        let bytes = response.encode(command.response_tag()).expect("short");
        let read = CommandResponse::decode(&bytes, command).expect("valid");
        assert_eq!(read, response);
        assert_eq!(read.encode(command.response_tag()).expect("short"), bytes);
    }
    for status in CommandStatusCode::ALL.iter().skip(1) {
        for command in [Command::GetInfo, Command::Register, Command::Sign] {
            let response = CommandResponse::failed(*status);
            let bytes = response.encode(command.response_tag()).expect("short");
            assert_eq!(CommandResponse::decode(&bytes, command), Ok(response));
        }
    }
}

#[test]
fn a_status_of_a_later_specification_is_carried() {
    let unlisted = CommandResponse {
        result: Err(CommandStatus::Unlisted(0x77)),
        appended: vec![],
    };
    let bytes = unlisted.encode(0x3604).expect("short");
    assert_eq!(bytes, [0x04, 0x36, 6, 0, 0x08, 0x28, 2, 0, 0x77, 0]);
    assert_eq!(CommandResponse::decode(&bytes, Command::Deregister), Ok(unlisted));
}

#[test]
fn a_failure_that_says_ok_is_not_written() {
    let rule = TlvErrorKind::BadValue("says OK without what the command gives back");
    let response = CommandResponse::failed(CommandStatusCode::Ok);
    assert_eq!(refusal(response.encode(0x3602)), (tags::STATUS_CODE, rule));
}

#[test]
fn the_elements_may_come_in_any_order() {
    for (command, outcome) in successes() {
        let good = encoded(command, outcome.clone());
        let reversed = spoilt(&good, |elements| {
            // Lists keep their own order.
            let list = elements
                .iter()
                .filter(|(tag, _)| *tag == tags::USERNAME_AND_KEYHANDLE);
            let list: Vec<_> = list.cloned().collect();
            elements.retain(|(tag, _)| *tag != tags::USERNAME_AND_KEYHANDLE);
            elements.reverse();
            elements.splice(0..0, list);
        });
        let read = CommandResponse::decode(&reversed, command);
        assert_eq!(read, Ok(CommandResponse::ok(outcome)));
    }
}

#[test]
fn every_mandatory_element_is_missed() {
    for (at, tag) in [
        (0, tags::STATUS_CODE),
        (0, tags::API_VERSION),
        (2, tags::STATUS_CODE),
        (2, tags::AUTHENTICATOR_ASSERTION),
        (4, tags::AUTHENTICATOR_ASSERTION),
        (6, tags::STATUS_CODE),
        (7, tags::STATUS_CODE),
    ] {
        refuses(success(at), remove(tag), (tag, TlvErrorKind::Missing));
    }
    for tag in [
        tags::AUTHENTICATOR_INDEX,
        tags::AAID,
        tags::AUTHENTICATOR_METADATA,
        tags::ASSERTION_SCHEME,
        tags::ATTESTATION_TYPE,
    ] {
        refuses_info(remove(tag), (tag, TlvErrorKind::Missing));
    }
}

#[test]
fn an_answer_says_one_thing() {
    let exclusive = TlvErrorKind::BadValue("and a list of accounts exclude each other");
    refuses(
        success(5),
        append(tags::AUTHENTICATOR_ASSERTION, &[3]),
        (tags::AUTHENTICATOR_ASSERTION, exclusive),
    );
    let failed = TlvErrorKind::BadValue("stands in a response that failed");
    for (at, tag) in [
        (0, tags::AUTHENTICATOR_INFO),
        (2, tags::AUTHENTICATOR_ASSERTION),
        (4, tags::AUTHENTICATOR_ASSERTION),
        (5, tags::USERNAME_AND_KEYHANDLE),
    ] {
        refuses(success(at), set(tags::STATUS_CODE, &[2, 0]), (tag, failed));
    }
    let status = TlvErrorKind::Duplicate;
    refuses(success(6), repeat(tags::STATUS_CODE), (tags::STATUS_CODE, status));
    refuses(
        success(2),
        append(0x2999, &[]),
        (0x2999, TlvErrorKind::UnknownCritical),
    );
}

#[test]
fn every_length_and_code_has_its_limits() {
    let range = |min, max, actual| TlvErrorKind::WrongLength { min, max, actual };
    let version = TlvErrorKind::BadValue("the API version has to be 1");
    refuses(
        success(0),
        set(tags::API_VERSION, &[2]),
        (tags::API_VERSION, version),
    );
    refuses(
        success(0),
        set(tags::STATUS_CODE, &[0]),
        (tags::STATUS_CODE, range(2, 2, 1)),
    );
    for (tag, max) in [(tags::AUTHENTICATOR_ASSERTION, 4096), (tags::KEYHANDLE, 2048)] {
        refuses(
            success(3),
            set(tag, &vec![1; max + 1]),
            (tag, range(1, max, max + 1)),
        );
    }
    let account = |value: &'static [u8]| set(tags::USERNAME_AND_KEYHANDLE, value);
    refuses(
        success(5),
        account(&[0x01, 0x28, 1, 0, 1]),
        (tags::USERNAME, TlvErrorKind::Missing),
    );
    refuses(
        success(5),
        account(&[0x06, 0x28, 1, 0, b'a']),
        (tags::KEYHANDLE, TlvErrorKind::Missing),
    );
    refuses(
        success(5),
        account(&[0x06, 0x28, 0, 0, 0x01, 0x28, 1, 0, 1]),
        (tags::USERNAME, range(1, 512, 0)),
    );
    let wrong_tag = TlvErrorKind::WrongOrder { expected: 0x3602 };
    let other = encoded(Command::Sign, success(4).1);
    let refused = CommandResponse::decode(&other, Command::Register);
    assert_eq!(refusal(refused), (0x3603, wrong_tag));
}

#[test]
fn an_authenticator_s_description_has_a_fixed_layout() {
    let range = |min, max, actual| TlvErrorKind::WrongLength { min, max, actual };
    let bytes = info().encode().expect("short");
    let metadata = children(&bytes)
        .into_iter()
        .find(|(tag, _)| *tag == tags::AUTHENTICATOR_METADATA);
    let metadata = metadata.expect("written").1;
    assert_eq!(metadata, [0x24, 0x01, 255, 0x10, 0, 0, 0, 1, 0, 1, 0, 3, 0, 1, 0]);
    let changed = |at: usize, byte: u8| {
        let mut metadata = metadata.clone();
        metadata[at] = byte;
        move |elements: &mut Vec<(u16, Vec<u8>)>| set(tags::AUTHENTICATOR_METADATA, &metadata)(elements)
    };
    let tag = tags::AUTHENTICATOR_METADATA;
    refuses_info(changed(13, 0x77), (tag, TlvErrorKind::UnknownCode { code: 0x77 }));
    let hash_only = "takes the hash of a transaction only, without the display that this is for";
    refuses_info(changed(11, 1), (tag, TlvErrorKind::BadValue(hash_only)));
    refuses_info(set(tag, &metadata[..14]), (tag, range(15, 15, 14)));
    refuses_info(
        set(tags::AUTHENTICATOR_INDEX, &[0, 0]),
        (tags::AUTHENTICATOR_INDEX, range(1, 1, 2)),
    );
    refuses_info(set(tags::AAID, b"FFFF#530"), (tags::AAID, range(9, 9, 8)));
    refuses_info(
        set(tags::ATTESTATION_TYPE, &[1, 0]),
        (tags::ATTESTATION_TYPE, TlvErrorKind::UnknownCode { code: 1 }),
    );
    refuses_info(
        set(tags::ASSERTION_SCHEME, &[b'a'; 33]),
        (tags::ASSERTION_SCHEME, range(1, 32, 33)),
    );
    refuses_info(
        set(tags::TC_DISPLAY_CONTENT_TYPE, &[]),
        (tags::TC_DISPLAY_CONTENT_TYPE, range(1, 255, 0)),
    );
    refuses_info(
        set(tags::SUPPORTED_EXTENSION_ID, &[]),
        (tags::SUPPORTED_EXTENSION_ID, range(1, 128, 0)),
    );
}

#[test]
fn a_picture_s_characteristics_are_a_header_and_a_palette_of_bytes() {
    let tag = tags::TC_DISPLAY_PNG_CHARACTERISTICS;
    let range = |actual| TlvErrorKind::WrongLength {
        min: 13,
        max: 781,
        actual,
    };
    refuses_info(set(tag, &[0; 12]), (tag, range(12)));
    refuses_info(set(tag, &[0; 784]), (tag, range(784)));
    let whole = TlvErrorKind::BadValue("the palette's entries are three bytes each");
    refuses_info(set(tag, &[0; 14]), (tag, whole));
    let mut wide = info();
    wide.tc_display_png_characteristics[0].plte[0].g = 256;
    let byte = TlvErrorKind::BadValue("a palette's sample is one byte");
    assert_eq!(refusal(wide.encode()), (tag, byte));
}
