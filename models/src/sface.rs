//! SFace: an aligned face to 128 numbers.
//!
//! The network of Zhong et al., "SFace: Sigmoid-Constrained Hypersphere Loss for Robust Face Recognition" (2021), in
//! the MobileFaceNet-like form that OpenCV Zoo publishes as `face_recognition_sface_2021dec` (Apache-2.0): a 3×3
//! convolution, thirteen depthwise-separable blocks, one fully connected layer.

use crate::{
    ALIGNED_SIDE_PX, AlignedFace, EMBEDDING_LEN, Embedding, ModelError,
    kernels::{Activation, Dense, Depthwise, Extent, Pointwise, Spatial},
    scratch::{Buffer, Scratch, ScratchPool},
    tensors::TensorFile,
    wipe::SecretTensor,
};
use candle_core::{CpuStorage, CustomOp1, Device, Layout, Shape, Tensor};
use std::path::Path;
use zeroize::Zeroizing;

const NETWORK: &str = "SFace";
/// The blocks conv_2 … conv_14: channels in, channels out, stride of the depthwise half.
const BLOCKS: [(usize, usize, usize); 13] = [
    (32, 64, 1),
    (64, 128, 2),
    (128, 128, 1),
    (128, 256, 2),
    (256, 256, 1),
    (256, 512, 2),
    (512, 512, 1),
    (512, 512, 1),
    (512, 512, 1),
    (512, 512, 1),
    (512, 512, 1),
    (512, 1024, 2),
    (1024, 1024, 1),
];
/// The last feature map: 1024 channels of 7×7 cells.
const FEATURES: usize = 1024;
const FEATURE_CELLS: usize = 49;
/// `epsilon` of the graph's batch normalisations: inside the convolutions, and around the fully connected layer.
const EPSILON_CONV: f64 = 1.000_000_047_497_451_3e-3;
const EPSILON_HEAD: f64 = 1.999_999_949_475_750_3e-5;
/// Depthwise results handed to the 1×1 convolution at once, in numbers: half of a 512 KiB level-2 cache.
const BAND_LEN: usize = 64 << 10;

/// The recognition network, ready to run; shared between threads as it is.
pub struct SFace {
    network: Network,
}

impl SFace {
    /// Reads the weights (safetensors, names and shapes of the ONNX graph), folds the normalisations into the
    /// convolutions and packs the matrices.
    ///
    /// # Errors
    /// [`ModelError::WeightsFile`], [`ModelError::TensorMissing`], [`ModelError::TensorForm`],
    /// [`ModelError::TensorValue`].
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        Ok(Self {
            network: Network::build(&mut TensorFile::open(path)?)?,
        })
    }

    /// [`SFace::load`] from the file's bytes, for callers that hash what they run. `path` is what refusals name;
    /// nothing is read from it.
    ///
    /// # Errors
    /// As [`SFace::load`].
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, ModelError> {
        Ok(Self {
            network: Network::build(&mut TensorFile::from_bytes(bytes, path)?)?,
        })
    }

    /// Embeds one aligned face, on the calling thread.
    ///
    /// # Errors
    /// [`ModelError::Inference`], or [`ModelError::Embedding`] when the numbers have no direction.
    pub fn embed(&self, face: &AlignedFace) -> Result<Embedding, ModelError> {
        let fail = |e: candle_core::Error| ModelError::Inference {
            network: NETWORK,
            cause: e.to_string(),
        };
        let shape = (1, ALIGNED_SIDE_PX, ALIGNED_SIDE_PX, 3);
        let input = SecretTensor(Tensor::from_slice(face.rgb(), shape, &Device::Cpu).map_err(fail)?);
        let output = SecretTensor(input.0.apply_op1_no_bwd(&self.network).map_err(fail)?);
        let values = output
            .0
            .squeeze(0)
            .and_then(|row| row.to_vec1::<f32>())
            .map(Zeroizing::new)
            .map_err(fail)?;
        let values = values
            .first_chunk()
            .ok_or(ModelError::Embedding("the network gave fewer than 128 numbers"))?;
        Embedding::from_values(values)
    }
}

struct Network {
    /// (pixel − mean)·scale, the graph's own first two steps.
    mean: f32,
    scale: f32,
    stem: Spatial,
    blocks: Vec<(Depthwise, Pointwise)>,
    head: Dense,
    pool: ScratchPool,
}

/// A batch normalisation as v ↦ v·factor + shift, channel by channel.
struct Normalisation {
    factor: Vec<f64>,
    shift: Vec<f64>,
}

impl Normalisation {
    fn take(file: &mut TensorFile, name: &str, channels: usize, epsilon: f64) -> Result<Self, ModelError> {
        let mut part = |what: &str| file.take(&format!("{name}_{what}"), &[channels]);
        let (gamma, beta) = (part("gamma")?, part("beta")?);
        let (mean, var) = (part("moving_mean")?, part("moving_var")?);
        let factor: Vec<f64> = gamma
            .iter()
            .zip(&var)
            .map(|(g, v)| f64::from(*g) / (f64::from(*v) + epsilon).sqrt())
            .collect();
        let shift = beta
            .iter()
            .zip(&mean)
            .zip(&factor)
            .map(|((b, m), f)| f64::from(*b) - f64::from(*m) * f)
            .collect();
        Ok(Self { factor, shift })
    }
}

/// One convolution of the graph with the normalisation behind it folded in: weight (ONNX order), bias, activation.
fn convolution(
    file: &mut TensorFile,
    name: &str,
    shape: [usize; 4],
) -> Result<(Vec<f32>, Vec<f32>, Activation), ModelError> {
    let outputs = shape[0];
    let mut weight = file.take(&format!("{name}_conv2d_weight"), &shape)?;
    let norm = Normalisation::take(file, &format!("{name}_batchnorm"), outputs, EPSILON_CONV)?;
    let slope = file.take(&format!("{name}_relu_gamma"), &[outputs, 1, 1])?;
    for (filter, factor) in weight
        .chunks_exact_mut(shape[1] * shape[2] * shape[3])
        .zip(&norm.factor)
    {
        filter
            .iter_mut()
            .for_each(|w| *w = (f64::from(*w) * factor) as f32);
    }
    let bias = norm.shift.iter().map(|v| *v as f32).collect();
    Ok((weight, bias, Activation::Prelu(slope)))
}

/// The fully connected layer with the normalisations before (bn1) and behind it (fc1) folded in, its columns moved
/// from the graph's channel-major order to our channels-last order.
fn head(file: &mut TensorFile) -> Result<Dense, ModelError> {
    const INPUTS: usize = FEATURES * FEATURE_CELLS;
    let weight = file.take("pre_fc1_weight", &[EMBEDDING_LEN, INPUTS])?;
    let mut bias = file.take("pre_fc1_bias", &[EMBEDDING_LEN])?;
    let before = Normalisation::take(file, "bn1", FEATURES, EPSILON_HEAD)?;
    let behind = Normalisation::take(file, "fc1", EMBEDDING_LEN, EPSILON_HEAD)?;
    let mut packed = vec![0_f32; weight.len()];
    for (o, (row, packed)) in weight
        .chunks_exact(INPUTS)
        .zip(packed.chunks_exact_mut(INPUTS))
        .enumerate()
    {
        let mut constant = f64::from(bias[o]);
        for (c, plane) in row.chunks_exact(FEATURE_CELLS).enumerate() {
            for (cell, w) in plane.iter().enumerate() {
                constant += f64::from(*w) * before.shift[c];
                packed[cell * FEATURES + c] = (f64::from(*w) * before.factor[c] * behind.factor[o]) as f32;
            }
        }
        bias[o] = (constant * behind.factor[o] + behind.shift[o]) as f32;
    }
    Ok(Dense::new(packed, bias))
}

impl Network {
    fn build(file: &mut TensorFile) -> Result<Self, ModelError> {
        let (weight, bias, activation) = convolution(file, "conv_1", [32, 3, 3, 3])?;
        let stem = Spatial::new(&weight, 3, 1, bias, activation);
        let mut blocks = Vec::with_capacity(BLOCKS.len());
        for (i, (inputs, outputs, stride)) in BLOCKS.into_iter().enumerate() {
            let name = format!("conv_{}", i + 2);
            let (weight, bias, activation) = convolution(file, &format!("{name}_dw"), [inputs, 1, 3, 3])?;
            let depthwise = Depthwise::new(&weight, stride, bias, activation);
            let (weight, bias, activation) = convolution(file, &name, [outputs, inputs, 1, 1])?;
            blocks.push((depthwise, Pointwise::new(&weight, inputs, bias, activation)));
        }
        let (mean, scale) = (
            file.take("scalar_op1", &[1])?[0],
            file.take("scalar_op2", &[1])?[0],
        );
        Ok(Self {
            mean,
            scale,
            stem,
            blocks,
            head: head(file)?,
            pool: ScratchPool::default(),
        })
    }

    fn forward(&self, rgb: &[u8], scratch: &mut Scratch) -> Vec<f32> {
        let mut extent = Extent {
            h: ALIGNED_SIDE_PX,
            w: ALIGNED_SIDE_PX,
        };
        let mut pixels = scratch.take(rgb.len());
        for (value, byte) in pixels.iter_mut().zip(rgb) {
            *value = (f32::from(*byte) - self.mean) * self.scale;
        }
        let mut map = scratch.take(extent.area() * self.stem.outputs());
        self.stem.run(&pixels, extent, &mut map, scratch);
        scratch.give(pixels);
        for block in &self.blocks {
            (map, extent) = separable(block, map, extent, scratch);
        }
        let mut embedding = vec![0.0; self.head.outputs()];
        self.head.run(&map, &mut embedding);
        scratch.give(map);
        embedding
    }
}

/// One depthwise-separable block, a few rows at a time: what the depthwise half writes is still in cache when the
/// 1×1 half reads it.
fn separable(
    (depthwise, pointwise): &(Depthwise, Pointwise),
    map: Buffer,
    extent: Extent,
    scratch: &mut Scratch,
) -> (Buffer, Extent) {
    let (channels, to) = (depthwise.channels(), depthwise.extent(extent));
    let rows = (BAND_LEN / (to.w * channels)).clamp(1, to.h);
    let mut band = scratch.take(rows * to.w * channels);
    let mut out = scratch.take(to.area() * pointwise.outputs());
    for (i, out) in out.chunks_mut(rows * to.w * pointwise.outputs()).enumerate() {
        let top = i * rows;
        let bottom = (top + rows).min(to.h);
        let band = &mut band[..(bottom - top) * to.w * channels];
        depthwise.run_rows(&map, extent, top..bottom, band);
        pointwise.run(band, out);
    }
    scratch.give(map);
    scratch.give(band);
    (out, to)
}

impl CustomOp1 for Network {
    fn name(&self) -> &'static str {
        NETWORK
    }

    /// Bytes, 1 × 112 × 112 × 3 (RGB) → `f32`, 1 × 128.
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (Some((start, end)), [1, ALIGNED_SIDE_PX, ALIGNED_SIDE_PX, 3]) =
            (layout.contiguous_offsets(), layout.dims())
        else {
            candle_core::bail!("the input is one contiguous 112×112 RGB picture");
        };
        let rgb = &storage.as_slice::<u8>()?[start..end];
        let embedding = self.pool.with(|scratch| self.forward(rgb, scratch));
        Ok((CpuStorage::F32(embedding), Shape::from((1, EMBEDDING_LEN))))
    }
}
