//! The TLV layer: what is refused, with tag, offset and kind.

use super::*;

const OUTER: u16 = 0x3E01;
const KNOWN: u16 = 0x2E0B;
const REPEATED: u16 = 0x2E05;

fn structure(elements: &[(u16, &[u8])]) -> Vec<u8> {
    let mut writer = TlvWriter::default();
    for (tag, value) in elements {
        writer = writer.put(*tag, value).expect("short values");
    }
    writer.wrap(OUTER).expect("short structure")
}

fn read(bytes: &[u8]) -> Result<Composite<'_>, ProtocolError> {
    Composite::read(Tlv::read_only(bytes, OUTER)?, &[KNOWN], &[REPEATED])
}

#[test]
fn elements_are_little_endian() {
    let bytes = TlvWriter::default()
        .put(0x2E0B, b"abc")
        .expect("short")
        .into_bytes();
    assert_eq!(bytes, [0x0B, 0x2E, 3, 0, b'a', b'b', b'c']);
}

#[test]
fn bytes_after_the_structure_are_refused() {
    let mut bytes = structure(&[(KNOWN, b"x")]);
    read(&bytes).expect("the structure without the flaw is accepted");
    bytes.push(0);
    let expected = error(0, 9, TlvErrorKind::TrailingBytes { count: 1 });
    assert_eq!(read(&bytes).expect_err("one byte too many"), expected);
}

#[test]
fn every_truncation_is_refused() {
    let bytes = structure(&[(KNOWN, b"x"), (REPEATED, b"yz")]);
    read(&bytes).expect("the structure without the flaw is accepted");
    for length in 0..bytes.len() {
        let error = read(&bytes[..length]).expect_err("truncated");
        let ProtocolError::Tlv { kind, .. } = error else {
            panic!("{error}")
        };
        let truncated = matches!(kind, TlvErrorKind::Truncated { .. });
        assert!(
            truncated || (length == 0 && kind == TlvErrorKind::Missing),
            "{length}: {kind}"
        );
    }
}

#[test]
fn a_lying_length_of_an_inner_element_is_refused() {
    let honest = structure(&[(KNOWN, b"x")]);
    read(&honest).expect("the structure without the flaw is accepted");
    let mut lying = honest.clone();
    lying[6] = 2;
    let kind = TlvErrorKind::Truncated {
        needed: 6,
        available: 5,
    };
    assert_eq!(read(&lying).expect_err("says 2, has 1"), error(KNOWN, 4, kind));
    lying[6] = 0;
    let kind = TlvErrorKind::Truncated {
        needed: 4,
        available: 1,
    };
    assert_eq!(read(&lying).expect_err("says 0, has 1"), error(0, 8, kind));
    lying[6..8].copy_from_slice(&[0xFF, 0xFF]);
    assert!(read(&lying).is_err());
}

#[test]
fn a_lying_length_of_the_structure_is_refused() {
    let honest = structure(&[(KNOWN, b"x")]);
    read(&honest).expect("the structure without the flaw is accepted");
    for claimed in (0..=255).filter(|length| *length != honest[2]) {
        let mut lying = honest.clone();
        lying[2] = claimed;
        assert!(read(&lying).is_err(), "says {claimed}");
    }
}

#[test]
fn a_second_singleton_is_refused() {
    let once = structure(&[(KNOWN, b"x"), (REPEATED, b"a"), (REPEATED, b"b")]);
    let composite = read(&once).expect("the structure without the flaw is accepted");
    assert_eq!(composite.repeated(REPEATED).count(), 2);
    let twice = structure(&[(KNOWN, b"x"), (REPEATED, b"a"), (KNOWN, b"x")]);
    assert_eq!(
        read(&twice).expect_err("twice"),
        error(KNOWN, 14, TlvErrorKind::Duplicate)
    );
}

#[test]
fn an_unknown_critical_tag_is_refused_and_another_unknown_tag_is_skipped() {
    let optional = structure(&[(KNOWN, b"x"), (0x0104, b"y")]);
    let composite = read(&optional).expect("not critical");
    assert!(
        composite.optional(0x0104).is_none(),
        "what is skipped does not count"
    );
    let critical = structure(&[(KNOWN, b"x"), (0x2104, b"y")]);
    assert_eq!(
        read(&critical).expect_err("critical"),
        error(0x2104, 9, TlvErrorKind::UnknownCritical)
    );
    // A tag of the protocol at a place where it is not defined is no better.
    let misplaced = structure(&[(KNOWN, b"x"), (tags::PUB_KEY, b"y")]);
    let expected = error(tags::PUB_KEY, 9, TlvErrorKind::UnknownCritical);
    assert_eq!(read(&misplaced).expect_err("critical"), expected);
}

#[test]
fn another_outermost_tag_is_refused() {
    let bytes = structure(&[(KNOWN, b"x")]);
    Tlv::read_only(&bytes, OUTER).expect("the right tag is accepted");
    let expected = error(OUTER, 0, TlvErrorKind::WrongOrder { expected: 0x3E02 });
    assert_eq!(Tlv::read_only(&bytes, 0x3E02), Err(expected));
}

#[test]
fn the_first_element_is_the_first_of_all() {
    let right = structure(&[(KNOWN, b"x"), (0x0104, b"y")]);
    read(&right).expect("readable").first(KNOWN).expect("in front");
    let wrong = structure(&[(0x0104, b"y"), (KNOWN, b"x")]);
    let kind = TlvErrorKind::WrongOrder { expected: KNOWN };
    assert_eq!(
        read(&wrong).expect("readable").first(KNOWN),
        Err(error(0x0104, 4, kind))
    );
}

#[test]
fn a_value_of_another_length_is_refused() {
    let bytes = structure(&[(KNOWN, &[1, 2])]);
    let element = read(&bytes).expect("readable").required(KNOWN).expect("there");
    assert_eq!(element.u16(), Ok(0x0201));
    let kind = TlvErrorKind::WrongLength {
        min: 4,
        max: 4,
        actual: 2,
    };
    assert_eq!(element.array::<4>(), Err(error(KNOWN, 4, kind)));
    assert!(element.bytes_of(3, 9).is_err());
    assert!(element.bytes_of(0, 1).is_err());
}

#[test]
fn a_missing_element_is_refused_with_the_structure_s_offset() {
    let bytes = structure(&[]);
    let composite = read(&bytes).expect("empty is readable");
    assert_eq!(
        composite.required(KNOWN),
        Err(error(KNOWN, 0, TlvErrorKind::Missing))
    );
}

#[test]
fn a_value_longer_than_its_length_field_is_not_written() {
    let longest = vec![0; 65_535];
    TlvWriter::default()
        .put(KNOWN, &longest)
        .expect("the longest is written");
    let kind = TlvErrorKind::WrongLength {
        min: 0,
        max: 65_535,
        actual: 65_536,
    };
    let refused = TlvWriter::default()
        .put(KNOWN, &vec![0; 65_536])
        .map(TlvWriter::into_bytes);
    assert_eq!(refused, Err(error(KNOWN, 0, kind)));
}

#[test]
fn tags_have_the_names_of_the_specification() {
    assert_eq!(tags::name(0x3E03), Some("UAFV1_KRD"));
    assert_eq!(tags::name(0x1234), None);
}
