//! Tensors whose memory is zeroed.

use candle_core::{CpuStorage, InplaceOp1, Layout, Tensor};
use zeroize::Zeroize;

/// A candle tensor that is zeroed when dropped: candle itself frees its memory as it is. Nothing else may hold the
/// same storage, so none is ever cloned or viewed.
pub(crate) struct SecretTensor(pub Tensor);

impl Drop for SecretTensor {
    fn drop(&mut self) {
        // On the CPU the operation below cannot fail, and Drop could tell nobody.
        let _ = self.0.inplace_op1(&Wipe);
    }
}

struct Wipe;

impl InplaceOp1 for Wipe {
    fn name(&self) -> &'static str {
        "wipe"
    }

    fn cpu_fwd(&self, storage: &mut CpuStorage, _: &Layout) -> candle_core::Result<()> {
        match storage {
            CpuStorage::U8(values) => values.as_mut_slice().zeroize(),
            CpuStorage::F32(values) => values.as_mut_slice().zeroize(),
            _ => candle_core::bail!("secret tensors are bytes or f32"),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use candle_core::Device;

    #[test]
    fn dropping_a_secret_tensor_zeroes_its_storage() {
        let tensor = Tensor::from_vec(vec![1_f32, 2.0], 2, &Device::Cpu).expect("two numbers");
        // A second handle to the same storage, to look at it after the drop.
        let seen = tensor.clone();
        assert_eq!(seen.to_vec1::<f32>().expect("f32"), [1.0, 2.0]);
        drop(SecretTensor(tensor));
        assert_eq!(seen.to_vec1::<f32>().expect("f32"), [0.0, 0.0]);
    }
}
