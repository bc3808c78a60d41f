//! The thread that works for one operation: it shows, asks, looks and answers. No HTTP worker ever waits for a person
//! or for a network of neurons.

pub mod display;
pub mod outcome;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use smile_authenticator::AuthenticatorError;

use crate::agent::Agent;
use crate::camera::Looked;
use crate::camera::held::{Eye, LookFor};
use crate::desk::{Kind, Task};
use crate::line::{Heard, Line, Word};
use crate::terminal::{OwnTerminal, Terminal};
use display::{Guide, PageDisplay, TerminalDisplay};
use outcome::{Outcome, code_of, may_try_again};

/// How long a person may take to read and to agree.
pub const PATIENCE: Duration = Duration::from_secs(120);
/// How often a person may try again before one page.
const TRIES_MAX: u32 = 3;

/// Serves one operation to the page at the other end of its line.
pub fn with_page(agent: &Agent, task: &Task) {
    let outcome = answer_on_page(agent, task);
    agent.desk.finish(&task.id, &outcome);
}

/// Why the face must not be looked at for this task, if it must not.
fn forbidden(agent: &Agent, task: &Task) -> Option<Outcome> {
    // To remove a key nobody is looked at; and where no face is enrolled, that is the better answer.
    let looks = task.kind != Kind::Remove && agent.device.status().is_ok_and(|status| status.enrolled);
    if !looks {
        return None;
    }
    match agent.consent.holds(agent.clock.now_ms()) {
        Ok(true) => None,
        Ok(false) | Err(_) => Some(Outcome::without_consent()),
    }
}

fn answer_on_page(agent: &Agent, task: &Task) -> Outcome {
    if let Some(outcome) = forbidden(agent, task) {
        return outcome;
    }
    let mut display = PageDisplay::new(&task.line, task.facet.as_str(), agent.camera.place());
    // A payment's text is asked about by the authenticator, from the bytes that it will sign.
    if task.kind != Kind::Pay
        && let Err(outcome) = display.ask(task.kind, task.username.as_deref())
    {
        return outcome;
    }
    let mut tries = 0;
    loop {
        let looked = Arc::new(Looked::default());
        let mut camera = Eye::open(
            &agent.camera,
            &task.line,
            Arc::clone(&looked),
            LookFor::Verification,
        );
        display.begin_look(looked);
        let answer = agent.device.answer(
            task.facet.clone(),
            task.request.clone(),
            &mut camera,
            &mut display,
        );
        tries += 1;
        match answer {
            _ if camera.was_cancelled() => return Outcome::cancelled(),
            // After the last picture, before the answer is handed out. What was removed is removed.
            Ok(_) if task.kind != Kind::Remove && task.line.was_hung_up() => return Outcome::cancelled(),
            Err(error) if may_try_again(&error) && tries < TRIES_MAX => {
                if !wants_again(&task.line, &error) {
                    return Outcome::of(&Err(error));
                }
            }
            answer => return Outcome::of(&answer),
        }
    }
}

/// Offers another try. A person who does not answer, or leaves, keeps the error that there was.
fn wants_again(line: &Line, error: &AuthenticatorError) -> bool {
    line.tell(&json!({"type": "try_again", "code": code_of(error)}));
    loop {
        match line.word(PATIENCE) {
            Heard::Word(Word::Again) => return true,
            // Words that were on their way when the look ended.
            Heard::Word(Word::Confirm | Word::Choose(_) | Word::CannotDisplay | Word::CameraFailed(_))
            | Heard::Frame(..) => {}
            Heard::Word(Word::Cancel) | Heard::Closed | Heard::Silence => return false,
        }
    }
}

/// Serves one operation of a web page here: pictures from a folder or a clip, questions on the agent's terminal.
pub fn with_terminal(agent: &Agent, task: &Task) {
    let question = (task.kind != Kind::Pay).then(|| terminal_question(task));
    let answer = answer_here(agent, task, question.as_deref(), &OwnTerminal);
    agent.desk.finish(&task.id, &Unanswered::outcome_of(&answer));
}

/// Why a task got no answer here.
#[derive(Debug)]
pub enum Unanswered {
    /// Nobody may be looked at.
    Forbidden(Outcome),
    /// The authenticator's reason.
    Authenticator(AuthenticatorError),
}

impl Unanswered {
    /// How the operation ended.
    #[must_use]
    pub fn outcome_of(answer: &Result<Option<String>, Self>) -> Outcome {
        match answer {
            Ok(response) => Outcome::Done(response.clone()),
            Err(Self::Forbidden(outcome)) => outcome.clone(),
            Err(Self::Authenticator(error)) => Outcome::of_error(error),
        }
    }
}

/// Answers a task before a camera that needs no page, with the questions on `terminal`: first `question`, where the
/// person did not ask for this by a command, then those of the authenticator.
///
/// # Errors
/// [`Unanswered`].
pub fn answer_here(
    agent: &Agent,
    task: &Task,
    question: Option<&str>,
    terminal: &dyn Terminal,
) -> Result<Option<String>, Unanswered> {
    if let Some(outcome) = forbidden(agent, task) {
        return Err(Unanswered::Forbidden(outcome));
    }
    let mut display = TerminalDisplay::new(task.facet.as_str(), &task.line, terminal);
    if !question.is_none_or(|question| display.agrees(question)) {
        return Err(Unanswered::Authenticator(AuthenticatorError::Cancelled));
    }
    let mut camera = agent
        .camera
        .without_page()
        .expect("only an agent with such a camera answers here");
    let (facet, request) = (task.facet.clone(), task.request.clone());
    let answer = agent.device.answer(facet, request, &mut *camera, &mut display);
    answer.map_err(Unanswered::Authenticator)
}

fn terminal_question(task: &Task) -> String {
    let what = match task.kind {
        Kind::Register => "register a new key",
        Kind::Login => "log in",
        Kind::Remove => "remove its keys",
        Kind::Pay => "pay",
    };
    match &task.username {
        Some(name) => format!("{} asks to {what} for the account {name:?}.", task.facet.as_str()),
        None => format!("{} asks to {what}.", task.facet.as_str()),
    }
}

/// Enrols the face before the page at the other end of `line`; the consent was given.
pub fn enrol_on_page(agent: &Agent, line: &Line) {
    let mut tries = 0;
    let result = loop {
        let looked = Arc::new(Looked::default());
        let mut camera = Eye::open(&agent.camera, line, Arc::clone(&looked), LookFor::Enrolment);
        let mut guide = Guide::new(line, looked);
        let enrolled = agent
            .device
            .enrol(&mut camera, &mut |guidance| guide.tell(guidance));
        tries += 1;
        match enrolled {
            Err(_) if camera.was_cancelled() => break Err(AuthenticatorError::Cancelled),
            Err(error) if may_try_again(&error) && tries < TRIES_MAX => {
                if !wants_again(line, &error) {
                    break Err(error);
                }
            }
            enrolled => break enrolled,
        }
    };
    line.tell(&match &result {
        Ok(()) => json!({"type": "enrolled"}),
        Err(error) => json!({"type": "refused", "code": code_of(error)}),
    });
    agent.enrolment.finish(result.is_ok());
    line.close();
}
