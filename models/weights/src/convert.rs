//! An ONNX network with 8-bit weights becomes a safetensors file of its parameters in f32.
//!
//! Written are the constant operands of the arithmetic nodes ([`PARAMETER_OPS`]): weights, biases, batch-norm parameters,
//! `PReLU` slopes, input scaling. Names are the graph's, without the suffixes that quantisation added. The graph itself is
//! not written: `smile-models` spells each network out.

use std::collections::{BTreeMap, HashMap};

use prost::Message;
use safetensors::Dtype;
use safetensors::tensor::TensorView;

use crate::dequantise::{Dense, dequantise};
use crate::onnx::{FLOAT, Graph, INT8, INT64, Model, Node, Tensor};

/// Nodes whose constant operands are parameters. Others (`Resize`, `Reshape`, `Dropout`) hold constants of the graph's
/// plumbing.
const PARAMETER_OPS: [&str; 6] = ["Conv", "Gemm", "BatchNormalization", "PRelu", "Sub", "Mul"];

/// Added by quantisation, the last step last.
const SUFFIXES: [&str; 3] = ["_reshaped", "_dequantized", "_quantized"];

enum Constant {
    Float(Dense<f32>),
    Int8(Dense<i8>),
    Int64(Dense<i64>),
}

/// The safetensors file for an ONNX file: a pure function, the same bytes on every machine.
///
/// # Errors
/// Which node or tensor breaks which rule.
pub(crate) fn to_safetensors(onnx: &[u8]) -> Result<Vec<u8>, String> {
    let model = Model::decode(onnx).map_err(|e| format!("not an ONNX file: {e}"))?;
    let graph = model.graph.ok_or("an ONNX file without a graph")?;
    write(&parameters(graph)?)
}

fn parameters(graph: Graph) -> Result<BTreeMap<String, Dense<f32>>, String> {
    let mut constants = HashMap::new();
    for tensor in graph.initializers {
        let name = tensor.name.clone();
        let constant = read_constant(tensor).map_err(|what| format!("tensor {name}: {what}"))?;
        constants.insert(name, constant);
    }
    let mut found = BTreeMap::new();
    // ONNX IR: nodes are sorted topologically, so one pass sees every constant before its use.
    for node in &graph.nodes {
        let folded = match node.op_type.as_str() {
            "DequantizeLinear" => Some(fold_dequantise(node, &constants)),
            "Reshape" => fold_reshape(node, &constants),
            op if PARAMETER_OPS.contains(&op) => {
                collect(node, &constants, &mut found)?;
                None
            }
            _ => None,
        };
        if let Some(folded) = folded {
            let output = node.outputs.first().ok_or("a node without an output")?;
            let value = folded.map_err(|what| format!("{} making {output}: {what}", node.op_type))?;
            constants.insert(output.clone(), Constant::Float(value));
        }
    }
    Ok(found)
}

/// ONNX IR, `TensorProto`: exactly one of the typed list and `raw_data` holds the values.
fn read_constant(tensor: Tensor) -> Result<Constant, String> {
    if tensor.data_location != 0 {
        return Err("its values lie in another file".to_owned());
    }
    let shape: Option<Vec<usize>> = tensor.dims.iter().map(|&d| usize::try_from(d).ok()).collect();
    let shape = shape.ok_or("a negative dimension")?;
    let raw = tensor.raw_data;
    let constant = match tensor.data_type {
        FLOAT => {
            let values = raw.map_or(Ok(tensor.float_data), |r| le_values(&r, f32::from_le_bytes))?;
            Dense::new(shape, values).map(Constant::Float)
        }
        INT8 => {
            let listed = || {
                tensor
                    .int32_data
                    .iter()
                    .map(|&v| i8::try_from(v).map_err(|_| "not 8 bits".to_owned()))
            };
            let values = raw.map_or_else(|| listed().collect(), |r| le_values(&r, i8::from_le_bytes))?;
            Dense::new(shape, values).map(Constant::Int8)
        }
        INT64 => {
            let values = raw.map_or(Ok(tensor.int64_data), |r| le_values(&r, i64::from_le_bytes))?;
            Dense::new(shape, values).map(Constant::Int64)
        }
        other => return Err(format!("data type {other} is not used by these networks")),
    };
    constant.ok_or_else(|| "its shape does not hold its values".to_owned())
}

fn le_values<T, const N: usize>(raw: &[u8], value: fn([u8; N]) -> T) -> Result<Vec<T>, String> {
    let (chunks, rest) = raw.as_chunks::<N>();
    if rest.is_empty() {
        Ok(chunks.iter().map(|&c| value(c)).collect())
    } else {
        Err("its bytes end inside a value".to_owned())
    }
}

fn fold_dequantise(node: &Node, constants: &HashMap<String, Constant>) -> Result<Dense<f32>, String> {
    let [x, scale, zero_point] = node.inputs.as_slice() else {
        return Err("needs a tensor, scales and zero points".to_owned());
    };
    let (Some(Constant::Int8(x)), Some(Constant::Float(scale)), Some(Constant::Int8(zero_point))) =
        (constants.get(x), constants.get(scale), constants.get(zero_point))
    else {
        return Err("its operands are not constants of 8 bits, f32 and 8 bits".to_owned());
    };
    let count = |name: &str| node.integer(name).and_then(|v| usize::try_from(v).ok());
    let (Some(axis), Some(block_size)) = (count("axis"), count("block_size")) else {
        return Err("axis and block_size must be given, and not negative".to_owned());
    };
    dequantise(x, scale, zero_point, axis, block_size)
}

/// `None`: a reshape of data, which is the network's own affair.
fn fold_reshape(node: &Node, constants: &HashMap<String, Constant>) -> Option<Result<Dense<f32>, String>> {
    let Some(Constant::Float(value)) = node.inputs.first().and_then(|name| constants.get(name)) else {
        return None;
    };
    let Some(Constant::Int64(shape)) = node.inputs.get(1).and_then(|name| constants.get(name)) else {
        return Some(Err("its shape is not a constant".to_owned()));
    };
    let shape: Option<Vec<usize>> = shape.values.iter().map(|&d| usize::try_from(d).ok()).collect();
    let reshaped = shape.and_then(|shape| Dense::new(shape, value.values.clone()));
    Some(reshaped.ok_or_else(|| "its shape does not hold its values".to_owned()))
}

fn collect(
    node: &Node,
    constants: &HashMap<String, Constant>,
    found: &mut BTreeMap<String, Dense<f32>>,
) -> Result<(), String> {
    for input in &node.inputs {
        let value = match constants.get(input) {
            None => continue,
            Some(Constant::Float(value)) => value,
            Some(_) => return Err(format!("{} uses {input}, which is not f32", node.op_type)),
        };
        if !value.values.iter().all(|v| v.is_finite()) {
            return Err(format!("tensor {input} holds a value that is not a number"));
        }
        let name = plain_name(input);
        if found.get(name).is_some_and(|known| known != value) {
            return Err(format!("two different tensors would both be called {name}"));
        }
        found.insert(name.to_owned(), value.clone());
    }
    Ok(())
}

/// The name before quantisation: `conv_1_conv2d_weight_reshaped` was `conv_1_conv2d_weight`.
fn plain_name(name: &str) -> &str {
    SUFFIXES
        .iter()
        .fold(name, |name, suffix| name.strip_suffix(suffix).unwrap_or(name))
}

fn write(parameters: &BTreeMap<String, Dense<f32>>) -> Result<Vec<u8>, String> {
    if parameters.is_empty() {
        return Err("no parameters found".to_owned());
    }
    let bytes: Vec<(&String, &Vec<usize>, Vec<u8>)> = parameters
        .iter()
        .map(|(n, v)| {
            (
                n,
                &v.shape,
                v.values.iter().flat_map(|f| f.to_le_bytes()).collect(),
            )
        })
        .collect();
    let views: Result<Vec<_>, _> = bytes
        .iter()
        .map(|(n, s, b)| TensorView::new(Dtype::F32, (*s).clone(), b).map(|view| (n.as_str(), view)))
        .collect();
    safetensors::serialize(views.map_err(|e| e.to_string())?, None).map_err(|e| e.to_string())
}

#[cfg(test)]
mod tests;
