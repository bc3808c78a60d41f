//! What `docs/evaluation.md` says under "Video", clip by clip.

use smile_face::{
    Camera, CameraError, EnrolmentError, EnrolmentPolicy, FaceEngine, Frame, Guidance, MatchError,
    MatchPolicy, Template, enrol, verify,
};
use smile_models::Image;
use smile_quickstart::video::read_frames;
use smile_tests::test_data::{network_weights, shared_dir};

/// 1.4 s, of which enrolment may take what it likes.
const ENROL_FRAMES: usize = 43;

/// What comes of enrolling from a clip's beginning.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Enrolment {
    /// A template, from at least this many frames.
    Frames(usize),
    /// Every frame is refused, nearly all for this reason.
    Refused(Guidance),
}
use Enrolment::{Frames, Refused};

/// A clip of `$SMILE_SHARED/videos`: name, person, whether it is a replay on a screen, what enrolling from it gives.
type Clip = (&'static str, char, bool, Enrolment);

const CLIPS: [Clip; 12] = [
    ("e1_carphone_pristine_original", 'A', false, Frames(5)),
    ("e2_smile_x3", 'B', false, Frames(5)),
    ("e3_turn_left_right_live", 'C', false, Frames(5)),
    ("e3_nod_up_down_live", 'C', false, Frames(5)),
    ("e3_turn_replay_attack", 'C', true, Frames(3)),
    ("e3_nod_replay_attack", 'C', true, Refused(Guidance::Blurred)),
    ("e4_one_blink", 'D', false, Frames(5)),
    ("e4_long_eye_closures", 'D', false, Frames(5)),
    ("e5_talk_smile_glasses", 'E', false, Frames(5)),
    ("e6_still_live", 'F', false, Frames(5)),
    ("e6_replay_attack", 'F', true, Frames(5)),
    (
        "e7_constant_smile_3faces",
        'G',
        false,
        Refused(Guidance::MultipleFaces),
    ),
];

/// Plays frames once, 33 ms apart, and copies only those that are asked for.
struct Playing<'a> {
    frames: &'a [Image],
    at_ms: u64,
}

impl<'a> Playing<'a> {
    fn new(frames: &'a [Image]) -> Self {
        Self { frames, at_ms: 0 }
    }
}

impl Camera for Playing<'_> {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        let Some((picture, rest)) = self.frames.split_first() else {
            return Ok(None);
        };
        let copy = Image::from_rgb8(picture.width(), picture.height(), picture.rgb().to_vec())
            .expect("it was a picture before");
        let frame = Frame::new(copy, self.at_ms);
        (self.frames, self.at_ms) = (rest, self.at_ms + 33);
        Ok(Some(frame))
    }
}

/// The engine and the folder of clips; `None`, said aloud, without them.
fn room() -> Option<(FaceEngine, std::path::PathBuf)> {
    let (yunet, sface) = network_weights()?;
    let folder = shared_dir()?.join("videos");
    Some((
        FaceEngine::load(&yunet, &sface).expect("the weights are there"),
        folder,
    ))
}

fn native(folder: &std::path::Path, name: &str) -> Vec<Image> {
    read_frames(&folder.join(format!("{name}.mp4"))).expect("a development clip decodes")
}

/// Enlarged as the quickstart does it where the picture is small.
fn frames(folder: &std::path::Path, name: &str) -> Vec<Image> {
    let native = native(folder, name);
    if native[0].width() >= 320 {
        return native;
    }
    let enlarged = |frame: &Image| frame.resize_bicubic(3.0).expect("a small picture");
    native.iter().map(enlarged).collect()
}

fn enrol_from(engine: &FaceEngine, frames: &[Image]) -> Result<Template, EnrolmentError> {
    enrol(
        engine,
        &mut Playing::new(frames),
        &EnrolmentPolicy::default(),
        &mut |_| (),
    )
}

fn is_confirmed(engine: &FaceEngine, template: &Template, frames: &[Image]) -> bool {
    match verify(
        engine,
        &mut Playing::new(frames),
        template,
        &MatchPolicy::payment(),
    ) {
        Ok(_) => true,
        Err(MatchError::NotConfirmed) => false,
        Err(other) => panic!("{other}"),
    }
}

#[track_caller]
fn assert_refused(result: Result<Template, EnrolmentError>, reason: Guidance, name: &str) {
    let Err(EnrolmentError::TooFewFrames {
        taken: 0, refused, ..
    }) = result
    else {
        panic!("{name} must not be enrolled")
    };
    let all: u32 = refused.iter().map(|(_, count)| count).sum();
    assert!(refused.of(reason) * 10 >= all * 9, "{name}: {refused}");
}

#[test]
fn development_clips_do_what_the_evaluation_says() {
    let Some((engine, folder)) = room() else { return };
    // The clips that can be compared: person, whether a replay, frames; and the first live template of each person.
    let mut seen: Vec<(char, bool, Vec<Image>)> = Vec::new();
    let mut templates: Vec<(char, Template)> = Vec::new();
    for (name, person, replay, expected) in CLIPS {
        let frames = frames(&folder, name);
        let enrolled = enrol_from(&engine, &frames[..ENROL_FRAMES]);
        match (expected, enrolled) {
            (Refused(reason), result) => assert_refused(result, reason, name),
            (Frames(least), result) => {
                let template = result.unwrap_or_else(|error| panic!("{name}: {error}"));
                assert!(template.frames() >= least, "{name}: {}", template.frames());
                let later = &frames[frames.len() / 2..];
                assert!(
                    is_confirmed(&engine, &template, later),
                    "{name}: a later part of the same clip"
                );
                if !replay && templates.iter().all(|(known, _)| *known != person) {
                    templates.push((person, template));
                }
            }
        }
        if expected != Refused(Guidance::MultipleFaces) {
            seen.push((person, replay, frames));
        }
    }
    assert_eq!(
        templates.iter().map(|(person, _)| *person).collect::<String>(),
        "ABCDEF"
    );
    // Everybody is taken for himself in every clip, also where it is a replay, and nobody for another.
    assert_eq!(seen.iter().filter(|(_, replay, _)| *replay).count(), 3);
    for (owner, template) in &templates {
        for (number, (person, _, frames)) in seen.iter().enumerate() {
            assert_eq!(
                is_confirmed(&engine, template, frames),
                owner == person,
                "clip {number} of {person} against {owner}"
            );
        }
    }
}

#[test]
fn the_small_clip_is_too_small_until_it_is_enlarged() {
    let Some((engine, folder)) = room() else { return };
    let (name, ..) = CLIPS[0];
    assert_refused(
        enrol_from(&engine, &native(&folder, name)[..ENROL_FRAMES]),
        Guidance::FaceTooFar,
        name,
    );
    let frames = frames(&folder, name);
    let template = enrol_from(&engine, &frames[..25]).expect("enlarged, its first 25 frames are enough");
    for part in [80..96, 96..120] {
        assert!(
            is_confirmed(&engine, &template, &frames[part.clone()]),
            "frames {part:?}"
        );
    }
}
