//! Commands.

use super::*;
use crate::uaf::assertion::signed_data::TransactionContentHash;
use crate::uaf::assertion::tags;
use crate::uaf::challenge::FinalChallengeHash;
use crate::uaf::identity::{AppId, KeyId, Username};

fn app_id() -> Option<AppId> {
    Some(AppId::new("https://pay.example").expect("short"))
}

fn access() -> KeyHandleAccessToken {
    KeyHandleAccessToken::new(vec![3; 32]).expect("32 bytes")
}

fn uvi() -> Appended {
    Appended::Extension(CommandExtension::request(USER_VERIFICATION_INDEX))
}

fn register() -> AuthenticatorCommand {
    AuthenticatorCommand::Register(RegisterCommand {
        authenticator_index: 0,
        app_id: app_id(),
        final_challenge_hash: FinalChallengeHash([1; 32].into()),
        username: Username::new("alice").expect("short"),
        attestation_type: 0x3E07,
        key_handle_access_token: access(),
        user_verify_token: Some(UserVerifyToken::new(vec![4; 32]).expect("short")),
        appended: vec![uvi()],
    })
}

fn sign() -> AuthenticatorCommand {
    AuthenticatorCommand::Sign(SignCommand {
        authenticator_index: 0,
        app_id: app_id(),
        final_challenge_hash: FinalChallengeHash([1; 32].into()),
        transaction: Some(TransactionInput::Content(b"Pay 1 EUR".to_vec())),
        key_handle_access_token: access(),
        user_verify_token: None,
        key_handles: vec![vec![5; 32], vec![6; 48]],
        appended: vec![],
    })
}

fn deregister() -> AuthenticatorCommand {
    AuthenticatorCommand::Deregister(DeregisterCommand {
        authenticator_index: 0,
        app_id: app_id(),
        key_id: Some(KeyId::new(vec![7; 32]).expect("32 bytes")),
        key_handle_access_token: access(),
        appended: vec![Appended::Unknown {
            tag: 0x0777,
            value: vec![1],
        }],
    })
}

fn open_settings() -> AuthenticatorCommand {
    AuthenticatorCommand::OpenSettings(OpenSettingsCommand {
        authenticator_index: 0,
        appended: vec![],
    })
}

fn all() -> Vec<AuthenticatorCommand> {
    let get_info = AuthenticatorCommand::GetInfo;
    vec![get_info, register(), sign(), deregister(), open_settings()]
}

/// `command` without the flaw is read, and with it refused as `expected`.
fn refuses(
    command: &AuthenticatorCommand,
    flaw: impl FnOnce(&mut Vec<(u16, Vec<u8>)>),
    expected: (u16, TlvErrorKind),
) {
    let good = command.encode().expect("valid");
    assert_eq!(AuthenticatorCommand::decode(&good).as_ref(), Ok(command));
    let flawed = spoilt(&good, flaw);
    assert_ne!(flawed, good);
    assert_eq!(refusal(AuthenticatorCommand::decode(&flawed)), expected);
}

#[test]
fn commands_come_back_as_they_were_and_byte_for_byte() {
    for command in all() {
        let bytes = command.encode().expect("valid");
        let read = AuthenticatorCommand::decode(&bytes).expect("valid");
        assert_eq!(read, command);
        assert_eq!(read.encode().expect("valid"), bytes);
        assert_eq!(u16::from_le_bytes([bytes[0], bytes[1]]), command.kind().tag());
    }
}

#[test]
fn a_command_lies_in_memory_as_the_table_says() {
    // Commands §6.4.1, by hand: index, AppID, KeyID, KHAccessToken.
    let by_hand = [
        [0x04, 0x34, 26, 0].as_slice(),
        &[0x0D, 0x28, 1, 0, 0],
        &[0x04, 0x28, 3, 0, b'a', b':', b'b'],
        &[0x09, 0x2E, 1, 0, 9],
        &[0x05, 0x28, 5, 0, 1, 2, 3, 4, 5],
    ]
    .concat();
    let command = AuthenticatorCommand::Deregister(DeregisterCommand {
        authenticator_index: 0,
        app_id: Some(AppId::new("a:b").expect("short")),
        key_id: Some(KeyId::new(vec![9]).expect("short")),
        key_handle_access_token: KeyHandleAccessToken::new(vec![1, 2, 3, 4, 5]).expect("short"),
        appended: vec![],
    });
    assert_eq!(command.encode().expect("valid"), by_hand);
}

#[test]
fn what_may_be_absent_may_be_absent() {
    let mut command = register();
    if let AuthenticatorCommand::Register(register) = &mut command {
        register.app_id = None;
        register.user_verify_token = None;
        register.appended.clear();
    }
    let bytes = command.encode().expect("valid");
    assert_eq!(AuthenticatorCommand::decode(&bytes), Ok(command));
    let mut every_key = deregister();
    if let AuthenticatorCommand::Deregister(deregister) = &mut every_key {
        deregister.key_id = None;
    }
    let bytes = every_key.encode().expect("valid");
    assert!(children(&bytes).contains(&(tags::KEYID, Vec::new())));
    assert_eq!(AuthenticatorCommand::decode(&bytes), Ok(every_key));
}

#[test]
fn every_mandatory_element_is_missed() {
    let mandatory: [(AuthenticatorCommand, &[u16]); 4] = [
        (
            register(),
            &[
                tags::AUTHENTICATOR_INDEX,
                tags::FINAL_CHALLENGE_HASH,
                tags::USERNAME,
                tags::ATTESTATION_TYPE,
                tags::KEYHANDLE_ACCESS_TOKEN,
            ],
        ),
        (
            sign(),
            &[
                tags::AUTHENTICATOR_INDEX,
                tags::FINAL_CHALLENGE_HASH,
                tags::KEYHANDLE_ACCESS_TOKEN,
            ],
        ),
        (
            deregister(),
            &[
                tags::AUTHENTICATOR_INDEX,
                tags::KEYID,
                tags::KEYHANDLE_ACCESS_TOKEN,
            ],
        ),
        (open_settings(), &[tags::AUTHENTICATOR_INDEX]),
    ];
    for (command, list) in mandatory {
        for tag in list {
            refuses(&command, remove(*tag), (*tag, TlvErrorKind::Missing));
        }
    }
}

#[test]
fn every_length_has_its_limits() {
    let long = |length| vec![b'a'; length];
    let range = |min, max, actual| TlvErrorKind::WrongLength { min, max, actual };
    let cases: [(AuthenticatorCommand, u16, usize, usize, usize); 11] = [
        (register(), tags::AUTHENTICATOR_INDEX, 2, 1, 1),
        (register(), tags::APPID, 513, 1, 512),
        (register(), tags::APPID, 0, 1, 512),
        (register(), tags::FINAL_CHALLENGE_HASH, 65, 32, 64),
        (register(), tags::USERNAME, 129, 1, 128),
        (register(), tags::ATTESTATION_TYPE, 1, 2, 2),
        (register(), tags::KEYHANDLE_ACCESS_TOKEN, 33, 1, 32),
        (register(), tags::KEYHANDLE_ACCESS_TOKEN, 0, 1, 32),
        (register(), tags::USERVERIFY_TOKEN, 257, 1, 256),
        (sign(), tags::KEYHANDLE, 2049, 1, 2048),
        (sign(), tags::TRANSACTION_CONTENT, 32 * 1024 + 1, 0, 32 * 1024),
    ];
    for (command, tag, actual, min, max) in cases {
        refuses(&command, set(tag, &long(actual)), (tag, range(min, max, actual)));
        // The longest that is allowed is read.
        let good = spoilt(&command.encode().expect("valid"), set(tag, &long(max)));
        assert!(AuthenticatorCommand::decode(&good).is_ok(), "0x{tag:04X}");
    }
    let key_id = range(1, 2048, 2049);
    refuses(
        &deregister(),
        set(tags::KEYID, &long(2049)),
        (tags::KEYID, key_id),
    );
    let utf8 = TlvErrorKind::BadValue("is not UTF-8");
    refuses(&register(), set(tags::USERNAME, &[0xFF]), (tags::USERNAME, utf8));
    refuses(&register(), set(tags::APPID, &[0xFF]), (tags::APPID, utf8));
}

#[test]
fn a_command_takes_255_key_handles_and_no_more() {
    let with = |count: usize| {
        let mut command = sign();
        if let AuthenticatorCommand::Sign(sign) = &mut command {
            sign.key_handles = vec![vec![5; 32]; count];
        }
        command
    };
    let most = with(255);
    refuses(
        &most,
        append(tags::KEYHANDLE, &[5; 32]),
        (
            tags::KEYHANDLE,
            TlvErrorKind::BadValue("a command takes at most 255 key handles"),
        ),
    );
    assert!(with(256).encode().is_err(), "nor is one written");
}

#[test]
fn content_and_its_hash_exclude_each_other() {
    let kind = TlvErrorKind::BadValue("and the transaction's content exclude each other");
    refuses(
        &sign(),
        |elements| elements.insert(4, (tags::TRANSACTION_CONTENT_HASH, vec![1; 32])),
        (tags::TRANSACTION_CONTENT_HASH, kind),
    );
    let mut hashed = sign();
    if let AuthenticatorCommand::Sign(sign) = &mut hashed {
        let hash = TransactionContentHash([9; 32].into());
        sign.transaction = Some(TransactionInput::ContentHash(hash));
    }
    let length = TlvErrorKind::WrongLength {
        min: 32,
        max: 64,
        actual: 31,
    };
    refuses(
        &hashed,
        set(tags::TRANSACTION_CONTENT_HASH, &[9; 31]),
        (tags::TRANSACTION_CONTENT_HASH, length),
    );
}

#[test]
fn nothing_occurs_twice_but_key_handles() {
    for tag in [
        tags::AUTHENTICATOR_INDEX,
        tags::APPID,
        tags::FINAL_CHALLENGE_HASH,
        tags::TRANSACTION_CONTENT,
        tags::KEYHANDLE_ACCESS_TOKEN,
    ] {
        refuses(&sign(), repeat(tag), (tag, TlvErrorKind::Duplicate));
    }
    for tag in [tags::USERNAME, tags::ATTESTATION_TYPE, tags::USERVERIFY_TOKEN] {
        refuses(&register(), repeat(tag), (tag, TlvErrorKind::Duplicate));
    }
    refuses(
        &deregister(),
        repeat(tags::KEYID),
        (tags::KEYID, TlvErrorKind::Duplicate),
    );
    let more = spoilt(&sign().encode().expect("valid"), repeat(tags::KEYHANDLE));
    assert!(AuthenticatorCommand::decode(&more).is_ok());
}

#[test]
fn elements_keep_the_order_of_the_table() {
    let rule = TlvErrorKind::BadValue("stands out of the order that the elements of a command have to keep");
    for command in [register(), sign(), deregister()] {
        let count = children(&command.encode().expect("valid")).len();
        let mut refused = 0;
        for at in 1..count {
            let good = command.encode().expect("valid");
            let swapped = spoilt(&good, |elements| elements.swap(at - 1, at));
            match AuthenticatorCommand::decode(&swapped) {
                // Two key handles have no order between them.
                Ok(read) => assert_eq!(read.encode().expect("valid"), swapped),
                Err(error) => {
                    assert_eq!(refusal::<()>(Err(error)).1, rule);
                    refused += 1;
                }
            }
        }
        assert!(refused >= 4, "{refused} of {count}");
    }
}

#[test]
fn what_no_table_lists_is_carried_unless_it_is_critical() {
    refuses(
        &sign(),
        append(0x2999, &[1]),
        (0x2999, TlvErrorKind::UnknownCritical),
    );
    // A tag that belongs to another command is no better.
    refuses(
        &open_settings(),
        append(tags::KEYID, &[1]),
        (tags::KEYID, TlvErrorKind::UnknownCritical),
    );
    let carried = spoilt(&sign().encode().expect("valid"), append(0x0999, &[1, 2]));
    let read = AuthenticatorCommand::decode(&carried).expect("not critical");
    let AuthenticatorCommand::Sign(command) = &read else {
        panic!("another command");
    };
    let unknown = Appended::Unknown {
        tag: 0x0999,
        value: vec![1, 2],
    };
    assert_eq!(command.appended, [unknown]);
    assert_eq!(read.encode().expect("valid"), carried);
}

#[test]
fn a_critical_extension_is_told_from_one_that_may_be_ignored() {
    for critical in [true, false] {
        let mut command = open_settings();
        if let AuthenticatorCommand::OpenSettings(settings) = &mut command {
            settings.appended = vec![Appended::Extension(CommandExtension {
                id: "vendor".to_owned(),
                data: vec![1],
                critical,
            })];
        }
        let bytes = command.encode().expect("valid");
        let tag = children(&bytes)[1].0;
        assert_eq!(tag == tags::EXTENSION_CRITICAL, critical);
        assert_eq!(AuthenticatorCommand::decode(&bytes), Ok(command));
    }
}

#[test]
fn an_extension_is_an_id_of_32_characters_and_data() {
    let inner = |elements: &[(u16, &[u8])]| {
        let writer = elements
            .iter()
            .fold(TlvWriter::default(), |writer, (tag, value)| {
                writer.put(*tag, value).expect("short")
            });
        writer.into_bytes()
    };
    let refused = |value: &[u8], expected| {
        refuses(&open_settings(), append(tags::EXTENSION, value), expected);
    };
    let (id, data) = (tags::EXTENSION_ID, tags::EXTENSION_DATA);
    refused(&inner(&[(id, b"a")]), (data, TlvErrorKind::Missing));
    refused(&inner(&[(data, b"a")]), (id, TlvErrorKind::Missing));
    let first = TlvErrorKind::WrongOrder { expected: id };
    refused(&inner(&[(data, b""), (id, b"a")]), (data, first));
    let range = |max, actual| TlvErrorKind::WrongLength { min: 1, max, actual };
    refused(&inner(&[(id, b""), (data, b"")]), (id, range(128, 0)));
    refused(&inner(&[(id, &[b'a'; 33]), (data, b"")]), (id, range(32, 33)));
    let only = TlvErrorKind::BadValue("an extension holds an id and data only");
    refused(
        &inner(&[(id, b"a"), (data, b""), (0x0999, b"")]),
        (tags::EXTENSION, only),
    );
    let good = spoilt(
        &open_settings().encode().expect("valid"),
        append(tags::EXTENSION, &inner(&[(id, &[b'a'; 32]), (data, b"")])),
    );
    assert!(AuthenticatorCommand::decode(&good).is_ok());
}

#[test]
fn what_is_no_command_is_refused_and_answered_under_some_tag() {
    let get_info = AuthenticatorCommand::GetInfo.encode().expect("valid");
    assert_eq!(get_info, [0x01, 0x34, 0, 0]);
    let full = TlvErrorKind::WrongLength {
        min: 0,
        max: 0,
        actual: 5,
    };
    refuses(
        &AuthenticatorCommand::GetInfo,
        append(0x0999, &[1]),
        (tags::UAFV1_GETINFO_CMD, full),
    );
    let refused = |bytes: &[u8]| refusal(AuthenticatorCommand::decode(bytes));
    assert_eq!(
        refused(&[0x05, 0x34, 0, 0]),
        (0x3405, TlvErrorKind::UnknownCommand)
    );
    let not = TlvErrorKind::BadValue("is not a command");
    assert_eq!(refused(&[0x02, 0x36, 0, 0]), (0x3602, not));
    assert_eq!(refused(&[]), (0, TlvErrorKind::Missing));
    let trailing = TlvErrorKind::TrailingBytes { count: 1 };
    assert_eq!(refused(&[0x01, 0x34, 0, 0, 0]), (0, trailing));
    for command in all() {
        let bytes = command.encode().expect("valid");
        assert_eq!(response_tag(&bytes), command.kind().response_tag());
        let cut = &bytes[..bytes.len() - 1];
        assert!(matches!(refused(cut).1, TlvErrorKind::Truncated { .. }));
    }
    assert_eq!(response_tag(&[0x05, 0x34]), 0x3605);
    assert_eq!(response_tag(&[0x05]), tags::UAFV1_GETINFO_CMD_RESPONSE);
    assert_eq!(
        response_tag(&[0x02, 0x36, 0, 0]),
        tags::UAFV1_GETINFO_CMD_RESPONSE
    );
}

#[test]
fn what_the_receiver_would_read_otherwise_is_not_written() {
    let mut command = open_settings();
    if let AuthenticatorCommand::OpenSettings(settings) = &mut command {
        settings.appended = vec![Appended::Unknown {
            tag: tags::EXTENSION,
            value: [[0x13, 0x2E, 1, 0, b'a'].as_slice(), &[0x14, 0x2E, 0, 0]].concat(),
        }];
    }
    assert!(command.encode().is_err());
    let mut long = register();
    if let AuthenticatorCommand::Register(register) = &mut long {
        register.username = Username::new("é".repeat(65)).expect("65 characters");
    }
    let length = TlvErrorKind::WrongLength {
        min: 1,
        max: 128,
        actual: 130,
    };
    assert_eq!(refusal(long.encode()), (tags::USERNAME, length));
}

#[test]
fn tokens_do_not_print() {
    let shown = format!("{:?}", register());
    assert!(shown.contains("KeyHandleAccessToken(hidden)") && shown.contains("UserVerifyToken(hidden)"));
    assert!(KeyHandleAccessToken::new(Vec::new()).is_err());
    assert!(KeyHandleAccessToken::new(vec![0; 33]).is_err());
    assert!(UserVerifyToken::new(vec![0; 257]).is_err());
}

#[test]
fn a_final_challenge_hash_is_as_long_as_one() {
    let between = TlvErrorKind::BadValue("has a length between those of hashes: 32, 48 or 64 bytes");
    for length in [33, 34, 63] {
        refuses(
            &register(),
            set(tags::FINAL_CHALLENGE_HASH, &vec![1; length]),
            (tags::FINAL_CHALLENGE_HASH, between),
        );
    }
    for length in [48, 64] {
        let hash = vec![1; length];
        let other = set(tags::FINAL_CHALLENGE_HASH, &hash);
        let other = spoilt(&register().encode().expect("valid"), other);
        AuthenticatorCommand::decode(&other).expect("a hash of another function");
    }
}
