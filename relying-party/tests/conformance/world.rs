//! The server without HTTP, on a store in memory, with a clock that only tests move and randomness that repeats: two
//! worlds that saw the same hold the same.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};
use smile_ceremony::payment::{PaymentEvent, PaymentIntent};
use smile_ceremony::record::{ConsentVersion, Credential, GivenConsent, LanguageTag, TextSha256};
use smile_ceremony::secret::ClientSecret;
use smile_ceremony::transition::Transition;
use smile_relying_party::Config;
use smile_relying_party::api_key::ApiKeyHash;
use smile_relying_party::clock::Clock;
use smile_relying_party::entropy::Entropy;
use smile_relying_party::service::{NewPayment, Once, Provider, Refusal, Reply, Service, UafRefusal};
use smile_relying_party::store::{MemoryStore, Row, Store};
use tempfile::TempDir;

use crate::certificates::NOW_MS;
use crate::models::{root, statements};

pub const APP_ID: &str = "https://shop.example/uaf/facets";
pub const FACET: &str = "https://shop.example";
const KEY: &str = "sk_test_of_the_conformance_suite";
/// How long a challenge may be answered.
pub const LIFETIME_MS: u64 = 120_000;

/// How the server is configured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Setting {
    /// Bindings to the TLS channel are not compared.
    #[default]
    Plain,
    /// Each response has to be bound to the server's certificate, for which [`root`] stands in.
    Bound,
}

/// One server and its store.
pub struct World {
    pub setting: Setting,
    pub service: Service,
    pub clock: Arc<StillClock>,
    store: Arc<MemoryStore>,
    provider: Provider,
}

/// A clock that stands still until it is moved, to either side.
pub struct StillClock(AtomicU64);

impl Clock for StillClock {
    fn now_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

impl StillClock {
    pub fn advance_ms(&self, ms: u64) {
        self.0.fetch_add(ms, Ordering::SeqCst);
    }

    pub fn set_back_ms(&self, ms: u64) {
        self.0.fetch_sub(ms, Ordering::SeqCst);
    }
}

/// Bytes that never repeat within a world, and are the same in every world with this seed.
struct Numbers(AtomicU64);

impl Entropy for Numbers {
    fn fill(&self, buffer: &mut [u8]) {
        for chunk in buffer.chunks_mut(8) {
            let next = self
                .0
                .fetch_add(1, Ordering::SeqCst)
                .wrapping_mul(0x9E37_79B9_7F4A_7C15);
            chunk.copy_from_slice(&next.to_be_bytes()[..chunk.len()]);
        }
    }
}

/// Runs a future to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.expect("a runtime can be made").block_on(future)
}

thread_local! {
    /// The folder of statements, written once for each test and deleted with its thread.
    static METADATA: TempDir = {
        let folder = tempfile::tempdir().expect("a temporary folder");
        for statement in statements() {
            let name = statement["aaid"].as_str().expect("an AAID").replace('#', "-");
            let path = folder.path().join(format!("{name}.json"));
            std::fs::write(path, statement.to_string()).expect("a statement can be written");
        }
        std::fs::write(folder.path().join("server.cer"), root()).expect("a certificate can be written");
        folder
    };
}

fn config(tenant: &str, setting: Setting) -> Config {
    let metadata = METADATA.with(|folder| folder.path().display().to_string());
    let key = ApiKeyHash::of(KEY).to_hex();
    let text = format!(
        "[relying_party]\ntenant = \"{tenant}\"\napp_id = \"{APP_ID}\"\nfacets = [\"{FACET}\"]\n\
         [[api_keys]]\nname = \"tests\"\nsha256 = \"{key}\"\n\
         [data]\nengine = \"memory\"\n\
         [uaf]\nmetadata_folder = \"{metadata}\"\nchallenge_lifetime_s = {}\n",
        LIFETIME_MS / 1000,
    );
    let bound =
        format!("[uaf.channel_binding]\nmode = \"required\"\ncertificates = [\"{metadata}/server.cer\"]\n");
    let text = match setting {
        Setting::Plain => text,
        Setting::Bound => text + &bound,
    };
    Config::from_toml(&text).expect("the tests' configuration is right")
}

impl World {
    pub fn new(setting: Setting) -> Self {
        let clock = Arc::new(StillClock(AtomicU64::new(NOW_MS)));
        Self::on(
            Arc::new(MemoryStore::new()),
            clock,
            config("stamps", setting),
            (1, setting),
        )
    }

    /// Another server on the same store and clock: of `tenant`, and with a server key of its own.
    pub fn beside(&self, tenant: &str) -> Self {
        let setting = self.setting;
        let (store, clock) = (self.store.clone(), self.clock.clone());
        Self::on(store, clock, config(tenant, setting), (1 << 32, setting))
    }

    fn on(
        store: Arc<MemoryStore>,
        clock: Arc<StillClock>,
        config: Config,
        (seed, setting): (u64, Setting),
    ) -> Self {
        let entropy = Arc::new(Numbers(AtomicU64::new(seed)));
        let service = Service::with_store(&config, store.clone(), clock.clone(), entropy);
        let service = service.expect("the service opens");
        let provider = service
            .provider(Some(KEY), smile_ceremony::record::Scope::PaymentsWrite)
            .expect("the key is the configured one");
        Self {
            setting,
            service,
            clock,
            store,
            provider,
        }
    }

    /// A new enrolment session's context.
    pub fn enrolment(&self, user: &str) -> Value {
        let once = Once::default();
        let created =
            self.service
                .create_enrolment_session(&self.provider, user, self.agreed(), &once, |_, token| only(token));
        json!({"enrolmentSession": text(wait(created))})
    }

    /// What whoever enrols agreed to just now.
    fn agreed(&self) -> GivenConsent {
        GivenConsent {
            version: ConsentVersion::parse("1").expect("a version"),
            language: LanguageTag::parse("en").expect("a language"),
            text_sha256: TextSha256::from_hex(&"5e".repeat(32)).expect("a hash"),
            agreed_at_ms: self.clock.now_ms(),
        }
    }

    /// A new login's context.
    pub fn login(&self, user: &str) -> Value {
        let once = Once::default();
        let created = self
            .service
            .create_authentication_session(&self.provider, user, &once, |_, token| only(token));
        json!({"authenticationSession": text(wait(created))})
    }

    /// A new payment's context: 1.45 EUR.
    pub fn payment(&self, user: &str) -> Value {
        let new = NewPayment {
            amount: 145,
            currency: "EUR".to_owned(),
            payee: "Deutsche Post".to_owned(),
            user: Some(user.to_owned()),
            order: None,
            description: None,
            capture_method: None,
            confirm: None,
            expires_in_s: None,
            return_url: None,
        };
        let once = Once::default();
        let created = self
            .service
            .create_payment(&self.provider, new, &once, |_, secret| only(secret));
        json!({"clientSecret": text(wait(created))})
    }

    /// Cancels the payment that `context` opens.
    pub fn cancel(&self, context: &Value) {
        let cancel = Transition::MovePayment {
            tenant: self.provider.tenant().clone(),
            payment: self.payment_of(context).id().clone(),
            event: PaymentEvent::Cancel,
            now_ms: self.clock.now_ms(),
        };
        wait(self.store.commit(cancel)).expect("it can be canceled");
    }

    /// Takes a key from its user.
    pub fn deregister(&self, user: &str, key_id: &[u8]) {
        let key = self.credential(user, key_id).expect("the key is registered");
        let (id, once) = (key.id.as_str(), Once::default());
        let done = self
            .service
            .deregister(&self.provider, id, &once, |_, _, _| Reply::new(200, Vec::new()));
        wait(done).expect("it can be deregistered");
    }

    /// The record of a key.
    pub fn credential(&self, user: &str, key_id: &[u8]) -> Option<Credential> {
        let keys = wait(self.service.credentials_of(&self.provider, user)).expect("the store answers");
        keys.into_iter().find(|key| key.key_id.as_bytes() == key_id)
    }

    /// The payment that `context` opens.
    pub fn payment_of(&self, context: &Value) -> PaymentIntent {
        let secret = context["clientSecret"].as_str().expect("a payment's context");
        let (id, _) = secret
            .split_once("_secret_")
            .expect("a client secret names its payment");
        wait(self.service.payment(&self.provider, id)).expect("the payment exists")
    }

    /// Asks for a request: the object of the highest version.
    pub fn request(&self, op: &str, context: &Value) -> Value {
        let body = json!({"op": op, "context": context.to_string()}).to_string();
        let answer = wait(self.service.uaf_request(&body)).expect("a request is given");
        let message = answer.uaf_request.expect("1200 comes with a request");
        let mut requests: Vec<Value> = serde_json::from_str(&message).expect("a message is an array");
        requests.sort_by_key(|request| request["header"]["upv"]["minor"].as_u64());
        requests.pop().expect("a message has an object")
    }

    /// The verdict on an envelope: the status code, and the reason where it is a refusal.
    pub fn respond(&self, envelope: &str) -> (u16, String) {
        match wait(self.service.uaf_response(envelope)) {
            Ok(answer) => (answer.status_code.code(), String::new()),
            Err(UafRefusal { status, rule, .. }) => (status.code(), rule),
        }
    }

    /// Every record.
    pub fn dump(&self) -> Vec<Row> {
        wait(self.store.dump()).expect("the store can be dumped")
    }
}

/// An answer that holds the secret and nothing else.
fn only(secret: &ClientSecret) -> Reply {
    Reply::new(201, secret.reveal().as_bytes().to_vec())
}

fn text(reply: Result<Reply, Refusal>) -> String {
    String::from_utf8(reply.expect("it is created").body.to_vec()).expect("a secret is text")
}
