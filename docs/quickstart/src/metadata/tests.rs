//! The statement as it is printed, read by the decoder that the server loads statements with.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;
use std::process::id;

use clap::Parser;
use smile_protocol::metadata::MetadataStatement;
use smile_protocol::registry::AttestationType;

use super::{config, statement, written};
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
