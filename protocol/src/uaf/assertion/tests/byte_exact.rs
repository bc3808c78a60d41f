//! What is read is written byte for byte, unknown elements at their places.

use super::*;

/// Reads and writes an assertion whose first part is followed by these.
fn kept(beside: &[(u16, Vec<u8>)]) {
    let mut parts = vec![(tags::UAFV1_KRD, value_of(&krd_elements()))];
    parts.extend_from_slice(beside);
    let bytes = write(&parts, tags::UAFV1_REG_ASSERTION);
    let read = RegistrationAssertion::decode(&bytes).expect("nothing critical");
    assert_eq!(read.encode(), Ok(bytes), "{beside:?}");
}

fn extension(data_first: bool) -> (u16, Vec<u8>) {
    let mut content = vec![
        (tags::EXTENSION_ID, b"x".to_vec()),
        (tags::EXTENSION_DATA, vec![1, 2, 3]),
    ];
    if data_first {
        content.reverse();
    }
    (tags::EXTENSION, value_of(&content))
}

#[test]
fn unknown_elements_keep_their_places() {
    let unknown = (0x0999, vec![1, 2]);
    kept(&[surrogate()]);
    kept(&[surrogate(), unknown.clone()]);
    kept(&[unknown.clone(), surrogate(), extension(false)]);
    kept(&[extension(false), unknown.clone(), surrogate(), unknown]);
    kept(&[extension(true), surrogate(), extension(false), extension(true)]);
    // Inside the attestation.
    let certified = vec![
        (tags::ATTESTATION_CERT, vec![0x30; 3]),
        (0x0999, Vec::new()),
        (tags::SIGNATURE, vec![5; 64]),
        (tags::ATTESTATION_CERT, vec![0x30; 2]),
    ];
    kept(&[(tags::ATTESTATION_BASIC_FULL, value_of(&certified))]);
    let signed = (tags::UAFV1_SIGNED_DATA, value_of(&signed_data_elements()));
    let parts = vec![
        signed,
        (0x0999, vec![1]),
        extension(true),
        (tags::SIGNATURE, vec![5; 64]),
    ];
    let bytes = write(&parts, tags::UAFV1_AUTH_ASSERTION);
    let read = AuthenticationAssertion::decode(&bytes).expect("nothing critical");
    assert_eq!(read.encode(), Ok(bytes));
}

/// Of these nobody says what is inside, so that nothing in there has an order to keep.
#[test]
fn an_attestation_that_looks_like_an_extension_is_none() {
    let like_an_extension = extension(true).1;
    for kind in [tags::ATTESTATION_NONE, tags::ATTESTATION_ANONCA] {
        kept(&[(0x0999, Vec::new()), (kind, like_an_extension.clone())]);
    }
}

#[test]
fn what_is_changed_after_reading_is_written_among_what_is_carried() {
    let unknown = (0x0999, vec![1, 2]);
    let parts = |more: &[(u16, Vec<u8>)]| {
        let mut parts = vec![
            (tags::UAFV1_KRD, value_of(&krd_elements())),
            unknown.clone(),
            surrogate(),
        ];
        parts.extend_from_slice(more);
        write(&parts, tags::UAFV1_REG_ASSERTION)
    };
    let mut read = RegistrationAssertion::decode(&parts(&[extension(true)])).expect("nothing critical");
    let taken = read.unsigned_extensions.remove(0);
    assert_eq!(read.encode(), Ok(parts(&[])));
    read.unsigned_extensions = vec![taken.clone(), taken];
    assert_eq!(read.encode(), Ok(parts(&[extension(true), extension(false)])));
}
