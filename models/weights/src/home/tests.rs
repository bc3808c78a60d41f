use std::ffi::OsString;
use std::path::Path;

use super::Home;
use crate::error::WeightsError;

fn resolve(variables: &[(&str, &str)]) -> Result<Home, WeightsError> {
    Home::resolve_from(|name| {
        variables
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| OsString::from(v))
    })
}

fn resolved(variables: &[(&str, &str)]) -> Home {
    resolve(variables).expect("a variable names a folder")
}

#[test]
fn smile_home_wins_over_xdg_and_xdg_over_home() {
    let all = [("SMILE_HOME", "/a"), ("XDG_DATA_HOME", "/b"), ("HOME", "/c")];
    assert_eq!(resolved(&all).path(), Path::new("/a"));
    assert_eq!(resolved(&all[1..]).path(), Path::new("/b/smile"));
    assert_eq!(resolved(&all[2..]).path(), Path::new("/c/.local/share/smile"));
}

#[test]
fn an_empty_variable_counts_as_unset() {
    assert_eq!(
        resolved(&[("SMILE_HOME", ""), ("HOME", "/c")]).path(),
        Path::new("/c/.local/share/smile")
    );
}

#[test]
fn a_relative_xdg_folder_is_ignored_and_a_relative_smile_home_becomes_absolute() {
    assert_eq!(
        resolved(&[("XDG_DATA_HOME", "b"), ("HOME", "/c")]).path(),
        Path::new("/c/.local/share/smile")
    );
    let here = std::env::current_dir().expect("tests run in a folder");
    assert_eq!(resolved(&[("SMILE_HOME", "a")]).path(), here.join("a"));
}

#[test]
fn without_any_variable_the_error_says_which_to_set() {
    let error = resolve(&[]).expect_err("nothing names a folder");
    assert!(matches!(error, WeightsError::NoHome));
    assert!(error.to_string().contains("set SMILE_HOME"), "{error}");
}
