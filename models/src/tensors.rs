//! Weights files: safetensors, read through candle, every tensor checked before a network is built from it.

#[cfg(test)]
mod tests;

use crate::ModelError;
use candle_core::{DType, Device, Tensor};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// The tensors of one weights file. Names are those of the ONNX graph, all elements `f32`.
pub(crate) struct TensorFile {
    path: PathBuf,
    tensors: HashMap<String, Tensor>,
}

impl TensorFile {
    /// Reads the whole file.
    pub fn open(path: &Path) -> Result<Self, ModelError> {
        let bytes = std::fs::read(path).map_err(|cause| ModelError::WeightsFile {
            path: path.into(),
            cause: cause.to_string(),
        })?;
        Self::from_bytes(&bytes, path)
    }

    /// Takes the tensors from a file's bytes. `path` is what refusals name; nothing is read from it.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<Self, ModelError> {
        let tensors = candle_core::safetensors::load_buffer(bytes, &Device::Cpu).map_err(|cause| {
            ModelError::WeightsFile {
                path: path.into(),
                cause: cause.to_string(),
            }
        })?;
        Ok(Self {
            path: path.into(),
            tensors,
        })
    }

    /// The numbers of the tensor `name`, which must be `f32`, finite and of exactly this shape.
    pub fn take(&mut self, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
        let (path, name) = (|| self.path.clone(), || name.to_owned());
        let tensor = self
            .tensors
            .remove(&name())
            .ok_or_else(|| ModelError::TensorMissing {
                path: path(),
                name: name(),
            })?;
        if tensor.dtype() != DType::F32 || tensor.dims() != shape {
            return Err(ModelError::TensorForm {
                path: path(),
                name: name(),
                expected: format!("{:?} {shape:?}", DType::F32),
                found: format!("{:?} {:?}", tensor.dtype(), tensor.dims()),
            });
        }
        let values = tensor
            .flatten_all()
            .and_then(|flat| flat.to_vec1::<f32>())
            .map_err(|cause| ModelError::WeightsFile {
                path: path(),
                cause: cause.to_string(),
            })?;
        if values.iter().all(|v| v.is_finite()) {
            Ok(values)
        } else {
            Err(ModelError::TensorValue {
                path: path(),
                name: name(),
            })
        }
    }
}
