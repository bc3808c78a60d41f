//! The running server: a thread of its own around the HTTP workers, so that any program can start one.

use crate::clock::Clock;
use crate::config::{Config, ServerConfig};
use crate::entropy::{Entropy, SystemEntropy};
use crate::error::RelyingPartyError;
use crate::http;
use crate::service::Service;
use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use tokio::sync::oneshot;

/// Starts servers.
pub struct Server;

impl Server {
    /// Opens the store, reads keys and metadata, binds the address and serves on a thread of its own. Returns once
    /// connections are accepted; needs no async runtime.
    ///
    /// # Errors
    /// What [`RelyingPartyError`] lists; nothing runs then.
    pub fn start(config: Config, clock: impl Clock + 'static) -> Result<RunningServer, RelyingPartyError> {
        Self::start_with(config, Arc::new(clock), Arc::new(SystemEntropy))
    }

    /// As [`Server::start`], with a source of randomness of the caller's choice.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_with(
        config: Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<RunningServer, RelyingPartyError> {
        let service = Service::open(&config, clock, entropy)?;
        Self::serve(config.server, Arc::new(service))
    }

    /// Binds the address and serves an open service.
    ///
    /// # Errors
    /// [`RelyingPartyError::Listen`], [`RelyingPartyError::Http`].
    pub fn serve(config: ServerConfig, service: Arc<Service>) -> Result<RunningServer, RelyingPartyError> {
        let address = config.listen;
        let bound = TcpListener::bind(address);
        let listener = bound.map_err(|source| RelyingPartyError::Listen { address, source })?;
        Self::serve_on(listener, config, service)
    }

    /// As [`Server::start`], on a listener that the caller has bound before because its port is part of the configuration:
    /// of `server.public_url`, for instance.
    ///
    /// # Errors
    /// As [`Server::start`].
    pub fn start_on(
        listener: TcpListener,
        config: Config,
        clock: impl Clock + 'static,
    ) -> Result<RunningServer, RelyingPartyError> {
        let service = Service::open(&config, Arc::new(clock), Arc::new(SystemEntropy))?;
        Self::serve_on(listener, config.server, Arc::new(service))
    }

    fn serve_on(
        listener: TcpListener,
        config: ServerConfig,
        service: Arc<Service>,
    ) -> Result<RunningServer, RelyingPartyError> {
        let address = config.listen;
        let addr = listener
            .local_addr()
            .map_err(|source| RelyingPartyError::Listen { address, source })?;
        let (stop, stopped) = oneshot::channel();
        let (started, is_started) = mpsc::channel();
        let served = service.clone();
        let thread = std::thread::Builder::new()
            .name("smile-http".to_owned())
            .spawn(move || http::serve(&config, listener, served, &started, stopped))
            .map_err(|error| RelyingPartyError::Http(error.to_string()))?;
        match is_started.recv() {
            Ok(Ok(())) => Ok(RunningServer {
                addr,
                stop: Some(stop),
                thread: Some(thread),
                service,
            }),
            Ok(Err(error)) => Err(RelyingPartyError::Http(error)),
            Err(_) => Err(RelyingPartyError::Http("its thread ended at start".to_owned())),
        }
    }
}

/// A server that serves until it is stopped; dropping it stops it too.
pub struct RunningServer {
    /// The address it listens on, with the port that the system chose where the configuration said 0.
    pub addr: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<Result<(), String>>>,
    service: Arc<Service>,
}

impl RunningServer {
    /// Takes no new connections, lets running requests finish for at most `server.shutdown_timeout_s`, closes the
    /// store, also one that others hold too, and returns.
    ///
    /// # Errors
    /// The server had ended with a fault.
    pub fn stop(mut self) -> Result<(), RelyingPartyError> {
        self.end()
    }

    /// Whether the server has ended by itself.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        self.thread.as_ref().is_none_or(JoinHandle::is_finished)
    }

    fn end(&mut self) -> Result<(), RelyingPartyError> {
        if let Some(stop) = self.stop.take() {
            // A server that has ended by itself listens no more; joining it says why.
            stop.send(()).ok();
        }
        let ended = self.thread.take().map(JoinHandle::join);
        // The workers' threads may outlive the one that was joined, and hold the service as long: the store is not closed
        // by being dropped in time.
        self.service.close();
        match ended {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(error))) => Err(RelyingPartyError::Http(error)),
            Some(Err(_)) => Err(RelyingPartyError::Http("its thread panicked".to_owned())),
        }
    }
}

impl Drop for RunningServer {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::error!(%error, "the server did not stop well");
        }
    }
}
