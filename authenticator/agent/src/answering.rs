//! How an agent's authenticator answers for a command: on a page of the agent's own, whose address is said, or before a
//! camera that needs no page, with the questions on the command's terminal.

use std::sync::Arc;

use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::client::NegotiatedRequest;
use smile_face::Camera;
use smile_protocol::uaf::identity::FacetId;
use smile_protocol::uaf::transport::ErrorCode;
use tokio::sync::watch;

use crate::agent::{Agent, EnrolmentState};
use crate::consent::ConsentText;
use crate::desk::Kind;
use crate::error::AgentError;
use crate::refusal::{Refusal, RefusalCode};
use crate::session::outcome::Outcome;
use crate::session::{Unanswered, answer_here};
use crate::terminal::{LOOK_EVERY, Terminal, agrees};

/// An agent that answers for one command.
pub struct Answering<'a> {
    /// The agent.
    pub agent: &'a Arc<Agent>,
    /// Where its pages are.
    pub url: &'a str,
    /// The command's terminal.
    pub terminal: &'a dyn Terminal,
}

impl Answering<'_> {
    /// Enrols the face, after the consent.
    ///
    /// # Errors
    /// The user said no; another enrolment is under way; the authenticator's.
    pub fn enrol(&self) -> Result<(), AgentError> {
        if self.agent.device.status()?.enrolled {
            return Err(AuthenticatorError::AlreadyEnrolled.into());
        }
        if let Some(mut camera) = self.agent.camera.without_page() {
            return self.enrol_here(&mut *camera);
        }
        let mut seen = self.agent.enrolment.watch();
        // How an earlier one ended says nothing of this one.
        seen.mark_unchanged();
        self.ask_to_open(&format!("{}/enrol", self.url));
        while self.terminal.is_there() {
            if has_changed(&mut seen)?
                && let EnrolmentState::Ended { enrolled } = *seen.borrow_and_update()
            {
                let not_enrolled = || ended_with("not_enrolled", ErrorCode::UserNotEnrolled);
                return enrolled.then_some(()).ok_or_else(not_enrolled);
            }
        }
        Err(AuthenticatorError::Cancelled.into())
    }

    fn enrol_here(&self, camera: &mut dyn Camera) -> Result<(), AgentError> {
        let agent = self.agent;
        let text = ConsentText::in_language("en");
        if !agrees(self.terminal, text.text, &|| false) {
            return Err(AuthenticatorError::Cancelled.into());
        }
        let ticket = agent.enrolment.ticket().map_err(refused)?;
        agent.enrolment.begin(&ticket).map_err(refused)?;
        let enrolled = agent
            .consent
            .keep(text, agent.clock.now_ms())
            .and_then(|()| self.look(camera));
        agent.enrolment.finish(enrolled.is_ok());
        enrolled
    }

    fn look(&self, camera: &mut dyn Camera) -> Result<(), AgentError> {
        let mut enrolled = Ok(());
        self.terminal.while_looking(&mut |advise| {
            let mut last = None;
            enrolled = self.agent.device.enrol(camera, &mut |guidance| {
                if last.replace(guidance) != Some(guidance) {
                    advise(guidance.advice());
                }
            });
        });
        Ok(enrolled?)
    }

    /// Answers a UAF message for `facet`, which has to ask for what the command is for: that is what the user agreed to
    /// by giving the command.
    ///
    /// # Errors
    /// It asks for something else, the user said no, the agent is at something else, or the authenticator's.
    pub fn answer(
        &self,
        facet: &FacetId,
        uaf_request: &str,
        expected: Kind,
    ) -> Result<Option<String>, AgentError> {
        only(expected, &NegotiatedRequest::of(uaf_request)?)?;
        let desk = &self.agent.desk;
        let opened = desk.open(facet.clone(), uaf_request).map_err(refused)?;
        if self.agent.camera.without_page().is_some() {
            let task = desk.begin(&opened.id, &opened.nonce).map_err(refused)?;
            let answer = answer_here(self.agent, &task, None, self.terminal);
            desk.finish(&task.id, &Unanswered::outcome_of(&answer));
            return answer.map_err(|unanswered| match unanswered {
                Unanswered::Authenticator(error) => error.into(),
                Unanswered::Forbidden(outcome) => ended_as(&outcome),
            });
        }
        let mut view = desk.watch(facet, &opened.id).map_err(refused)?;
        let page = format!("{}/operations/{}#{}", self.url, opened.id, opened.nonce);
        self.ask_to_open(&page);
        loop {
            let now = view.borrow_and_update().clone();
            if !matches!(now["status"].as_str(), Some("waiting" | "in_progress")) {
                return outcome(&now);
            }
            if !has_changed(&mut view)? && !self.terminal.is_there() {
                desk.withdraw(facet, &opened.id).map_err(refused)?;
            }
        }
    }

    /// Erases the face and every key, after asking unless `yes`, and enrols anew.
    ///
    /// # Errors
    /// The user said no; as [`Answering::enrol`]; the disk's.
    pub fn renew(&self, yes: bool) -> Result<(), AgentError> {
        let keys = self.agent.device.status()?.keys;
        let question =
            format!("This erases the face and {keys} keys; each relying party needs a new registration.");
        if !yes && !agrees(self.terminal, &question, &|| false) {
            return Err(AuthenticatorError::Cancelled.into());
        }
        self.agent.device.erase()?;
        self.agent.consent.forget()?;
        self.enrol()?;
        let value = json!({"event": "renewed", "keys_erased": keys});
        self.terminal
            .line("enrolled anew; register your keys again", &value);
        Ok(())
    }

    fn ask_to_open(&self, url: &str) {
        let value = json!({"event": "open", "url": url});
        self.terminal
            .line(&format!("open this page in a browser: {url}"), &value);
    }
}

/// A server that is asked for a payment must not get keys removed, or anything else that nobody asked about.
fn only(expected: Kind, request: &NegotiatedRequest) -> Result<(), AgentError> {
    let asked = Kind::of(request);
    if asked == expected {
        return Ok(());
    }
    let rule = format!(
        "the server asks to {}, not to {}",
        asked.as_str(),
        expected.as_str()
    );
    Err(AgentError::Usage(rule))
}

/// Waits a little on this thread; false where nothing has changed.
fn has_changed<T>(seen: &mut watch::Receiver<T>) -> Result<bool, AgentError> {
    let failed = |error: String| AgentError::Internal(error);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .map_err(|error| failed(error.to_string()))?;
    match runtime.block_on(async { tokio::time::timeout(LOOK_EVERY, seen.changed()).await }) {
        Ok(Ok(())) => Ok(true),
        Ok(Err(gone)) => Err(failed(gone.to_string())),
        Err(_) => Ok(false),
    }
}

fn outcome(view: &Value) -> Result<Option<String>, AgentError> {
    match view["status"].as_str() {
        Some("done") => Ok(view["uaf_response"].as_str().map(str::to_owned)),
        Some("refused") => {
            let code = view["error"]["code"].as_str().unwrap_or("internal");
            let uaf = view["error"]["uaf_code"]
                .as_u64()
                .and_then(|code| ErrorCode::from_code(u16::try_from(code).ok()?));
            Err(ended_with(code, uaf.unwrap_or(ErrorCode::Unknown)))
        }
        _ => Err(ended_with("expired", ErrorCode::UserNotResponsive)),
    }
}

fn ended_with(code: &str, uaf: ErrorCode) -> AgentError {
    AgentError::Ended {
        code: code.to_owned(),
        uaf,
    }
}

fn ended_as(outcome: &Outcome) -> AgentError {
    match outcome {
        Outcome::Refused { code, uaf } => ended_with(code, *uaf),
        Outcome::Done(_) | Outcome::Expired => ended_with("expired", ErrorCode::UserNotResponsive),
    }
}

fn refused(refusal: Refusal) -> AgentError {
    match refusal.code {
        RefusalCode::OperationBusy => AgentError::Busy,
        RefusalCode::Internal => AgentError::Internal(refusal.rule),
        _ => AgentError::Usage(refusal.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use smile_authenticator::client::NegotiatedRequest;

    use super::only;
    use crate::desk::Kind;

    #[test]
    fn a_server_that_asks_for_something_else_than_the_command_is_not_answered() {
        let removal = r#"[{"header":{"upv":{"major":1,"minor":1},"op":"Dereg","appID":"https://shop.example"},
            "authenticators":[{"aaid":"FFFF#5301","keyID":""}]}]"#;
        let removal = NegotiatedRequest::of(removal).unwrap();
        assert!(only(Kind::Remove, &removal).is_ok());
        for other in [Kind::Pay, Kind::Register, Kind::Login] {
            assert_eq!(only(other, &removal).unwrap_err().code(), "usage");
        }
    }
}
