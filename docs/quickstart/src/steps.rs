//! The story as it is told: every step with its time, what left the device, and how it came out.

use std::time::{Duration, Instant};

use serde::Serialize;

/// One step of the run.
#[derive(Debug, Serialize)]
pub struct Step {
    /// The chapter of the story that it belongs to.
    pub chapter: String,
    /// What was tried.
    pub what: String,
    /// How it came out, in one line.
    pub outcome: String,
    /// Wall-clock milliseconds.
    pub millis: f64,
    /// Bytes of request bodies that left the device during the step.
    pub bytes_left_device: u64,
}

/// Prints steps as they happen and keeps them for the report.
#[derive(Default)]
pub struct Steps {
    done: Vec<Step>,
    chapter: String,
}

impl Steps {
    /// Prints a heading; the steps that follow belong to it.
    pub fn chapter(&mut self, title: &str) {
        println!("\n{title}");
        title.clone_into(&mut self.chapter);
    }

    /// Records a step that began at `began` and prints it.
    pub fn record(&mut self, what: &str, began: Instant, bytes: u64, outcome: impl Into<String>) {
        let outcome = outcome.into();
        let millis = millis(began.elapsed());
        println!("  ✓ {what:<44} {millis:>8.1} ms {bytes:>6} B  {outcome}");
        self.done.push(Step {
            chapter: self.chapter.clone(),
            what: what.into(),
            outcome,
            millis,
            bytes_left_device: bytes,
        });
    }

    /// All steps so far, in order.
    pub fn all(&self) -> &[Step] {
        &self.done
    }
}

/// A duration in milliseconds with its fraction.
pub fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}
