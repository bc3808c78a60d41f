//! Properties of authenticator commands over random input: what is encoded decodes to what it
//! was, what decodes encodes to the same bytes, and no bytes make decoding panic.

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use smile_protocol::metadata::{DisplayPngCharacteristics, RgbPaletteEntry};
use smile_protocol::registry::{AttestationType, AuthenticationAlgorithm};
use smile_protocol::uaf::asm::{AsmOperation, AsmRequest, AsmResponse};
use smile_protocol::uaf::assertion::signed_data::TransactionContentHash;
use smile_protocol::uaf::challenge::FinalChallengeHash;
use smile_protocol::uaf::command::*;
use smile_protocol::uaf::identity::{Aaid, AppId, KeyId, Username};

const KINDS: [Command; 5] = [
    Command::GetInfo,
    Command::Register,
    Command::Sign,
    Command::Deregister,
    Command::OpenSettings,
];

fn appended() -> impl Strategy<Value = Vec<Appended>> {
    let extension = ("[a-zäö.]{1,32}", vec(any::<u8>(), 0..40), any::<bool>())
        .prop_map(|(id, data, critical)| Appended::Extension(CommandExtension { id, data, critical }));
    let unknown =
        (0..0x1000u16, vec(any::<u8>(), 0..40)).prop_map(|(tag, value)| Appended::Unknown { tag, value });
    vec(prop_oneof![extension, unknown], 0..3)
}

fn app_id() -> impl Strategy<Value = Option<AppId>> {
    option::of("\\PC{1,100}".prop_map(|text| AppId::new(text).expect("short")))
}

fn access() -> impl Strategy<Value = KeyHandleAccessToken> {
    vec(any::<u8>(), 1..=32).prop_map(|bytes| KeyHandleAccessToken::new(bytes).expect("short"))
}

fn verify() -> impl Strategy<Value = Option<UserVerifyToken>> {
    option::of(vec(any::<u8>(), 1..=256).prop_map(|bytes| UserVerifyToken::new(bytes).expect("short")))
}

fn username() -> impl Strategy<Value = Username> {
    "\\PC{1,30}".prop_map(|text| Username::new(text).expect("short"))
}

fn key_id() -> impl Strategy<Value = KeyId> {
    vec(any::<u8>(), 1..80).prop_map(|bytes| KeyId::new(bytes).expect("short"))
}

fn register() -> impl Strategy<Value = AuthenticatorCommand> {
    let names = (any::<u8>(), app_id(), any::<[u8; 32]>(), username());
    (names, any::<u16>(), access(), verify(), appended()).prop_map(
        |((authenticator_index, app_id, hash, username), attestation_type, access, verify, appended)| {
            AuthenticatorCommand::Register(RegisterCommand {
                authenticator_index,
                app_id,
                final_challenge_hash: FinalChallengeHash(hash.into()),
                username,
                attestation_type,
                key_handle_access_token: access,
                user_verify_token: verify,
                appended,
            })
        },
    )
}

fn sign() -> impl Strategy<Value = AuthenticatorCommand> {
    let transaction = option::of(prop_oneof![
        vec(any::<u8>(), 0..200).prop_map(TransactionInput::Content),
        any::<[u8; 32]>().prop_map(|hash| TransactionInput::ContentHash(TransactionContentHash(hash.into()))),
    ]);
    let names = (any::<u8>(), app_id(), any::<[u8; 32]>(), transaction);
    let handles = vec(vec(any::<u8>(), 1..60), 0..4);
    (names, access(), verify(), handles, appended()).prop_map(
        |((authenticator_index, app_id, hash, transaction), access, verify, key_handles, appended)| {
            AuthenticatorCommand::Sign(SignCommand {
                authenticator_index,
                app_id,
                final_challenge_hash: FinalChallengeHash(hash.into()),
                transaction,
                key_handle_access_token: access,
                user_verify_token: verify,
                key_handles,
                appended,
            })
        },
    )
}

fn command() -> impl Strategy<Value = AuthenticatorCommand> {
    let deregister = (any::<u8>(), app_id(), option::of(key_id()), access(), appended()).prop_map(
        |(authenticator_index, app_id, key_id, key_handle_access_token, appended)| {
            AuthenticatorCommand::Deregister(DeregisterCommand {
                authenticator_index,
                app_id,
                key_id,
                key_handle_access_token,
                appended,
            })
        },
    );
    let open_settings = (any::<u8>(), appended()).prop_map(|(authenticator_index, appended)| {
        AuthenticatorCommand::OpenSettings(OpenSettingsCommand {
            authenticator_index,
            appended,
        })
    });
    prop_oneof![
        Just(AuthenticatorCommand::GetInfo),
        register(),
        sign(),
        deregister,
        open_settings
    ]
}

fn png() -> impl Strategy<Value = DisplayPngCharacteristics> {
    let entry = any::<[u8; 3]>().prop_map(|[r, g, b]| RgbPaletteEntry {
        r: r.into(),
        g: g.into(),
        b: b.into(),
    });
    (any::<(u32, u32)>(), any::<[u8; 5]>(), vec(entry, 0..4)).prop_map(
        |((width, height), [bit_depth, color_type, compression, filter, interlace], plte)| {
            DisplayPngCharacteristics {
                width,
                height,
                bit_depth,
                color_type,
                compression,
                filter,
                interlace,
                plte,
            }
        },
    )
}

fn info() -> impl Strategy<Value = AuthenticatorInfo> {
    let numbers = any::<(u8, u16, u16, u8, u32, u16, u16)>();
    let kinds = vec(prop::sample::select(AttestationType::ALL), 1..3);
    let display = (any::<u16>(), option::of("[a-z/]{1,20}"), vec(png(), 0..3));
    let words = ("[A-Z0-9]{1,32}", vec("[a-z.]{1,32}", 0..3));
    let algorithm = prop::sample::select(AuthenticationAlgorithm::ALL);
    (numbers, algorithm, display, words, kinds, appended()).prop_map(
        |(numbers, algorithm, (tc_display, content_type, pngs), (scheme, ids), kinds, appended)| {
            let (index, model, kind, handles, verification, key, matcher) = numbers;
            AuthenticatorInfo {
                authenticator_index: index,
                aaid: Aaid::new(0xFFFF, model),
                // Hash-only authenticators have one display value; the others have any.
                authenticator_type: AuthenticatorType(kind & 0xFEFF),
                max_key_handles: handles,
                user_verification: verification,
                key_protection: key,
                matcher_protection: matcher,
                tc_display,
                authentication_algorithm: algorithm,
                tc_display_content_type: content_type,
                tc_display_png_characteristics: pngs,
                assertion_scheme: scheme,
                attestation_types: kinds,
                supported_extension_ids: ids,
                appended,
            }
        },
    )
}

fn response() -> impl Strategy<Value = (Command, CommandResponse)> {
    let assertion = || vec(any::<u8>(), 1..200);
    let account = (username(), vec(any::<u8>(), 1..60))
        .prop_map(|(username, key_handle)| AccountKeyHandle { username, key_handle });
    let registered =
        (assertion(), option::of(vec(any::<u8>(), 1..80))).prop_map(|(assertion, key_handle)| {
            CommandOutcome::Registered(RegisterOutput {
                assertion,
                key_handle,
            })
        });
    let outcome = prop_oneof![
        vec(info(), 0..3).prop_map(|list| (Command::GetInfo, CommandOutcome::Info(list))),
        registered.prop_map(|outcome| (Command::Register, outcome)),
        assertion().prop_map(|bytes| (
            Command::Sign,
            CommandOutcome::Signed(SignOutput::Assertion(bytes))
        )),
        vec(account, 1..4)
            .prop_map(|list| (Command::Sign, CommandOutcome::Signed(SignOutput::Accounts(list)))),
        Just((Command::Deregister, CommandOutcome::Deregistered)),
        Just((Command::OpenSettings, CommandOutcome::SettingsOpened)),
    ];
    let success = outcome.prop_map(|(command, outcome)| (command, Ok(outcome)));
    let failure = (prop::sample::select(&KINDS[..]), 1..=u16::MAX)
        .prop_map(|(command, code)| (command, Err(CommandStatus::from_code(code))));
    (prop_oneof![success, failure], appended())
        .prop_map(|((command, result), appended)| (command, CommandResponse { result, appended }))
}

/// Everything that decodes what an ASM and an authenticator say. Only panics matter.
fn decode(bytes: &[u8]) {
    let _ = AuthenticatorCommand::decode(bytes);
    let _ = response_tag(bytes);
    for kind in KINDS {
        let _ = CommandResponse::decode(bytes, kind);
    }
}

proptest! {
    #[test]
    fn commands_come_back(command in command()) {
        let bytes = command.encode().expect("valid");
        prop_assert_eq!(AuthenticatorCommand::decode(&bytes), Ok(command));
    }

    #[test]
    fn responses_come_back((command, response) in response()) {
        let bytes = response.encode(command.response_tag()).expect("valid");
        prop_assert_eq!(CommandResponse::decode(&bytes, command), Ok(response));
    }

    #[test]
    fn a_command_that_is_read_is_written_as_it_came(
        command in command(), position in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = command.encode().expect("valid");
        let index = position.index(bytes.len());
        bytes[index] = byte;
        if let Ok(read) = AuthenticatorCommand::decode(&bytes) {
            prop_assert_eq!(read.encode(), Ok(bytes));
        }
    }

    #[test]
    fn a_response_that_is_read_is_read_again_the_same(
        (command, response) in response(), position in any::<prop::sample::Index>(), byte in any::<u8>()
    ) {
        let mut bytes = response.encode(command.response_tag()).expect("valid");
        let index = position.index(bytes.len());
        bytes[index] = byte;
        decode(&bytes);
        if let Ok(read) = CommandResponse::decode(&bytes, command) {
            let again = read.encode(command.response_tag()).expect("was read");
            prop_assert_eq!(CommandResponse::decode(&again, command), Ok(read));
        }
    }

    #[test]
    fn a_command_cut_short_is_refused(command in command(), cut in any::<prop::sample::Index>()) {
        let bytes = command.encode().expect("valid");
        prop_assert!(AuthenticatorCommand::decode(&bytes[..cut.index(bytes.len())]).is_err());
    }

    #[test]
    fn random_bytes_never_panic(tag in 0..8u8, kind in prop::sample::select(vec![0x34, 0x36u8]),
                                rest in vec(any::<u8>(), 0..400)) {
        let mut bytes = vec![tag, kind];
        bytes.extend_from_slice(&u16::try_from(rest.len()).expect("short").to_le_bytes());
        bytes.extend_from_slice(&rest);
        decode(&bytes);
        decode(&rest);
    }

    #[test]
    fn random_asm_messages_never_panic(text in "\\PC{0,200}") {
        let _ = AsmRequest::decode(&text);
        let operations = [AsmOperation::GetInfo, AsmOperation::GetRegistrations, AsmOperation::OpenSettings];
        for operation in operations {
            let _ = AsmResponse::decode(&text, &operation);
        }
    }
}
