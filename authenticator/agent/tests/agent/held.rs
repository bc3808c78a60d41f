//! A camera that the program around the agent holds: the page shows and asks as always, and no picture of its own goes
//! anywhere.

use std::sync::{Arc, Mutex};

use serde_json::json;
use smile_agent::camera::CameraKind;
use smile_agent::camera::held::{CameraHolder, HeldCamera, LookFor};
use smile_face::Camera;

use crate::stage::{Gradients, PICTURE, Stage, registration};
use crate::wire::Socket;

/// Notes what it was opened for.
#[derive(Clone, Default)]
struct Holder(Arc<Mutex<Vec<LookFor>>>);

impl CameraHolder for Holder {
    fn open(&self, look: LookFor) -> Box<dyn Camera> {
        self.0.lock().unwrap().push(look);
        Box::new(Gradients)
    }
}

/// Confirms, shows pictures to who asks for them, and returns the kinds of all messages until the end.
fn kinds(page: &mut Socket) -> Vec<String> {
    let mut heard = Vec::new();
    while let Some(message) = page.hear() {
        let kind = message["type"].as_str().unwrap().to_owned();
        match kind.as_str() {
            "asks" => page.say(&json!({"type": "confirm"})),
            "camera" => page.show(PICTURE),
            "progress" if heard.iter().any(|kind| kind == "camera") => page.show(PICTURE),
            _ => {}
        }
        heard.push(kind);
    }
    heard
}

fn registered(stage: &Stage, token: &str) -> Vec<String> {
    let (id, nonce) = stage.opened(token, &registration());
    let heard = kinds(&mut stage.page(&id, &nonce));
    assert_eq!(stage.read(token, &id)["status"], "done", "{heard:?}");
    heard
}

#[test]
fn a_held_camera_looks_and_the_page_only_asks() {
    let holder = Holder::default();
    let camera = CameraKind::Held(HeldCamera::of(holder.clone()));
    let (stage, token) = Stage::paired_before(camera);
    let heard = registered(&stage, &token);
    assert_eq!(
        heard.first().map(String::as_str),
        Some("asks"),
        "agreed to before anybody looks"
    );
    assert_eq!(
        heard.iter().filter(|kind| *kind == "watching").count(),
        1,
        "{heard:?}"
    );
    assert!(!heard.iter().any(|kind| kind == "camera"), "{heard:?}");
    assert_eq!(*holder.0.lock().unwrap(), [LookFor::Verification]);

    // The same with the page's camera: the page is asked for pictures.
    let (stage, token) = Stage::paired();
    let heard = registered(&stage, &token);
    assert!(heard.iter().any(|kind| kind == "camera"), "{heard:?}");
    assert!(!heard.iter().any(|kind| kind == "watching"), "{heard:?}");
}
