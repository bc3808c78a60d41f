//! Extensions inside assertions (Commands §4.3).

use super::*;

#[test]
fn extensions_inside_and_beside_the_signed_data_are_told_apart() {
    let extension = |id: &str| AssertionExtension {
        id: id.to_owned(),
        data: vec![1, 2],
    };
    let signed = KeyRegistrationData {
        extensions: vec![extension("signed")],
        ..krd()
    };
    let attestation = Attestation::BasicSurrogate {
        signature: vec![5; 64],
    };
    let mut assertion = RegistrationAssertion::new(signed, attestation).expect("short");
    assertion.unsigned_extensions = vec![extension("unsigned"), extension("unsigned")];
    let bytes = assertion.encode().expect("short");
    assert_eq!(RegistrationAssertion::decode(&bytes), Ok(assertion));
}

#[test]
fn a_critical_extension_is_refused() {
    let content = vec![
        (tags::EXTENSION_ID, b"x".to_vec()),
        (tags::EXTENSION_DATA, Vec::new()),
    ];
    let mut elements = krd_elements();
    elements.push((tags::EXTENSION, value_of(&content)));
    RegistrationAssertion::decode(&registration(&elements)).expect("not critical");
    let critical = |elements: &mut Elements| elements.push((tags::EXTENSION_CRITICAL, value_of(&content)));
    krd_refused(critical, tags::EXTENSION_CRITICAL, TlvErrorKind::UnknownExtension);
    signed_data_refused(critical, tags::EXTENSION_CRITICAL, TlvErrorKind::UnknownExtension);
}

#[test]
fn an_extension_has_a_name_of_1_to_32_characters_and_data() {
    let with = |content: Elements| {
        move |elements: &mut Elements| elements.push((tags::EXTENSION, value_of(&content)))
    };
    let data = (tags::EXTENSION_DATA, vec![1]);
    let named = |id: &str| vec![(tags::EXTENSION_ID, id.as_bytes().to_vec()), data.clone()];
    let mut elements = krd_elements();
    with(named(&"ä".repeat(32)))(&mut elements);
    RegistrationAssertion::decode(&registration(&elements)).expect("32 characters");
    krd_refused(
        with(named(&"a".repeat(33))),
        tags::EXTENSION_ID,
        length(1, 32, 33),
    );
    krd_refused(with(named("")), tags::EXTENSION_ID, length(1, 128, 0));
    krd_refused(
        with(vec![data.clone()]),
        tags::EXTENSION_ID,
        TlvErrorKind::Missing,
    );
    let id = vec![(tags::EXTENSION_ID, b"x".to_vec())];
    krd_refused(with(id), tags::EXTENSION_DATA, TlvErrorKind::Missing);
}

#[test]
fn an_extension_holds_nothing_beside_id_and_data() {
    let content = |surplus: Option<(u16, Vec<u8>)>| {
        let mut content = vec![
            (tags::EXTENSION_ID, b"x".to_vec()),
            (tags::EXTENSION_DATA, vec![1]),
        ];
        content.extend(surplus);
        (tags::EXTENSION, value_of(&content))
    };
    let rule = TlvErrorKind::BadValue("an extension holds an id and data only");
    let surplus = content(Some((0x0999, vec![1])));
    let with = |extension: (u16, Vec<u8>)| move |elements: &mut Elements| elements.push(extension.clone());
    krd_refused(with(surplus.clone()), tags::EXTENSION, rule);
    signed_data_refused(with(surplus.clone()), tags::EXTENSION, rule);
    let mut elements = krd_elements();
    with(content(None))(&mut elements);
    RegistrationAssertion::decode(&registration(&elements)).expect("without the surplus");
    let mut elements = signed_data_elements();
    with(content(None))(&mut elements);
    AuthenticationAssertion::decode(&authentication(&elements)).expect("without the surplus");
    // Beside the signed data too.
    let beside = |extension: (u16, Vec<u8>)| {
        let parts = vec![
            (tags::UAFV1_KRD, value_of(&krd_elements())),
            surrogate(),
            extension,
        ];
        RegistrationAssertion::decode(&write(&parts, tags::UAFV1_REG_ASSERTION))
    };
    beside(content(None)).expect("without the surplus");
    let refused = beside(surplus);
    assert!(
        matches!(&refused, Err(ProtocolError::Tlv { kind, .. }) if *kind == rule),
        "{refused:?}"
    );
}
