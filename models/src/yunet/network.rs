//! YuNet's graph: a backbone of 1×1 + depthwise units, a top-down neck, one small head per map.

use super::{MAX_DETECT_SIDE_PX, NETWORK, boxes::padded};
use crate::{
    ModelError,
    kernels::{Activation, Depthwise, Extent, Pointwise, Spatial, add_upsampled, max_pool},
    scratch::{Buffer, Scratch, ScratchPool},
    tensors::TensorFile,
};
use candle_core::{CpuStorage, CustomOp1, Layout, Shape};

/// Numbers a cell: face, objectness, four of the box, ten of the points.
pub(super) const CELL_LEN: usize = 16;
/// The four heads that make up a cell, in its order: name in the graph and channels.
const HEADS: [(&str, usize); 4] = [("cls", 1), ("obj", 1), ("bbox", 4), ("kps", 10)];
/// Channels of the three maps that the heads look at.
const FEATURES: usize = 64;
/// Backbone units: the 1×1 convolution's name, the depthwise weight's number in the graph (its bias is the next
/// number), channels in and out, and whether the map is halved behind it.
const BACKBONE: [(&str, u32, usize, usize, bool); 11] = [
    ("backbone.model0.conv2", 423, 16, 16, true),
    ("backbone.model1.conv1", 426, 16, 16, false),
    ("backbone.model1.conv2", 429, 16, 32, false),
    ("backbone.model2.conv1", 432, 32, 32, false),
    ("backbone.model2.conv2", 435, 32, 64, true),
    ("backbone.model3.conv1", 438, 64, 64, false),
    ("backbone.model3.conv2", 441, 64, 64, true),
    ("backbone.model4.conv1", 444, 64, 64, false),
    ("backbone.model4.conv2", 447, 64, 64, true),
    ("backbone.model5.conv1", 450, 64, 64, false),
    ("backbone.model5.conv2", 453, 64, 64, false),
];
/// Backbone units whose (unhalved) maps enter the neck: strides 8 and 16.
const TAPPED: [usize; 2] = [6, 8];
/// Neck units for strides 8, 16 and 32.
const NECK: [(&str, u32); 3] = [
    ("neck.lateral_convs.0", 462),
    ("neck.lateral_convs.1", 459),
    ("neck.lateral_convs.2", 456),
];

/// A 1×1 convolution and the depthwise 3×3 behind it, the graph's building block.
struct Unit {
    mix: Pointwise,
    filter: Depthwise,
}

impl Unit {
    fn build(
        file: &mut TensorFile,
        (name, number): (&str, u32),
        inputs: usize,
        outputs: usize,
    ) -> Result<Self, ModelError> {
        let weight = file.take(&format!("{name}.conv1.weight"), &[outputs, inputs, 1, 1])?;
        let bias = file.take(&format!("{name}.conv1.bias"), &[outputs])?;
        let mix = Pointwise::new(&weight, inputs, bias, Activation::Identity);
        let weight = file.take(&number.to_string(), &[outputs, 1, 3, 3])?;
        let bias = file.take(&(number + 1).to_string(), &[outputs])?;
        Ok(Self {
            mix,
            filter: Depthwise::new(&weight, 1, bias, Activation::Relu),
        })
    }

    /// The four heads of one map as one unit of 16 channels: their convolutions read the same map, and none mixes
    /// channels behind the first.
    fn build_heads(file: &mut TensorFile, map: usize) -> Result<Self, ModelError> {
        let mut parts: [Vec<f32>; 4] = Default::default();
        for (head, channels) in HEADS {
            let name = format!("bbox_head.multi_level_{head}.{map}");
            parts[0].extend(file.take(&format!("{name}.conv1.weight"), &[channels, FEATURES, 1, 1])?);
            parts[1].extend(file.take(&format!("{name}.conv1.bias"), &[channels])?);
            parts[2].extend(file.take(&format!("{name}.conv2.weight"), &[channels, 1, 3, 3])?);
            parts[3].extend(file.take(&format!("{name}.conv2.bias"), &[channels])?);
        }
        let [mix, mix_bias, filter, filter_bias] = parts;
        Ok(Self {
            mix: Pointwise::new(&mix, FEATURES, mix_bias, Activation::Identity),
            filter: Depthwise::new(&filter, 1, filter_bias, Activation::Identity),
        })
    }

    fn run(&self, map: &[f32], extent: Extent, scratch: &mut Scratch) -> Buffer {
        let mut mixed = scratch.take(extent.area() * self.mix.outputs());
        self.mix.run(map, &mut mixed);
        let mut out = scratch.take(mixed.len());
        self.filter.run(&mixed, extent, &mut out);
        scratch.give(mixed);
        out
    }
}

/// The whole network.
pub(super) struct Network {
    stem: Spatial,
    backbone: Vec<Unit>,
    neck: Vec<Unit>,
    heads: Vec<Unit>,
    pool: ScratchPool,
}

impl Network {
    pub fn build(file: &mut TensorFile) -> Result<Self, ModelError> {
        let mut weight = file.take("420", &[16, 3, 3, 3])?;
        // The network was trained on blue, green, red; swapping its first and third input plane lets it read RGB.
        for filter in weight.chunks_exact_mut(27) {
            let (blue, rest) = filter.split_at_mut(9);
            blue.swap_with_slice(&mut rest[9..]);
        }
        let bias = file.take("421", &[16])?;
        let stem = Spatial::new(&weight, 3, 2, bias, Activation::Relu);
        let backbone = BACKBONE
            .iter()
            .map(|&(name, number, inputs, outputs, _)| Unit::build(file, (name, number), inputs, outputs))
            .collect::<Result<_, _>>()?;
        let neck = NECK
            .iter()
            .map(|&unit| Unit::build(file, unit, FEATURES, FEATURES))
            .collect::<Result<_, _>>()?;
        let heads = (0..3)
            .map(|map| Unit::build_heads(file, map))
            .collect::<Result<_, _>>()?;
        Ok(Self {
            stem,
            backbone,
            neck,
            heads,
            pool: ScratchPool::default(),
        })
    }

    fn forward(&self, rgb: &[u8], from: Extent, scratch: &mut Scratch) -> Vec<f32> {
        let mut maps = self.features(rgb, from, scratch);
        // Top down: every finer map gets the coarser one added before its own unit.
        for i in (0..3).rev() {
            if let [(fine, extent), (coarse, _), ..] = &mut maps[i..] {
                add_upsampled(fine, *extent, coarse, FEATURES);
            }
            let (map, extent) = &mut maps[i];
            let out = self.neck[i].run(map, *extent, scratch);
            scratch.give(std::mem::replace(map, out));
        }
        let mut cells = Vec::with_capacity(maps.iter().map(|(_, extent)| extent.area() * CELL_LEN).sum());
        for ((map, extent), heads) in maps.into_iter().zip(&self.heads) {
            let out = heads.run(&map, extent, scratch);
            cells.extend_from_slice(&out);
            scratch.give(map);
            scratch.give(out);
        }
        for cell in cells.as_chunks_mut::<CELL_LEN>().0 {
            cell[0] = sigmoid(cell[0]);
            cell[1] = sigmoid(cell[1]);
        }
        cells
    }

    /// The backbone's maps at strides 8, 16 and 32.
    fn features(&self, rgb: &[u8], from: Extent, scratch: &mut Scratch) -> Vec<(Buffer, Extent)> {
        let pixels = pad(rgb, from, scratch);
        let mut extent = Extent {
            h: padded(from.h),
            w: padded(from.w),
        };
        let halved = extent.strided(2);
        let mut map = scratch.take(halved.area() * self.stem.outputs());
        self.stem.run(&pixels, extent, &mut map, scratch);
        scratch.give(pixels);
        extent = halved;
        let mut maps = Vec::with_capacity(3);
        for (i, unit) in self.backbone.iter().enumerate() {
            let out = unit.run(&map, extent, scratch);
            scratch.give(std::mem::replace(&mut map, out));
            let (_, _, _, channels, halves) = BACKBONE[i];
            if halves {
                let small = extent.strided(2);
                let mut pooled = scratch.take(small.area() * channels);
                max_pool(&map, extent, channels, &mut pooled);
                let full = std::mem::replace(&mut map, pooled);
                if TAPPED.contains(&i) {
                    maps.push((full, extent))
                } else {
                    scratch.give(full)
                }
                extent = small;
            }
        }
        maps.push((map, extent));
        maps
    }
}

/// The picture as `f32` 0..=255, with black added at the right and the bottom up to multiples of 32.
fn pad(rgb: &[u8], from: Extent, scratch: &mut Scratch) -> Buffer {
    let (row, padded_row) = (from.w * 3, padded(from.w) * 3);
    let mut pixels = scratch.take(padded(from.h) * padded_row);
    for (y, out) in pixels.chunks_exact_mut(padded_row).enumerate() {
        let filled = if y < from.h { row } else { 0 };
        for (value, byte) in out.iter_mut().zip(rgb.iter().skip(y * row).take(filled)) {
            *value = f32::from(*byte);
        }
        out[filled..].fill(0.0);
    }
    pixels
}

fn sigmoid(v: f32) -> f32 {
    1.0 / (1.0 + (-v).exp())
}

impl CustomOp1 for Network {
    fn name(&self) -> &'static str {
        NETWORK
    }

    /// Bytes, 1 × height × width × 3 (RGB) → `f32`, 1 × cells × 16.
    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> candle_core::Result<(CpuStorage, Shape)> {
        let (Some((start, end)), &[1, h, w, 3]) = (layout.contiguous_offsets(), layout.dims()) else {
            candle_core::bail!("the input is one contiguous RGB picture");
        };
        let max = MAX_DETECT_SIDE_PX as usize;
        if !(1..=max).contains(&h) || !(1..=max).contains(&w) {
            candle_core::bail!("the picture is {w}×{h}, each side must be 1..={max}");
        }
        let rgb = &storage.as_slice::<u8>()?[start..end];
        let cells = self
            .pool
            .with(|scratch| self.forward(rgb, Extent { h, w }, scratch));
        let shape = Shape::from((1, cells.len() / CELL_LEN, CELL_LEN));
        Ok((CpuStorage::F32(cells), shape))
    }
}
