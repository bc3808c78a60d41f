//! The server: started, checked, and given keys for its providers.

use super::EXIT_CONFIG;
use clap::ValueEnum;
use smile_ceremony::record::ApiKeyKind;
use smile_relying_party::api_key::{ApiKeyHash, new_api_key_of};
use smile_relying_party::config::{LogConfig, LogFormat, Mode};
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::service::Service;
use smile_relying_party::{Config, RelyingPartyError, RunningServer, Server, SystemClock};
use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;
use tokio::signal::unix::{SignalKind, signal};

/// How often the program looks whether its server has ended by itself.
const WATCH_EVERY: Duration = Duration::from_millis(500);

/// The kinds of key, as `--kind` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// Everything: for the backend of the provider
    Secret,
    /// What its scopes say: name them in the entry
    Restricted,
    /// Nothing by itself: for pages and apps, beside a client secret
    Publishable,
}

/// The modes of a tenant, as `--mode` names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum KeyMode {
    /// Nothing is real
    Test,
    /// Real payers and real money
    Live,
}

/// Prints a new key and its entry for the configuration.
pub fn make_api_key(kind: Kind, mode: KeyMode) -> ExitCode {
    let mode = match mode {
        KeyMode::Test => Mode::Test,
        KeyMode::Live => Mode::Live,
    };
    let (kind, more) = match kind {
        Kind::Secret => (ApiKeyKind::Secret, String::new()),
        Kind::Publishable => (ApiKeyKind::Publishable, "\nkind = \"publishable\"".to_owned()),
        Kind::Restricted => {
            let scopes = "\nkind = \"restricted\"\nscopes = [\"payments:read\"]";
            (ApiKeyKind::Restricted, scopes.to_owned())
        }
    };
    let key = new_api_key_of(kind, mode, &SystemEntropy);
    println!(
        "{}\n\n[[api_keys]]\nname = \"shop backend\"\nsha256 = \"{}\"{more}",
        *key,
        ApiKeyHash::of(&key).to_hex()
    );
    ExitCode::SUCCESS
}

/// Runs the server of this configuration, or only checks the configuration.
pub fn run(path: &Path, only_check: bool) -> ExitCode {
    match Config::load(path) {
        Ok(config) if only_check => check(&config, path),
        Ok(config) => start(config),
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

/// What can be known without starting: the configuration and the metadata statements that it names.
fn check(config: &Config, path: &Path) -> ExitCode {
    match Service::check(config) {
        Ok(statements) => {
            let counted = match statements {
                1 => "1 metadata statement".to_owned(),
                several => format!("{several} metadata statements"),
            };
            println!("{}: accepted, with {counted}", path.display());
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::from(EXIT_CONFIG)
        }
    }
}

fn start(config: Config) -> ExitCode {
    log_to_stderr(&config.log);
    match Server::start(config, SystemClock).and_then(serve_until_stopped) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("smile-rp: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve_until_stopped(server: RunningServer) -> Result<(), RelyingPartyError> {
    println!("listening on http://{}", server.addr);
    // A closed standard output is no reason not to serve.
    drop(std::io::stdout().flush());
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| RelyingPartyError::Http(error.to_string()))?;
    let signal_name = runtime.block_on(stop_signal(&server))?;
    if let Some(name) = signal_name {
        tracing::info!(signal = name, "stopping");
    }
    verdict(signal_name, server.stop())
}

/// A server that nobody stopped has failed, also where it ended without a fault: whoever watches the program must learn
/// that nobody serves.
fn verdict(
    signal_name: Option<&str>,
    stopped: Result<(), RelyingPartyError>,
) -> Result<(), RelyingPartyError> {
    match (signal_name, stopped) {
        (None, Ok(())) => Err(RelyingPartyError::Http("it ended by itself".to_owned())),
        (_, stopped) => stopped,
    }
}

/// Waits for SIGTERM or SIGINT; `None` when the server ended first.
async fn stop_signal(server: &RunningServer) -> Result<Option<&'static str>, RelyingPartyError> {
    let listen = |kind| signal(kind).map_err(|error| RelyingPartyError::Http(error.to_string()));
    let (mut terminate, mut interrupt) = (listen(SignalKind::terminate())?, listen(SignalKind::interrupt())?);
    loop {
        tokio::select! {
            _ = terminate.recv() => return Ok(Some("SIGTERM")),
            _ = interrupt.recv() => return Ok(Some("SIGINT")),
            () = tokio::time::sleep(WATCH_EVERY) => {
                if server.has_ended() {
                    return Ok(None);
                }
            }
        }
    }
}

fn log_to_stderr(config: &LogConfig) {
    let lines = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .with_env_filter(format!("{0},actix_server=warn,mio=warn,sled=warn", config.level));
    match config.format {
        LogFormat::Text => lines.init(),
        LogFormat::Json => lines.json().init(),
    }
}

#[cfg(test)]
mod tests {
    use super::verdict;
    use smile_relying_party::RelyingPartyError;

    #[test]
    fn only_a_server_that_was_told_to_stop_ends_well() {
        let fault = || Err(RelyingPartyError::Http("its thread panicked".to_owned()));
        assert!(verdict(Some("SIGTERM"), Ok(())).is_ok());
        assert!(verdict(Some("SIGTERM"), fault()).is_err());
        assert!(verdict(None, Ok(())).is_err());
        assert!(verdict(None, fault()).is_err());
    }
}
