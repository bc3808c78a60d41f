//! The face room and this program on real photographs, with the networks that ship.
//!
//! The weights are found in `$SMILE_WEIGHTS_DIR`, the faces in `$SMILE_SHARED/faces` or in `shared/faces` beside the
//! checkout. Without them a test says that it was skipped, and fails where `CI` is `true`.

use smile_face::{
    EnrolmentError, EnrolmentPolicy, FaceEngine, FaceMatched, Guidance, MatchError, MatchPolicy,
    SequenceCamera, StillCamera, Template, enrol, verify,
};
use smile_models::Image;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Somebody with several photographs that are good enough to be judged.
const OWNER: &str = "Colin_Powell";

/// Other people, each with the number of such a photograph.
const STRANGERS: [(&str, u32); 5] = [
    ("Hans_Blix", 6),
    ("Lleyton_Hewitt", 5),
    ("Hugo_Chavez", 5),
    ("Laura_Bush", 1),
    ("Andre_Agassi", 4),
];

fn skipped(what: &str) {
    assert_ne!(
        std::env::var("CI").as_deref(),
        Ok("true"),
        "CI=true, but there is no {what}"
    );
    println!("skipped: no {what}");
}

/// Folders of weights and of faces.
fn data() -> Option<(PathBuf, PathBuf)> {
    let Some(weights) = std::env::var_os("SMILE_WEIGHTS_DIR").map(PathBuf::from) else {
        skipped("$SMILE_WEIGHTS_DIR");
        return None;
    };
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let faces = std::env::var_os("SMILE_SHARED")
        .map_or_else(beside, PathBuf::from)
        .join("faces");
    if !faces.is_dir() {
        skipped("$SMILE_SHARED");
        return None;
    }
    Some((weights, faces))
}

/// The engine and the folder of faces.
fn room() -> Option<(FaceEngine, PathBuf)> {
    let (weights, faces) = data()?;
    let (yunet, sface) = (
        weights.join("yunet_2023mar.safetensors"),
        weights.join("sface_2021dec.safetensors"),
    );
    Some((
        FaceEngine::load(&yunet, &sface).expect("the weights are there"),
        faces.join("lfw"),
    ))
}

fn photo(lfw: &Path, person: &str, number: u32) -> Image {
    let path = lfw.join(person).join(format!("{person}_{number:04}.jpg"));
    Image::decode(&std::fs::read(path).expect("the photograph is there")).expect("and it is a JPEG")
}

/// The same photograph in a second of frames.
fn held(photo: Image) -> StillCamera {
    StillCamera::new(photo, 30, 33)
}

fn enrol_photo(engine: &FaceEngine, photo: Image) -> Result<Template, EnrolmentError> {
    enrol(engine, &mut held(photo), &EnrolmentPolicy::default(), &mut |_| ())
}

fn verify_photo(engine: &FaceEngine, template: &Template, photo: Image) -> Result<FaceMatched, MatchError> {
    verify(engine, &mut held(photo), template, &MatchPolicy::payment())
}

#[test]
fn another_photograph_of_the_person_matches_and_other_people_do_not() {
    let Some((engine, lfw)) = room() else { return };
    let enrolled = enrol_photo(&engine, photo(&lfw, OWNER, 5)).expect("a good photograph");
    // As the authenticator keeps it.
    let template = Template::decode(&enrolled.encode()).expect("what was written is read");
    // A photograph is enough to pass: there is no liveness check yet.
    for other in [2, 4, 6] {
        assert!(
            verify_photo(&engine, &template, photo(&lfw, OWNER, other)).is_ok(),
            "{other}"
        );
    }
    for (stranger, number) in STRANGERS {
        let answer = verify_photo(&engine, &template, photo(&lfw, stranger, number));
        assert!(matches!(answer, Err(MatchError::NotConfirmed)), "{stranger}");
    }
}

#[test]
fn two_people_in_turn_are_not_enrolled_as_one() {
    let Some((engine, lfw)) = room() else { return };
    let policy = EnrolmentPolicy::default();
    let frames = |people: [&str; 4]| people.map(|p| photo(&lfw, p, 5)).into();
    let (a, b) = (OWNER, "Lleyton_Hewitt");
    let one = enrol(
        &engine,
        &mut SequenceCamera::new(frames([a, a, a, a]), 200),
        &policy,
        &mut |_| (),
    );
    assert_eq!(one.expect("four frames of one person").frames(), 4);
    let mixed = enrol(
        &engine,
        &mut SequenceCamera::new(frames([a, b, a, b]), 200),
        &policy,
        &mut |_| (),
    );
    let Err(EnrolmentError::TooFewFrames {
        taken: 2, refused, ..
    }) = mixed
    else {
        panic!("two people must not become one template")
    };
    assert_eq!(refused.of(Guidance::FaceChanged), 2);
}

/// The same picture with every channel value changed.
fn relit(image: &Image, change: impl Fn(f32) -> f32) -> Image {
    let rgb = image
        .rgb()
        .iter()
        .map(|v| change(f32::from(*v)).clamp(0.0, 255.0) as u8)
        .collect();
    Image::from_rgb8(image.width(), image.height(), rgb).expect("the size is unchanged")
}

/// `width` columns from column `left` on; beyond the right edge it starts again at the left.
fn columns(image: &Image, left: u32, width: u32) -> Image {
    let (w, rgb) = (image.width() as usize, image.rgb());
    let pixel = |x: usize, y: usize| rgb[3 * (y * w + x % w)..][..3].to_vec();
    let (from, to) = (left as usize, (left + width) as usize);
    let rows = (0..image.height() as usize).flat_map(|y| (from..to).flat_map(move |x| pixel(x, y)));
    Image::from_rgb8(width, image.height(), rows.collect()).expect("rows of equal length")
}

#[test]
fn each_flaw_of_a_photograph_is_refused_by_its_name() {
    let Some((engine, lfw)) = room() else { return };
    let good = || photo(&lfw, OWNER, 5);
    assert!(
        enrol_photo(&engine, good()).is_ok(),
        "the photograph without a flaw"
    );
    let resized = |image: &Image, side| image.resized(side, side).expect("a small picture");
    let flaws = [
        (Guidance::NoFace, relit(&good(), |_| 128.0)),
        (Guidance::MultipleFaces, columns(&good(), 0, 500)),
        (Guidance::FaceCutOff, columns(&good(), 105, 140)),
        (Guidance::FaceTooFar, resized(&good(), 125)),
        (Guidance::TooDark, relit(&good(), |v| v * 0.2)),
        (Guidance::TooBright, relit(&good(), |v| 185.0 + v * 0.25)),
        (Guidance::LowContrast, relit(&good(), |v| 100.0 + v * 0.15)),
        (Guidance::Blurred, resized(&resized(&good(), 32), 250)),
    ];
    for (expected, flawed) in flaws {
        let Err(EnrolmentError::TooFewFrames {
            taken: 0, refused, ..
        }) = enrol_photo(&engine, flawed)
        else {
            panic!("{expected}: must not be enrolled")
        };
        assert_eq!(refused.iter().collect::<Vec<_>>(), [(expected, 30)]);
    }
}

#[test]
fn the_program_ends_with_one_json_object_and_counts_what_it_could_not_see() {
    let Some((weights, faces)) = data() else { return };
    let folder = tempfile::TempDir::new().expect("a temporary folder");
    let people = ["Colin_Powell", "Hans_Blix", "Hugo_Chavez", "Lleyton_Hewitt"];
    for person in people {
        let place = folder.path().join("lfw").join(person);
        std::fs::create_dir_all(&place).expect("a folder can be made");
        for file in [1, 2, 3].map(|n| format!("{person}_{n:04}.jpg")) {
            std::fs::copy(faces.join("lfw").join(person).join(&file), place.join(&file)).expect("a copy");
        }
    }
    std::fs::write(
        folder.path().join("lfw/Lleyton_Hewitt/broken.jpg"),
        b"\xFF\xD8\xFF no picture",
    )
    .expect("a file");
    let mut pairs = String::new();
    for (i, p) in people.iter().enumerate() {
        let next = people[(i + 1) % people.len()];
        pairs += &format!("lfw/{p}/{p}_0001.jpg lfw/{p}/{p}_0002.jpg 1 1\n");
        pairs += &format!("lfw/{p}/{p}_0001.jpg lfw/{next}/{next}_0001.jpg 0 1\n");
    }
    std::fs::write(folder.path().join("pairs.txt"), pairs).expect("a file");
    let output = Command::new(env!("CARGO_BIN_EXE_smile-lab"))
        .args([
            "eval",
            "verification",
            "--json",
            "--replicates",
            "500",
            "--threads",
            "1",
            "--images",
        ])
        .arg(folder.path())
        .arg("--pairs")
        .arg(folder.path().join("pairs.txt"))
        .arg("--weights")
        .arg(&weights)
        .env("SMILE_HOME", folder.path().join("home"))
        .output()
        .expect("the program starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let stdout = String::from_utf8(output.stdout).expect("text");
    let report: serde_json::Value =
        serde_json::from_str(stdout.lines().last().expect("it printed something")).expect("one JSON object");
    let n = |name: &str| report["n"][name].as_u64().expect("a count");
    // 3·3 + 4·3/2 = 15 genuine; (13² − 3·9 − 16) / 2 = 63 impostor.
    assert_eq!(
        (n("pairs"), n("images"), n("people"), n("genuine"), n("impostor")),
        (8, 13, 4, 15, 63)
    );
    assert_eq!(
        report["failures"]["unreadable"],
        serde_json::json!(["lfw/Lleyton_Hewitt/broken.jpg"])
    );
    assert_eq!(report["eer"]["value"], 0.0, "four people are told apart");
    // The three comparisons with the broken file are false rejects.
    assert_eq!(report["tar"]["1e-4"]["value"].as_f64(), Some(0.8));
    assert_eq!(report["table"].as_array().map(Vec::len), Some(8));
    check_contract(&report);
}

/// What others read of the report: each rate with its bounds around it, and the milliseconds.
fn check_contract(report: &serde_json::Value) {
    let number = |place: &serde_json::Value, name: &str| {
        let found = place[name].as_f64();
        found.unwrap_or_else(|| panic!("{name} is no number in {place}"))
    };
    let tar = report["tar"].as_object().expect("rates by their limit");
    let limits: Vec<&str> = tar.keys().map(String::as_str).collect();
    assert_eq!(limits, ["1e-2", "1e-3", "1e-4", "1e-5"]);
    for (name, point) in tar
        .iter()
        .map(|(limit, point)| (limit.as_str(), point))
        .chain([("eer", &report["eer"])])
    {
        let (low, value, high) = (
            number(point, "low95"),
            number(point, "value"),
            number(point, "high95"),
        );
        assert!(
            0.0 <= low && low <= value && value <= high && high <= 1.0,
            "{name}: {point}"
        );
        for member in ["threshold", "far", "frr"] {
            number(point, member);
        }
        let over = if ["1e-2", "eer"].contains(&name) {
            "pairs"
        } else {
            "all_vs_all"
        };
        assert_eq!(point["over"], over, "{name}");
    }
    let spans = ["decode", "detect", "embed", "total"].map(|stage| number(&report["ms_per_image"], stage));
    assert!(spans.into_iter().all(|ms| ms > 0.0), "{}", report["ms_per_image"]);
}

#[test]
fn the_program_names_what_it_cannot_read() {
    let output = Command::new(env!("CARGO_BIN_EXE_smile-lab"))
        .args([
            "eval",
            "verification",
            "--images",
            "/nowhere",
            "--pairs",
            "/nowhere/pairs.txt",
        ])
        .output()
        .expect("the program starts");
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(stderr.starts_with("smile-lab: /nowhere/pairs.txt: "), "{stderr}");
}
