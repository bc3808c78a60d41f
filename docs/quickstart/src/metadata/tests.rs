//! The statement as it is printed, read by the decoder that the server loads statements with.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::id;

use clap::Parser;
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::registry::AttestationType;

use smile_authenticator::{Authenticator, AuthenticatorError};

use super::{NoFace, config, statement, written};
use crate::QuickstartError;
use crate::arguments::{Arguments, Command, MetadataArguments};

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("smile-statement-{name}-{}", id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).unwrap();
    }
}

fn arguments(line: &[&str]) -> Result<MetadataArguments, clap::Error> {
    let line = ["smile-quickstart", "metadata"].iter().chain(line);
    match Arguments::try_parse_from(line)?.command {
        Some(Command::Metadata(wanted)) => Ok(wanted),
        None => unreachable!("the subcommand was named"),
    }
}

fn printed(folder: &Folder, line: &[&str]) -> Result<String, QuickstartError> {
    let home = folder.0.join("home");
    let line = [line, &["--home", home.to_str().unwrap()]].concat();
    let wanted = arguments(&line).unwrap();
    written(&statement(config(&wanted)?)?, &wanted)
}

#[test]
fn what_is_printed_in_either_form_is_what_the_server_reads() {
    let folder = Folder::new("forms");
    let uaf = printed(&folder, &["--format", "uaf", "--aaid", "1234#0001"]).unwrap();
    let fido2 = printed(&folder, &["--format", "fido2", "--aaid", "1234#0001"]).unwrap();
    let read = MetadataStatement::decode(&uaf).unwrap();
    assert_eq!(read.aaid.to_string(), "1234#0001");
    assert_eq!(read.attestation_types, [AttestationType::BasicFull]);
    assert_eq!(
        read.attestation_root_certificates.len(),
        1,
        "the root of this installation"
    );
    assert!(
        read.description.contains("a photo would pass"),
        "{}",
        read.description
    );
    assert_eq!(MetadataStatement::decode(&fido2).unwrap(), read);
    assert!(
        uaf.contains("\"keyProtection\":1") && fido2.contains("\"legalHeader\":\"Not submitted"),
        "{fido2}"
    );
    assert!(!uaf.contains('\n') && !fido2.contains('\n'), "one line each");
    // A byte less is no statement.
    assert!(MetadataStatement::decode(&uaf[..uaf.len() - 1]).is_err());
}

#[test]
fn the_attestation_decides_whether_a_root_is_listed() {
    let folder = Folder::new("attestation");
    let line = ["--format", "uaf", "--attestation", "basic-surrogate"];
    let read = MetadataStatement::decode(&printed(&folder, &line).unwrap()).unwrap();
    assert_eq!(
        read.aaid.to_string(),
        "FFFF#5302",
        "the test AAID of that attestation"
    );
    assert_eq!(read.attestation_types, [AttestationType::BasicSurrogate]);
    assert!(read.attestation_root_certificates.is_empty());
}

/// Every file and folder below `folder`, with what is in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, Option<Vec<u8>>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        }
        found.insert(path.clone(), std::fs::read(&path).ok());
    }
    found
}

#[test]
fn a_home_that_exists_is_not_changed_and_speaks_only_for_the_attestation_that_it_makes() {
    let of = |attestation| {
        [
            "--format",
            "uaf",
            "--aaid",
            "1234#0001",
            "--attestation",
            attestation,
        ]
    };
    for (made, other) in [
        ("basic-full", "basic-surrogate"),
        ("basic-surrogate", "basic-full"),
    ] {
        let folder = Folder::new(made);
        let first = printed(&folder, &of(made)).unwrap();
        // What the next start would sweep away.
        std::fs::write(folder.0.join("home/counter.7.unfinished"), b"x").unwrap();
        let before = files(&folder.0);
        let refused = printed(&folder, &of(other)).unwrap_err();
        let QuickstartError::Authenticator(AuthenticatorError::HomeOfAnotherAttestation { .. }) = refused
        else {
            panic!("{refused}");
        };
        assert_eq!(printed(&folder, &of(made)).unwrap(), first);
        assert_eq!(files(&folder.0), before, "{made}");
        // The authenticator whose home it is may be at work.
        let home = folder.0.join("home");
        let line = [&of(made)[..], &["--home", home.to_str().unwrap()]].concat();
        let wanted = config(&arguments(&line).unwrap()).unwrap();
        let authenticator = Authenticator::open(wanted, Box::new(NoFace)).unwrap();
        assert_eq!(printed(&folder, &of(made)).unwrap(), first);
        assert_eq!(authenticator.metadata_statement().encode(), first);
    }
}

#[test]
fn a_folder_that_is_no_home_is_refused_and_none_is_made_of_it() {
    let folder = Folder::new("no-home");
    let line = ["--format", "uaf"];
    std::fs::create_dir(folder.0.join("home")).unwrap();
    let before = files(&folder.0);
    let refused = printed(&folder, &line).unwrap_err();
    assert!(refused.to_string().contains("no home"), "{refused}");
    assert_eq!(files(&folder.0), before);
    std::fs::remove_dir(folder.0.join("home")).unwrap();
    printed(&folder, &line).unwrap();
}

#[test]
fn a_home_of_another_model_and_what_is_no_model_are_refused() {
    let folder = Folder::new("models");
    let of = |aaid| printed(&folder, &["--format", "uaf", "--aaid", aaid]);
    of("1234#0001").unwrap();
    assert!(matches!(of("1234#0002"), Err(QuickstartError::Authenticator(_))));
    of("1234#0001").unwrap();
    for wrong in [
        &["--format", "uaf", "--aaid", "1234"][..],
        &["--format", "cbor"],
        &[],
    ] {
        assert!(arguments(wrong).is_err(), "{wrong:?}");
    }
    // The story's own switches do not go with it.
    assert!(
        Arguments::try_parse_from(["smile-quickstart", "--serve", "metadata", "--format", "uaf"]).is_err()
    );
}
