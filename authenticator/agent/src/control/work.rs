//! What a running agent does for a command.

use std::sync::Arc;

use smile_protocol::uaf::identity::FacetId;

use super::Order;
use crate::agent::Agent;
use crate::answering::Answering;
use crate::error::AgentError;
use crate::kept;
use crate::terminal::Terminal;

/// Does it; the answer, where the order has one.
///
/// # Errors
/// [`AgentError::Busy`] while an operation is under way that the order would have to wait for; the order's own.
pub fn work(
    agent: &Arc<Agent>,
    url: &str,
    order: &Order,
    terminal: &dyn Terminal,
) -> Result<Option<String>, AgentError> {
    let answering = Answering { agent, url, terminal };
    match order {
        Order::Status => return status(agent, url).map(Some),
        Order::Pairings(action) => kept::pairings(&mut agent.pairings(), action, terminal)?,
        Order::Answer {
            facet,
            uaf_request,
            kind,
        } => {
            let facet = FacetId::new(facet.as_str());
            let facet = facet.map_err(|error| AgentError::Usage(format!("--facet: {error}")))?;
            return answering.answer(&facet, uaf_request, *kind);
        }
        Order::List => kept::list(free(agent)?, terminal)?,
        Order::Show { key: Some(key) } => kept::show_key(free(agent)?, key, terminal)?,
        Order::Show { key: None } => kept::show(free(agent)?, &agent.consent, terminal)?,
        Order::Remove { removal, yes } => {
            kept::remove(free(agent)?, &agent.consent, removal, *yes, terminal)?;
        }
        Order::Enrol => {
            free(agent)?;
            answering.enrol()?;
        }
        Order::Renew { yes } => {
            free(agent)?;
            answering.renew(*yes)?;
        }
    }
    Ok(None)
}

/// The device, where nothing is under way with it: an operation waits for people, and a command should not wait for that.
fn free(agent: &Agent) -> Result<&crate::device::Device, AgentError> {
    match agent.device.status_now()? {
        Some(_) => Ok(&agent.device),
        None => Err(AgentError::Busy),
    }
}

fn status(agent: &Agent, url: &str) -> Result<String, AgentError> {
    Ok(match agent.device.status_now()? {
        None => format!("held by the agent at {url}, where an operation is under way"),
        Some(status) => {
            let face = if status.enrolled { "a face" } else { "no face" };
            format!(
                "held by the agent at {url}: model {}, {face}, {} keys",
                status.aaid, status.keys
            )
        }
    })
}
