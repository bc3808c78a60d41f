//! Each rule broken by itself; what is sound is read, and written again byte for byte.

use proptest::prelude::*;

use super::assertion::Assertion;
use super::attestation_object::{AttestationObject, AttestationStatement};
use super::authenticator_data::{Aaguid, AttestedCredential, AuthenticatorData, flags};
use crate::error::ProtocolError;

/// A COSE_Key on P-256 with made-up coordinates: `{1: 2, 3: -7, -1: 1, -2: x, -3: y}`.
fn cose_key() -> Vec<u8> {
    let head = hex::decode("a5010203262001215820").expect("hexadecimal");
    [&head[..], &[7; 32], &[0x22, 0x58, 0x20], &[9; 32]].concat()
}

fn registration_data() -> AuthenticatorData {
    AuthenticatorData {
        rp_id_hash: [3; 32],
        flags: flags::USER_PRESENT | flags::USER_VERIFIED | flags::ATTESTED_CREDENTIAL_DATA,
        sign_count: 7,
        attested_credential: Some(AttestedCredential {
            aaguid: Aaguid([5; 16]),
            credential_id: vec![8; 32],
            public_key: cose_key(),
        }),
        extensions: None,
    }
}

fn login_data() -> AuthenticatorData {
    AuthenticatorData {
        flags: flags::USER_PRESENT | flags::USER_VERIFIED,
        attested_credential: None,
        ..registration_data()
    }
}

fn object() -> AttestationObject {
    let authenticator_data = registration_data();
    AttestationObject {
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        statement: AttestationStatement::Packed {
            algorithm: -7,
            signature: vec![4; 70],
            certificates: vec![vec![1; 20], vec![2; 20]],
        },
    }
}

fn assertion() -> Assertion {
    let authenticator_data = login_data();
    Assertion {
        credential_id: vec![8; 32],
        signed_bytes: authenticator_data.encode().expect("sound"),
        authenticator_data,
        signature: vec![4; 70],
    }
}

/// The rule that `outcome` breaks.
fn rule<T: std::fmt::Debug>(outcome: Result<T, ProtocolError>) -> (&'static str, usize) {
    match outcome.expect_err("broken") {
        ProtocolError::Cbor { rule, offset, .. } => (rule, offset),
        other => panic!("another error: {other}"),
    }
}

#[test]
fn what_is_sound_is_read_and_written_again() {
    for data in [registration_data(), login_data()] {
        let bytes = data.encode().expect("sound");
        assert_eq!(AuthenticatorData::decode(&bytes), Ok(data));
    }
    let bytes = object().encode().expect("sound");
    assert_eq!(AttestationObject::decode(&bytes), Ok(object()));
    let none = AttestationObject {
        statement: AttestationStatement::None,
        ..object()
    };
    assert_eq!(
        AttestationObject::decode(&none.encode().expect("sound")),
        Ok(none)
    );
    let bytes = assertion().encode().expect("sound");
    assert_eq!(Assertion::decode(&bytes), Ok(assertion()));
}

#[test]
fn authenticator_data_break_one_rule_at_a_time() {
    let sound = registration_data().encode().expect("sound");
    let broken = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = sound.clone();
        change(&mut bytes);
        rule(AuthenticatorData::decode(&bytes))
    };
    assert_eq!(
        broken(&|bytes| bytes.truncate(36)),
        ("is shorter than 37 bytes", 36)
    );
    assert_eq!(broken(&|bytes| bytes[32] |= 0x02), ("has a reserved flag", 32));
    assert_eq!(
        broken(&|bytes| bytes[32] |= flags::BACKED_UP),
        ("is backed up without being eligible", 32)
    );
    assert_eq!(
        broken(&|bytes| bytes[32] &= !flags::ATTESTED_CREDENTIAL_DATA),
        ("is followed by more bytes", 37)
    );
    assert_eq!(
        broken(&|bytes| bytes.push(0)),
        ("is followed by more bytes", sound.len())
    );
    assert_eq!(
        broken(&|bytes| bytes[32] |= flags::EXTENSION_DATA),
        ("ends within an item", sound.len())
    );
    assert_eq!(
        broken(&|bytes| bytes.truncate(50)),
        ("ends within the attested credential data", 50)
    );
    assert_eq!(
        broken(&|bytes| bytes[53..55].fill(0)),
        ("has a credential ID that is not 1 to 1023 bytes", 53)
    );
    // The length lies: the key would begin inside the credential ID.
    assert_eq!(
        broken(&|bytes| bytes[54] = 31).0,
        "has a public key that is not a map"
    );
    assert_eq!(broken(&|bytes| bytes.truncate(100)), ("ends within an item", 95));
    let extended = |extensions: &[u8]| {
        let mut bytes = sound.clone();
        bytes[32] |= flags::EXTENSION_DATA;
        bytes.extend_from_slice(extensions);
        AuthenticatorData::decode(&bytes)
    };
    assert_eq!(
        rule(extended(&[0x80])),
        ("has extensions that are not a map", sound.len())
    );
    assert!(extended(&[0xA0]).is_ok());
}

/// WebAuthn §6.5.2.
#[test]
fn a_credential_public_key_names_its_algorithm() {
    let named = |key: &str| {
        AttestedCredential {
            aaguid: Aaguid([5; 16]),
            credential_id: vec![8; 32],
            public_key: hex::decode(key).expect("hexadecimal"),
        }
        .cose_algorithm()
    };
    assert_eq!(named("a10326"), Ok(-7));
    assert_eq!(named("a2010303390100"), Ok(-257));
    for unnamed in ["a0", "a10126", "a1036126", "80", "", "a1033bffffffffffffffff"] {
        let refused = named(unnamed).expect_err("names none").to_string();
        assert!(refused.starts_with("public key "), "{unnamed}: {refused}");
    }
}

#[test]
fn cbor_is_canonical() {
    let read = |text: &str| AttestationObject::decode(&hex::decode(text).expect("hexadecimal"));
    for (text, expected) in [
        ("", "ends within an item"),
        ("a0a0", "is followed by more bytes"),
        ("a1", "ends within an item"),
        ("bf", "has an indefinite or reserved length"),
        ("a1180100", "is not in its shortest form"),
        ("a1190001", "is not in its shortest form"),
        ("a200000100ff", "is followed by more bytes"),
        ("a201000000", "holds its keys out of order"),
        ("a200000000", "holds a key twice"),
        ("a26161006000", "holds its keys out of order"),
        ("a100f97e00", "is of a type that does not occur here"),
        ("a100c000", "is of a type that does not occur here"),
        ("a10061ff", "is not UTF-8"),
        ("a1008181818100", "is nested too deeply"),
        ("a0", "has to have the members fmt, attStmt and authData"),
        ("80", "is not a map"),
    ] {
        assert_eq!(rule(read(text)).0, expected, "{text}");
    }
}

#[test]
fn attestation_objects_hold_what_they_say() {
    let sound = object().encode().expect("sound");
    let at = |needle: &[u8]| {
        sound
            .windows(needle.len())
            .position(|window| window == needle)
            .expect("there")
    };
    let broken = |needle: &[u8], replacement: &[u8]| {
        let mut bytes = sound.clone();
        let begin = at(needle);
        bytes.splice(begin..begin + needle.len(), replacement.iter().copied());
        rule(AttestationObject::decode(&bytes)).0
    };
    assert_eq!(
        broken(b"fmt", b"fmu"),
        "has to have the members fmt, attStmt and authData"
    );
    assert_eq!(
        broken(b"packed", b"packet"),
        "is in a format other than none and packed"
    );
    assert_eq!(
        broken(b"\x66packed", b"\x64none"),
        "has a statement though its format is none"
    );
    assert_eq!(
        broken(b"sig", b"sih"),
        "has a packed statement that is not alg, sig and x5c"
    );
    // A third member whose name is an empty list and no text.
    assert_eq!(
        broken(b"\x63x5c", b"\x80"),
        "has a packed statement that is not alg, sig and x5c"
    );
    assert_eq!(
        broken(b"x5c", b"x5d"),
        "has a packed statement that is not alg, sig and x5c"
    );
    assert_eq!(
        broken(b"\x66packed", b"\x46packed"),
        "has a member of another type"
    );
    let bare = AttestationObject {
        signed_bytes: login_data().encode().expect("sound"),
        authenticator_data: login_data(),
        ..object()
    };
    assert_eq!(rule(bare.encode()).0, "has no attested credential data");
    let long = AttestationObject {
        statement: AttestationStatement::Packed {
            algorithm: -7,
            signature: vec![4; 70],
            certificates: vec![vec![1; 4096]],
        },
        ..object()
    };
    assert!(matches!(
        long.encode(),
        Err(ProtocolError::TooLarge { limit: 4096, .. })
    ));
}

#[test]
fn assertions_hold_what_they_say() {
    let registering = Assertion {
        signed_bytes: registration_data().encode().expect("sound"),
        authenticator_data: registration_data(),
        ..assertion()
    };
    assert_eq!(rule(registering.encode()).0, "has attested credential data");
    let unsigned = Assertion {
        signature: Vec::new(),
        ..assertion()
    };
    assert_eq!(rule(unsigned.encode()).0, "has an empty signature");
    let nameless = Assertion {
        credential_id: Vec::new(),
        ..assertion()
    };
    assert_eq!(
        rule(nameless.encode()).0,
        "has to name a credential by id and type public-key"
    );
    let mut bytes = assertion().encode().expect("sound");
    bytes[0] = 0xA2;
    assert_eq!(rule(Assertion::decode(&bytes)).0, "is followed by more bytes");
    let two = hex::decode("a2010002a0").expect("hexadecimal");
    assert_eq!(
        rule(Assertion::decode(&two)).0,
        "is not a map of 1 credential, 2 authenticator data, 3 signature"
    );
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(data) = AuthenticatorData::decode(&bytes) {
            prop_assert_eq!(data.encode(), Ok(bytes.clone()));
        }
        if let Ok(object) = AttestationObject::decode(&bytes) {
            prop_assert_eq!(object.encode(), Ok(bytes.clone()));
        }
        if let Ok(assertion) = Assertion::decode(&bytes) {
            prop_assert_eq!(assertion.encode(), Ok(bytes));
        }
    }

    #[test]
    fn what_was_damaged_is_refused_or_read_as_it_is(at in 0usize..400, bit in 0u8..8) {
        let mut bytes = object().encode().expect("sound");
        let at = at % bytes.len();
        bytes[at] ^= 1 << bit;
        if let Ok(object) = AttestationObject::decode(&bytes) {
            prop_assert_eq!(object.encode(), Ok(bytes));
        }
    }
}
