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

/// What is not critical is carried, in the signed data and beside them; what is critical is refused.
#[test]
fn an_unknown_element_inside_an_extension_is_carried_and_a_critical_one_refused() {
    let content = |surplus: (u16, Vec<u8>)| {
        let content = vec![
            (tags::EXTENSION_ID, b"x".to_vec()),
            surplus,
            (tags::EXTENSION_DATA, vec![1]),
        ];
        (tags::EXTENSION, value_of(&content))
    };
    let (carried, critical) = (content((0x0999, vec![1, 2])), content((0x2999, vec![1, 2])));
    let rule = TlvErrorKind::UnknownCritical;
    let with = |extension: &(u16, Vec<u8>)| {
        let extension = extension.clone();
        move |elements: &mut Elements| elements.push(extension.clone())
    };
    krd_refused(with(&critical), 0x2999, rule);
    signed_data_refused(with(&critical), 0x2999, rule);
    let mut elements = krd_elements();
    with(&carried)(&mut elements);
    let bytes = registration(&elements);
    let read = RegistrationAssertion::decode(&bytes).expect("nothing critical");
    assert_eq!(read.encode(), Ok(bytes));
    let mut elements = signed_data_elements();
    with(&carried)(&mut elements);
    let bytes = authentication(&elements);
    let read = AuthenticationAssertion::decode(&bytes).expect("nothing critical");
    assert_eq!(read.encode(), Ok(bytes));

    let beside = |extension: &(u16, Vec<u8>)| {
        let parts = vec![
            (tags::UAFV1_KRD, value_of(&krd_elements())),
            surrogate(),
            extension.clone(),
        ];
        write(&parts, tags::UAFV1_REG_ASSERTION)
    };
    let refused = RegistrationAssertion::decode(&beside(&critical));
    assert!(
        matches!(&refused, Err(ProtocolError::Tlv { kind, .. }) if *kind == rule),
        "{refused:?}"
    );
    let bytes = beside(&carried);
    let mut read = RegistrationAssertion::decode(&bytes).expect("nothing critical");
    assert_eq!(read.encode(), Ok(bytes));
    // With other data it is another extension, of which nobody said anything more.
    read.unsigned_extensions[0].data = vec![2];
    let other = vec![
        (tags::EXTENSION_ID, b"x".to_vec()),
        (tags::EXTENSION_DATA, vec![2]),
    ];
    assert_eq!(read.encode(), Ok(beside(&(tags::EXTENSION, value_of(&other)))));
}
