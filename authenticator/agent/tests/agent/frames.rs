//! What may come as a picture, how large, how fast, how many.

use serde_json::json;

use crate::stage::{PICTURE, Stage, registration};
use crate::wire::Socket;

/// A page whose camera is open.
fn looking(stage: &Stage, token: &str) -> (String, Socket) {
    let (id, nonce) = stage.opened(token, &registration());
    let mut page = stage.page(&id, &nonce);
    page.hear().unwrap();
    page.say(&json!({"type": "confirm"}));
    assert_eq!(page.hear().unwrap()["type"], "camera");
    (id, page)
}

/// The code with which the page's line ends.
fn ended(page: &mut Socket) -> String {
    let last = std::iter::from_fn(|| page.hear()).find(|heard| heard["type"] == "ended");
    last.map(|heard| heard["code"].as_str().unwrap().to_owned())
        .unwrap_or_default()
}

#[test]
fn a_picture_of_512_kib_is_taken_and_a_byte_more_is_not() {
    let (stage, token) = Stage::paired();
    let (_, mut page) = looking(&stage, &token);
    let mut padded = PICTURE.to_vec();
    padded.resize(512 * 1024, 0);
    page.show(&padded);
    assert_eq!(page.hear().unwrap()["type"], "progress");
    padded.push(0);
    page.show(&padded);
    assert_eq!(ended(&mut page), "frame_too_large");
}

#[test]
fn what_is_no_jpeg_ends_the_operation() {
    let (stage, token) = Stage::paired();
    let (id, mut page) = looking(&stage, &token);
    page.show(b"\x89PNG\r\n\x1a\n");
    assert_eq!(ended(&mut page), "frame_not_jpeg");
    stage.clock.advance(1);
    // The page is gone, so the operation is cancelled as soon as its thread hears of it.
    let status = (0..200).find_map(|_| {
        std::thread::sleep(std::time::Duration::from_millis(10));
        let read = stage.read(&token, &id);
        (read["status"] != "in_progress").then_some(read)
    });
    assert_eq!(status.unwrap()["error"]["code"], "cancelled");
}

#[test]
fn a_jpeg_that_does_not_decode_is_a_camera_of_no_use() {
    let (stage, token) = Stage::paired();
    let (_, mut page) = looking(&stage, &token);
    page.show(&PICTURE[..40]);
    assert_eq!(
        page.hear().unwrap(),
        json!({"type": "try_again", "code": "unsupported_format"})
    );
}

#[test]
fn forty_pictures_a_second_are_taken_and_more_are_not() {
    let (stage, token) = Stage::paired();
    let (_, mut page) = looking(&stage, &token);
    for _ in 0..200 {
        page.show(PICTURE);
    }
    assert_eq!(ended(&mut page), "frames_too_fast");
}

#[test]
fn words_that_make_no_sense_end_the_operation() {
    let (stage, token) = Stage::paired();
    for wrong in [
        json!({"type": "open", "nonce": "again"}),
        json!({"type": "unknown"}),
        json!({"type": "confirm", "more": 1}),
        json!({"type": "choose", "index": "x".repeat(5000)}),
    ] {
        let (id, mut page) = looking(&stage, &token);
        page.say(&wrong);
        assert_eq!(ended(&mut page), "message_refused");
        stage.ask(
            crate::stage::SHOP,
            Some(&token),
            &format!("DELETE /v1/operations/{id}"),
            None,
        );
    }
}
