//! The whole conversion of both real networks, against a second implementation.
//!
//! The hashes in this file were not made by our code. They are of the files that this script wrote (Python 3.11, numpy 2.4,
//! onnx 1.23, safetensors 0.8), once for each network: `python dequantise.py IN.onnx OUT.safetensors`. The safetensors
//! format leaves no freedom here (header sorted by name, no metadata), so equal hashes mean equal names, shapes and values,
//! all 9.7 million of them.
//!
//! ```python
//! import sys, numpy as np, onnx
//! from onnx import numpy_helper
//! from safetensors.numpy import save_file
//!
//! graph = onnx.load(sys.argv[1]).graph
//! value = {t.name: numpy_helper.to_array(t) for t in graph.initializer}
//! used = {}
//! for node in graph.node:
//!     attr = {a.name: onnx.helper.get_attribute_value(a) for a in node.attribute}
//!     if node.op_type == "DequantizeLinear":
//!         q, scale, zero = (value[n] for n in node.input)
//!         axis, block = attr["axis"], attr["block_size"]
//!         def spread(a):
//!             return np.take(np.repeat(a, block, axis), range(q.shape[axis]), axis)
//!         value[node.output[0]] = (q.astype(np.int32) - spread(zero)).astype(np.float32) * spread(scale)
//!     elif node.op_type == "Reshape" and node.input[0] in value:
//!         value[node.output[0]] = value[node.input[0]].reshape(value[node.input[1]])
//!     elif node.op_type in ("Conv", "Gemm", "BatchNormalization", "PRelu", "Sub", "Mul"):
//!         for n in node.input:
//!             if n in value:
//!                 name = n.removesuffix("_reshaped").removesuffix("_dequantized").removesuffix("_quantized")
//!                 assert value[n].dtype == np.float32
//!                 used[name] = np.ascontiguousarray(value[n])
//! save_file(used, sys.argv[2])
//! ```

use std::path::Path;
use std::time::{Duration, Instant};

use safetensors::SafeTensors;
use smile_weights::progress::Silent;
use smile_weights::{
    Home, Manifest, Sha256Digest, WeightSet, WeightsError, fetch_sample_media, fetch_weights,
};

const SFACE_BY_THE_SCRIPT: &str = "973f978a366c1569672bf1d92412dff01bd239481b323e1529e90a6e5f9fb70a";
const YUNET_BY_THE_SCRIPT: &str = "5f9819c486a75cb65df3881421b9303348dac01d2b1141e22c7022417b98bee4";

/// The weights of this machine, fetched if need be; `None`, with a word, where there is no way to have them.
fn fetched(home: &Home) -> Option<WeightSet> {
    match fetch_weights(home, &Silent) {
        Ok(set) => Some(set),
        Err(
            error @ (WeightsError::NoNetwork { .. }
            | WeightsError::MissingPython { .. }
            | WeightsError::MissingPip { .. }),
        ) => {
            assert!(
                std::env::var("CI").as_deref() != Ok("true"),
                "in CI nothing is skipped: {error}"
            );
            println!("skipped: {error}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn here() -> Home {
    Home::resolve().expect("a machine with a home folder")
}

fn values(file: &[u8], name: &str) -> (Vec<usize>, Vec<f32>) {
    let tensors = SafeTensors::deserialize(file).expect("our file");
    let tensor = tensors.tensor(name).expect("a tensor of this name");
    let (chunks, _) = tensor.data().as_chunks::<4>();
    (
        tensor.shape().to_vec(),
        chunks.iter().map(|&c| f32::from_le_bytes(c)).collect(),
    )
}

#[test]
fn both_networks_convert_to_the_bytes_of_the_script() {
    let home = here();
    if fetched(&home).is_none() {
        return;
    }
    // From the kept package, into an empty home: nothing is taken from the cache.
    let folder = tempfile::tempdir().expect("a temporary folder");
    let set = WeightSet::from_dir(&home.archives(), &Home::at(folder.path()), &Silent).expect("converts");
    let digest = |path: &Path| Sha256Digest::of_file(path).expect("readable").to_string();
    assert_eq!(digest(&set.sface), SFACE_BY_THE_SCRIPT);
    assert_eq!(digest(&set.yunet), YUNET_BY_THE_SCRIPT);

    // The same once more in numbers that a reader can find in the script's output.
    let sface = std::fs::read(&set.sface).expect("readable");
    let yunet = std::fs::read(&set.yunet).expect("readable");
    assert_eq!(SafeTensors::deserialize(&sface).expect("our file").len(), 174);
    assert_eq!(SafeTensors::deserialize(&yunet).expect("our file").len(), 106);
    let (shape, v) = values(&sface, "pre_fc1_weight");
    assert_eq!(
        (shape, v[0]),
        (vec![128, 50176], -0.009_408_426_471_054_554_f64 as f32)
    );
    let (shape, v) = values(&sface, "conv_1_conv2d_weight");
    assert_eq!(
        (shape, v[0]),
        (vec![32, 3, 3, 3], 0.110_682_338_476_181_03_f64 as f32)
    );
    assert_eq!(values(&sface, "scalar_op1"), (vec![1], vec![127.5]));
    let (shape, v) = values(&yunet, "462");
    assert_eq!(
        (shape, v[0]),
        (vec![64, 1, 3, 3], -0.199_670_359_492_301_94_f64 as f32)
    );
}

#[test]
fn the_manifest_pins_what_the_script_made() {
    let manifest = Manifest::committed();
    let pinned = |id: &str| {
        let mut files = manifest.archives.iter().flat_map(|a| &a.files);
        let file = files.find(|f| f.id == id).expect("in the manifest");
        file.converted
            .as_ref()
            .expect("a network is converted")
            .sha256
            .to_string()
    };
    assert_eq!(
        (pinned("sface").as_str(), pinned("yunet").as_str()),
        (SFACE_BY_THE_SCRIPT, YUNET_BY_THE_SCRIPT)
    );
}

#[test]
fn a_second_fetch_costs_a_fraction_of_a_second_and_the_media_are_there() {
    let home = here();
    if fetched(&home).is_none() {
        return;
    }
    let media = fetch_sample_media(&home, &Silent).expect("where the weights came, the media come");
    let clip = std::fs::read(media.carphone_mp4).expect("readable");
    assert_eq!(&clip[4..8], b"ftyp", "an MP4 begins with its file type box");
    let portrait = std::fs::read(media.grace_hopper_jpg).expect("readable");
    assert_eq!(portrait[..2], [0xFF, 0xD8], "a JPEG begins with its start marker");

    let began = Instant::now();
    fetch_weights(&home, &Silent).expect("already there");
    fetch_sample_media(&home, &Silent).expect("already there");
    let took = began.elapsed();
    println!("weights and media already fetched: checked in {took:?}");
    // Measured 30 ms with SHA instructions; the bound leaves room for machines without and for busy ones.
    assert!(took < Duration::from_secs(2), "{took:?}");
}
