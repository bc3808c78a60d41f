//! Where a command's words go, and where its answers come from: the terminal of this process, or that of a command which
//! speaks to a running agent.

use std::io::{BufRead, Write};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::session::PATIENCE;

/// How often it is looked whether what was asked still matters.
pub const LOOK_EVERY: Duration = Duration::from_millis(300);

/// What takes its time before a camera; it is given a way to pass advice on.
pub type Looking<'a> = dyn FnMut(&dyn Fn(&str)) + 'a;

/// The terminal of whoever gave a command.
pub trait Terminal {
    /// Something that the command found or did: `text` for people, `value` for programs.
    fn line(&self, text: &str, value: &Value);

    /// Words beside that: a question, advice.
    fn say(&self, words: &str);

    /// What the person types after `prompt`, without the end of the line; `None` where nobody types any more, and soon
    /// after `is_over` says that the answer matters no more.
    fn read(&self, prompt: &str, is_over: &dyn Fn() -> bool) -> Option<String>;

    /// Does `work`, which takes its time before a camera and has advice to give meanwhile.
    fn while_looking(&self, work: &mut Looking<'_>) {
        work(&|advice| self.say(advice));
    }

    /// Whether somebody still waits.
    fn is_there(&self) -> bool {
        true
    }
}

/// Asks; anything but `y` or `yes` is no, and so is no answer before `is_over` or in [`PATIENCE`].
pub fn agrees(terminal: &dyn Terminal, question: &str, is_over: &dyn Fn() -> bool) -> bool {
    terminal.say(question);
    let answer = answered(terminal, "Agree? [y/N] ", is_over, PATIENCE);
    matches!(answer.as_deref(), Some("y" | "Y" | "yes"))
}

/// What is typed after `prompt` before `is_over`, and within `patience`: whoever asks holds what others wait for.
pub fn answered(
    terminal: &dyn Terminal,
    prompt: &str,
    is_over: &dyn Fn() -> bool,
    patience: Duration,
) -> Option<String> {
    let asked = Instant::now();
    terminal.read(prompt, &|| is_over() || asked.elapsed() >= patience)
}

/// What comes next of `typed`, where something comes before it `is_over`.
pub fn wait_for(typed: &Receiver<Option<String>>, is_over: &dyn Fn() -> bool) -> Option<Option<String>> {
    loop {
        match typed.recv_timeout(LOOK_EVERY) {
            Ok(answer) => return Some(answer.filter(|_| !is_over())),
            Err(RecvTimeoutError::Disconnected) => return None,
            Err(RecvTimeoutError::Timeout) if is_over() => return None,
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
}

/// Standard input, read on a thread of its own: a read of it cannot be taken back, and whoever asked may have to go on.
struct Keyboard {
    ask: Sender<()>,
    typed: Receiver<Option<String>>,
    /// A line was asked for and nobody waited for it: what is typed next is read by that.
    is_reading: bool,
}

impl Keyboard {
    fn new(mut next: impl FnMut() -> Option<String> + Send + 'static) -> Self {
        let (ask, asked) = mpsc::channel();
        let (pass_on, typed) = mpsc::channel();
        std::thread::spawn(
            move || {
                while asked.recv().is_ok() && pass_on.send(next()).is_ok() {}
            },
        );
        Self {
            ask,
            typed,
            is_reading: false,
        }
    }

    /// One line. What was typed after an earlier question was over answers no later one.
    fn line(&mut self, show: impl FnOnce(), is_over: &dyn Fn() -> bool) -> Option<String> {
        if self.is_reading && self.typed.try_recv().is_ok() {
            self.is_reading = false;
        }
        show();
        if !self.is_reading {
            self.ask.send(()).ok()?;
            self.is_reading = true;
        }
        let came = wait_for(&self.typed, is_over);
        self.is_reading = came.is_none();
        came.flatten()
    }
}

/// The next line of standard input; `None` at its end.
fn next_line() -> Option<String> {
    let mut line = String::new();
    match std::io::stdin().lock().read_line(&mut line) {
        Ok(1..) => Some(line.trim().to_owned()),
        Ok(0) | Err(_) => None,
    }
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

    fn read(&self, prompt: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
        static KEYBOARD: OnceLock<Mutex<Keyboard>> = OnceLock::new();
        let keyboard = KEYBOARD.get_or_init(|| Mutex::new(Keyboard::new(next_line)));
        let mut keyboard = keyboard.lock().unwrap_or_else(PoisonError::into_inner);
        let show = || {
            eprint!("{prompt}");
            // A terminal that cannot be written to shows nothing, and the answer is then what is typed or piped.
            std::io::stderr().flush().ok();
        };
        keyboard.line(show, is_over)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::{Duration, Instant};

    use super::{Keyboard, Terminal, agrees, answered};

    /// A person who says nothing.
    struct Silent;

    impl Terminal for Silent {
        fn line(&self, _: &str, _: &serde_json::Value) {}

        fn say(&self, _: &str) {}

        fn read(&self, _: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
            let began = Instant::now();
            while !is_over() {
                assert!(began.elapsed() < Duration::from_secs(20), "it never was over");
                std::thread::sleep(Duration::from_millis(5));
            }
            None
        }
    }

    #[test]
    fn a_question_that_nobody_answers_ends_with_its_patience_or_its_operation() {
        let patience = Duration::from_millis(30);
        let began = Instant::now();
        assert_eq!(answered(&Silent, "", &|| false, patience), None);
        assert!(began.elapsed() >= patience);
        assert!(!agrees(&Silent, "Pay?", &|| true));
    }

    #[test]
    fn what_is_typed_too_late_answers_no_later_question() {
        let (types, typed) = mpsc::channel::<Option<String>>();
        let mut keyboard = Keyboard::new(move || typed.recv().ok().flatten());
        let yes = || Some("y".to_owned());
        types.send(yes()).unwrap();
        assert_eq!(keyboard.line(|| (), &|| false), yes());
        assert_eq!(keyboard.line(|| (), &|| true), None);
        types.send(yes()).unwrap();
        // Long enough for the thread that reads.
        std::thread::sleep(Duration::from_millis(200));
        types.send(Some("n".to_owned())).unwrap();
        assert_eq!(keyboard.line(|| (), &|| false).as_deref(), Some("n"));
        // Where nothing was typed meanwhile, what is typed now answers the question that is asked now.
        assert_eq!(keyboard.line(|| (), &|| true), None);
        let types_now = || types.send(yes()).unwrap();
        assert_eq!(keyboard.line(types_now, &|| false), yes());
    }
}
