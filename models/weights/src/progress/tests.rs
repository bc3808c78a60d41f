use std::sync::Mutex;

use super::{Bars, Lines, Progress};

#[test]
fn lines_say_each_quarter_once_and_the_end() {
    let said = Mutex::new(Vec::new());
    let lines = Lines::to(|line| said.lock().expect("one thread").push(line.to_owned()));
    lines.started("fetching", 1_000_000);
    for bytes in [0, 100_000, 260_000, 270_000, 900_000, 1_000_000] {
        lines.reached(bytes);
    }
    lines.finished();
    let said = said.lock().expect("one thread");
    assert_eq!(
        said[..3],
        ["fetching (1.0 MB)", "fetching: 25 %", "fetching: 75 %"]
    );
    assert!(said[3].starts_with("fetching: done in "), "{said:?}");
    assert_eq!(said.len(), 4);
}

#[test]
fn lines_outside_a_step_and_empty_steps_do_no_harm() {
    let said = Mutex::new(Vec::new());
    let lines = Lines::to(|line| said.lock().expect("one thread").push(line.to_owned()));
    lines.reached(5);
    lines.finished();
    lines.started("nothing", 0);
    lines.reached(0);
    lines.note("by the way");
    lines.finished();
    assert_eq!(said.lock().expect("one thread").len(), 3);
}

#[test]
fn lines_say_that_a_step_failed() {
    let said = Mutex::new(Vec::new());
    let lines = Lines::to(|line| said.lock().expect("one thread").push(line.to_owned()));
    lines.started("fetching", 1_000_000);
    lines.abandoned();
    lines.finished();
    let said = said.lock().expect("one thread");
    assert_eq!(said.len(), 2, "{said:?}");
    assert!(said[1].starts_with("fetching: failed after "), "{said:?}");
}

#[test]
fn bars_draw_their_template() {
    let bars = Bars::default();
    bars.reached(1);
    bars.started("fetching", 10);
    bars.reached(5);
    assert_eq!(bars.current().map(|bar| bar.position()), Some(5));
    bars.finished();
    assert!(bars.current().is_none());
    bars.started("fetching again", 10);
    bars.abandoned();
    assert!(bars.current().is_none());
}
