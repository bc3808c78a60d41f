//! Who can stand before the agent's camera in a demonstration without one.

use std::sync::{Arc, Mutex, PoisonError};

use smile_models::Image;
use smile_relying_party::clock::ShiftedClock;

use crate::QuickstartError;
use crate::camera::{LoopCamera, copy_of};
use crate::pictures::Pictures;
use crate::shop::{Stage, Subject};

/// A screen in a lit room: blacks are not black, whites are not white.
const GLARE: f32 = 24.0;
const CONTRAST: f32 = 0.82;
/// Every third row of pixels is a gap between rows of the screen.
const ROWS: usize = 3;
const GAP: f32 = 0.9;

/// Pictures of everybody.
struct Cast {
    enrol: Vec<Image>,
    pay: Vec<Image>,
    photo: Vec<Image>,
    screen: Vec<Image>,
    other: Vec<Image>,
}

/// Puts one of them before the camera. Clones share the stage.
#[derive(Clone)]
pub struct StageHand {
    cast: Arc<Cast>,
    subject: Arc<Mutex<Subject>>,
    clock: ShiftedClock,
}

/// Some of the pictures, held together with all.
pub struct Shown {
    cast: Arc<Cast>,
    which: fn(&Cast) -> &[Image],
}

impl AsRef<[Image]> for Shown {
    fn as_ref(&self) -> &[Image] {
        (self.which)(&self.cast)
    }
}

impl StageHand {
    /// A stage on which `faces` are the buyer and `stranger` is somebody else. `clock` is the server's.
    ///
    /// # Errors
    /// There is no picture of the buyer, or one cannot be copied.
    pub fn new(faces: Pictures, stranger: Image, clock: ShiftedClock) -> Result<Self, QuickstartError> {
        let still = faces
            .pay
            .get(faces.pay.len() / 2)
            .ok_or_else(|| QuickstartError::Shop("there is no picture of the buyer".to_owned()))?;
        let photo = vec![copy_of(still)?];
        let screen = faces.pay.iter().map(on_a_screen).collect::<Result<_, _>>()?;
        let Pictures { enrol, pay } = faces;
        Ok(Self {
            cast: Arc::new(Cast {
                enrol,
                pay,
                photo,
                screen,
                other: vec![stranger],
            }),
            subject: Arc::new(Mutex::new(Subject::Buyer)),
            clock,
        })
    }

    /// A camera that looks at the buyer while a face is enrolled.
    #[must_use]
    pub fn enrolling(&self) -> LoopCamera<Shown> {
        self.showing(|cast| &cast.enrol)
    }

    /// A camera that looks at whoever stands there now.
    #[must_use]
    pub fn looking(&self) -> LoopCamera<Shown> {
        let subject = *self.subject.lock().unwrap_or_else(PoisonError::into_inner);
        self.showing(match subject {
            Subject::Buyer => |cast| &cast.pay,
            Subject::Photo => |cast| &cast.photo,
            Subject::Screen => |cast| &cast.screen,
            Subject::Other => |cast| &cast.other,
        })
    }

    fn showing(&self, which: fn(&Cast) -> &[Image]) -> LoopCamera<Shown> {
        LoopCamera::showing(Shown {
            cast: Arc::clone(&self.cast),
            which,
        })
    }
}

impl Stage for StageHand {
    fn put_before_camera(&self, subject: Subject) -> Result<(), String> {
        *self.subject.lock().unwrap_or_else(PoisonError::into_inner) = subject;
        Ok(())
    }

    fn advance_clock(&self, seconds: u64) {
        self.clock.advance_ms(seconds * 1_000);
    }
}

/// The picture as a camera sees it on a screen: greyer, with the screen's rows in it. A model of a simple replay, not
/// of the best one.
fn on_a_screen(picture: &Image) -> Result<Image, QuickstartError> {
    let width = picture.width() as usize;
    let shown = picture.rgb().iter().enumerate().map(|(index, value)| {
        let row = index / (3 * width);
        let gap = if row.is_multiple_of(ROWS) { GAP } else { 1.0 };
        // From 0 to 255: 24 + 0.82 * 255 stays below it.
        ((GLARE + CONTRAST * f32::from(*value)) * gap).round() as u8
    });
    Image::from_rgb8(picture.width(), picture.height(), shown.collect()).map_err(QuickstartError::Model)
}

#[cfg(test)]
mod tests {
    use super::{StageHand, on_a_screen};
    use crate::pictures::Pictures;
    use crate::shop::{Stage, Subject};
    use smile_face::Camera;
    use smile_models::Image;
    use smile_relying_party::clock::{Clock, ShiftedClock};

    fn grey(value: u8) -> Image {
        Image::from_rgb8(2, 4, vec![value; 24]).expect("a small picture")
    }

    fn stage(clock: &ShiftedClock) -> StageHand {
        let faces = Pictures {
            enrol: vec![grey(10)],
            pay: vec![grey(20), grey(30)],
        };
        StageHand::new(faces, grey(40), clock.clone()).expect("the cast is whole")
    }

    fn first(mut camera: impl Camera) -> u8 {
        let frame = camera.next_frame().expect("it works").expect("a frame");
        frame.image().rgb()[6]
    }

    #[test]
    fn whoever_is_put_there_is_seen() {
        let stage = stage(&ShiftedClock::new());
        assert_eq!((first(stage.enrolling()), first(stage.looking())), (10, 20));
        let mut seen = Vec::new();
        for subject in Subject::ALL {
            stage.put_before_camera(subject).expect("nothing can fail");
            seen.push(first(stage.looking()));
            assert_eq!(first(stage.enrolling()), 10, "enrolment sees the buyer");
        }
        let on_screen = on_a_screen(&grey(20)).expect("a picture").rgb()[6];
        assert_eq!(seen, [20, 30, on_screen, 40]);
    }

    #[test]
    fn a_screen_is_greyer_and_has_rows() {
        let shown = on_a_screen(&grey(0)).expect("a picture");
        let (gap, lit) = (shown.rgb()[0], shown.rgb()[6]);
        assert!(gap < lit && lit > 0, "{gap} {lit}");
        let white = on_a_screen(&grey(255)).expect("a picture");
        assert!(white.rgb().iter().all(|value| *value < 255));
    }

    #[test]
    fn the_servers_clock_moves() {
        let clock = ShiftedClock::new();
        let before = clock.now_ms();
        stage(&clock).advance_clock(360);
        assert!(clock.now_ms() >= before + 360_000);
    }
}
