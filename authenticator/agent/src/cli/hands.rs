//! Who answers for a command: the agent that runs in this home, or one that the command starts for itself.

use std::sync::Arc;

use smile_authenticator::room::InProcess;
use smile_protocol::uaf::identity::FacetId;

use super::Sight;
use super::output::Output;
use crate::agent::Agent;
use crate::answering::Answering;
use crate::camera::CameraKind;
use crate::config::Settings;
use crate::control::{Order, RunningHome};
use crate::desk::Kind;
use crate::device::{Device, face_networks};
use crate::error::AgentError;
use crate::http::RunningAgent;
use crate::origin::AllowedOrigins;

/// An agent at hand.
pub struct Hands<'a> {
    settings: &'a Settings,
    output: &'a Output,
    /// The command's own agent, with its pages where the camera is on one; `None` where one runs already.
    own: Option<(Arc<Agent>, Option<RunningAgent>)>,
}

impl<'a> Hands<'a> {
    /// The agent of this home. One that runs looks as it was told to when it was started.
    ///
    /// # Errors
    /// [`AgentError::Usage`] where the command says how to look and an agent runs; the networks', the home's.
    pub fn of(settings: &'a Settings, sight: &Sight, output: &'a Output) -> Result<Self, AgentError> {
        if RunningHome::find(settings).is_some() {
            if sight.camera.is_some() || sight.weights.is_some() {
                let rule = "--camera and --weights belong to the agent that runs: leave them out, or stop it";
                return Err(AgentError::Usage(rule.to_owned()));
            }
            return Ok(Self {
                settings,
                output,
                own: None,
            });
        }
        let engine = face_networks(&settings.home, sight.weights.as_deref())?;
        let device = Device::open(settings, Box::new(InProcess::new(engine)))?;
        // No web page of others may call a command's agent.
        let closed = Settings {
            allowed: AllowedOrigins::default(),
            ..settings.clone()
        };
        let camera = sight.camera.clone().unwrap_or(CameraKind::Page);
        let needs_page = camera.without_page().is_none();
        let agent = Arc::new(Agent::new(&closed, device, camera, Box::new(|_| ()))?);
        let pages = needs_page
            .then(|| RunningAgent::start(Arc::clone(&agent), 0))
            .transpose()?;
        Ok(Self {
            settings,
            output,
            own: Some((agent, pages)),
        })
    }

    fn order(&self, order: Order) -> Result<Option<String>, AgentError> {
        let in_use = || AgentError::HomeInUse {
            home: self.settings.device_folder(),
        };
        // It was there a moment ago.
        let running = RunningHome::find(self.settings).ok_or_else(in_use)?;
        running.order(order, self.output)
    }

    fn here<T>(
        &self,
        agent: &Arc<Agent>,
        pages: Option<&RunningAgent>,
        work: impl FnOnce(Answering<'_>) -> Result<T, AgentError>,
    ) -> Result<T, AgentError> {
        let url = pages.map(RunningAgent::url).unwrap_or_default();
        work(Answering {
            agent,
            url: &url,
            terminal: self.output,
        })
    }

    /// As [`Answering::enrol`].
    pub fn enrol(&self) -> Result<(), AgentError> {
        match &self.own {
            Some((agent, pages)) => self.here(agent, pages.as_ref(), |answering| answering.enrol()),
            None => self.order(Order::Enrol).map(drop),
        }
    }

    /// As [`Answering::renew`].
    pub fn renew(&self, yes: bool) -> Result<(), AgentError> {
        match &self.own {
            Some((agent, pages)) => self.here(agent, pages.as_ref(), |answering| answering.renew(yes)),
            None => self.order(Order::Renew { yes }).map(drop),
        }
    }

    /// As [`Answering::answer`].
    pub fn answer(
        &self,
        facet: &FacetId,
        uaf_request: String,
        kind: Kind,
    ) -> Result<Option<String>, AgentError> {
        match &self.own {
            Some((agent, pages)) => self.here(agent, pages.as_ref(), |answering| {
                answering.answer(facet, &uaf_request, kind)
            }),
            None => self.order(Order::Answer {
                facet: facet.as_str().to_owned(),
                uaf_request,
                kind,
            }),
        }
    }
}
