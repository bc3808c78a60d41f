//! The use cases of the server, without HTTP: who may do what, in which order rules and store are asked.

mod answer_seal;
mod caller;
#[cfg(feature = "conformance")]
mod conformance;
mod credentials;
mod housekeeping;
mod metadata;
mod once;
mod payments;
mod pictures;
mod receipts;
mod refunds;
mod refusal;
mod sessions;
mod settlement;
mod tls;
mod uaf_context;
mod uaf_refusal;
mod uaf_request;
mod uaf_response;

pub use caller::Provider;
pub use credentials::UserKeys;
pub use once::{Once, Reply};
pub use payments::{NewPayment, Page, PaymentList};
pub use refusal::{Refusal, RefusalCode};
pub use uaf_refusal::UafRefusal;

use self::answer_seal::AnswerSeal;
use self::once::KeysInFlight;
use self::settlement::Settler;
use crate::api_key::{ApiKeyHash, ApiKeys};
use crate::clock::Clock;
use crate::config::{Config, Engine, ProcessorKind};
use crate::durable_file;
use crate::entropy::{self, Entropy};
use crate::error::RelyingPartyError;
use crate::picture::Fonts;
use crate::processor::{CallbackSecret, HttpProcessor, Patience, Processor, TestProcessor};
use crate::receipt::ReceiptSigner;
use crate::store::{MemoryStore, SledStore, Store};
use smile_ceremony::facets::FacetAllowList;
use smile_ceremony::identifier::{CeremonyId, TenantId};
use smile_ceremony::metadata::MetadataSet;
use smile_ceremony::relying_party::RelyingParty;
use smile_ceremony::server_data::ServerKey;
use smile_protocol::uaf::identity::{AppId, FacetId};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

/// The name of the file that holds the server's own key, in the data folder.
const SERVER_KEY_FILE: &str = "server.key";

/// Everything that a use case needs.
pub struct Service {
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
    store: Arc<dyn Store>,
    tenant: TenantId,
    relying_party: Arc<RelyingParty>,
    answers: AnswerSeal,
    keys_in_flight: KeysInFlight,
    settler: Arc<Settler>,
    api_keys: ApiKeys,
    receipts: ReceiptSigner,
    fonts: Option<Fonts>,
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
        let key = server_key(folder, &*entropy)?;
        let answers = AnswerSeal::of(&*key);
        let server_key = ServerKey::new(key.to_vec()).expect("32 bytes are what a server key needs");
        let relying_party = relying_party(config, server_key)?;
        let fonts = pictures::fonts(config)?;
        fonts.iter().for_each(pictures::log_fonts);
        let tenant =
            TenantId::parse(&config.relying_party.tenant).expect("the configuration's lint is stricter");
        let processor = config.processor.processor_name().zip(processor(config, &clock)?);
        let settler = Settler::new(tenant.clone(), store.clone(), clock.clone(), processor);
        metadata::log_reports(&relying_party.metadata, clock.now_ms());
        Ok(Self {
            clock,
            entropy,
            store,
            tenant,
            relying_party: Arc::new(relying_party),
            answers,
            keys_in_flight: KeysInFlight::default(),
            settler: Arc::new(settler),
            api_keys: api_keys(config),
            receipts,
            fonts,
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

    /// The tenant's list of trusted facets as JSON, the same for every caller (AppID and facets §3.1.2). It has an entry for
    /// version 1.0 and one for 1.1: clients in the field look for either.
    #[must_use]
    pub fn trusted_facets(&self) -> String {
        self.relying_party.facets.document()
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

/// The server's own key; what else it needs to keep secret follows from it.
fn server_key(
    folder: Option<&Path>,
    entropy: &dyn Entropy,
) -> Result<Zeroizing<[u8; 32]>, RelyingPartyError> {
    let fresh = || entropy::secret::<32>(entropy);
    match folder.map(|folder| folder.join(SERVER_KEY_FILE)) {
        None => Ok(fresh()),
        Some(path) => durable_file::read_or_create(&path, fresh)
            .map_err(|source| RelyingPartyError::DataFolder { path, source }),
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

fn relying_party(config: &Config, server_key: ServerKey) -> Result<RelyingParty, RelyingPartyError> {
    let linted = "the configuration's lint checked the length";
    let app_id = AppId::new(&*config.relying_party.app_id).expect(linted);
    let facets = config
        .relying_party
        .facets
        .iter()
        .map(|facet| FacetId::new(&**facet).expect(linted))
        .collect();
    let metadata = statements(config)?;
    let accepted = metadata::accepted(&metadata);
    let facets = FacetAllowList::new(facets);
    let mut relying_party = RelyingParty::new(Some(app_id), facets, metadata, accepted, server_key);
    relying_party.channel = tls::expected_channel(&config.uaf.channel_binding)?;
    relying_party.wav1cbor = config.uaf.experimental_wav1cbor;
    if relying_party.wav1cbor {
        tracing::warn!("the assertion scheme WAV1CBOR is on: it is experimental, and signs no payments");
    }
    relying_party.challenge_lifetime_ms = config.uaf.challenge_lifetime_s * 1000;
    #[cfg(feature = "conformance")]
    if config.has_conformance() {
        conformance::loosen(&mut relying_party, &config.conformance.facets);
    }
    Ok(relying_party)
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

fn api_keys(config: &Config) -> ApiKeys {
    let hash =
        |digits: &str| ApiKeyHash::from_hex(digits).expect("the configuration's lint checked the digits");
    ApiKeys::new(
        config
            .api_keys
            .iter()
            .map(|key| (key.name.clone(), hash(&key.sha256)))
            .collect(),
    )
}
