use ciborium::Value as Cbor;
use smile_authenticator::room::FaceRoom;
use smile_face::{Camera, EnrolmentError, FaceMatched, Guidance, MatchError, Template};
use smile_models::Image;

use super::{PURCHASES, TimeToPay, measure};
use crate::pictures::Pictures;
use crate::stage::RunFolder;
use crate::steps::Steps;

#[test]
fn percentiles_are_times_that_were_measured() {
    let measured = TimeToPay::of((1..=20).rev().map(f64::from).collect());
    assert_eq!(
        (
            measured.percentile(50),
            measured.percentile(95),
            measured.percentile(100)
        ),
        (10.0, 19.0, 20.0)
    );
    assert_eq!(measured.in_words(), "p50 10 ms, p95 19 ms, n = 20");
    let one = TimeToPay::of(vec![7.4]);
    assert_eq!((one.percentile(50), one.percentile(95)), (7.4, 7.4));
}

/// Looks at one picture, and knows everybody.
struct PlayedRoom;

impl FaceRoom for PlayedRoom {
    fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        _: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        camera.next_frame()?;
        Ok(template())
    }

    fn verify(
        &mut self,
        camera: &mut dyn Camera,
        template: &Template,
        _: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        camera.next_frame()?;
        Ok(FaceMatched::forged_for_tests(template))
    }
}

/// A template of one made-up embedding, in the bytes that smile-face writes.
fn template() -> Template {
    let embedding: Vec<u8> = (0..128u8)
        .flat_map(|at| f32::from(u8::from(at == 0)).to_le_bytes())
        .collect();
    let text = |text: &str| Cbor::Text(text.to_owned());
    let map = Cbor::Map(vec![
        (text("version"), Cbor::Integer(1.into())),
        (text("model"), text("made up")),
        (text("model_sha256"), Cbor::Bytes(vec![7; 32])),
        (text("embeddings"), Cbor::Array(vec![Cbor::Bytes(embedding)])),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&map, &mut bytes).expect("a vector takes all");
    Template::decode(&bytes).expect("it is a template")
}

#[test]
fn purchases_go_from_the_tap_to_succeeded_and_no_face_stays_behind() {
    let home = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = RunFolder::create(home.path()).expect("a folder for the run can be made");
    let picture = || vec![Image::from_rgb8(2, 2, vec![7; 12]).expect("a small picture")];
    let faces = Pictures {
        enrol: picture(),
        pay: picture(),
    };
    let mut steps = Steps::default();
    let measured = measure(&folder, Box::new(PlayedRoom), &faces, &mut steps).expect("all is paid");
    assert_eq!(measured.count(), PURCHASES);
    assert!(measured.percentile(50) > 0.0);
    let said = steps.all().last().expect("a step");
    assert_eq!(
        (said.what.as_str(), said.outcome.as_str()),
        ("from the tap to succeeded", measured.in_words().as_str())
    );
    // The template is sealed under this name while it is there.
    let device = folder.join("pace-agent/agent/device");
    let sealed = std::fs::read_dir(device).expect("the device's folder");
    let names: Vec<_> = sealed.map(|entry| entry.expect("an entry").file_name()).collect();
    assert!(names.iter().any(|name| name == "attestation.sealed"), "{names:?}");
    assert!(
        !names
            .iter()
            .any(|name| name.to_string_lossy().contains("template")),
        "{names:?}"
    );
}
