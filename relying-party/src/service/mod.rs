//! The use cases of the server, without HTTP: who may do what, in which order rules and store are asked.

mod answer_seal;
mod api_keys;
mod caller;
#[cfg(feature = "conformance")]
mod conformance;
mod consents;
mod credentials;
mod devices;
mod drawing;
mod hosted_pages;
mod housekeeping;
mod key_ring;
mod metadata;
mod once;
mod payer;
mod payments;
mod people;
mod pictures;
mod rate_limits;
mod receipts;
mod refunds;
mod refusal;
mod server_key;
mod sessions;
mod settlement;
mod simulation;
mod tenants;
mod tls;
mod uaf_context;
mod uaf_refusal;
mod uaf_request;
mod uaf_response;

pub use api_keys::{NewApiKey, OVERLAP_MAX_S, ShownApiKey};
pub use caller::Provider;
pub use credentials::UserKeys;
pub use devices::ShownLoss;
pub use once::{Once, Reply};
pub use payments::{NewPayment, Page, PaymentList};
pub use people::PersonRecords;
pub use rate_limits::{Standing, Tally};
pub use refusal::{Refusal, RefusalCode};
pub use uaf_refusal::UafRefusal;

use self::answer_seal::AnswerSeal;
use self::drawing::Drawing;
use self::hosted_pages::HostedPages;
use self::key_ring::KeyRing;
use self::once::KeysInFlight;
use self::rate_limits::RateLimits;
use self::settlement::Settler;
use self::tenants::Tenants;
use crate::clock::Clock;
use crate::config::{Config, Engine, ProcessorKind};
use crate::durable_file;
use crate::entropy::Entropy;
use crate::error::RelyingPartyError;
use crate::processor::{CallbackSecret, HttpProcessor, Patience, Processor, TestProcessor};
use crate::receipt::ReceiptSigner;
use crate::store::{MemoryStore, SledStore, Store};
use smile_ceremony::identifier::CeremonyId;
use smile_ceremony::metadata::MetadataSet;
use std::sync::Arc;
use std::time::Duration;

/// Everything that a use case needs.
pub struct Service {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    store: Arc<dyn Store>,
    tenants: Arc<Tenants>,
    answers: AnswerSeal,
    keys_in_flight: KeysInFlight,
    settler: Arc<Settler>,
    keys: KeyRing,
    limits: RateLimits,
    receipts: ReceiptSigner,
    hosted_pages: HostedPages,
    drawing: Option<Drawing>,
    proxy_headers: tls::ProxyHeaders,
    #[cfg(feature = "conformance")]
    conformance: bool,
}

impl Service {
    /// Reads the metadata statements, TLS certificates, fonts and the secret of callbacks that a configuration names, and says how many statements
    /// there are. Opens nothing else.
    ///
    /// # Errors
    /// [`RelyingPartyError::Metadata`], [`RelyingPartyError::TlsCertificate`],
    /// [`RelyingPartyError::ProcessorSecret`], [`RelyingPartyError::Font`].
    pub fn check(config: &Config) -> Result<usize, RelyingPartyError> {
        tls::expected_channel(&config.uaf.channel_binding)?;
        let clock: Arc<dyn Clock> = Arc::new(crate::clock::SystemClock);
        processor(config, &clock)?;
        pictures::fonts(config)?;
        Ok(statements(config)?.aaids().count())
    }

    /// Reads metadata and keys, and opens the store that the configuration names.
    ///
    /// # Errors
    /// What [`RelyingPartyError`] lists, except for the network.
    pub fn open(
        config: &Config,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, RelyingPartyError> {
        let folder = config.data.folder.as_deref();
        if let Some(folder) = folder {
            durable_file::create_private_folder(folder).map_err(|source| RelyingPartyError::DataFolder {
                path: folder.to_owned(),
                source,
            })?;
        }
        let store: Arc<dyn Store> = match (config.data.engine, folder) {
            (Engine::Sled, Some(folder)) => Arc::new(SledStore::open(&folder.join("store"))?),
            _ => Arc::new(MemoryStore::new()),
        };
        Self::with_store(config, store, clock, entropy)
    }

    /// As [`Service::open`], on a store of the caller's.
    ///
    /// # Errors
    /// As [`Service::open`].
    pub fn with_store(
        config: &Config,
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, RelyingPartyError> {
        let folder = config.data.folder.as_deref();
        let receipts = match folder {
            Some(folder) => ReceiptSigner::open(folder, &*entropy)?,
            None => ReceiptSigner::ephemeral(&*entropy),
        };
        let key = server_key::open(folder, &*entropy)?;
        let answers = AnswerSeal::of(&*key);
        let tenants = Arc::new(Tenants::of(config, &key)?);
        let keys = KeyRing::open(config, tenants.clone(), store.clone())?;
        let fonts = pictures::fonts(config)?;
        fonts.iter().for_each(pictures::log_fonts);
        let processor = config.processor.processor_name().zip(processor(config, &clock)?);
        let ids = tenants.ids().collect();
        let settler = Settler::new(ids, store.clone(), clock.clone(), processor);
        metadata::log_reports(&tenants.first().relying_party.metadata, clock.now_ms());
        if config.uaf.experimental_wav1cbor {
            tracing::warn!("the assertion scheme WAV1CBOR is on: it is experimental, and signs no payments");
        }
        let limits = RateLimits::of(&config.limits, &clock);
        Ok(Self {
            clock,
            entropy,
            store,
            tenants,
            answers,
            keys_in_flight: KeysInFlight::default(),
            settler: Arc::new(settler),
            keys,
            limits,
            receipts,
            hosted_pages: HostedPages::new(&config.server),
            drawing: fonts.map(Drawing::with),
            proxy_headers: (&config.uaf.channel_binding).into(),
            #[cfg(feature = "conformance")]
            conformance: config.has_conformance(),
        })
    }

    /// The clock that this service reads.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    /// The source of randomness that this service draws from.
    #[must_use]
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        self.entropy.clone()
    }

    /// That the store answers. What it is asked for is one record that is not there: a record that is, and does not
    /// decode, says nothing about the others.
    ///
    /// # Errors
    /// `store_unavailable`.
    pub async fn must_be_ready(&self) -> Result<(), Refusal> {
        self.store.ceremony(CeremonyId::from_bytes([0; 16])).await?;
        Ok(())
    }

    /// Closes the store: what was acknowledged is on disk and marked, and nothing more is taken.
    pub fn close(&self) {
        self.store.close();
    }

    fn now_ms(&self) -> u64 {
        self.clock.now_ms()
    }

    /// Randomness in the form that the ceremonies take it.
    fn rng(&self) -> impl FnMut(&mut [u8]) + '_ {
        |buffer: &mut [u8]| self.entropy.fill(buffer)
    }
}

/// The statements of all authenticator models that may register.
fn statements(config: &Config) -> Result<MetadataSet, RelyingPartyError> {
    let mut folders = vec![("uaf.metadata_folder", config.uaf.metadata_folder.as_path())];
    if config.has_conformance() {
        let tests = config.conformance.metadata_folder.as_deref();
        folders.extend(tests.map(|folder| ("conformance.metadata_folder", folder)));
    }
    metadata::load(&folders)
}

fn processor(
    config: &Config,
    clock: &Arc<dyn Clock>,
) -> Result<Option<Arc<dyn Processor>>, RelyingPartyError> {
    let config = &config.processor;
    Ok(match (config.kind, &config.url, &config.secret_file) {
        (ProcessorKind::Test, ..) => Some(Arc::new(TestProcessor::new())),
        (ProcessorKind::Http, Some(url), Some(path)) => {
            let secret = CallbackSecret::read(path).map_err(|reason| RelyingPartyError::ProcessorSecret {
                path: path.clone(),
                reason,
            })?;
            let patience = Patience {
                timeout: Duration::from_millis(config.timeout_ms),
                retries: config.retries,
                backoff: Duration::from_millis(config.backoff_ms),
            };
            Some(Arc::new(HttpProcessor::new(
                url.clone(),
                secret,
                patience,
                clock.clone(),
            )))
        }
        // The lint refuses the kind http without the two others.
        _ => None,
    })
}
