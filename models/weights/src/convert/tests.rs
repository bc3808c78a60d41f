use prost::Message;
use safetensors::SafeTensors;

use super::{plain_name, to_safetensors};
use crate::fake_registry::toy_network;
use crate::onnx::Model;

fn convert(model: &Model) -> Result<Vec<u8>, String> {
    to_safetensors(&model.encode_to_vec())
}

/// The toy converts; with `flaw` it does not, and the message contains `word`.
fn refused(word: &str, flaw: impl FnOnce(&mut crate::onnx::Graph)) {
    let mut model = toy_network();
    convert(&model).expect("without the flaw it converts");
    flaw(model.graph.as_mut().expect("the toy has a graph"));
    let error = convert(&model).expect_err("with the flaw it does not");
    assert!(error.contains(word), "{error}");
}

#[test]
fn parameters_are_dequantised_reshaped_and_named_plainly() {
    let file = convert(&toy_network()).expect("converts");
    let tensors = SafeTensors::deserialize(&file).expect("a safetensors file");
    let mut names = tensors.names();
    names.sort_unstable();
    assert_eq!(
        names,
        ["b", "w"],
        "constants of Resize and Reshape are not parameters"
    );
    let values = |name: &str| -> Vec<f32> {
        let tensor = tensors.tensor(name).expect("there");
        tensor
            .data()
            .as_chunks::<4>()
            .0
            .iter()
            .map(|&c| f32::from_le_bytes(c))
            .collect()
    };
    assert_eq!(tensors.tensor("w").expect("there").shape(), [2, 1, 3]);
    assert_eq!(values("w"), [1.0, 2.0, 4.0, -0.5, -1.0, -0.75]);
    assert_eq!(values("b"), [0.1, -3.0]);
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    assert_eq!(convert(&toy_network()), convert(&toy_network()));
}

#[test]
fn suffixes_of_quantisation_are_taken_off_and_no_others() {
    for name in ["x", "x_quantized", "x_dequantized", "x_reshaped"] {
        assert_eq!(plain_name(name), "x");
    }
    assert_eq!(plain_name("x_scales"), "x_scales");
}

#[test]
fn bytes_that_are_not_onnx_are_refused() {
    assert!(to_safetensors(b"<!DOCTYPE html>").is_err());
    assert!(
        to_safetensors(b"")
            .expect_err("empty")
            .contains("without a graph")
    );
}

#[test]
fn values_in_another_file_are_refused() {
    refused("another file", |g| g.initializers[4].data_location = 1);
}

#[test]
fn an_unknown_data_type_is_refused() {
    refused("data type 10", |g| g.initializers[1].data_type = 10);
}

#[test]
fn a_shape_that_does_not_hold_its_values_is_refused() {
    refused("does not hold", |g| g.initializers[0].dims = vec![2, 4]);
    refused("negative", |g| g.initializers[0].dims = vec![-2, -3]);
}

#[test]
fn a_reshape_to_another_count_is_refused() {
    refused("w_reshaped", |g| {
        g.initializers[3].raw_data = Some([2_i64, 2, 3].iter().flat_map(|v| v.to_le_bytes()).collect())
    });
}

#[test]
fn bytes_that_end_inside_a_value_are_refused() {
    refused("inside a value", |g| {
        g.initializers[1].raw_data.as_mut().expect("raw").truncate(15)
    });
}

#[test]
fn dequantising_without_block_size_is_refused() {
    refused("block_size", |g| g.nodes[0].attributes.truncate(1));
}

#[test]
fn dequantising_without_zero_points_is_refused() {
    refused("zero points", |g| g.nodes[0].inputs.truncate(2));
}

#[test]
fn two_tensors_of_one_plain_name_are_refused() {
    refused("both be called b", |g| {
        let mut other = g.initializers[4].clone();
        other.name = "b_quantized".to_owned();
        other.float_data = vec![0.1, 3.0];
        g.initializers.push(other);
        g.nodes[2].inputs.push("b_quantized".to_owned());
    });
}

#[test]
fn values_that_are_not_numbers_are_refused() {
    refused("not a number", |g| g.initializers[4].float_data[0] = f32::NAN);
}

#[test]
fn a_graph_without_parameters_is_refused() {
    refused("no parameters", |g| g.nodes.clear());
}
