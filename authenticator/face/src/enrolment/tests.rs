use super::{EnrolmentError, EnrolmentPolicy, enrol_with};
use crate::script::{Script, Shot, camera, direction};
use crate::{Camera, CameraError, Frame, Guidance, SequenceCamera, Template};

fn enrol(shots: &[Shot], interval_ms: u64) -> (Result<Template, EnrolmentError>, Vec<Guidance>) {
    let mut told = Vec::new();
    let policy = EnrolmentPolicy::default();
    let result = enrol_with(&Script, &mut camera(shots, interval_ms), &policy, &mut |g| {
        told.push(g)
    });
    (result, told)
}

const ALICE: Shot = Shot::Person(0, 95);

#[test]
fn five_good_frames_make_a_template_that_knows_the_face() {
    let (template, told) = enrol(&[ALICE; 9], 200);
    let template = template.expect("nine good frames");
    assert_eq!(template.frames(), 5, "the rest is not taken");
    assert!(template.similarity(&direction(0, 100)) > 0.9);
    assert!(told.is_empty(), "nothing to correct");
}

#[test]
fn frames_are_spread_in_time() {
    // 33 ms apart, 150 ms wanted: every fifth counts, and 25 frames give five.
    let (template, told) = enrol(&[ALICE; 25], 33);
    assert_eq!(template.expect("0.8 s of video").frames(), 5);
    assert!(
        told.is_empty(),
        "a frame that comes too soon is no fault of the user"
    );
    // 0.3 s give only three.
    let (template, _) = enrol(&[ALICE; 11], 33);
    assert_eq!(template.expect("enough to enrol").frames(), 3);
    // 0.25 s give two.
    let (result, _) = enrol(&[ALICE; 8], 33);
    assert!(matches!(
        result.err(),
        Some(EnrolmentError::TooFewFrames {
            taken: 2,
            needed: 3,
            ..
        })
    ));
}

#[test]
fn refused_frames_are_told_one_by_one_and_counted_in_the_error() {
    let shots = [Shot::Nobody, ALICE, Shot::Blurred, Shot::Blurred, ALICE];
    let (result, told) = enrol(&shots, 200);
    assert_eq!(told, [Guidance::NoFace, Guidance::Blurred, Guidance::Blurred]);
    let error = result.err().expect("two frames are too few");
    assert_eq!(
        error.to_string(),
        "enrolment: 2 of 3 good frames; refused: no_face ×1, blurred ×2"
    );
    let (template, _) = enrol(&[shots.as_slice(), &[ALICE]].concat(), 200);
    assert!(template.is_ok(), "one more good frame is enough");
}

#[test]
fn a_second_person_does_not_get_into_the_template() {
    let stranger = Shot::Person(1, 100);
    let (template, told) = enrol(&[ALICE, stranger, ALICE, stranger, ALICE], 200);
    assert_eq!(told, [Guidance::FaceChanged, Guidance::FaceChanged]);
    let template = template.expect("three frames of one person");
    assert_eq!(template.frames(), 3);
    assert!(template.similarity(&direction(1, 100)) < 0.1);
}

#[test]
fn every_frame_agrees_with_every_other_not_only_with_the_first() {
    // Both lie at 0.70 from the first; 0.49 from each other where they drift to different sides, 1 where to the same.
    let first = Shot::Person(0, 100);
    let (one_side, other_side) = (Shot::Person(0, 70), Shot::Drifted(0, 70));
    let (template, told) = enrol(&[first, one_side, one_side], 200);
    assert!(template.is_ok() && told.is_empty(), "to the same side they agree");
    let (result, told) = enrol(&[first, one_side, other_side], 200);
    assert!(matches!(
        result.err(),
        Some(EnrolmentError::TooFewFrames { taken: 2, .. })
    ));
    assert_eq!(told, [Guidance::FaceChanged]);
}

#[test]
fn no_more_frames_are_looked_at_than_the_policy_allows() {
    let policy = EnrolmentPolicy::default().with_max_frames(4);
    let shots = [Shot::Nobody, Shot::Nobody, ALICE, ALICE, ALICE, ALICE, ALICE];
    let bounded = enrol_with(&Script, &mut camera(&shots, 200), &policy, &mut |_| ());
    assert!(matches!(
        bounded.err(),
        Some(EnrolmentError::TooFewFrames { taken: 2, .. })
    ));
    assert!(enrol(&shots, 200).0.is_ok(), "unbounded the same frames enrol");
}

#[test]
fn a_failing_network_ends_the_enrolment() {
    let (result, _) = enrol(&[ALICE, ALICE, Shot::Broken, ALICE], 200);
    assert!(matches!(result.err(), Some(EnrolmentError::Engine(_))));
}

/// A camera that is unplugged after its last picture.
struct Unplugged(SequenceCamera);

impl Camera for Unplugged {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        self.0.next_frame()?.map(Some).ok_or(CameraError::Unplugged)
    }
}

#[test]
fn a_failing_camera_ends_the_enrolment() {
    let enrol_until_unplugged = |shots: &[Shot]| {
        let mut camera = Unplugged(camera(shots, 200));
        enrol_with(&Script, &mut camera, &EnrolmentPolicy::default(), &mut |_| ())
    };
    let error = enrol_until_unplugged(&[ALICE; 4])
        .err()
        .expect("unplugged before the fifth frame");
    assert!(
        matches!(error, EnrolmentError::Camera(CameraError::Unplugged)),
        "{error}"
    );
    assert_eq!(error.to_string(), "enrolment: camera: unplugged");
    assert!(
        enrol_until_unplugged(&[ALICE; 5]).is_ok(),
        "five frames are all that is asked for"
    );
    assert!(
        enrol(&[ALICE; 4], 200).0.is_ok(),
        "a camera that just ends leaves four good frames"
    );
}
