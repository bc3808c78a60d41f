//! How long paying takes: from the tap with which the buyer agrees to the payment that has succeeded.
//!
//! An agent, a provider's server, and what the two pages of a browser do, on this machine over loopback HTTP. In the time
//! are the look (frames of pictures of the buyer, as fast as they are looked at), the signature, the way of the response
//! from the agent to the shop's page and to the server, its verification, the payment's commit, and the answer to the
//! question how the payment stands. Not in it: that a person reads and decides, that a camera opens and gives a picture
//! every so often, that a browser encodes pictures and draws pages, a network between shop, buyer and provider.

mod socket;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use serde_json::{Value, json};
use smile_agent::camera::CameraKind;
use smile_agent::camera::held::{CameraHolder, HeldCamera, LookFor};
use smile_agent::config::Settings;
use smile_agent::consent::ConsentText;
use smile_agent::device::Device;
use smile_agent::origin::AllowedOrigins;
use smile_agent::{Agent, RunningAgent};
use smile_authenticator::room::FaceRoom;
use smile_face::Camera;
use smile_models::Image;
use smile_relying_party::api_key::new_api_key;
use smile_relying_party::clock::ShiftedClock;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::{Config, RunningServer, Server};
use smile_weights::Home;
use ureq::Agent as HttpAgent;

use crate::QuickstartError;
use crate::camera::{LoopCamera, copy_of};
use crate::pictures::Pictures;
use crate::stage::{RunFolder, Setup};
use crate::steps::{Steps, millis};
use crate::story::device::{fetch_request, send_response};
use crate::story::provider::{self, BUYER};
use crate::wire::Wire;
use socket::Socket;

/// Purchases that are measured. Without optimisation a look takes many seconds, and the times say nothing: there one shows
/// that it works.
const PURCHASES: usize = if cfg!(debug_assertions) { 1 } else { 20 };
/// Purchases before them, for caches and files.
const WARM_UP: usize = 2;
/// A shop's page on this machine: its own facet and AppID.
const SHOP: &str = "http://localhost:8787";

/// What was measured, in milliseconds, in order of length.
pub struct TimeToPay(Vec<f64>);

impl TimeToPay {
    /// Of these measurements; there has to be one.
    #[must_use]
    pub fn of(mut millis: Vec<f64>) -> Self {
        millis.sort_by(f64::total_cmp);
        Self(millis)
    }

    /// How many purchases.
    #[must_use]
    pub fn count(&self) -> usize {
        self.0.len()
    }

    /// The shortest time that `percent` of the purchases did not exceed (nearest rank).
    #[must_use]
    pub fn percentile(&self, percent: usize) -> f64 {
        let rank = (self.0.len() * percent).div_ceil(100).max(1);
        self.0[rank - 1]
    }

    /// In one line.
    #[must_use]
    pub fn in_words(&self) -> String {
        format!(
            "p50 {:.0} ms, p95 {:.0} ms, n = {}",
            self.percentile(50),
            self.percentile(95),
            self.count()
        )
    }
}

/// Pictures of the buyer before the agent's camera.
struct Buyer {
    enrol: Arc<[Image]>,
    pay: Arc<[Image]>,
}

impl Buyer {
    fn of(faces: &Pictures) -> Result<Self, QuickstartError> {
        let copies = |pictures: &[Image]| pictures.iter().map(copy_of).collect::<Result<_, _>>();
        Ok(Self {
            enrol: copies(&faces.enrol)?,
            pay: copies(&faces.pay)?,
        })
    }
}

impl CameraHolder for Buyer {
    fn open(&self, look: LookFor) -> Box<dyn Camera> {
        let shown = match look {
            LookFor::Enrolment => &self.enrol,
            LookFor::Verification => &self.pay,
        };
        Box::new(LoopCamera::showing(Arc::clone(shown)))
    }
}

/// Buys again and again, and says how long it took. `room` is where the agent looks at faces; what it keeps of one lies in
/// the run's folder, and is erased in the end.
///
/// # Errors
/// A step that did not come out as it should.
pub fn measure(
    folder: &RunFolder,
    room: Box<dyn FaceRoom>,
    faces: &Pictures,
    steps: &mut Steps,
) -> Result<TimeToPay, QuickstartError> {
    steps.chapter("Time to pay");
    let began = Instant::now();
    let mut till = Till::open(folder, room, Buyer::of(faces)?)?;
    till.register()?;
    let outcome = "on this machine, over loopback HTTP";
    steps.record("an agent, paired with a shop, and its key", began, 0, outcome);
    let began = Instant::now();
    let measured = till.buy_again_and_again();
    // Whatever came of it, nobody's face stays behind.
    till.close()?;
    let measured = measured?;
    steps.record("from the tap to succeeded", began, 0, measured.in_words());
    println!(
        "    the look, the signature, its way to the server, verification, commit, and the answer that it succeeded;"
    );
    println!(
        "    without a person's reading, a camera's opening and its pace, a browser's drawing, and a network"
    );
    Ok(measured)
}

/// An agent and a server, and a page of the shop between them.
struct Till {
    agent: RunningAgent,
    server: RunningServer,
    provider: Wire,
    /// The shop's page.
    page: Wire,
    http: HttpAgent,
    token: String,
}

impl Till {
    fn open(folder: &RunFolder, room: Box<dyn FaceRoom>, buyer: Buyer) -> Result<Self, QuickstartError> {
        let mut settings = Settings::at(Home::at(folder.join("pace-agent")));
        let origin = SHOP.parse().expect("the origin of a page on this machine");
        settings.allowed = AllowedOrigins::new(vec![origin]);
        let device = Device::open(&settings, room)?;
        let statement = device.metadata_statement();
        let mut camera = buyer.open(LookFor::Enrolment);
        device.enrol(&mut *camera, &mut |_| ())?;
        let camera = CameraKind::Held(HeldCamera::of(buyer));
        let agent = Agent::new(&settings, device, camera, Box::new(|_| ()))?;
        let consent = ConsentText::in_language("en");
        agent.consent.keep(consent, agent.clock.now_ms())?;
        let agent = RunningAgent::start(Arc::new(agent), 0)?;

        let secret_key = new_api_key(&SystemEntropy);
        let setup = Setup {
            file: "pace-server.toml",
            app_id: SHOP,
            facets: &[SHOP],
            hosted: None,
            metadata: "pace-metadata",
            store: "pace-store",
        };
        let config = setup.configure(folder, &secret_key, 0, &[statement])?;
        let server = Server::start(Config::load(&config)?, ShiftedClock::new())?;
        let mut till = Self {
            provider: Wire::new(server.addr, Some(secret_key)),
            page: Wire::new(server.addr, None),
            agent,
            server,
            http: HttpAgent::config_builder()
                .http_status_as_error(false)
                .proxy(None)
                .build()
                .new_agent(),
            token: String::new(),
        };
        till.pair()?;
        Ok(till)
    }

    /// The agent's address.
    fn address(&self) -> SocketAddr {
        self.agent.addr
    }

    /// What the shop's page asks of the agent.
    fn ask(&self, path: &str, body: &Value) -> Result<Value, QuickstartError> {
        let failed = |error: ureq::Error| QuickstartError::Wire(path.to_owned(), error.to_string());
        let request = self.http.post(format!("{}{path}", self.agent.url()));
        let request = request
            .header("Origin", SHOP)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/json");
        let mut answer = request.send(body.to_string()).map_err(failed)?;
        let text = answer.body_mut().read_to_string().map_err(failed)?;
        if !answer.status().is_success() {
            return Err(QuickstartError::Reply(format!("to {path} is {text}")));
        }
        serde_json::from_str(&text).map_err(|_| QuickstartError::Reply(format!("to {path} is no JSON")))
    }

    fn pair(&mut self) -> Result<(), QuickstartError> {
        let id = member(&self.ask("/v1/pairings", &json!({}))?, "id")?;
        let agent = &self.agent.agent;
        let shown = agent.pairings().shown(agent.clock.elapsed_ms());
        let code = shown.first().map(|pairing| pairing.code.clone());
        let paired = self.ask(&format!("/v1/pairings/{id}"), &json!({"code": code}))?;
        self.token = member(&paired, "token")?;
        Ok(())
    }

    fn register(&mut self) -> Result<(), QuickstartError> {
        let session = provider::enrolment_token(&mut self.provider, BUYER)?;
        let token = ("enrolmentSession", session.as_str());
        let request = fetch_request(&mut self.page, token)?;
        let mut asked = self.open_page(&request)?;
        asked.agree()?;
        let response = asked.response()?;
        accepted(&send_response(&mut self.page, &response, token)?)
    }

    fn buy_again_and_again(&mut self) -> Result<TimeToPay, QuickstartError> {
        if !cfg!(debug_assertions) {
            for _ in 0..WARM_UP {
                self.buy()?;
            }
        }
        let measured = (0..PURCHASES).map(|_| self.buy());
        Ok(TimeToPay::of(measured.collect::<Result<_, _>>()?))
    }

    /// One purchase; the milliseconds from the tap.
    fn buy(&mut self) -> Result<f64, QuickstartError> {
        let payment = provider::create_payment(&mut self.provider, BUYER)?;
        let token = ("clientSecret", payment.client_secret.as_str());
        let request = fetch_request(&mut self.page, token)?;
        let mut asked = self.open_page(&request)?;
        if asked.text != payment.text {
            return Err(QuickstartError::Unexpected {
                step: "the agent's page",
                expected: payment.text,
                found: asked.text,
            });
        }
        let tap = Instant::now();
        asked.agree()?;
        let response = asked.response()?;
        accepted(&send_response(&mut self.page, &response, token)?)?;
        provider::must_be(&mut self.provider, &payment, "succeeded")?;
        Ok(millis(tap.elapsed()))
    }

    /// Hands a request to the agent and opens its page, up to the question.
    fn open_page(&self, uaf_request: &str) -> Result<Asked, QuickstartError> {
        let opened = self.ask("/v1/operations", &json!({"uaf_request": uaf_request}))?;
        let (id, url) = (member(&opened, "id")?, member(&opened, "url")?);
        let nonce = url.rsplit('#').next().unwrap_or_default();
        let mut events = Socket::open(self.address(), &format!("/v1/operations/{id}/events"), SHOP)?;
        events.say(&json!({"token": self.token}))?;
        let own = self.agent.url();
        let mut page = Socket::open(self.address(), &format!("/operations/{id}/socket"), &own)?;
        page.say(&json!({"type": "open", "nonce": nonce}))?;
        let question = page.hear(|message| message["type"] == "asks")?;
        Ok(Asked {
            text: question["text"].as_str().unwrap_or_default().to_owned(),
            page,
            events,
        })
    }

    /// Ends both and erases what the agent kept.
    fn close(self) -> Result<(), QuickstartError> {
        let Self { agent, server, .. } = self;
        let house = Arc::clone(&agent.agent);
        drop(agent);
        server.stop()?;
        Ok(house.device.erase()?)
    }
}

/// The agent's page with its question, and the shop's page that listens.
struct Asked {
    text: String,
    page: Socket,
    events: Socket,
}

impl Asked {
    /// The tap.
    fn agree(&mut self) -> Result<(), QuickstartError> {
        self.page.say(&json!({"type": "confirm"}))
    }

    /// What the shop's page hears in the end.
    fn response(&mut self) -> Result<String, QuickstartError> {
        let is_over = |view: &Value| !matches!(view["status"].as_str(), Some("waiting" | "in_progress"));
        let ended = self.events.hear(is_over)?;
        member(&ended, "uaf_response")
    }
}

fn member(object: &Value, name: &str) -> Result<String, QuickstartError> {
    let missing = || QuickstartError::Reply(format!("has no `{name}`: {object}"));
    object[name].as_str().map(str::to_owned).ok_or_else(missing)
}

fn accepted(verdict: &crate::story::device::Verdict) -> Result<(), QuickstartError> {
    if verdict.status_code == 1200 {
        return Ok(());
    }
    Err(QuickstartError::Unexpected {
        step: "the server's verdict",
        expected: "1200".into(),
        found: format!("{} {}", verdict.status_code, verdict.description),
    })
}

#[cfg(test)]
mod tests;
