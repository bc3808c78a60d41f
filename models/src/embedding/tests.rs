use super::*;

fn embedding(change: impl Fn(&mut [f32; EMBEDDING_LEN])) -> Result<Embedding, ModelError> {
    let mut values = std::array::from_fn(|i| (i as f32 - 60.0) * 0.25);
    change(&mut values);
    Embedding::from_values(&values)
}

#[test]
fn embeddings_have_length_one() {
    let unit = embedding(|_| {}).expect("finite");
    let length: f32 = unit.values().iter().map(|v| v * v).sum();
    assert!((length - 1.0).abs() < 1e-5);
    let larger = embedding(|v| v.iter_mut().for_each(|v| *v *= 1000.0)).expect("finite");
    assert!(unit.cosine(&larger) > 0.999_999);
}

#[test]
fn cosine_runs_from_opposite_to_same() {
    let axis = |at: usize, sign: f32| {
        embedding(|v| {
            v.fill(0.0);
            v[at] = sign * 3.0;
        })
        .expect("one axis")
    };
    assert_eq!(axis(3, 1.0).cosine(&axis(3, 1.0)), 1.0);
    assert_eq!(axis(3, 1.0).cosine(&axis(3, -1.0)), -1.0);
    assert_eq!(axis(3, 1.0).cosine(&axis(4, 1.0)), 0.0);
}

#[test]
fn embeddings_without_a_direction_are_refused() {
    assert!(embedding(|_| {}).is_ok());
    for bad in [f32::NAN, f32::INFINITY] {
        assert!(
            matches!(embedding(|v| v[127] = bad), Err(ModelError::Embedding(_))),
            "{bad}"
        );
    }
    assert!(matches!(
        embedding(|v| v.fill(0.0)),
        Err(ModelError::Embedding(_))
    ));
}
