//! Where commands come in to a running agent.

use std::fs::Permissions;
use std::io::{self, BufReader};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use tokio::net::UnixListener;
use tokio::sync::oneshot;

use super::caller::{Caller, next_line};
use super::work::work;
use super::{Opening, Told, VERSION, socket};
use crate::agent::Agent;
use crate::error::{AgentError, exit};

/// Most commands at once. One that asks waits for its person; more of them are a mistake.
const VISITS_MAX: usize = 8;
/// How long a command may take to say what it wants.
const PATIENCE: Duration = Duration::from_secs(5);

/// The open door; dropping it closes it.
pub struct Door {
    path: PathBuf,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Door {
    /// Opens the door of the home whose agent's folder is `folder`; `url` is where the agent's pages are. The agent must
    /// hold the home: a socket that was left by a process that was killed is put aside.
    ///
    /// # Errors
    /// The system's: also where the path is longer than an address of a socket may be, which is about 100 bytes.
    pub fn open(agent: Arc<Agent>, folder: &Path, url: String) -> Result<Self, AgentError> {
        let path = socket(folder);
        let failed = |source: io::Error| AgentError::File {
            path: path.clone(),
            source,
        };
        match std::fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(failed(error)),
            _ => {}
        }
        // For the time between these two lines the folder is closed to others, and each caller is looked at besides.
        let listener = std::os::unix::net::UnixListener::bind(&path).map_err(failed)?;
        std::fs::set_permissions(&path, Permissions::from_mode(0o600)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let owner = std::fs::metadata(&path).map_err(failed)?.uid();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let thread = std::thread::Builder::new()
            .name("smile-door".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    // It was made non-blocking above, which is all that this asks for.
                    let Ok(listener) = UnixListener::from_std(listener) else {
                        return;
                    };
                    tokio::select! {
                        () = let_in(&listener, owner, &agent, &url) => {}
                        _ = stopped => {}
                    }
                });
            })
            .map_err(failed)?;
        Ok(Self {
            path,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Door {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // One that has ended by itself listens no more.
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
        // Another agent may hold the home by now only if this one let go of it, which it does later.
        std::fs::remove_file(&self.path).ok();
    }
}

async fn let_in(listener: &UnixListener, owner: u32, agent: &Arc<Agent>, url: &str) {
    let visits = Arc::new(AtomicUsize::new(0));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: whoever has them gives some back.
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        // The system's word, not the caller's. The superuser could read the home anyway, and is not let in either.
        if !stream.peer_cred().is_ok_and(|peer| peer.uid() == owner) {
            continue;
        }
        let Ok(stream) = stream.into_std() else { continue };
        if visits.fetch_add(1, Ordering::AcqRel) >= VISITS_MAX {
            visits.fetch_sub(1, Ordering::AcqRel);
            continue;
        }
        let (agent, url, leaving) = (Arc::clone(agent), url.to_owned(), Arc::clone(&visits));
        let visit = std::thread::Builder::new().name("smile-visit".to_owned());
        let begun = visit.spawn(move || {
            // A command that has gone needs no answer.
            receive(stream, &agent, &url).ok();
            leaving.fetch_sub(1, Ordering::AcqRel);
        });
        if begun.is_err() {
            visits.fetch_sub(1, Ordering::AcqRel);
        }
    }
}

fn receive(stream: UnixStream, agent: &Arc<Agent>, url: &str) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let opening = next_line(&mut reader);
    // From here on it may wait for its person.
    stream.set_read_timeout(None)?;
    let caller = Caller::new(stream, reader)?;
    let answer = understood(opening.as_deref()).and_then(|opening| {
        same_model(opening.aaid.as_deref(), agent)?;
        work(agent, url, &opening.order, &caller)
    });
    caller.tell(&match answer {
        Ok(answer) => Told::Done(answer),
        Err(error) => Told::Failed {
            code: error.code().to_owned(),
            message: error.to_string(),
            exit: error.exit_code(),
        },
    });
    caller.close();
    Ok(())
}

/// The version first: what another one says may have another form.
fn understood(opening: Option<&str>) -> Result<Opening, AgentError> {
    let value: serde_json::Value = serde_json::from_str(opening.unwrap_or_default()).unwrap_or_default();
    let theirs = value["version"].as_str().unwrap_or("none");
    if theirs != VERSION {
        let message = format!(
            "the agent that runs is of version {VERSION}, this command of version {}: use the same",
            theirs.escape_debug()
        );
        return Err(AgentError::FromAgent {
            code: "version_differs".to_owned(),
            message,
            exit: exit::CONFIG,
        });
    }
    let opening = serde_json::from_value(value);
    opening.map_err(|_| AgentError::Usage("the agent that runs does not know this order".to_owned()))
}

fn same_model(expected: Option<&str>, agent: &Agent) -> Result<(), AgentError> {
    let found = agent.device.aaid().to_string();
    match expected {
        Some(expected) if expected != found => {
            let error = smile_authenticator::AuthenticatorError::HomeOfAnotherAaid {
                found,
                expected: expected.to_owned(),
            };
            Err(error.into())
        }
        _ => Ok(()),
    }
}
