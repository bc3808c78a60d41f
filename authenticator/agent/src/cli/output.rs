//! Lines for people, or JSON objects for programs, on standard output; nothing else ever goes there.

use std::io::IsTerminal;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::error::AgentError;
use crate::terminal::{Looking, OwnTerminal, Terminal};

/// How a command prints.
#[derive(Clone, Copy)]
pub struct Output {
    /// One JSON object a line.
    pub json: bool,
}

impl Terminal for Output {
    fn line(&self, text: &str, value: &Value) {
        let line = if self.json {
            value.to_string()
        } else {
            text.to_owned()
        };
        OwnTerminal.line(&line, value);
    }

    fn say(&self, words: &str) {
        OwnTerminal.say(words);
    }

    fn read(&self, prompt: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
        OwnTerminal.read(prompt, is_over)
    }

    fn while_looking(&self, work: &mut Looking<'_>) {
        let wheel = self.wheel("looking");
        work(&|advice| wheel.say(advice));
    }
}

impl Output {
    /// Says why a command failed.
    pub fn failed(self, error: &AgentError) {
        if self.json {
            let value = json!({"error": {"code": error.code(), "message": error.to_string()}});
            self.line("", &value);
        }
        eprintln!("smile-agent: {error}");
    }

    /// A wheel that turns while something takes its time, on a terminal only.
    fn wheel(self, what: &str) -> Wheel {
        if self.json || !std::io::stderr().is_terminal() {
            return Wheel(None);
        }
        let style = ProgressStyle::with_template("{spinner} {msg} {elapsed}").expect("a constant template");
        let bar = ProgressBar::new_spinner().with_style(style);
        bar.set_message(what.to_owned());
        bar.enable_steady_tick(Duration::from_millis(100));
        Wheel(Some(bar))
    }
}

/// Turns until it is dropped.
struct Wheel(Option<ProgressBar>);

impl Wheel {
    /// Says something above the wheel.
    fn say(&self, line: &str) {
        match &self.0 {
            Some(bar) => bar.println(line),
            None => eprintln!("{line}"),
        }
    }
}

impl Drop for Wheel {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}
