//! What can go wrong between bytes and numbers.

/// Every refusal of this crate. The text names the value, the rule and the limit; it never holds pixels.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// An encoded picture is longer than [`MAX_ENCODED_BYTES`](crate::MAX_ENCODED_BYTES).
    #[error("encoded picture: {found} bytes, at most {limit} allowed")]
    EncodedTooLong {
        /// Length of the input in bytes.
        found: usize,
        /// The limit in bytes.
        limit: usize,
    },
    /// A picture has no pixels, a side over [`MAX_SIDE_PX`](crate::MAX_SIDE_PX) or an area over
    /// [`MAX_PIXELS`](crate::MAX_PIXELS).
    #[error(
        "picture size {width}×{height}: sides must be 1..={max_side} and the area at most {max_pixels} pixels"
    )]
    PictureSize {
        /// Width in pixels.
        width: u64,
        /// Height in pixels.
        height: u64,
        /// Largest side allowed, in pixels.
        max_side: u32,
        /// Largest area allowed, in pixels.
        max_pixels: u64,
    },
    /// The number of bytes handed over is not three per pixel.
    #[error("pixel data: {found} bytes, but width × height × 3 is {expected}")]
    PixelCount {
        /// Bytes that the size asks for.
        expected: usize,
        /// Bytes given.
        found: usize,
    },
    /// The first bytes are neither those of a JPEG nor those of a PNG.
    #[error("picture format: neither JPEG nor PNG")]
    UnknownFormat,
    /// The JPEG decoder refused the input.
    #[error("JPEG: {0}")]
    Jpeg(String),
    /// The PNG decoder refused the input.
    #[error("PNG: {0}")]
    Png(String),
    /// A resize factor is not a positive finite number.
    #[error("resize factor {0}: must be finite and above 0")]
    Scale(f32),
    /// Detection options are outside their documented ranges.
    #[error("detection option {field}: {rule}")]
    DetectOptions {
        /// Name of the option.
        field: &'static str,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// Five face points that no similarity transform can be fitted to.
    #[error("face points: {0}")]
    FacePoints(&'static str),
    /// An embedding that is not 128 finite numbers with a direction.
    #[error("embedding: {0}")]
    Embedding(&'static str),
    /// A weights file could not be read as safetensors.
    #[error("weights file {path}: {cause}")]
    WeightsFile {
        /// The file.
        path: std::path::PathBuf,
        /// What the reader said.
        cause: String,
    },
    /// A weights file lacks a tensor of the network.
    #[error("weights file {path}: tensor {name} is missing")]
    TensorMissing {
        /// The file.
        path: std::path::PathBuf,
        /// The tensor.
        name: String,
    },
    /// A tensor of a weights file has another element type or shape than the network.
    #[error("weights file {path}: tensor {name} is {found}, the network needs {expected}")]
    TensorForm {
        /// The file.
        path: std::path::PathBuf,
        /// The tensor.
        name: String,
        /// Type and shape needed.
        expected: String,
        /// Type and shape found.
        found: String,
    },
    /// A tensor of a weights file holds a number that is not finite.
    #[error("weights file {path}: tensor {name} holds a value that is not finite")]
    TensorValue {
        /// The file.
        path: std::path::PathBuf,
        /// The tensor.
        name: String,
    },
    /// Running a network failed inside the tensor library.
    #[error("{network}: {cause}")]
    Inference {
        /// The network.
        network: &'static str,
        /// What the tensor library said.
        cause: String,
    },
}
