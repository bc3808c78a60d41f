//! A camera that the program around the agent holds: the page shows and asks as always, and no picture of its own goes
//! anywhere.

use std::sync::{Arc, Mutex, mpsc};

use serde_json::json;
use smile_agent::camera::CameraKind;
use smile_agent::camera::held::{CameraHolder, HeldCamera, LookFor};
use smile_face::{Camera, CameraError, Frame};

use crate::stage::{Gradients, PICTURE, Stage, payment, registration};
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

/// A camera whose every picture waits until the test lets it come.
struct Gated(Arc<Mutex<mpsc::Receiver<()>>>);

impl CameraHolder for Gated {
    fn open(&self, _: LookFor) -> Box<dyn Camera> {
        Box::new(Self(Arc::clone(&self.0)))
    }
}

impl Camera for Gated {
    fn next_frame(&mut self) -> Result<Option<Frame>, CameraError> {
        // A test that has ended lets everything come.
        self.0.lock().unwrap().recv().ok();
        Gradients.next_frame()
    }
}

/// The outcome of a payment whose page does `leave` after so many of the three pictures.
fn left_after(pictures: usize, leave: impl FnOnce(Socket) -> Option<Socket>) -> serde_json::Value {
    let (let_come, gate) = mpsc::channel();
    let camera = CameraKind::Held(HeldCamera::of(Gated(Arc::new(Mutex::new(gate)))));
    let (stage, token) = Stage::paired_before(camera);
    for _ in 0..3 {
        let_come.send(()).unwrap();
    }
    registered(&stage, &token);
    let (id, nonce) = stage.opened(&token, &payment("Pay 20.00 EUR"));
    let mut page = stage.page(&id, &nonce);
    let asked = page.hear().unwrap();
    assert_eq!(
        (&asked["type"], &asked["camera"]),
        (&json!("asks"), &json!("agent"))
    );
    page.say(&json!({"type": "confirm"}));
    assert_eq!(page.hear().unwrap()["type"], "watching");
    for _ in 0..pictures {
        let_come.send(()).unwrap();
        while page.hear().unwrap()["type"] != "progress" {}
    }
    let rest = leave(page);
    // The agent has to have heard it before the pictures go on.
    std::thread::sleep(std::time::Duration::from_millis(300));
    for _ in pictures..3 {
        let_come.send(()).unwrap();
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let read = stage.read(&token, &id);
        if read["status"] != "in_progress" {
            drop(rest);
            return read;
        }
        assert!(std::time::Instant::now() < deadline, "{read}");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
}

#[test]
fn cancel_or_a_closed_page_stops_a_payment_before_a_held_camera() {
    assert_eq!(left_after(1, Some)["status"], "done");
    // Also while the last picture is waited for.
    for pictures in [0, 2] {
        let cancelled = left_after(pictures, |mut page| {
            page.say(&json!({"type": "cancel"}));
            Some(page)
        });
        assert_eq!(cancelled["error"]["code"], "cancelled", "{cancelled}");
        let closed = left_after(pictures, |page| {
            drop(page);
            None
        });
        assert_eq!(closed["error"]["code"], "cancelled", "{closed}");
    }
}
