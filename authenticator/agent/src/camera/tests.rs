use smile_face::{Camera, CameraError};

use super::CameraKind;
use super::clip::ClipCamera;
use super::images::ImagesCamera;

const PICTURE: &[u8] = include_bytes!("../../../../models/tests/reference/rgb.jpg");

#[test]
fn a_camera_is_a_page_a_folder_or_a_clip() {
    assert_eq!("page".parse(), Ok(CameraKind::Page));
    assert_eq!("images:a/b".parse(), Ok(CameraKind::Images("a/b".into())));
    assert_eq!("file:a/b.y4m".parse(), Ok(CameraKind::File("a/b.y4m".into())));
    for bad in ["", "images", "images:", "file", "file:", "v4l:0"] {
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

#[test]
fn a_clip_is_shown_in_a_loop_for_ten_seconds_of_its_own_time() {
    let folder = tempfile::tempdir().unwrap();
    let clip = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        ClipCamera::of(&path)
    };
    // Two pictures, black and white, fifteen a second.
    let y4m = b"YUV4MPEG2 W2 H2 F15:1 Cmono\nFRAME\n\x10\x10\x10\x10FRAME\n\xeb\xeb\xeb\xeb";
    let mut camera = clip("clip.y4m", y4m);
    let mut shown = Vec::new();
    while let Some(frame) = camera.next_frame().unwrap() {
        shown.push((frame.at_ms(), frame.image().rgb()[0]));
    }
    assert_eq!((shown.len(), shown[149]), (150, (9933, 255)));
    assert_eq!(shown[..3], [(0, 0), (66, 255), (133, 0)]);
    let mut camera = clip("clip.mjpeg", &[PICTURE, PICTURE].concat());
    for at_ms in [0, 33, 66] {
        assert_eq!(camera.next_frame().unwrap().unwrap().at_ms(), at_ms);
    }
    for bad in [b"RIFF".as_slice(), b"", b"YUV4MPEG2 W2 H2\n", &PICTURE[..100]] {
        let refused = clip("bad", bad).next_frame();
        assert!(
            matches!(refused, Err(CameraError::UnsupportedFormat(_))),
            "{bad:?}"
        );
    }
    let absent = ClipCamera::of(&folder.path().join("none")).next_frame();
    assert!(matches!(absent, Err(CameraError::Device(_))));
}
