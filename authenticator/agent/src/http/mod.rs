//! The agent on loopback: who may knock, what shops may ask, and the agent's own pages.

mod guard;
mod own;
mod pages;
mod problem;
mod shop;
mod sockets;

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::Duration;

use actix_web::{App, HttpServer, middleware, web};
use tokio::sync::oneshot;

use crate::agent::Agent;
use crate::error::AgentError;
use crate::origin::OwnNames;

/// Largest body: a UAF message of 64 KiB whose every character is escaped in JSON.
const BODY_BYTES_MAX: usize = 132 * 1024;
/// Two are enough for one user; nothing on them waits for a person.
const WORKERS: usize = 2;
/// How long a request may take to arrive.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a page may take to hear how it ended, when the agent stops; one that just hangs on is left.
const LAST_WORDS_S: u64 = 1;
/// How often it is looked for operations that ran out of time.
const SWEEP_EVERY: Duration = Duration::from_millis(500);

/// A running agent; dropping it stops it.
pub struct RunningAgent {
    /// The IPv4 loopback address that it listens on.
    pub addr: SocketAddr,
    /// What it works with.
    pub agent: Arc<Agent>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), String>>>,
}

impl RunningAgent {
    /// Binds 127.0.0.1 and ::1 (where the machine has it) on `port`, 0 for one that the system chooses, and serves on a
    /// thread of its own.
    ///
    /// # Errors
    /// [`AgentError::Listen`].
    pub fn start(agent: Arc<Agent>, port: u16) -> Result<Self, AgentError> {
        let listeners = listen(port)?;
        let failed = |source| AgentError::Listen { port, source };
        let addr = listeners[0].local_addr().map_err(failed)?;
        let (stop, stopped) = oneshot::channel();
        let (started, is_started) = mpsc::channel();
        let served = Arc::clone(&agent);
        let thread = std::thread::Builder::new()
            .name("smile-http".to_owned())
            .spawn(move || serve(listeners, OwnNames::of(addr.port()), served, &started, stopped))
            .map_err(failed)?;
        let began = is_started
            .recv()
            .unwrap_or_else(|_| Err("its thread ended at start".to_owned()));
        began.map_err(|error| failed(std::io::Error::other(error)))?;
        Ok(Self {
            addr,
            agent,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    /// The address that is printed and handed out.
    #[must_use]
    pub fn url(&self) -> String {
        OwnNames::of(self.addr.port()).url()
    }

    /// Whether it has ended by itself.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }
}

impl Drop for RunningAgent {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // One that has ended by itself listens no more.
            stop.send(()).ok();
        }
        if let Some(thread) = self.thread.take() {
            // What its thread ended with is of no use to anybody any more.
            thread.join().ok();
        }
    }
}

/// Both loopback addresses on one port. A machine without IPv6 has only the first; a port that somebody else holds on
/// the second is an error, because a page that asks for `localhost` would be answered by them.
fn listen(port: u16) -> Result<Vec<TcpListener>, AgentError> {
    let failed = |source| AgentError::Listen { port, source };
    let first = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let port = first.local_addr().map_err(failed)?.port();
    match TcpListener::bind((Ipv6Addr::LOCALHOST, port)) {
        Ok(second) => Ok(vec![first, second]),
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(failed(error)),
        Err(_) => Ok(vec![first]),
    }
}

fn serve(
    listeners: Vec<TcpListener>,
    own: OwnNames,
    agent: Arc<Agent>,
    started: &mpsc::Sender<Result<(), String>>,
    stopped: oneshot::Receiver<()>,
) -> Result<(), String> {
    actix_web::rt::System::new().block_on(async move {
        let house = Arc::clone(&agent);
        let server = match build(listeners, own, agent) {
            Ok(server) => server,
            Err(error) => {
                started.send(Err(error.to_string())).ok();
                return Err(error.to_string());
            }
        };
        let handle = server.handle();
        let sweeping = actix_web::rt::spawn(async move {
            loop {
                tokio::time::sleep(SWEEP_EVERY).await;
                house.desk.sweep();
            }
        });
        actix_web::rt::spawn(async move {
            // Either an order to stop, or the owner is gone: both mean the same.
            drop(stopped.await);
            handle.stop(true).await;
        });
        started.send(Ok(())).ok();
        let ended = server.await.map_err(|error| error.to_string());
        sweeping.abort();
        ended
    })
}

/// The HTTP server on `listeners`, running once it is awaited. It must be made inside an actix system.
fn build(
    listeners: Vec<TcpListener>,
    own: OwnNames,
    agent: Arc<Agent>,
) -> std::io::Result<actix_web::dev::Server> {
    let mut server = HttpServer::new(move || {
        App::new()
            .app_data(web::Data::from(Arc::clone(&agent)))
            .app_data(web::Data::new(own))
            .app_data(web::PayloadConfig::new(BODY_BYTES_MAX))
            .wrap(middleware::from_fn(guard::around))
            .configure(shop::routes)
            .configure(own::routes)
            .configure(pages::routes)
            .configure(sockets::routes)
    })
    .workers(WORKERS)
    .client_request_timeout(PATIENCE)
    .shutdown_timeout(LAST_WORDS_S)
    // Signals belong to the program, not to the library.
    .disable_signals();
    for listener in listeners {
        server = server.listen(listener)?;
    }
    Ok(server.run())
}
