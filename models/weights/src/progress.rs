//! Telling people how far it is: bars on a terminal, plain lines elsewhere, or nothing.

use std::io::IsTerminal;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

/// Hears what is being done. Steps come one after the other: started, reached (any number of times, never less than
/// before), then finished or abandoned.
pub trait Progress: Sync {
    /// A step of `total_bytes` begins.
    fn started(&self, step: &str, total_bytes: u64);
    /// So many of them are done.
    fn reached(&self, bytes: u64);
    /// The step is complete.
    fn finished(&self);
    /// The step failed; the error itself goes to the caller.
    fn abandoned(&self);
    /// Something worth a line: waiting for another process, a damaged file made again.
    fn note(&self, line: &str);
}

/// Bars when standard error is a terminal, plain lines when it is a file or a pipe.
#[must_use]
pub fn to_stderr() -> Box<dyn Progress> {
    if std::io::stderr().is_terminal() {
        Box::new(Bars::default())
    } else {
        Box::new(Lines::to(|line| eprintln!("{line}")))
    }
}

/// Says nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn started(&self, _: &str, _: u64) {}
    fn reached(&self, _: u64) {}
    fn finished(&self) {}
    fn abandoned(&self) {}
    fn note(&self, _: &str) {}
}

/// One bar a step, on standard error.
#[derive(Default)]
pub struct Bars(Mutex<Option<ProgressBar>>);

impl Bars {
    fn current(&self) -> Option<ProgressBar> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn replace(&self, bar: Option<ProgressBar>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = bar;
    }
}

impl Progress for Bars {
    fn started(&self, step: &str, total_bytes: u64) {
        let template = "{msg} [{wide_bar}] {bytes}/{total_bytes} {elapsed}";
        let style = ProgressStyle::with_template(template).expect("a constant template, drawn by a test");
        let bar = ProgressBar::new(total_bytes).with_style(style.progress_chars("=> "));
        bar.set_message(step.to_owned());
        bar.tick();
        self.replace(Some(bar));
    }

    fn reached(&self, bytes: u64) {
        if let Some(bar) = self.current() {
            bar.set_position(bytes);
        }
    }

    fn finished(&self) {
        if let Some(bar) = self.current() {
            bar.set_position(bar.length().unwrap_or_default());
            bar.finish();
        }
        self.replace(None);
    }

    fn abandoned(&self) {
        if let Some(bar) = self.current() {
            bar.abandon();
        }
        self.replace(None);
    }

    fn note(&self, line: &str) {
        match self.current() {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

/// A line when a step begins, at each further quarter, and when it is complete with its seconds.
pub struct Lines<F> {
    write_line: F,
    step: Mutex<Option<Step>>,
}

struct Step {
    name: String,
    total_bytes: u64,
    quarters_said: u64,
    began: Instant,
}

impl<F: Fn(&str) + Sync> Lines<F> {
    /// Lines go to `write_line`, without their line ends.
    pub fn to(write_line: F) -> Self {
        Self {
            write_line,
            step: Mutex::new(None),
        }
    }
}

impl<F: Fn(&str) + Sync> Progress for Lines<F> {
    fn started(&self, step: &str, total_bytes: u64) {
        (self.write_line)(&format!("{step} ({:.1} MB)", total_bytes as f64 / 1e6));
        let step = Step {
            name: step.to_owned(),
            total_bytes,
            quarters_said: 0,
            began: Instant::now(),
        };
        *self.step.lock().unwrap_or_else(PoisonError::into_inner) = Some(step);
    }

    fn reached(&self, bytes: u64) {
        let mut step = self.step.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(step) = step.as_mut() else { return };
        // The last quarter is said by `finished`: bytes on disk are not yet checked bytes.
        let quarters = (bytes.saturating_mul(4) / step.total_bytes.max(1)).min(3);
        if quarters > step.quarters_said {
            step.quarters_said = quarters;
            (self.write_line)(&format!("{}: {} %", step.name, quarters * 25));
        }
    }

    fn finished(&self) {
        if let Some(step) = self.step.lock().unwrap_or_else(PoisonError::into_inner).take() {
            (self.write_line)(&format!(
                "{}: done in {:.1} s",
                step.name,
                step.began.elapsed().as_secs_f64()
            ));
        }
    }

    fn abandoned(&self) {
        if let Some(step) = self.step.lock().unwrap_or_else(PoisonError::into_inner).take() {
            (self.write_line)(&format!(
                "{}: failed after {:.1} s",
                step.name,
                step.began.elapsed().as_secs_f64()
            ));
        }
    }

    fn note(&self, line: &str) {
        (self.write_line)(line);
    }
}

#[cfg(test)]
mod tests;
