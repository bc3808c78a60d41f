use super::{FaceSet, Pair};
use crate::LabError;
use std::path::Path;
use tempfile::TempDir;

/// Three people with 2, 1 and 1 pictures, a stray file and a file that is no picture.
fn folder(pairs: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    for path in [
        "g/Ann/Ann_1.jpg",
        "g/Ann/Ann_2.JPG",
        "g/Bob/Bob_1.png",
        "g/Cy/Cy_1.jpeg",
        "g/Cy/notes.txt",
        "g/x.jpg",
    ] {
        let path = folder.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
        std::fs::write(path, b"").expect("a file can be written");
    }
    std::fs::write(folder.path().join("pairs.txt"), pairs).expect("a file can be written");
    folder
}

fn read(pairs: &str) -> Result<FaceSet, LabError> {
    let folder = folder(pairs);
    FaceSet::read(folder.path(), &folder.path().join("pairs.txt"))
}

const GOOD: &str = "# a comment\n\ng/Ann/Ann_1.jpg g/Ann/Ann_2.JPG 1 1\ng/Ann/Ann_1.jpg g/Bob/Bob_1.png 0\n";

#[test]
fn every_picture_beside_those_of_the_pairs_is_taken() {
    let set = read(GOOD).expect("a good set");
    assert_eq!(set.people, ["Ann", "Bob", "Cy"]);
    let paths: Vec<_> = set.pictures.iter().map(|p| (p.path.as_str(), p.person)).collect();
    let expected = [
        ("g/Ann/Ann_1.jpg", 0),
        ("g/Ann/Ann_2.JPG", 0),
        ("g/Bob/Bob_1.png", 1),
        ("g/Cy/Cy_1.jpeg", 2),
    ];
    assert_eq!(paths, expected);
    assert_eq!(set.pictures_per_person(), [2, 1, 1]);
    assert_eq!(
        set.pairs,
        [
            Pair {
                a: 0,
                b: 1,
                genuine: true
            },
            Pair {
                a: 0,
                b: 2,
                genuine: false
            }
        ]
    );
}

#[track_caller]
fn refused(line: &str, rule: &str) {
    let error = read(&format!("{GOOD}{line}\n")).expect_err("the line breaks a rule");
    assert_eq!(error.to_string(), format!("pairs line 5: {rule}"));
    assert!(read(GOOD).is_ok(), "without it the file is read");
}

#[test]
fn a_line_that_is_no_pair_is_named() {
    refused("g/Ann/Ann_1.jpg 1", "must be `pathA pathB same [fold]`");
    refused(
        "g/Ann/Ann_1.jpg g/Ann/Ann_2.JPG 1 1 x",
        "must be `pathA pathB same [fold]`",
    );
    refused("g/Ann/Ann_1.jpg g/Ann/Ann_2.JPG yes", "same must be 1 or 0");
}

#[test]
fn a_path_outside_the_folder_is_refused() {
    for path in [
        "Ann_1.jpg",
        "Ann/Ann_1.jpg",
        "../Ann/Ann_1.jpg",
        "/Ann/Ann_1.jpg",
        "g/../Ann_1.jpg",
    ] {
        refused(
            &format!("{path} g/Bob/Bob_1.png 0"),
            "paths must be GROUP/PERSON/FILE below the folder",
        );
    }
}

#[test]
fn a_label_that_contradicts_the_folders_is_refused() {
    refused(
        "g/Ann/Ann_1.jpg g/Bob/Bob_1.png 1",
        "same must be 1 exactly when both folders have one name",
    );
    refused(
        "g/Ann/Ann_1.jpg g/Ann/Ann_2.JPG 0",
        "same must be 1 exactly when both folders have one name",
    );
}

#[test]
fn a_picture_is_not_compared_with_itself() {
    refused(
        "g/Ann/Ann_1.jpg g/Ann/Ann_1.jpg 1",
        "a picture is not compared with itself",
    );
}

#[test]
fn a_picture_that_is_not_there_is_named() {
    refused(
        "g/Ann/Ann_9.jpg g/Bob/Bob_1.png 0",
        "g/Ann/Ann_9.jpg is not among the pictures",
    );
}

#[test]
fn a_folder_that_is_not_there_is_named() {
    let error =
        FaceSet::read(Path::new("/nowhere"), Path::new("/nowhere/pairs.txt")).expect_err("nothing is there");
    assert!(error.to_string().starts_with("/nowhere/pairs.txt: "));
}
