//! A server on a port of its own, with a clock that the test moves and a store that it can look into.

use crate::signer::{FACET, METADATA, Signer};
use crate::wire::{Answer, send};
use serde_json::{Value, json};
use smile_relying_party::api_key::ApiKeyHash;
use smile_relying_party::clock::{Clock, ShiftedClock, SystemClock};
use smile_relying_party::config::RelyingPartyConfig;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::service::Service;
use smile_relying_party::store::{MemoryStore, Row, SledStore, Store, Table};
use smile_relying_party::{Config, RunningServer, Server};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tempfile::TempDir;

/// The provider's key in all tests.
pub const KEY: &str = "sk_test_of_the_tests";

/// The AppID in all tests.
pub const APP_ID: &str = "https://shop.example/uaf/facets";

/// Which store the server runs on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    Memory,
    Sled,
}

/// A running server and what belongs to it.
pub struct World {
    pub server: Option<RunningServer>,
    pub clock: ShiftedClock,
    pub store: Arc<dyn Store>,
    pub service: Arc<Service>,
    /// Deleted with the world.
    folder: Arc<TempDir>,
}

/// The body of a request for an enrolment session of a user who agreed within the hour before `now_ms`; the same for all of
/// that hour.
pub fn enrolment_at(user: &str, now_ms: u64) -> Value {
    let now = now_ms / 1000;
    json!({"user": user, "consent": {
        "version": "2026-11", "language": "en", "text_sha256": "5e".repeat(32), "agreed_at": now - now % 3600,
    }})
}

/// As [`enrolment_at`], by the clock of this machine.
pub fn enrolment(user: &str) -> Value {
    enrolment_at(user, SystemClock.now_ms())
}

/// Runs a future to its end.
pub fn wait<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime can be made").block_on(future)
}

/// The tests' configuration with its data in `folder`.
pub fn config(folder: &Path) -> Config {
    let metadata = folder.join("metadata");
    std::fs::create_dir_all(&metadata).expect("the folder can be made");
    std::fs::write(metadata.join("signer.json"), METADATA).expect("the statement can be written");
    let text = format!(
        "[server]\nlisten = \"127.0.0.1:0\"\nshutdown_timeout_s = 2\nrequest_timeout_ms = 1000\n\
         [relying_party]\ntenant = \"stamps\"\napp_id = \"{APP_ID}\"\nfacets = [\"{FACET}\"]\n\
         [[api_keys]]\nname = \"tests\"\nsha256 = \"{}\"\n\
         [data]\nengine = \"sled\"\nfolder = \"{}\"\n[uaf]\nmetadata_folder = \"{}\"\nchallenge_lifetime_s = 120\n\
         [limits]\nper_user_burst = 1000000\n",
        ApiKeyHash::of(KEY).to_hex(),
        folder.join("data").display(),
        metadata.display(),
    );
    std::fs::create_dir_all(folder.join("data")).expect("the folder can be made");
    Config::from_toml(&text).expect("the tests' configuration is right")
}

/// The one tenant of the tests' configuration.
pub fn own(config: &mut Config) -> &mut RelyingPartyConfig {
    config
        .relying_party
        .as_mut()
        .expect("the tests' configuration has it")
}

impl World {
    /// A fresh server.
    pub fn new(on: On) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store: Arc<dyn Store> = match on {
            On::Memory => Arc::new(MemoryStore::new()),
            On::Sled => Arc::new(SledStore::open(&folder.path().join("data/store")).expect("sled opens")),
        };
        Self::start(Arc::new(folder), store, ShiftedClock::new(), "stamps")
    }

    /// A second server on the same store, keys and clock, for another tenant.
    pub fn beside(&self, tenant: &str) -> Self {
        self.again(|_, config| tenant.clone_into(&mut own(config).tenant))
    }

    /// A fresh server whose configuration or folder was changed.
    pub fn configured(change: impl FnOnce(&Path, &mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_with(
            Arc::new(folder),
            Arc::new(MemoryStore::new()),
            ShiftedClock::new(),
            change,
        )
    }

    /// As [`World::configured`], with a clock that stands until the test moves it.
    pub fn standing(change: impl FnOnce(&Path, &mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start_with(
            Arc::new(folder),
            Arc::new(MemoryStore::new()),
            ShiftedClock::standing(),
            change,
        )
    }

    /// A second server on the same store, keys and clock, whose configuration or folder was changed.
    pub fn again(&self, change: impl FnOnce(&Path, &mut Config)) -> Self {
        Self::start_with(
            self.folder.clone(),
            self.store.clone(),
            self.clock.clone(),
            change,
        )
    }

    /// The same data on sled, after a change to its store while no server ran.
    pub fn after(mut self, change: impl FnOnce(&Path)) -> Self {
        let server = self.server.take().expect("it runs");
        server.stop().expect("a clean stop");
        change(&self.store_folder());
        let store = SledStore::open(&self.store_folder()).expect("sled opens");
        Self::start(self.folder.clone(), Arc::new(store), self.clock.clone(), "stamps")
    }

    /// A fresh server on a store of the test's.
    pub fn on(store: Arc<dyn Store>, clock: ShiftedClock) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        Self::start(Arc::new(folder), store, clock, "stamps")
    }

    fn start(folder: Arc<TempDir>, store: Arc<dyn Store>, clock: ShiftedClock, tenant: &str) -> Self {
        Self::start_with(folder, store, clock, |_, config| {
            tenant.clone_into(&mut own(config).tenant);
        })
    }

    fn start_with(
        folder: Arc<TempDir>,
        store: Arc<dyn Store>,
        clock: ShiftedClock,
        change: impl FnOnce(&Path, &mut Config),
    ) -> Self {
        let mut config = config(folder.path());
        change(folder.path(), &mut config);
        let service = Service::with_store(
            &config,
            store.clone(),
            Arc::new(clock.clone()),
            Arc::new(SystemEntropy),
        );
        let service = Arc::new(service.expect("the service opens"));
        let server = Server::serve(config.server, service.clone()).expect("the server starts");
        Self {
            server: Some(server),
            clock,
            store,
            service,
            folder,
        }
    }

    /// The folder of a store on disk.
    pub fn store_folder(&self) -> PathBuf {
        self.folder.path().join("data/store")
    }

    /// Where it listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.server.as_ref().expect("it runs").addr
    }

    /// A request with these headers, each ending in `\r\n`.
    pub fn raw(&self, method: &str, path: &str, headers: &str, body: &[u8]) -> Answer {
        send(self.address(), method, path, headers, body)
    }

    /// A provider's GET.
    pub fn get(&self, path: &str) -> Answer {
        self.raw("GET", path, &format!("authorization: Bearer {KEY}\r\n"), b"")
    }

    /// A provider's POST of JSON.
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        let headers = format!("authorization: Bearer {KEY}\r\ncontent-type: application/json\r\n");
        self.raw("POST", path, &headers, body.to_string().as_bytes())
    }

    /// A provider's POST of JSON under an idempotency key.
    pub fn post_once(&self, path: &str, body: &Value, key: &str) -> Answer {
        let headers = format!(
            "authorization: Bearer {KEY}\r\ncontent-type: application/json\r\nidempotency-key: {key}\r\n"
        );
        self.raw("POST", path, &headers, body.to_string().as_bytes())
    }

    /// A payment of 1.45 EUR by alice with these members changed or added; it must be created.
    pub fn payment_with(&self, members: &Value) -> Value {
        let mut body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": "alice"});
        for (name, value) in members.as_object().expect("an object") {
            body[name] = value.clone();
        }
        let answer = self.post("/v1/payment_intents", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// The buyer signs a payment.
    pub fn sign(&self, payment: &Value, signer: &mut Signer) {
        let verdict = self.respond(&signer.authenticate(&self.payment_request(payment)).message());
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    }

    /// The path of a payment, and of what is done with it.
    pub fn path(payment: &Value, action: &str) -> String {
        format!(
            "/v1/payment_intents/{}{action}",
            payment["id"].as_str().expect("an id")
        )
    }

    /// A UAF message; the verdict must come under HTTP 200.
    pub fn uaf(&self, path: &str, body: &str) -> Value {
        let headers = "content-type: application/fido+uaf; charset=utf-8\r\n";
        let answer = self.raw("POST", path, headers, body.as_bytes());
        assert_eq!(answer.status, 200, "{answer:?}");
        assert_eq!(
            answer.header("content-type"),
            Some("application/fido+uaf; charset=utf-8")
        );
        answer.json()
    }

    /// The answer to a GetUAFRequest in `context`.
    pub fn uaf_get(&self, op: &str, context: &Value) -> Value {
        self.uaf(
            "/uaf/get",
            &json!({"op": op, "context": context.to_string()}).to_string(),
        )
    }

    /// The UAF request message for `context`.
    pub fn request(&self, op: &str, context: &Value) -> String {
        let answer = self.uaf_get(op, context);
        assert_eq!(answer["statusCode"], 1200, "{answer}");
        answer["uafRequest"].as_str().expect("a request").to_owned()
    }

    /// The verdict on a response message.
    pub fn respond(&self, message: &str) -> Value {
        self.uaf("/uaf/respond", &json!({"uafResponse": message}).to_string())
    }

    /// The body of a request for an enrolment session, by the world's clock.
    pub fn enrolment(&self, user: &str) -> Value {
        enrolment_at(user, self.clock.now_ms())
    }

    /// A new enrolment session's token.
    pub fn enrolment_token(&self, user: &str) -> String {
        let answer = self.post("/v1/enrolment_sessions", &self.enrolment(user));
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()["token"].as_str().expect("a token").to_owned()
    }

    /// A registration request for a user.
    pub fn registration_request(&self, user: &str) -> String {
        self.request("Reg", &json!({"enrolmentSession": self.enrolment_token(user)}))
    }

    /// Registers the signer's key for a user.
    pub fn register(&self, user: &str, signer: &Signer) {
        let verdict = self.respond(&signer.register(&self.registration_request(user)).message());
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
    }

    /// A new payment of 1.45 EUR.
    pub fn payment(&self, user: &str) -> Value {
        let body = json!({"amount": 145, "currency": "EUR", "payee": "Deutsche Post", "user": user});
        let answer = self.post("/v1/payment_intents", &body);
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.json()
    }

    /// An authentication request over a payment.
    pub fn payment_request(&self, payment: &Value) -> String {
        self.request("Auth", &json!({"clientSecret": payment["client_secret"]}))
    }

    /// The state of a payment.
    pub fn payment_status(&self, payment: &Value) -> String {
        self.get(&Self::path(payment, "")).json()["status"]
            .as_str()
            .expect("a status")
            .to_owned()
    }

    /// Every record.
    pub fn dump(&self) -> Vec<Row> {
        wait(self.store.dump()).expect("the store can be dumped")
    }

    /// Every record but challenges, which a presented response spends whatever comes of it.
    pub fn dump_without_challenges(&self) -> Vec<Row> {
        self.dump()
            .into_iter()
            .filter(|row| row.table != Table::Ceremonies)
            .collect()
    }
}
