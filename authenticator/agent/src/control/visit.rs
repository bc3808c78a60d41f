//! A command's visit to the agent that holds the home.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, ErrorKind, Write};
use std::os::unix::net::UnixStream;

use super::caller::next_line;
use super::{Opening, Order, Told, Typed, VERSION, socket};
use crate::config::Settings;
use crate::error::AgentError;
use crate::terminal::Terminal;

/// A home whose agent runs and answers commands.
pub struct RunningHome<'a> {
    settings: &'a Settings,
    /// Found when it was looked for.
    stream: UnixStream,
}

impl<'a> RunningHome<'a> {
    /// The agent that holds the home of `settings`; `None` where none answers. A socket that a killed process left behind
    /// answers nobody.
    #[must_use]
    pub fn find(settings: &'a Settings) -> Option<Self> {
        let stream = UnixStream::connect(socket(&settings.folder())).ok()?;
        Some(Self { settings, stream })
    }

    /// Lets the agent do it, with the questions and answers on `terminal`.
    ///
    /// # Errors
    /// The agent's, or that it ended before it had answered.
    pub fn order(self, order: Order, terminal: &dyn Terminal) -> Result<Option<String>, AgentError> {
        let mut stream = self.stream;
        let opening = Opening {
            version: VERSION.to_owned(),
            aaid: self.settings.aaid.map(|aaid| aaid.to_string()),
            order,
        };
        let gone = || AgentError::FromAgent {
            code: "agent_gone".to_owned(),
            message: "the running agent ended before it had answered, or was at too many commands".to_owned(),
            exit: crate::error::exit::FAILURE,
        };
        let reader = stream.try_clone().map_err(|_| gone())?;
        let mut reader = BufReader::new(reader);
        write(&mut stream, &opening).ok_or_else(gone)?;
        loop {
            let line = next_line(&mut reader).ok_or_else(gone)?;
            match serde_json::from_str(&line).map_err(|_| gone())? {
                Told::Line { text, value } => terminal.line(&text, &value),
                Told::Say(words) => terminal.say(&words),
                Told::Read(prompt) => {
                    let heard = RefCell::new(&mut reader);
                    let is_over = || says_more(&stream, &mut heard.borrow_mut());
                    let typed = terminal.read(&prompt, &is_over);
                    if typed.is_some() || !is_over() {
                        write(&mut stream, &Typed { typed }).ok_or_else(gone)?;
                    }
                }
                Told::Done(answer) => return Ok(answer),
                Told::Failed { code, message, exit } => {
                    return Err(AgentError::FromAgent { code, message, exit });
                }
            }
        }
    }
}

/// Whether the agent has gone, or says something while it could wait for what is typed: then it waits no more.
fn says_more(stream: &UnixStream, reader: &mut BufReader<UnixStream>) -> bool {
    // The reader is a copy of the same socket, which nobody else reads or writes meanwhile.
    if stream.set_nonblocking(true).is_err() {
        return true;
    }
    let said = reader.fill_buf().map(drop);
    let is_silent = matches!(&said, Err(error) if error.kind() == ErrorKind::WouldBlock);
    stream.set_nonblocking(false).is_err() || !is_silent
}

fn write(stream: &mut UnixStream, value: &impl serde::Serialize) -> Option<()> {
    let mut line = serde_json::to_string(value).expect("texts are JSON");
    line.push('\n');
    stream.write_all(line.as_bytes()).ok()
}
