//! How a command lets the authenticator answer: with a folder of pictures here and now, or on a page of the agent's own.

use std::sync::Arc;

use serde_json::{Value, json};
use smile_authenticator::AuthenticatorError;
use smile_authenticator::client::NegotiatedRequest;
use smile_authenticator::clock::{Clock, SystemClock};
use smile_protocol::uaf::identity::FacetId;
use smile_protocol::uaf::transport::ErrorCode;
use tokio::sync::watch;

use super::output::Output;
use crate::agent::{Agent, EnrolmentState};
use crate::camera::{CameraKind, images::ImagesCamera};
use crate::config::Settings;
use crate::consent::{ConsentFile, ConsentText};
use crate::desk::Kind;
use crate::device::Device;
use crate::error::AgentError;
use crate::http::RunningAgent;
use crate::origin::AllowedOrigins;
use crate::refusal::Refusal;
use crate::session::display::TerminalDisplay;

/// A device and the camera before it.
pub struct Capture<'a> {
    settings: &'a Settings,
    output: &'a Output,
    camera: CameraKind,
    eyes: Eyes,
}

enum Eyes {
    /// Used directly.
    Here(Box<Device>),
    /// Used by pages of an agent that no web page of others may call.
    Page(RunningAgent),
}

impl<'a> Capture<'a> {
    /// Around an open device.
    ///
    /// # Errors
    /// The agent cannot start.
    pub fn new(
        settings: &'a Settings,
        device: Device,
        camera: CameraKind,
        output: &'a Output,
    ) -> Result<Self, AgentError> {
        let eyes = match &camera {
            CameraKind::Images(_) => Eyes::Here(Box::new(device)),
            CameraKind::Page | CameraKind::Held(_) => {
                let closed = Settings {
                    allowed: AllowedOrigins::default(),
                    ..settings.clone()
                };
                let agent = Agent::new(&closed, device, camera.clone(), Box::new(|_| ()))?;
                Eyes::Page(RunningAgent::start(Arc::new(agent), 0)?)
            }
        };
        Ok(Self {
            settings,
            output,
            camera,
            eyes,
        })
    }

    /// The device.
    pub fn device(&self) -> &Device {
        match &self.eyes {
            Eyes::Here(device) => device,
            Eyes::Page(running) => &running.agent.device,
        }
    }

    /// Enrols the face, after the consent.
    ///
    /// # Errors
    /// The user said no, or the authenticator's.
    pub fn enrol(&self) -> Result<(), AgentError> {
        match (&self.eyes, &self.camera) {
            (Eyes::Here(device), CameraKind::Images(folder)) => {
                let text = ConsentText::in_language("en");
                if !TerminalDisplay::new("smile-agent").agrees(text.text) {
                    return Err(AuthenticatorError::Cancelled.into());
                }
                ConsentFile(self.settings.consent_file()).keep(text, SystemClock.now_ms())?;
                let wheel = self.output.wheel("looking");
                let mut last = None;
                device.enrol(&mut ImagesCamera::of(folder), &mut |guidance| {
                    if last.replace(guidance) != Some(guidance) {
                        wheel.say(guidance.advice());
                    }
                })?;
                Ok(())
            }
            (Eyes::Page(running), _) => {
                self.ask_to_open(&format!("{}/enrol", running.url()));
                let ended = wait(running.agent.enrolment.watch(), |state| {
                    matches!(state, EnrolmentState::Ended { .. })
                });
                match ended {
                    Some(EnrolmentState::Ended { enrolled: true }) => Ok(()),
                    _ => Err(ended_with("not_enrolled", ErrorCode::UserNotEnrolled)),
                }
            }
            (Eyes::Here(_), CameraKind::Page | CameraKind::Held(_)) => unreachable!("a page has an agent"),
        }
    }

    /// Answers a UAF message for `facet`, which has to ask for what the command is for: that is what the user agreed to
    /// by giving the command.
    ///
    /// # Errors
    /// It asks for something else, the user said no, or the authenticator's.
    pub fn answer(
        &self,
        facet: FacetId,
        uaf_request: &str,
        expected: Kind,
    ) -> Result<Option<String>, AgentError> {
        let request = NegotiatedRequest::of(uaf_request)?;
        only(expected, &request)?;
        match (&self.eyes, &self.camera) {
            (Eyes::Here(device), CameraKind::Images(folder)) => {
                let consent = ConsentFile(self.settings.consent_file());
                if device.status()?.enrolled && !consent.holds(SystemClock.now_ms())? {
                    return Err(ended_with("consent_ended", ErrorCode::UserNotEnrolled));
                }
                let caller = facet.as_str().to_owned();
                let mut display = TerminalDisplay::new(&caller);
                let answer = device.answer(facet, request, &mut ImagesCamera::of(folder), &mut display);
                Ok(answer?)
            }
            (Eyes::Page(running), _) => {
                let desk = &running.agent.desk;
                let opened = desk.open(facet.clone(), uaf_request).map_err(refused)?;
                let view = desk.watch(&facet, &opened.id).map_err(refused)?;
                self.ask_to_open(&format!(
                    "{}/operations/{}#{}",
                    running.url(),
                    opened.id,
                    opened.nonce
                ));
                let is_over =
                    |view: &Value| !matches!(view["status"].as_str(), Some("waiting" | "in_progress"));
                outcome(&wait(view, is_over).unwrap_or_default())
            }
            (Eyes::Here(_), CameraKind::Page | CameraKind::Held(_)) => unreachable!("a page has an agent"),
        }
    }

    fn ask_to_open(&self, url: &str) {
        let value = json!({"event": "open", "url": url});
        self.output
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

/// Waits on this thread until `is_over`; `None` if nobody will say any more.
fn wait<T: Clone>(mut seen: watch::Receiver<T>, is_over: impl FnMut(&T) -> bool) -> Option<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().ok()?;
    let found = runtime.block_on(seen.wait_for(is_over));
    found.ok().map(|seen| seen.clone())
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

fn refused(refusal: Refusal) -> AgentError {
    AgentError::Usage(refusal.to_string())
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
