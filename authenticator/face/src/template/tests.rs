use super::{MAX_ENCODED_TEMPLATE_BYTES, MAX_TEMPLATE_EMBEDDINGS, Template, TemplateError};
use crate::ModelIdentity;
use ciborium::Value;
use smile_models::{EMBEDDING_LEN, Embedding};

fn model() -> ModelIdentity {
    ModelIdentity {
        name: "sface-2021dec".to_owned(),
        sha256: [7; 32],
    }
}

/// A direction of its own for each seed.
fn face(seed: usize) -> Embedding {
    let mut values = [0.01_f32; EMBEDDING_LEN];
    values[seed] = 1.0;
    Embedding::from_values(&values).expect("it has a direction")
}

fn template(frames: usize) -> Template {
    Template::new(model(), (0..frames).map(face).collect())
}

/// The members of an encoded template of two frames, to be spoiled.
fn members() -> Vec<(Value, Value)> {
    let bytes = template(2).encode();
    let value: Value = ciborium::from_reader(bytes.as_slice()).expect("what was written is CBOR");
    value.into_map().expect("and a map")
}

fn decode(members: Vec<(Value, Value)>) -> Result<usize, TemplateError> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&Value::Map(members), &mut bytes).expect("a vector takes every write");
    Template::decode(&bytes).map(|t| t.frames())
}

#[track_caller]
fn spoiled(spoil: impl FnOnce(&mut Vec<(Value, Value)>)) -> TemplateError {
    let mut members = members();
    assert_eq!(decode(members.clone()), Ok(2), "unspoiled it is read");
    spoil(&mut members);
    decode(members).expect_err("spoiled it is not")
}

#[test]
fn a_template_survives_encoding_and_still_knows_its_face() {
    let read = Template::decode(&template(5).encode()).expect("what was written is read");
    assert_eq!((read.frames(), read.model()), (5, &model()));
    assert!(
        read.similarity(&face(3)) > 0.999_99,
        "the fourth frame is among them"
    );
    assert!(read.similarity(&face(100)) < 0.2, "another face is not");
}

#[test]
fn the_largest_template_fits_its_limit() {
    let bytes = template(MAX_TEMPLATE_EMBEDDINGS).encode();
    assert!(bytes.len() < MAX_ENCODED_TEMPLATE_BYTES && Template::decode(&bytes).is_ok());
}

#[test]
fn more_bytes_than_any_template_has_are_refused_unread() {
    let limit = MAX_ENCODED_TEMPLATE_BYTES;
    assert_eq!(
        Template::decode(&vec![0; limit + 1]).err(),
        Some(TemplateError::TooLong {
            found: limit + 1,
            limit
        })
    );
}

#[test]
fn truncated_at_any_byte_it_is_refused() {
    let bytes = template(1).encode();
    for length in 0..bytes.len() {
        assert!(
            matches!(Template::decode(&bytes[..length]), Err(TemplateError::Cbor(_))),
            "{length} bytes"
        );
    }
    assert!(Template::decode(&bytes).is_ok());
}

#[test]
fn trailing_bytes_and_other_encodings_of_the_same_values_are_refused() {
    let bytes = template(1).encode();
    let trailing = [bytes.as_slice(), &[0]].concat();
    assert_eq!(
        Template::decode(&trailing).err(),
        Some(TemplateError::NotCanonical)
    );
    assert_eq!(spoiled(|m| m.swap(0, 1)), TemplateError::NotCanonical);
    // 1 as 0x18 0x01 instead of 0x01.
    let at = bytes.iter().position(|b| *b == 1).expect("the version is 1");
    let mut longer = bytes.to_vec();
    longer.splice(at..=at, [0x18, 0x01]);
    assert_eq!(Template::decode(&longer).err(), Some(TemplateError::NotCanonical));
}

#[test]
fn missing_doubled_unknown_and_mistyped_members_are_refused() {
    assert!(matches!(spoiled(|m| drop(m.remove(1))), TemplateError::Cbor(_)));
    assert!(matches!(
        spoiled(|m| m.push(m[0].clone())),
        TemplateError::Cbor(_)
    ));
    assert!(matches!(
        spoiled(|m| m.push((Value::from("score"), Value::from(1)))),
        TemplateError::Cbor(_)
    ));
    assert!(matches!(
        spoiled(|m| m[1].1 = Value::from(4)),
        TemplateError::Cbor(_)
    ));
}

#[test]
fn another_version_is_refused_by_its_number() {
    assert_eq!(
        spoiled(|m| m[0].1 = Value::from(2)),
        TemplateError::Version { found: 2, known: 1 }
    );
}

#[test]
fn a_model_hash_of_another_length_is_refused() {
    assert_eq!(
        spoiled(|m| m[2].1 = Value::Bytes(vec![7; 31])),
        TemplateError::ModelHash
    );
}

#[test]
fn no_embedding_or_too_many_are_refused() {
    let limit = MAX_TEMPLATE_EMBEDDINGS;
    let count = |n: usize| {
        spoiled(|m| {
            let one = m[3].1.as_array().expect("an array")[0].clone();
            m[3].1 = Value::Array(vec![one; n]);
        })
    };
    assert_eq!(count(0), TemplateError::Count { found: 0, limit });
    assert_eq!(
        count(limit + 1),
        TemplateError::Count {
            found: limit + 1,
            limit
        }
    );
}

#[test]
fn embeddings_of_another_size_or_length_or_not_finite_are_refused() {
    let second =
        |bytes: Vec<u8>| spoiled(|m| m[3].1.as_array_mut().expect("an array")[1] = Value::Bytes(bytes));
    let size = TemplateError::Embedding {
        index: 1,
        rule: "must be 128 numbers of four bytes",
    };
    assert_eq!(second(vec![0; 508]), size);
    assert_eq!(second(vec![0; 513]), size);
    let length = TemplateError::Embedding {
        index: 1,
        rule: "must have length 1",
    };
    assert_eq!(second(vec![0; 512]), length);
    assert_eq!(second(f32::NAN.to_le_bytes().repeat(EMBEDDING_LEN)), length);
    assert_eq!(second(1_f32.to_le_bytes().repeat(EMBEDDING_LEN)), length);
}

#[test]
fn a_template_holds_one_to_eight_embeddings() {
    let made_of = |count: u8| {
        std::panic::catch_unwind(|| crate::script::template_of(&(0..count).collect::<Vec<_>>()))
            .map(|made| made.frames())
    };
    assert_eq!((made_of(1).ok(), made_of(8).ok()), (Some(1), Some(8)));
    assert!(made_of(0).is_err() && made_of(9).is_err());
}
