//! Where a command's words go, and where its answers come from: the terminal of this process, or that of a command which
//! speaks to a running agent.

use std::io::{BufRead, Write};

use serde_json::Value;

/// What takes its time before a camera; it is given a way to pass advice on.
pub type Looking<'a> = dyn FnMut(&dyn Fn(&str)) + 'a;

/// The terminal of whoever gave a command.
pub trait Terminal {
    /// Something that the command found or did: `text` for people, `value` for programs.
    fn line(&self, text: &str, value: &Value);

    /// Words beside that: a question, advice.
    fn say(&self, words: &str);

    /// What the person types after `prompt`, without the end of the line; `None` where nobody types any more.
    fn read(&self, prompt: &str) -> Option<String>;

    /// Does `work`, which takes its time before a camera and has advice to give meanwhile.
    fn while_looking(&self, work: &mut Looking<'_>) {
        work(&|advice| self.say(advice));
    }

    /// Whether somebody still waits.
    fn is_there(&self) -> bool {
        true
    }
}

/// Asks; anything but `y` or `yes` is no.
pub fn agrees(terminal: &dyn Terminal, question: &str) -> bool {
    terminal.say(question);
    let answer = terminal.read("Agree? [y/N] ");
    matches!(answer.as_deref(), Some("y" | "Y" | "yes"))
}

/// The terminal of this process. Questions go to standard error, so that standard output stays what was found.
#[derive(Clone, Copy)]
pub struct OwnTerminal;

impl Terminal for OwnTerminal {
    fn line(&self, text: &str, _: &Value) {
        let mut out = std::io::stdout().lock();
        // A closed standard output is no reason not to do what was asked for.
        drop(writeln!(out, "{text}").and_then(|()| out.flush()));
    }

    fn say(&self, words: &str) {
        eprintln!("{words}");
    }

    fn read(&self, prompt: &str) -> Option<String> {
        eprint!("{prompt}");
        // A terminal that cannot be written to shows nothing, and the answer is then what is typed or piped.
        std::io::stderr().flush().ok();
        let mut line = String::new();
        match std::io::stdin().lock().read_line(&mut line) {
            Ok(1..) => Some(line.trim().to_owned()),
            Ok(0) | Err(_) => None,
        }
    }
}
