//! Everything that can stop the run, with what to do about it.

use std::path::PathBuf;

/// Why the run stopped.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum QuickstartError {
    /// A picture could not be used.
    #[error("{}: {rule}", path.display())]
    Picture {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        rule: String,
    },
    /// A video could not be used.
    #[error("{}: the video {rule}", path.display())]
    Video {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        rule: String,
    },
    /// A folder or video has too few pictures to enrol and to pay with.
    #[error("{}: JPEG or PNG pictures found: {found}; at least {needed} of one face are needed", path.display())]
    TooFewPictures {
        /// The folder or video.
        path: PathBuf,
        /// Pictures in it.
        found: usize,
        /// Pictures needed.
        needed: usize,
    },
    /// A network or picture refused its input.
    #[error("face networks: {0}")]
    Model(#[from] smile_models::ModelError),
    /// The weights or the sample media could not be had.
    #[error("{0}")]
    Weights(#[from] smile_weights::WeightsError),
    /// Files are missing that only a registry has, and it cannot be asked.
    #[error(
        "{error}\nWithout network the whole run needs all of these, in one folder for --weights:\n{commands}"
    )]
    Offline {
        /// Which one was missed first, and why it could not be had.
        error: Box<smile_weights::WeightsError>,
        /// What to run on a machine with network, a line for each package.
        commands: String,
    },
    /// The face networks could not be loaded.
    #[error("face networks: {0}")]
    Engine(#[from] smile_face::EngineError),
    /// The authenticator failed where it should not.
    #[error("authenticator: {0}")]
    Authenticator(#[from] smile_authenticator::AuthenticatorError),
    /// Enrolment and payment did not see the same person.
    #[error(
        "the device could not confirm that the pictures that pay show the person of the pictures that enrolled \
         (with --face: the second half and the first); use pictures of one person"
    )]
    OwnFaceNotConfirmed,
    /// Server and device of the run cannot speak with each other.
    #[error(
        "the loopback interface of this machine does not work: 127.0.0.1 cannot be reached ({0}). Server and device of the \
         run speak over it and nothing leaves the machine.\nWhat to do: bring it up (as root of a container or network \
         namespace of its own: ip link set lo up), or run outside it."
    )]
    Loopback(std::io::Error),
    /// The run stopped after it had a folder.
    #[error("{error}\nHow far it came: {}; the server's log: {}", report.display(), log.display())]
    Stopped {
        /// Why.
        error: Box<QuickstartError>,
        /// The report on the steps that were done.
        report: PathBuf,
        /// The server's log.
        log: PathBuf,
    },
    /// A metadata statement cannot be written in the form that is wanted.
    #[error("the statement cannot be written in this form: {0}")]
    Statement(String),
    /// The server's configuration was refused.
    #[error("server: {0}")]
    Config(#[from] smile_relying_party::config::ConfigError),
    /// The server could not start or stop.
    #[error("server: {0}")]
    Server(#[from] smile_relying_party::RelyingPartyError),
    /// The server could not be reached.
    #[error("{0}: no answer: {1}")]
    Wire(String, String),
    /// The server answered something else than it should.
    #[error("the answer {0}")]
    Reply(String),
    /// The agent could not start.
    #[error("agent: {0}")]
    Agent(#[source] Box<smile_agent::AgentError>),
    /// The shop could not be opened.
    #[error("shop: {0}")]
    Shop(String),
    /// The receipt does not hold.
    #[error("the receipt {0}")]
    Receipt(String),
    /// A step came out otherwise than it should.
    #[error("{step}: expected {expected}, but {found}")]
    Unexpected {
        /// The step.
        step: &'static str,
        /// How it should have come out.
        expected: String,
        /// How it came out.
        found: String,
    },
    /// A file or folder of the run could not be written.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
}

/// Boxed, because it is larger than all others.
impl From<smile_agent::AgentError> for QuickstartError {
    fn from(error: smile_agent::AgentError) -> Self {
        Self::Agent(Box::new(error))
    }
}
