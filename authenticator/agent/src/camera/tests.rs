use smile_face::{Camera, CameraError};

use super::CameraKind;
use super::images::ImagesCamera;

const PICTURE: &[u8] = include_bytes!("../../../../models/tests/reference/rgb.jpg");

#[test]
fn a_camera_is_a_page_or_a_folder() {
    assert_eq!("page".parse(), Ok(CameraKind::Page));
    assert_eq!("images:a/b".parse(), Ok(CameraKind::Images("a/b".into())));
    for bad in ["", "images", "images:", "file:clip.mp4", "v4l:0"] {
        assert!(bad.parse::<CameraKind>().is_err(), "{bad}");
    }
}

#[test]
fn a_folder_is_shown_in_a_loop_for_ten_seconds_of_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("1.jpg"), PICTURE).unwrap();
    std::fs::write(folder.path().join("2.JPEG"), PICTURE).unwrap();
    std::fs::write(folder.path().join("notes.txt"), b"no picture").unwrap();
    let mut camera = ImagesCamera::of(folder.path());
    let mut last_at_ms = None;
    let mut shown = 0;
    while let Some(frame) = camera.next_frame().unwrap() {
        assert!(last_at_ms < Some(frame.at_ms()));
        last_at_ms = Some(frame.at_ms());
        shown += 1;
    }
    assert_eq!((shown, last_at_ms), (300, Some(299 * 33)));
}

#[test]
fn an_empty_folder_and_a_picture_that_is_none_are_errors_of_the_camera() {
    let folder = tempfile::tempdir().unwrap();
    assert!(matches!(
        ImagesCamera::of(folder.path()).next_frame(),
        Err(CameraError::Device(_))
    ));
    assert!(matches!(
        ImagesCamera::of(&folder.path().join("none")).next_frame(),
        Err(CameraError::Device(_))
    ));
    std::fs::write(folder.path().join("1.png"), b"no picture").unwrap();
    let broken = ImagesCamera::of(folder.path()).next_frame();
    assert!(matches!(broken, Err(CameraError::UnsupportedFormat(_))));
}
