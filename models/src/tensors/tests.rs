use super::*;

fn file(tensors: &[(&str, Tensor)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("weights.safetensors");
    let tensors: HashMap<String, Tensor> = tensors
        .iter()
        .map(|(n, t)| ((*n).to_owned(), t.clone()))
        .collect();
    candle_core::safetensors::save(&tensors, &path).expect("written");
    (folder, path)
}

fn floats(values: &[f32]) -> Tensor {
    Tensor::from_slice(values, values.len(), &Device::Cpu).expect("floats")
}

fn take(tensor: Tensor, name: &str, shape: &[usize]) -> Result<Vec<f32>, ModelError> {
    let (_folder, path) = file(&[("w", tensor)]);
    TensorFile::open(&path).expect("safetensors").take(name, shape)
}

#[test]
fn a_tensor_of_the_right_form_is_read() {
    let tensor = floats(&[1.0, 2.0, 3.0, 4.0]).reshape((2, 2)).expect("2×2");
    assert_eq!(take(tensor, "w", &[2, 2]).expect("right"), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn tensors_of_another_form_are_refused() {
    let good = || floats(&[1.0, 2.0]);
    assert!(take(good(), "w", &[2]).is_ok());
    assert!(matches!(take(good(), "v", &[2]), Err(ModelError::TensorMissing { name, .. }) if name == "v"));
    assert!(matches!(
        take(good(), "w", &[1, 2]),
        Err(ModelError::TensorForm { .. })
    ));
    assert!(matches!(
        take(good(), "w", &[3]),
        Err(ModelError::TensorForm { .. })
    ));
    let half = good().to_dtype(DType::F16).expect("f16");
    assert!(matches!(
        take(half, "w", &[2]),
        Err(ModelError::TensorForm { .. })
    ));
    for bad in [f32::NAN, f32::INFINITY] {
        assert!(matches!(
            take(floats(&[1.0, bad]), "w", &[2]),
            Err(ModelError::TensorValue { .. })
        ));
    }
}

#[test]
fn files_that_are_not_safetensors_are_refused() {
    let (folder, path) = file(&[("w", floats(&[1.0]))]);
    let whole = std::fs::read(&path).expect("read");
    assert!(TensorFile::open(&path).is_ok());
    for bytes in [
        &b""[..],
        b"not a weights file",
        &whole[..whole.len() - 1],
        &[0xFF; 64],
    ] {
        std::fs::write(&path, bytes).expect("written");
        assert!(matches!(
            TensorFile::open(&path),
            Err(ModelError::WeightsFile { .. })
        ));
    }
    let absent = TensorFile::open(&folder.path().join("absent"));
    assert!(matches!(absent, Err(ModelError::WeightsFile { .. })));
}

#[test]
fn bytes_are_read_from_memory_and_only_named_after_their_file() {
    let (folder, path) = file(&[("w", floats(&[1.0, 2.0]))]);
    let bytes = std::fs::read(&path).expect("read");
    let gone = folder.path().join("gone.safetensors");
    let mut tensors = TensorFile::from_bytes(&bytes, &gone).expect("safetensors");
    assert_eq!(tensors.take("w", &[2]).expect("right"), [1.0, 2.0]);
    let refused = crate::SFace::from_bytes(&bytes, &gone).err().expect("no network");
    assert!(matches!(refused, ModelError::TensorMissing { path, .. } if path == gone));
}

#[test]
fn networks_refuse_a_file_that_is_not_theirs() {
    let (_folder, path) = file(&[("w", floats(&[1.0]))]);
    assert!(matches!(
        crate::SFace::load(&path),
        Err(ModelError::TensorMissing { .. })
    ));
    assert!(matches!(
        crate::YuNet::load(&path),
        Err(ModelError::TensorMissing { .. })
    ));
}
