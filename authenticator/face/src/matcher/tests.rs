use super::{FaceMatched, MatchError, MatchPolicy, verify_with};
use crate::script::{Script, Shot, camera, direction, template_of};
use crate::{Camera, CameraError, Frame, Guidance, ModelIdentity, Template};

const OWNER: Shot = Shot::Person(0, 80);
const STRANGER: Shot = Shot::Person(1, 100);

fn verify_at(shots: &[Shot], interval_ms: u64) -> Result<FaceMatched, MatchError> {
    verify_with(
        &Script,
        &mut camera(shots, interval_ms),
        &template_of(&[0]),
        &MatchPolicy::payment(),
        &mut |_| (),
    )
}

fn verify(shots: &[Shot]) -> Result<FaceMatched, MatchError> {
    verify_at(shots, 100)
}

#[track_caller]
fn not_confirmed(shots: &[Shot]) {
    assert!(matches!(verify(shots), Err(MatchError::NotConfirmed)));
}

#[test]
fn three_matching_frames_confirm() {
    assert!(verify(&[OWNER; 3]).is_ok());
}

#[test]
fn a_stranger_is_not_confirmed_however_long_he_looks() {
    not_confirmed(&[STRANGER; 3]);
    not_confirmed(&[STRANGER; 100]);
    not_confirmed(&[&[STRANGER; 3][..], &[OWNER; 5]].concat());
}

#[test]
fn a_frame_counts_from_a_cosine_of_one_half() {
    assert!(verify(&[Shot::Person(0, 51); 3]).is_ok());
    not_confirmed(&[Shot::Person(0, 49); 3]);
}

#[test]
fn three_of_five_decide_and_two_of_five_do_not() {
    assert!(verify(&[OWNER, STRANGER, OWNER, STRANGER, OWNER]).is_ok());
    not_confirmed(&[OWNER, STRANGER, OWNER, STRANGER, STRANGER]);
    // The sixth frame is not asked any more.
    not_confirmed(&[OWNER, STRANGER, OWNER, STRANGER, STRANGER, OWNER]);
}

#[test]
fn any_enrolled_frame_may_be_the_near_one() {
    let template = template_of(&[0, 1]);
    let mut frames = camera(&[OWNER, STRANGER, OWNER], 100);
    assert!(
        verify_with(
            &Script,
            &mut frames,
            &template,
            &MatchPolicy::payment(),
            &mut |_| ()
        )
        .is_ok()
    );
}

#[test]
fn frames_closer_than_100_ms_count_once() {
    assert!(verify_at(&[OWNER; 9], 25).is_ok(), "0, 100 and 200 ms");
    let short = verify_at(&[OWNER; 8], 25);
    assert!(matches!(
        short,
        Err(MatchError::TooFewFrames {
            usable: 2,
            needed: 3,
            ..
        })
    ));
}

#[test]
fn unusable_frames_are_told_and_counted_but_do_not_vote() {
    let shots = [Shot::Nobody, OWNER, Shot::Blurred, OWNER];
    let mut told = Vec::new();
    let run = |shots: &[Shot], told: &mut Vec<Guidance>| {
        let policy = MatchPolicy::payment();
        verify_with(
            &Script,
            &mut camera(shots, 100),
            &template_of(&[0]),
            &policy,
            &mut |g| told.push(g),
        )
    };
    let error = run(&shots, &mut told).expect_err("two usable frames decide nothing");
    assert_eq!(
        error.to_string(),
        "face: 2 of 3 usable frames; refused: no_face ×1, blurred ×1"
    );
    assert_eq!(told, [Guidance::NoFace, Guidance::Blurred]);
    assert!(run(&[&shots[..], &[OWNER]].concat(), &mut told).is_ok());
}

#[test]
fn too_few_frames_say_the_same_for_the_owner_and_for_a_stranger() {
    let say = |shots: &[Shot]| verify(shots).expect_err("two frames decide nothing").to_string();
    assert_eq!(say(&[OWNER; 2]), say(&[STRANGER; 2]));
}

#[test]
fn a_camera_that_ends_before_a_majority_confirms_nothing() {
    not_confirmed(&[OWNER, STRANGER, OWNER]);
}

#[test]
fn no_more_frames_are_looked_at_than_the_policy_allows() {
    let shots = [Shot::Nobody, Shot::Nobody, OWNER, OWNER, OWNER];
    let policy = MatchPolicy::payment().with_max_frames(4);
    let bounded = verify_with(
        &Script,
        &mut camera(&shots, 100),
        &template_of(&[0]),
        &policy,
        &mut |_| (),
    );
    assert!(matches!(bounded, Err(MatchError::TooFewFrames { usable: 2, .. })));
    assert!(verify(&shots).is_ok());
}

#[test]
fn a_template_of_another_model_is_stale_and_no_frame_is_taken() {
    let made_by = |model: ModelIdentity| {
        let template = Template::new(model, vec![direction(0, 100)]);
        verify_with(
            &Script,
            &mut camera(&[OWNER; 3], 100),
            &template,
            &MatchPolicy::payment(),
            &mut |_| (),
        )
    };
    let current = template_of(&[0]).model().clone();
    assert!(made_by(current.clone()).is_ok());
    let retrained = ModelIdentity {
        sha256: [2; 32],
        ..current.clone()
    };
    assert!(matches!(made_by(retrained), Err(MatchError::StaleTemplate)));
    let renamed = ModelIdentity {
        name: "other".to_owned(),
        ..current
    };
    assert!(matches!(made_by(renamed), Err(MatchError::StaleTemplate)));
}

#[test]
fn a_failing_network_confirms_nothing() {
    assert!(matches!(
        verify(&[OWNER, OWNER, Shot::Broken, OWNER]),
        Err(MatchError::Engine(_))
    ));
    // Three were judged, and more were needed: that was an attempt.
    not_confirmed(&[OWNER, STRANGER, OWNER, Shot::Broken]);
}

/// Plays shots, and then is unplugged.
struct Unplugged(crate::SequenceCamera);

impl Camera for Unplugged {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        self.0.next_frame()?.map(Some).ok_or(CameraError::Unplugged)
    }
}

#[test]
fn unplugging_the_camera_takes_no_attempt_back() {
    let unplugged_after = |shots: &[Shot]| {
        verify_with(
            &Script,
            &mut Unplugged(camera(shots, 100)),
            &template_of(&[0]),
            &MatchPolicy::payment(),
            &mut |_| (),
        )
    };
    let judged = unplugged_after(&[STRANGER, STRANGER, Shot::Nobody]);
    assert!(matches!(judged, Err(MatchError::Camera(_))), "two decide nothing");
    for shots in [[OWNER, STRANGER, STRANGER], [STRANGER, OWNER, OWNER]] {
        assert!(matches!(unplugged_after(&shots), Err(MatchError::NotConfirmed)));
    }
}

#[test]
fn a_match_is_for_the_very_template_it_was_made_with() {
    let looked_with = |template: &Template| {
        let mut frames = camera(&[OWNER; 3], 100);
        let policy = MatchPolicy::payment();
        verify_with(&Script, &mut frames, template, &policy, &mut |_| ()).expect("the owner")
    };
    let first = template_of(&[0]);
    // The next attempt opens the same sealed bytes.
    let second = Template::decode(&first.encode()).expect("what was written is read");
    let (of_first, of_second) = (looked_with(&first), looked_with(&second));
    assert!(of_first.is_for(&first) && of_second.is_for(&second));
    assert!(!of_first.is_for(&second) && !of_second.is_for(&first));
    // It stays so when the first is gone and others take its place in memory.
    drop(first);
    let others: Vec<_> = (0..64).map(|_| template_of(&[0])).collect();
    assert!(!others.iter().any(|other| of_first.is_for(other)));
}
