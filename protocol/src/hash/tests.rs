//! Hash values: their lengths, known answers, and the form in which they are stored.

use super::*;

#[test]
fn each_function_answers_as_published() {
    // FIPS 180-4, the example message "abc".
    let beginnings: [&[u8]; 3] = [
        &[0xBA, 0x78, 0x16, 0xBF],
        &[0xCB, 0x00, 0x75, 0x3F],
        &[0xDD, 0xAF, 0x35, 0xA1],
    ];
    for (algorithm, beginning) in HashAlgorithm::ALL.into_iter().zip(beginnings) {
        let value = algorithm.digest(b"abc");
        assert_eq!(value.as_bytes()[..4], *beginning);
        assert_eq!(value.as_bytes().len(), algorithm.output_bytes());
        assert_eq!(value.algorithm(), algorithm);
        assert_eq!(HashValue::try_from(value.as_bytes()), Ok(value));
    }
}

#[test]
fn other_lengths_are_no_hash() {
    for actual in (0..=80).filter(|length| ![32, 48, 64].contains(length)) {
        assert_eq!(
            HashValue::try_from(vec![0; actual]),
            Err(NotAHash { actual }),
            "{actual}"
        );
    }
}

#[test]
fn the_stored_form_is_the_array_of_bytes() {
    for algorithm in HashAlgorithm::ALL {
        let value = algorithm.digest(b"abc");
        let stored = serde_json::to_string(&value).expect("bytes have JSON");
        assert_eq!(
            stored,
            serde_json::to_string(value.as_bytes()).expect("bytes have JSON")
        );
        assert_eq!(
            serde_json::from_str::<HashValue>(&stored).expect("as written"),
            value
        );
    }
    assert!(serde_json::from_str::<HashValue>("[1,2,3]").is_err());
}
