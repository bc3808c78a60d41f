//! Who is trusted to vouch for servers: the authorities of this machine, and those that the user adds.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use rustls::client::Resumption;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use super::TlsError;

/// Where systems keep their authorities as one PEM file: Debian, Fedora, openSUSE, Alpine and the BSDs.
const BUNDLES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// Names another file instead, as programs on these systems agree.
const BUNDLE_VARIABLE: &str = "SSL_CERT_FILE";

/// The authorities that are trusted. The machine's are read when they are first needed, and then kept.
#[derive(Clone, Default, Debug)]
pub struct Trust {
    /// Those of `--ca`.
    added: Vec<CertificateDer<'static>>,
    /// The machine's are left out.
    only_added: bool,
    config: Arc<OnceLock<Result<Arc<ClientConfig>, TlsError>>>,
}

impl Trust {
    /// Trusts the certificates of `file` (PEM) too.
    ///
    /// # Errors
    /// [`TlsError::Authorities`].
    pub fn add(&mut self, file: &Path) -> Result<(), TlsError> {
        let found = certificates(file)?;
        let mut store = RootCertStore::empty();
        for certificate in &found {
            let added = store.add(certificate.clone());
            added.map_err(|error| refused(file, error.to_string()))?;
        }
        self.added.extend(found);
        self.config = Arc::default();
        Ok(())
    }

    /// Trusts nobody but what was added.
    #[must_use]
    pub fn without_the_machines(self) -> Self {
        Self {
            only_added: true,
            config: Arc::default(),
            ..self
        }
    }

    /// How a client that trusts these greets a server.
    pub(super) fn config(&self) -> Result<Arc<ClientConfig>, TlsError> {
        self.config
            .get_or_init(|| self.configured().map(Arc::new))
            .clone()
    }

    fn configured(&self) -> Result<ClientConfig, TlsError> {
        let mut store = RootCertStore::empty();
        if !self.only_added
            && let Some(file) = bundle()
        {
            // Systems keep a few that no verifier takes any more; the others are there for what is in use.
            store.add_parsable_certificates(certificates(&file)?);
        }
        store.add_parsable_certificates(self.added.iter().cloned());
        if store.is_empty() {
            return Err(TlsError::NoAuthorities);
        }
        let provider = Arc::new(rustls_aws_lc_rs::DEFAULT_PROVIDER);
        let built = ClientConfig::builder(provider)
            .with_root_certificates(store)
            .with_no_client_auth();
        let mut config = built.map_err(|error| TlsError::of(&error, false))?;
        config.resumption = Resumption::disabled();
        Ok(config)
    }
}

fn bundle() -> Option<PathBuf> {
    let named = std::env::var_os(BUNDLE_VARIABLE).map(PathBuf::from);
    named.or_else(|| BUNDLES.iter().map(PathBuf::from).find(|file| file.is_file()))
}

/// The certificates of a PEM file, of which there has to be one.
fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let bytes = std::fs::read(file).map_err(|error| refused(file, error.to_string()))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
    let found = found.map_err(|error| refused(file, format!("{error:?}")))?;
    if found.is_empty() {
        return Err(refused(file, "holds no certificate in PEM".to_owned()));
    }
    Ok(found)
}

fn refused(file: &Path, rule: String) -> TlsError {
    TlsError::Authorities {
        file: file.to_owned(),
        rule,
    }
}
