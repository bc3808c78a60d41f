//! Face networks: pixels in, numbers out.
//!
//! ```text
//! bytes ─ Image ─ YuNet::detect ─ Detection (box, five points)
//!                      └─ align_five_points ─ AlignedFace (112×112) ─ SFace::embed ─ Embedding (128 numbers)
//! ```
//!
//! This crate knows nothing of FIDO, of people or of thresholds. It is the only one that touches `candle` and
//! `gemm`: candle reads the weights and carries each network as one custom operation over its tensors; inside that
//! operation the layout stays channels-last and the arithmetic is done by kernels of our own, because candle's grouped
//! convolution runs one convolution per channel, which makes a MobileNet about six times slower.
//!
//! One thread works on one frame; whoever has many frames runs several threads over one shared network.
//!
//! [`Image`], [`AlignedFace`] and [`Embedding`] are secrets: they cannot be printed, cloned or serialised, and their
//! memory is zeroed when dropped, as are the activations after every frame. What is *not* zeroed: the packing
//! buffers inside the `gemm` crate and the working memory of the JPEG and PNG decoders, which belong to them.

mod align;
mod embedding;
mod error;
mod image;
mod kernels;
mod scratch;
mod sface;
mod tensors;
mod wipe;
mod yunet;

pub use align::{ALIGNED_SIDE_PX, AlignedFace, align_five_points};
pub use embedding::{EMBEDDING_LEN, Embedding};
pub use error::ModelError;
pub use image::{Image, MAX_ENCODED_BYTES, MAX_PIXELS, MAX_SIDE_PX};
pub use sface::SFace;
pub use yunet::{DetectOptions, Detection, MAX_DETECT_SIDE_PX, YuNet};
