use super::{Camera, SequenceCamera, StillCamera};
use smile_models::Image;

fn grey(value: u8) -> Image {
    Image::from_rgb8(2, 2, vec![value; 12]).expect("four pixels are a picture")
}

#[test]
fn a_sequence_plays_its_pictures_in_order_and_spaced_in_time_then_ends() {
    let mut camera = SequenceCamera::new(vec![grey(1), grey(2)], 33);
    let mut seen = Vec::new();
    while let Some(frame) = camera.next_frame().expect("a list does not fail") {
        seen.push((frame.image().rgb()[0], frame.at_ms()));
    }
    assert_eq!(seen, [(1, 0), (2, 33)]);
    assert!(
        camera.next_frame().expect("a list does not fail").is_none(),
        "it does not start again"
    );
}

#[test]
fn a_still_shows_the_same_picture_as_often_as_asked() {
    let mut camera = StillCamera::new(grey(9), 3, 100);
    let mut seen = Vec::new();
    while let Some(frame) = camera.next_frame().expect("a picture does not fail") {
        seen.push((frame.image().rgb()[0], frame.at_ms()));
    }
    assert_eq!(seen, [(9, 0), (9, 100), (9, 200)]);
}
