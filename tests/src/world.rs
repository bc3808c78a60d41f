//! Both sides in one process: people before a camera, authenticators with real face networks, the server library on
//! its sled store over loopback, and a tap on the line between them.
//!
//! The pieces are the quickstart's own; what is added here is what tests need beyond a story: a second device, a clock
//! and a store that can be looked into, a server that can be restarted.

pub mod device;
pub mod emitted;
pub mod forging;
pub mod people;
pub mod tap;
pub mod windows;

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use smile_authenticator::{AttestationMode, AuthenticatorError};
use smile_quickstart::stage::{RunFolder, configure};
use smile_quickstart::story::device::{Token, Verdict, fetch_request, send_response};
use smile_quickstart::story::provider::{self, Payment};
use smile_quickstart::wire::Wire;
use smile_relying_party::api_key::new_api_key;
use smile_relying_party::clock::ShiftedClock;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::service::Service;
use smile_relying_party::store::{Row, SledStore, Store, Table};
use smile_relying_party::{Config, RunningServer, Server};
use tempfile::TempDir;

use device::Device;
use people::Person;
use tap::Tap;

/// The user of most tests.
pub const ANNA: &str = "anna";
/// Somebody else.
pub const BERT: &str = "bert";

/// A provider, a server, and devices that reach the server through a tap.
pub struct World {
    /// The server's clock.
    pub clock: ShiftedClock,
    /// The devices, in the order of [`World::with_devices`].
    pub devices: Vec<Device>,
    /// The provider's line, with the secret key.
    pub provider: Wire,
    /// The devices' line, through the tap.
    pub phone: Wire,
    /// Every byte that left a device since the server started.
    pub tap: Tap,
    config_path: PathBuf,
    secret_key: String,
    running: Option<(RunningServer, Arc<dyn Store>)>,
    /// Deleted with the world.
    folder: TempDir,
}

impl World {
    /// A world with one device with Basic Full attestation. `None`, said aloud, where there are no weights.
    pub fn new() -> Option<Self> {
        Self::with_devices(&[AttestationMode::BasicFull])
    }

    /// A world with [`World::new`]'s device, on which the sample clip's person is enrolled; and that person. `None`,
    /// said aloud, where weights or media are missing.
    pub fn with_owner() -> Option<(Self, &'static Person)> {
        let owner = people::clip()?;
        let mut world = Self::new()?;
        world.devices[0].enrol(owner).expect("the sample clip enrols");
        Some((world, owner))
    }

    /// As [`World::with_owner`], with a key registered for [`ANNA`].
    pub fn with_registered_owner() -> Option<(Self, &'static Person)> {
        let (mut world, owner) = Self::with_owner()?;
        world.register(0, ANNA, owner);
        Some((world, owner))
    }

    /// A world with a device for each attestation, whose models the server knows.
    ///
    /// # Panics
    /// If the server or an authenticator does not start.
    pub fn with_devices(attestations: &[AttestationMode]) -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let devices = attestations
            .iter()
            .enumerate()
            .map(|(number, mode)| Device::new(&folder.path().join(format!("device-{number}")), *mode))
            .collect::<Option<Vec<_>>>()?;
        let statements: Vec<_> = devices.iter().map(Device::metadata_statement).collect();
        let secret_key = new_api_key(&SystemEntropy);
        let run = RunFolder::create(folder.path()).expect("a folder for the server can be made");
        let config_path =
            configure(&run, &secret_key, 0, &statements).expect("a configuration can be written");
        let clock = ShiftedClock::new();
        let running = start(&config_path, &clock);
        let (tap, provider, phone) = lines(&running.0, &secret_key);
        let running = Some(running);
        Some(Self {
            clock,
            devices,
            provider,
            phone,
            tap,
            config_path,
            secret_key,
            running,
            folder,
        })
    }

    /// Stops the server, closes its store, and starts both again on the same data at another port.
    ///
    /// # Panics
    /// If the server does not stop or start well.
    pub fn restart_server(&mut self) {
        let (server, store) = self.running.take().expect("a server runs");
        server.stop().expect("the server stops well");
        drop(store);
        let running = start(&self.config_path, &self.clock);
        (self.tap, self.provider, self.phone) = lines(&running.0, &self.secret_key);
        self.running = Some(running);
    }

    /// Every record of the store but challenges, which a presented response spends whatever comes of it.
    ///
    /// # Panics
    /// If the store does not answer.
    pub fn state(&self) -> Vec<Row> {
        let (_, store) = self.running.as_ref().expect("a server runs");
        let runtime = tokio::runtime::Builder::new_current_thread().build();
        let rows = runtime.expect("a runtime can be made").block_on(store.dump());
        let rows = rows.expect("the store can be read whole");
        rows.into_iter()
            .filter(|row| row.table != Table::Ceremonies)
            .collect()
    }

    /// A folder for what a test keeps beside the world.
    pub fn aside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A one-time permission to register a key for `user`.
    pub fn enrolment_token(&mut self, user: &str) -> String {
        provider::enrolment_token(&mut self.provider, user).expect("the provider may permit a registration")
    }

    /// A payment of one stamp by `user`.
    pub fn payment(&mut self, user: &str) -> Payment {
        provider::create_payment(&mut self.provider, user).expect("the provider may create a payment")
    }

    /// The state of a payment now.
    pub fn status(&mut self, payment: &Payment) -> String {
        provider::status(&mut self.provider, payment).expect("the provider may read a payment")
    }

    /// A login of `user`: its identifier and the one-time token for the device.
    pub fn login(&mut self, user: &str) -> (String, String) {
        let created = self
            .provider
            .post_json("/v1/authentication_sessions", &json!({"user": user}), 201);
        let created = created.expect("the provider may ask for a login");
        let member = |name: &str| {
            created[name]
                .as_str()
                .expect("a session has its members")
                .to_owned()
        };
        (member("id"), member("token"))
    }

    /// The state of a login now.
    pub fn login_status(&mut self, id: &str) -> String {
        let reply = self
            .provider
            .get(&format!("/v1/authentication_sessions/{id}"), None);
        let session = reply
            .and_then(|reply| reply.json())
            .expect("the provider may read a login");
        session["status"]
            .as_str()
            .expect("a session has a status")
            .to_owned()
    }

    /// The UAF request that `token` permits.
    ///
    /// # Panics
    /// If the server permits none.
    #[track_caller]
    pub fn request(&mut self, token: Token<'_>) -> String {
        fetch_request(&mut self.phone, token).expect("the server gives a request for this token")
    }

    /// What device number `device` answers to a message while `person` is before its camera.
    ///
    /// # Errors
    /// The device's own refusal.
    pub fn answer(
        &mut self,
        device: usize,
        message: &str,
        person: &Person,
    ) -> Result<String, AuthenticatorError> {
        let server = self.tap.address();
        let answered = self.devices[device].answer(server, message, person)?;
        Ok(answered.expect("registrations and authentications have a response"))
    }

    /// What the server says to a response.
    pub fn respond(&mut self, response: &str, token: Token<'_>) -> Verdict {
        send_response(&mut self.phone, response, token).expect("the server answers")
    }

    /// Sends a response that must be refused with this code and rule, and must change no record.
    #[track_caller]
    pub fn must_refuse(&mut self, response: &str, token: Token<'_>, code: u64, rule: &str) {
        let before = self.state();
        let verdict = self.respond(response, token);
        assert_eq!(verdict.status_code, code, "{verdict:?}");
        assert!(verdict.description.contains(rule), "{verdict:?} names {rule:?}");
        assert!(
            self.state() == before,
            "{code} {rule}: the refusal changed a record"
        );
    }

    /// Sends a response that must be accepted.
    #[track_caller]
    pub fn must_accept(&mut self, response: &str, token: Token<'_>) {
        let verdict = self.respond(response, token);
        assert_eq!(verdict.status_code, 1200, "{verdict:?}");
    }

    /// Registers a key of a device for `user`, and returns the response that did it.
    #[track_caller]
    pub fn register(&mut self, device: usize, user: &str, person: &Person) -> String {
        let token = self.enrolment_token(user);
        let token = ("enrolmentSession", token.as_str());
        let request = self.request(token);
        let response = self
            .answer(device, &request, person)
            .expect("the device registers");
        self.must_accept(&response, token);
        response
    }

    /// Signs a payment that must succeed, and returns the response that did it.
    #[track_caller]
    pub fn pay(&mut self, device: usize, payment: &Payment, person: &Person) -> String {
        let token = ("clientSecret", payment.client_secret.as_str());
        let request = self.request(token);
        let response = self
            .answer(device, &request, person)
            .expect("the device signs the payment");
        self.must_accept(&response, token);
        assert_eq!(self.status(payment), "succeeded");
        response
    }

    /// Buys one stamp, and returns the response that paid it.
    #[track_caller]
    pub fn buy(&mut self, device: usize, user: &str, person: &Person) -> String {
        let payment = self.payment(user);
        self.pay(device, &payment, person)
    }
}

fn start(config_path: &std::path::Path, clock: &ShiftedClock) -> (RunningServer, Arc<dyn Store>) {
    let config = Config::load(config_path).expect("the quickstart's configuration is right");
    let data = config.data.folder.as_deref().expect("it names a data folder");
    std::fs::create_dir_all(data).expect("the data folder can be made");
    let store: Arc<dyn Store> = Arc::new(SledStore::open(&data.join("store")).expect("the store opens"));
    let service = Service::with_store(
        &config,
        Arc::clone(&store),
        Arc::new(clock.clone()),
        Arc::new(SystemEntropy),
    );
    let service = Arc::new(service.expect("the service opens"));
    (
        Server::serve(config.server, service).expect("the server starts"),
        store,
    )
}

/// The tap before the server, the provider's line past it and the devices' line through it.
fn lines(server: &RunningServer, secret_key: &str) -> (Tap, Wire, Wire) {
    let tap = Tap::before(server.addr);
    let phone = Wire::new(tap.address(), None);
    (tap, Wire::new(server.addr, Some(secret_key.to_owned())), phone)
}
