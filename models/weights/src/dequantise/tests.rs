use super::{Dense, dequantise};

fn dense<T>(shape: &[usize], values: Vec<T>) -> Dense<T> {
    Dense::new(shape.to_vec(), values).expect("the test's shape holds its values")
}

#[test]
fn scales_repeat_along_the_last_axis_and_are_cut_to_size() {
    let x = dense(&[2, 5], vec![1, 2, 3, 4, 5, -1, -2, -3, -4, -128]);
    let scale = dense(&[2, 3], vec![1.0, 10.0, 100.0, 0.5, 0.25, 2.0]);
    let zero = dense(&[2, 3], vec![0, 1, 2, 0, 0, 127]);
    let y = dequantise(&x, &scale, &zero, 1, 2).expect("shapes agree");
    assert_eq!(
        y,
        dense(
            &[2, 5],
            vec![1.0, 2.0, 20.0, 30.0, 300.0, -0.5, -1.0, -0.75, -1.0, -510.0]
        )
    );
}

#[test]
fn scales_repeat_along_an_outer_axis() {
    let x = dense(&[3, 2], vec![1, 2, 3, 4, 5, 6]);
    let scale = dense(&[2, 2], vec![1.0, 10.0, 100.0, 1000.0]);
    let zero = dense(&[2, 2], vec![0; 4]);
    let y = dequantise(&x, &scale, &zero, 0, 2).expect("shapes agree");
    assert_eq!(y.values, [1.0, 20.0, 3.0, 40.0, 500.0, 6000.0]);
}

#[test]
fn shapes_that_disagree_are_refused() {
    let x = dense(&[2, 4], vec![0; 8]);
    let (scale, zero) = (dense(&[2, 2], vec![1.0; 4]), dense(&[2, 2], vec![0; 4]));
    assert!(dequantise(&x, &scale, &zero, 1, 2).is_ok());
    assert!(
        dequantise(&x, &scale, &zero, 1, 4).is_err(),
        "one block per row, two scales"
    );
    assert!(dequantise(&x, &scale, &zero, 2, 2).is_err(), "no such axis");
    assert!(dequantise(&x, &scale, &zero, 1, 0).is_err(), "blocks of nothing");
    assert!(
        dequantise(&x, &dense(&[4], vec![1.0; 4]), &zero, 1, 2).is_err(),
        "scales of another rank"
    );
    assert!(
        dequantise(&x, &scale, &dense(&[1, 2], vec![0; 2]), 1, 2).is_err(),
        "too few zero points"
    );
}

#[test]
fn a_shape_holds_exactly_its_values() {
    assert!(Dense::new(vec![2, 3], vec![0_i8; 6]).is_some());
    assert!(Dense::new(vec![2, 3], vec![0_i8; 5]).is_none());
    assert!(Dense::new(vec![usize::MAX, 2], vec![0_i8; 5]).is_none());
}
