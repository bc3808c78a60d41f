//! A command at the other end of the socket, as a terminal.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use serde_json::Value;

use super::{LINE_BYTES_MAX, Told, Typed};
use crate::terminal::{Terminal, wait_for};

/// The next line; `None` at the end, or where it is too long to be one.
pub fn next_line(reader: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    reader.take(LINE_BYTES_MAX).read_line(&mut line).ok()?;
    line.pop().filter(|end| *end == '\n')?;
    Some(line)
}

/// The command's terminal.
pub struct Caller {
    stream: Mutex<UnixStream>,
    typed: Mutex<mpsc::Receiver<Option<String>>>,
    is_gone: Arc<AtomicBool>,
    /// A question got no answer in time: what comes now may be that answer, and is none to another question.
    gave_up: AtomicBool,
}

impl Caller {
    /// Reads on from `reader` on a thread of its own: that is how it is noticed that a command was ended.
    ///
    /// # Errors
    /// The system's.
    pub fn new(stream: UnixStream, mut reader: BufReader<UnixStream>) -> std::io::Result<Self> {
        let (pass_on, typed) = mpsc::channel();
        let is_gone = Arc::new(AtomicBool::new(false));
        let noticed = Arc::clone(&is_gone);
        std::thread::Builder::new()
            .name("smile-caller".to_owned())
            .spawn(move || {
                while let Some(line) = next_line(&mut reader) {
                    let Ok(Typed { typed }) = serde_json::from_str(&line) else {
                        break;
                    };
                    if pass_on.send(typed).is_err() {
                        break;
                    }
                }
                noticed.store(true, Ordering::Release);
            })?;
        Ok(Self {
            stream: Mutex::new(stream),
            typed: Mutex::new(typed),
            is_gone,
            gave_up: AtomicBool::new(false),
        })
    }

    /// Tells it something. One that has gone hears nothing.
    pub fn tell(&self, told: &Told) {
        let mut line = serde_json::to_string(told).expect("texts and JSON are JSON");
        line.push('\n');
        let mut stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        if stream.write_all(line.as_bytes()).is_err() {
            self.is_gone.store(true, Ordering::Release);
        }
    }

    /// Nothing more is said, and nothing heard.
    pub fn close(&self) {
        let stream = self.stream.lock().unwrap_or_else(PoisonError::into_inner);
        // One that has gone is closed.
        stream.shutdown(Shutdown::Both).ok();
    }
}

impl Terminal for Caller {
    fn line(&self, text: &str, value: &Value) {
        self.tell(&Told::Line {
            text: text.to_owned(),
            value: value.clone(),
        });
    }

    fn say(&self, words: &str) {
        self.tell(&Told::Say(words.to_owned()));
    }

    fn read(&self, prompt: &str, is_over: &dyn Fn() -> bool) -> Option<String> {
        if self.gave_up.load(Ordering::Acquire) {
            return None;
        }
        self.tell(&Told::Read(prompt.to_owned()));
        let typed = self.typed.lock().unwrap_or_else(PoisonError::into_inner);
        // The reader's end is the command's.
        let came = wait_for(&typed, &|| is_over() || !self.is_there());
        self.gave_up.store(came.is_none(), Ordering::Release);
        came.flatten()
    }

    fn is_there(&self) -> bool {
        !self.is_gone.load(Ordering::Acquire)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Write};
    use std::os::unix::net::UnixStream;
    use std::time::{Duration, Instant};

    use super::{Caller, next_line};
    use crate::terminal::Terminal;

    fn called() -> (UnixStream, Caller) {
        let (command, agents) = UnixStream::pair().unwrap();
        let reader = BufReader::new(agents.try_clone().unwrap());
        (command, Caller::new(agents, reader).unwrap())
    }

    #[test]
    fn a_command_that_is_left_at_a_question_holds_nobody_up() {
        let (mut command, caller) = called();
        command.write_all(b"{\"typed\":\"y\"}\n").unwrap();
        assert_eq!(caller.read("Agree?", &|| false).as_deref(), Some("y"));
        // It stays there and says nothing, until what it was asked about is over.
        let asked = Instant::now();
        let is_over = || asked.elapsed() >= Duration::from_millis(50);
        assert_eq!(caller.read("Agree?", &is_over), None);
        assert!(asked.elapsed() < Duration::from_secs(20));
        // What it says then is no answer to another question, which it is not asked.
        command.write_all(b"{\"typed\":\"y\"}\n").unwrap();
        assert_eq!(caller.read("Another?", &|| false), None);
        caller.close();
        let mut heard = BufReader::new(command);
        for _ in 0..2 {
            assert_eq!(next_line(&mut heard).as_deref(), Some("{\"read\":\"Agree?\"}"));
        }
        assert_eq!(next_line(&mut heard), None);
    }

    #[test]
    fn a_command_that_is_gone_answers_nothing() {
        let (command, caller) = called();
        drop(command);
        assert_eq!(caller.read("Agree?", &|| false), None);
        assert!(!caller.is_there());
    }
}
