//! YuNet: a picture to face boxes, five points each.
//!
//! Wu, Peng and Yu, "YuNet: A Tiny Millisecond-level Face Detector" (2023), as OpenCV Zoo publishes it under the name
//! `face_detection_yunet_2023mar` (MIT).

mod boxes;
mod network;
#[cfg(test)]
mod tests;

use crate::{Image, ModelError, tensors::TensorFile, wipe::SecretTensor};
use candle_core::{Device, Tensor};
use network::Network;
use std::path::Path;
use zeroize::Zeroizing;

const NETWORK: &str = "YuNet";

/// Largest value of [`DetectOptions::max_side_px`]: at 2048×2048 the activations take about 200 MiB.
pub const MAX_DETECT_SIDE_PX: u32 = 2048;

/// How to detect.
#[derive(Clone, Debug, PartialEq)]
pub struct DetectOptions {
    /// Detections below this score are dropped, 0..=1. The default 0.6 keeps every frame of the small sample clip
    /// (its lowest is 0.87) where 0.9 loses one in seven.
    pub min_score: f32,
    /// Of two boxes whose intersection over union is above this, 0..=1, the one with the lower score is dropped.
    pub nms_iou: f32,
    /// Pictures with a longer side than this, in pixels, 32..=[`MAX_DETECT_SIDE_PX`], are reduced to it first; boxes
    /// and points come back in pixels of the picture given. The network was trained on 640, finds faces up to about
    /// 300 pixels well, and its time grows with the area.
    pub max_side_px: u32,
    /// At most this many faces come back, the best first, at least 1.
    pub max_faces: usize,
}

impl Default for DetectOptions {
    fn default() -> Self {
        Self {
            min_score: 0.6,
            nms_iou: 0.3,
            max_side_px: 640,
            max_faces: 64,
        }
    }
}

impl DetectOptions {
    fn check(&self) -> Result<(), ModelError> {
        let refuse = |field, rule| Err(ModelError::DetectOptions { field, rule });
        if !(0.0..=1.0).contains(&self.min_score) {
            return refuse("min_score", "must be 0..=1");
        }
        if !(0.0..=1.0).contains(&self.nms_iou) {
            return refuse("nms_iou", "must be 0..=1");
        }
        if !(32..=MAX_DETECT_SIDE_PX).contains(&self.max_side_px) {
            return refuse("max_side_px", "must be 32..=2048");
        }
        if self.max_faces == 0 {
            return refuse("max_faces", "must be at least 1");
        }
        Ok(())
    }
}

/// One face found, in pixels of the picture. Boxes and points may reach beyond its edges.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    /// Left edge of the box.
    pub x: f32,
    /// Top edge of the box.
    pub y: f32,
    /// Width of the box.
    pub w: f32,
    /// Height of the box.
    pub h: f32,
    /// x and y of: right eye, left eye, tip of the nose, right and left corner of the mouth. Right and left are the
    /// person's own, so the right eye is on the left of an unmirrored picture.
    pub landmarks: [[f32; 2]; 5],
    /// 0..=1: the root of (is it a face) × (is the box on one).
    pub score: f32,
}

/// The detection network, ready to run; shared between threads as it is.
pub struct YuNet {
    network: Network,
}

impl YuNet {
    /// Reads the weights (safetensors, names and shapes of the ONNX graph) and packs the matrices.
    ///
    /// # Errors
    /// [`ModelError::WeightsFile`], [`ModelError::TensorMissing`], [`ModelError::TensorForm`],
    /// [`ModelError::TensorValue`].
    pub fn load(path: &Path) -> Result<Self, ModelError> {
        Ok(Self {
            network: Network::build(&mut TensorFile::open(path)?)?,
        })
    }

    /// Finds the faces on a picture of any size, the best score first, on the calling thread.
    ///
    /// Whose face is meant is the caller's to decide: the best score may belong to a bystander. On Labeled Faces in
    /// the Wild, where the person named is in the middle and one picture in six shows others too, taking the best
    /// score instead of the most central face raises the equal error rate from 0.8 % to 3.6 %.
    ///
    /// # Errors
    /// [`ModelError::DetectOptions`] for options out of range, [`ModelError::Inference`].
    pub fn detect(&self, image: &Image, options: &DetectOptions) -> Result<Vec<Detection>, ModelError> {
        options.check()?;
        let longer = image.width().max(image.height());
        if longer <= options.max_side_px {
            let cells = self.raw_output(image)?;
            return Ok(boxes::decode(&cells, image.width(), image.height(), options));
        }
        let ratio = f64::from(options.max_side_px) / f64::from(longer);
        let side = |px: u32| ((f64::from(px) * ratio).round() as u32).max(1);
        let small = image.resized(side(image.width()), side(image.height()))?;
        let cells = self.raw_output(&small)?;
        let mut found = boxes::decode(&cells, small.width(), small.height(), options);
        let grow_x = image.width() as f32 / small.width() as f32;
        let grow_y = image.height() as f32 / small.height() as f32;
        found
            .iter_mut()
            .for_each(|detection| detection.stretch(grow_x, grow_y));
        Ok(found)
    }

    /// What the network itself says, for comparing it with the original: 16 numbers a cell (face, objectness, four of
    /// the box, ten of the points; the first two as probabilities), the cells row by row at stride 8, then 16, then
    /// 32, over the picture padded at the right and the bottom to multiples of 32. The picture is not reduced:
    /// neither side may exceed [`MAX_DETECT_SIDE_PX`].
    ///
    /// # Errors
    /// [`ModelError::Inference`].
    pub fn raw_output(&self, image: &Image) -> Result<Zeroizing<Vec<f32>>, ModelError> {
        let fail = |e: candle_core::Error| ModelError::Inference {
            network: NETWORK,
            cause: e.to_string(),
        };
        let shape = (1, image.height() as usize, image.width() as usize, 3);
        let input = SecretTensor(Tensor::from_slice(image.rgb(), shape, &Device::Cpu).map_err(fail)?);
        let output = SecretTensor(input.0.apply_op1_no_bwd(&self.network).map_err(fail)?);
        output
            .0
            .flatten_all()
            .and_then(|cells| cells.to_vec1::<f32>())
            .map(Zeroizing::new)
            .map_err(fail)
    }
}

impl Detection {
    /// From pixels of a reduced picture to pixels of the picture itself.
    fn stretch(&mut self, grow_x: f32, grow_y: f32) {
        self.x *= grow_x;
        self.w *= grow_x;
        self.y *= grow_y;
        self.h *= grow_y;
        for [x, y] in &mut self.landmarks {
            *x *= grow_x;
            *y *= grow_y;
        }
    }
}
