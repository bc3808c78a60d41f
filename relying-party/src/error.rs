//! Why the server could not start or go on.

use crate::config::ConfigError;
use crate::store::StoreError;
use std::io;
use std::path::PathBuf;

/// What stops a server. What a client did wrong is not here but in [`crate::service::Refusal`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RelyingPartyError {
    /// The configuration was not accepted.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// `data.folder` or a key file in it cannot be used.
    #[error("data.folder {}: {source}", path.display())]
    DataFolder {
        /// The folder or file.
        path: PathBuf,
        /// What the operating system said.
        source: io::Error,
    },
    /// A key file holds bytes that are not a key.
    #[error("{}: these 32 bytes are not a P-256 private key; restore the file from a backup", path.display())]
    KeyFile {
        /// The file.
        path: PathBuf,
    },
    /// `server.key` is not the key that the records in the data folder were made with.
    #[error(
        "{} {what}: under another key a request that was sent before would take effect twice. Restore the file from a \
         backup; or, where nothing of before counts any more, move {} away",
        key.display(), check.display()
    )]
    ServerKeyReplaced {
        /// The key.
        key: PathBuf,
        /// The file with the code of the key before.
        check: PathBuf,
        /// How it differs.
        what: &'static str,
    },
    /// A folder of metadata statements, or a statement in it, cannot be used.
    #[error("{setting} {}: {reason}", path.display())]
    Metadata {
        /// The setting that names the folder, for instance `uaf.metadata_folder`.
        setting: &'static str,
        /// The folder or file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A file of `uaf.channel_binding.certificates` cannot be used.
    #[error("uaf.channel_binding.certificates {}: {reason}", path.display())]
    TlsCertificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// `processor.secret_file` cannot be used.
    #[error("processor.secret_file {}: {reason}", path.display())]
    ProcessorSecret {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A font of `pictures.fonts` cannot be used.
    #[error("pictures.fonts {}: {reason}", path.display())]
    Font {
        /// The file or folder.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// `server.listen` cannot be bound.
    #[error("server.listen {address}: {source}")]
    Listen {
        /// The address asked for.
        address: std::net::SocketAddr,
        /// What the operating system said.
        source: io::Error,
    },
    /// The HTTP server or its thread ended.
    #[error("the HTTP server ended: {0}")]
    Http(String),
}
