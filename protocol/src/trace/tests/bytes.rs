//! Assertions and commands.

use super::super::{Encoding, Kind, LooseAssertion, Place, trace};
use super::{broken, entry};
use crate::base64url;
use crate::limits;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::TlvWriter;

type Elements<'a> = &'a [(u16, &'a [u8])];

fn structure(tag: u16, elements: Elements<'_>) -> Vec<u8> {
    let writer = elements
        .iter()
        .fold(TlvWriter::default(), |writer, (tag, value)| {
            writer.put(*tag, value).expect("short")
        });
    writer.wrap(tag).expect("short")
}

/// The elements inside, without the structure's own tag and length.
fn inside(elements: Elements<'_>) -> Vec<u8> {
    structure(0, elements)[4..].to_vec()
}

fn krd(key_id: &[u8], info: &[u8]) -> Vec<u8> {
    let mut point = vec![4; 65];
    point[1] = 1;
    inside(&[
        (tags::AAID, b"FFFF#5301"),
        (tags::ASSERTION_INFO, info),
        (tags::FINAL_CHALLENGE_HASH, &[0xC4; 32]),
        (tags::KEYID, key_id),
        (tags::COUNTERS, &[1, 0, 0, 0, 2, 0, 0, 0]),
        (tags::PUB_KEY, &point),
    ])
}

const INFO: &[u8] = &[1, 0, 1, 1, 0, 0, 1];

fn registration(krd: &[u8]) -> Vec<u8> {
    let signature = inside(&[(tags::SIGNATURE, &[5; 64])]);
    structure(
        tags::UAFV1_REG_ASSERTION,
        &[
            (tags::UAFV1_KRD, krd),
            (tags::ATTESTATION_BASIC_SURROGATE, &signature),
        ],
    )
}

pub(super) fn sound() -> Vec<u8> {
    registration(&krd(&[7; 32], INFO))
}

#[test]
fn an_assertion_is_explained_field_by_field() {
    let map = trace(&sound());
    assert_eq!(map.kind(), Kind::RegistrationAssertion);
    assert_eq!(map.encoding, Encoding::Raw);
    assert_eq!(map.broken().count(), 0);
    assert_eq!(entry(&map, 0, "AAID").meaning, "FFFF#5301");
    assert_eq!(entry(&map, 0, "AAID").offset, 8);
    assert_eq!(entry(&map, 0, "AAID").place, Place::Tag(tags::AAID));
    let mode = entry(&map, 0, "authenticationMode");
    assert_eq!(
        (mode.offset, mode.length, mode.depth, mode.meaning.as_str()),
        (27, 1, 3, "1, user verified")
    );
    assert_eq!(
        entry(&map, 0, "signatureAlgAndEncoding").meaning,
        "0x0001, ALG_SIGN_SECP256R1_ECDSA_SHA256_RAW"
    );
    assert_eq!(
        entry(&map, 0, "publicKeyAlgAndEncoding").meaning,
        "0x0100, ALG_KEY_ECC_X962_RAW"
    );
    assert_eq!(entry(&map, 0, "signCounter").meaning, "1");
    assert_eq!(entry(&map, 0, "regCounter").meaning, "2");
    assert_eq!(
        entry(&map, 0, "PUB_KEY").meaning,
        "65 bytes, an uncompressed point"
    );
    assert_eq!(entry(&map, 0, "SIGNATURE").meaning, "64 bytes");
    assert_eq!(entry(&map, 0, "FINAL_CHALLENGE_HASH").meaning, "c4".repeat(32));
}

#[test]
fn encodings_are_told_apart() {
    let bytes = sound();
    let hex: String = bytes.iter().map(|byte| format!("{byte:02X} ")).collect();
    let base64 = base64url::encode(&bytes);
    for (input, encoding) in [
        (hex.clone(), Encoding::Hex),
        (base64.clone(), Encoding::Base64url),
        (" {}".to_owned(), Encoding::Json),
        ("abcdef".to_owned(), Encoding::Hex),
        ("eyJ9".to_owned(), Encoding::Base64url),
        ("a+b/cQ==".to_owned(), Encoding::Base64url),
        ("?".to_owned(), Encoding::Raw),
        (String::new(), Encoding::Raw),
    ] {
        assert_eq!(Encoding::detect(input.as_bytes()), encoding, "{input}");
    }
    assert_eq!(broken(hex.as_bytes()), [""; 0]);
    assert_eq!(broken(base64.as_bytes()), [""; 0]);
    // Folded and padded is read, and said to be wrong.
    let folded = format!("{}\n{}", &base64[..40], &base64[40..]);
    assert_eq!(
        broken(folded.as_bytes()),
        ["input:0 top level: is not base64url without padding"]
    );
    assert_eq!(trace(folded.as_bytes()).kind(), Kind::RegistrationAssertion);
}

#[test]
fn a_broken_rule_stands_where_the_decoder_says() {
    assert_eq!(broken(&sound()), [""; 0]);
    let unknown = registration(&krd(&[7; 32], &[1, 0, 1, 0x99, 0, 0, 1]));
    assert_eq!(
        broken(&unknown),
        ["input:21 tag 0x2E0E at offset 21: code 0x0099 is not in the registry"]
    );
    let map = trace(&unknown);
    assert_eq!(
        entry(&map, 0, "signatureAlgAndEncoding").meaning,
        "0x0099, not in the registry"
    );
    let short = registration(&krd(&[7; 15], INFO));
    assert_eq!(
        broken(&short),
        ["input:68 tag 0x2E09 at offset 68: value has 15 bytes, allowed is 32 to 2048"]
    );
    let wrong_key = registration(&krd(&[7; 32], &[1, 0, 1, 1, 0, 2, 1]));
    assert_eq!(
        broken(&wrong_key),
        ["input:116 public key in format ALG_KEY_RSA_2048_RAW: is shorter than its modulus (offset 65)"]
    );
    let trailing = [sound(), vec![0; 3]].concat();
    let at = sound().len();
    assert_eq!(
        broken(&trailing),
        [
            format!("input:{at} tag 0x0000 at offset {at}: truncated, 4 bytes needed, 3 left"),
            format!("input:{at} tag 0x0000 at offset {at}: 3 bytes follow the outermost structure"),
        ]
    );
    let mut shadowed = krd(&[7; 32], INFO);
    shadowed.extend(inside(&[(tags::PUB_KEY, &[4; 65])]));
    let second = 4 + 4 + krd(&[7; 32], INFO).len();
    assert_eq!(
        broken(&registration(&shadowed)),
        [format!(
            "input:{second} tag 0x2E0C at offset {second}: occurs twice"
        )]
    );
    let large = vec![0; limits::TRACE_BYTES + 1];
    assert_eq!(
        broken(&large),
        ["input:0 input is 1048577 bytes long, the limit is 1048576"]
    );
}

#[test]
fn what_is_left_of_a_cut_assertion_is_mapped() {
    let map = trace(&sound()[..50]);
    assert_eq!(entry(&map, 0, "AAID").meaning, "FFFF#5301");
    assert_eq!(
        entry(&map, 0, "FINAL_CHALLENGE_HASH").meaning,
        "32 bytes announced, 14 left"
    );
    let rules: Vec<&str> = map.broken().map(|(_, _, rule)| rule).collect();
    assert_eq!(rules.len(), 3, "{rules:?}: the assertion, the KRD, the hash");
    assert!(rules.iter().all(|rule| rule.contains("truncated")));
}

#[test]
fn bytes_that_are_nothing_are_said_to_be_nothing() {
    let nothing = "top level: is no message, assertion or command of UAF";
    for input in [&b"?"[..], b"", b"\x01\x02\x00\x00", b"\xFF\xFE\xFD\xFC\xFB"] {
        let rules = broken(input);
        assert!(rules.iter().any(|rule| rule.ends_with(nothing)), "{rules:?}");
        assert_eq!(trace(input).kind(), Kind::Unknown);
    }
}

/// A Sign command with a transaction's elements and more at its end.
fn sign(transaction: Elements<'_>, more: Elements<'_>) -> Vec<u8> {
    let before: Elements<'_> = &[
        (tags::AUTHENTICATOR_INDEX, &[0]),
        (tags::APPID, b"https://a.example"),
        (tags::FINAL_CHALLENGE_HASH, &[0xC4; 32]),
    ];
    let token: Elements<'_> = &[(tags::KEYHANDLE_ACCESS_TOKEN, &[1; 32])];
    structure(tags::UAFV1_SIGN_CMD, &[before, transaction, token, more].concat())
}

#[test]
fn commands_are_explained_and_judged() {
    let sound = sign(&[], &[(tags::KEYHANDLE, &[9; 40]), (tags::KEYHANDLE, &[8; 40])]);
    let map = trace(&sound);
    assert_eq!(map.kind(), Kind::Command);
    assert_eq!(broken(&sound), [""; 0]);
    assert_eq!(entry(&map, 0, "APPID").meaning, "\"https://a.example\"");
    assert_eq!(
        entry(&map, 0, "KEYHANDLE_ACCESS_TOKEN").meaning,
        "32 bytes",
        "no secret is shown"
    );
    let both = [
        (tags::TRANSACTION_CONTENT, &b"pay"[..]),
        (tags::TRANSACTION_CONTENT_HASH, &[1; 32]),
    ];
    assert_eq!(broken(&sign(&both[..1], &[])), [""; 0]);
    assert_eq!(
        broken(&sign(&both, &[])),
        ["input:73 tag 0x2E10 at offset 73: and the transaction's content exclude each other"]
    );
    let long_token = sign(&[], &[(tags::KEYHANDLE_ACCESS_TOKEN, &[1; 32])]);
    assert_eq!(
        broken(&long_token),
        ["input:102 tag 0x2805 at offset 102: occurs twice"]
    );
    let no_index = structure(tags::UAFV1_OPEN_SETTINGS_CMD, &[]);
    assert_eq!(broken(&no_index), ["input:0 tag 0x280D at offset 0: is missing"]);
    let index = structure(
        tags::UAFV1_OPEN_SETTINGS_CMD,
        &[(tags::AUTHENTICATOR_INDEX, &[3])],
    );
    assert_eq!(broken(&index), [""; 0]);
    assert_eq!(broken(&structure(tags::UAFV1_GETINFO_CMD, &[])), [""; 0]);
    let filled = structure(tags::UAFV1_GETINFO_CMD, &[(tags::AUTHENTICATOR_INDEX, &[3])]);
    assert_eq!(
        broken(&filled),
        ["input:0 tag 0x3401 at offset 0: value has 5 bytes, allowed is 0 to 0"]
    );
}

#[test]
fn responses_are_explained_and_judged() {
    let response = |assertion: &[u8]| {
        structure(
            tags::UAFV1_REGISTER_CMD_RESPONSE,
            &[
                (tags::STATUS_CODE, &[0, 0]),
                (tags::AUTHENTICATOR_ASSERTION, assertion),
            ],
        )
    };
    let map = trace(&response(&sound()));
    assert_eq!(map.kind(), Kind::CommandResponse);
    assert_eq!(map.broken().count(), 0);
    assert_eq!(entry(&map, 0, "STATUS_CODE").meaning, "0x00, Ok");
    assert_eq!(entry(&map, 0, "AAID").offset, 8 + 4 + 6 + 4);
    let bad = registration(&krd(&[7; 32], &[1, 0, 1, 0x99, 0, 0, 1]));
    assert_eq!(
        broken(&response(&bad)),
        ["input:35 tag 0x2E0E at offset 35: code 0x0099 is not in the registry"]
    );
    let status = |code: &[u8]| structure(tags::UAFV1_REGISTER_CMD_RESPONSE, &[(tags::STATUS_CODE, code)]);
    assert_eq!(broken(&status(&[2, 0])), [""; 0]);
    assert_eq!(
        broken(&status(&[0, 0])),
        ["input:0 tag 0x280F at offset 0: is missing"]
    );
    // Commands §4.4: a code that is not known stands for an error that is not known.
    assert_eq!(broken(&status(&[0x77, 0])), [""; 0]);
    assert_eq!(
        broken(&status(&[0])),
        ["input:4 tag 0x2808 at offset 4: value has 1 bytes, allowed is 2 to 2"]
    );
}

#[test]
fn an_authenticator_s_description_is_explained() {
    let metadata = [0x41, 0, 5, 0x10, 0, 0, 0, 1, 0, 1, 0, 3, 0, 2, 0];
    let info = |metadata: &[u8]| {
        let info = inside(&[
            (tags::AUTHENTICATOR_INDEX, &[0]),
            (tags::AAID, b"FFFF#5301"),
            (tags::AUTHENTICATOR_METADATA, metadata),
            (tags::ASSERTION_SCHEME, b"UAFV1TLV"),
            (tags::ATTESTATION_TYPE, &[0x07, 0x3E]),
        ]);
        structure(
            tags::UAFV1_GETINFO_CMD_RESPONSE,
            &[
                (tags::STATUS_CODE, &[0, 0]),
                (tags::API_VERSION, &[1]),
                (tags::AUTHENTICATOR_INFO, &info),
            ],
        )
    };
    let map = trace(&info(&metadata));
    assert_eq!(map.broken().count(), 0);
    for (name, meaning) in [
        ("authenticatorType", "second factor, user enrolled"),
        ("maxKeyHandles", "5"),
        ("userVerification", "faceprint"),
        ("keyProtection", "software"),
        ("matcherProtection", "software"),
        ("tcDisplay", "any, privileged software"),
        (
            "authenticationAlgorithm",
            "0x0002, ALG_SIGN_SECP256R1_ECDSA_SHA256_DER",
        ),
        ("ATTESTATION_TYPE", "0x3E07, TAG_ATTESTATION_BASIC_FULL"),
    ] {
        assert_eq!(entry(&map, 0, name).meaning, meaning);
    }
    assert_eq!(
        broken(&info(&metadata[..14])),
        ["input:37 tag 0x2809 at offset 37: value has 14 bytes, allowed is 15 to 15"]
    );
}

#[test]
fn parts_of_a_refused_assertion_are_still_found() {
    let mut shadowed = krd(&[7; 15], &[1, 0, 1, 0x99, 0, 0, 1]);
    shadowed.extend(inside(&[(tags::PUB_KEY, &[6; 3])]));
    let bytes = registration(&shadowed);
    let found = LooseAssertion::find(&bytes).expect("a KRD");
    assert!(found.is_registration);
    assert_eq!(
        found.signed_bytes,
        structure(tags::UAFV1_KRD, &[])
            .iter()
            .take(2)
            .copied()
            .chain(u16::try_from(shadowed.len()).expect("short").to_le_bytes())
            .chain(shadowed.iter().copied())
            .collect::<Vec<u8>>()
    );
    assert_eq!(found.algorithm, Some(0x99));
    assert_eq!(found.key_id.map(<[u8]>::len), Some(15));
    assert_eq!(
        found.public_key.map(<[u8]>::len),
        Some(65),
        "the first, not the last"
    );
    assert_eq!(found.attestation, Some(tags::ATTESTATION_BASIC_SURROGATE));
    assert_eq!(found.signature, Some(&[5; 64][..]));
    assert_eq!(found.sign_counter, Some(1));
    assert_eq!(LooseAssertion::find(&bytes[4..]), None);
    assert_eq!(LooseAssertion::find(&bytes[..bytes.len() - 1]), None);
}

/// A certificate as far as a map reads it: version 3, names of 0 and 2 bytes.
fn certificate() -> Vec<u8> {
    let validity = [b"\x30\x1E\x17\x0D200101000000Z", &b"\x17\x0D300101000000Z"[..]].concat();
    let fields = [
        b"\xA0\x03\x02\x01\x02",
        &b"\x02\x01\x01\x30\x00\x30\x00"[..],
        &validity,
        b"\x30\x02\x05\x00\x30\x00",
    ];
    [&b"\x30\x34\x30\x32"[..], &fields.concat()].concat()
}

#[test]
fn a_certificate_is_described_and_anything_else_is_not() {
    let describe = super::super::certificate::describe;
    let sound = certificate();
    assert_eq!(
        describe(&sound),
        "54 bytes, X.509 v3, subject of 2 bytes, issuer of 0 bytes, valid until 2030-01-01T00:00:00Z"
    );
    assert_eq!(describe(&sound[..53]), "53 bytes, no X.509 certificate");
    assert_eq!(describe(&[]), "0 bytes, no X.509 certificate");
}
