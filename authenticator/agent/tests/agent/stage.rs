//! An agent in a temporary home, a clock moved by hand, a face room that plays a part, and those who call.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use ciborium::Value as Cbor;
use serde_json::{Value, json};
use smile_agent::camera::CameraKind;
use smile_agent::config::Settings;
use smile_agent::consent::ConsentText;
use smile_agent::device::Device;
use smile_agent::origin::AllowedOrigins;
use smile_agent::{Agent, RunningAgent};
use smile_authenticator::authenticator::AAID_BASIC_FULL;
use smile_authenticator::clock::Clock;
use smile_authenticator::room::FaceRoom;
use smile_face::{Camera, EnrolmentError, FaceMatched, Guidance, MatchError, RefusalCounts, Template};
use smile_protocol::uaf::authentication::{AuthenticationRequest, Transaction};
use smile_protocol::uaf::deregistration::{DeregisterAuthenticator, DeregistrationRequest};
use smile_protocol::uaf::header::{Operation, OperationHeader, Upv};
use smile_protocol::uaf::identity::{AppId, Challenge, Username};
use smile_protocol::uaf::message::{UafRequest, encode_requests};
use smile_protocol::uaf::policy::Policy;
use smile_protocol::uaf::registration::RegistrationRequest;
use smile_weights::Home;
use tempfile::TempDir;

use crate::wire::{Record, Reply, Socket, Upgraded, call};

/// A page whose AppID lies on its own host, and so needs no list.
pub const SHOP: &str = "https://shop.example";
/// Another page that may call.
pub const OTHER: &str = "https://other.example";
/// A page that may not.
pub const EVIL: &str = "https://shop.example.evil.example";
/// The picture of no person: a gradient.
pub const PICTURE: &[u8] = include_bytes!("../../../../models/tests/reference/gradient.jpg");

/// A clock that stands still until it is moved.
pub struct HandClock(AtomicU64);

impl HandClock {
    pub fn advance(&self, by_ms: u64) {
        self.0.fetch_add(by_ms, Ordering::SeqCst);
    }
}

impl Clock for HandClock {
    fn now_ms(&self) -> u64 {
        1_767_225_600_000 + self.elapsed_ms()
    }

    fn elapsed_ms(&self) -> u64 {
        self.0.load(Ordering::SeqCst)
    }
}

/// Looks at three pictures and says what the test wants.
struct PlayedRoom {
    stranger: Arc<AtomicBool>,
}

impl FaceRoom for PlayedRoom {
    fn enrol(
        &mut self,
        camera: &mut dyn Camera,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<Template, EnrolmentError> {
        for _ in 0..3 {
            camera.next_frame()?;
            guidance(Guidance::TooDark);
        }
        Ok(template())
    }

    fn verify(
        &mut self,
        camera: &mut dyn Camera,
        template: &Template,
        guidance: &mut dyn FnMut(Guidance),
    ) -> Result<FaceMatched, MatchError> {
        for taken in 0..3 {
            if camera.next_frame()?.is_none() {
                let refused = RefusalCounts::default();
                return Err(MatchError::TooFewFrames {
                    usable: taken,
                    needed: 3,
                    refused,
                });
            }
            guidance(Guidance::FaceTooFar);
        }
        if self.stranger.load(Ordering::SeqCst) {
            return Err(MatchError::NotConfirmed);
        }
        Ok(FaceMatched::forged_for_tests(template))
    }
}

/// A template of one made-up embedding, in the bytes that smile-face writes.
fn template() -> Template {
    let embedding: Vec<u8> = (0..128u8)
        .flat_map(|at| f32::from(u8::from(at == 0)).to_le_bytes())
        .collect();
    let text = |text: &str| Cbor::Text(text.to_owned());
    let map = Cbor::Map(vec![
        (text("version"), Cbor::Integer(1.into())),
        (text("model"), text("made up")),
        (text("model_sha256"), Cbor::Bytes(vec![7; 32])),
        (text("embeddings"), Cbor::Array(vec![Cbor::Bytes(embedding)])),
    ]);
    let mut bytes = Vec::new();
    ciborium::into_writer(&map, &mut bytes).unwrap();
    Template::decode(&bytes).unwrap()
}

/// An agent, and all that its callers and its own pages sent and got.
pub struct Stage {
    pub running: RunningAgent,
    pub clock: Arc<HandClock>,
    pub stranger: Arc<AtomicBool>,
    /// What shops' pages and the agent said to each other.
    pub shops: Record,
    /// What the agent's own pages and the agent said to each other.
    pub own: Record,
    pub announced: Arc<Mutex<Vec<String>>>,
    pub folder: TempDir,
}

impl Stage {
    pub fn new() -> Self {
        Self::with_camera(CameraKind::Page)
    }

    /// One that looks through another camera.
    pub fn with_camera(camera: CameraKind) -> Self {
        Self::with_settings(camera, |_| ())
    }

    /// One with other settings.
    pub fn with_settings(camera: CameraKind, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = TempDir::new().unwrap();
        let mut settings = Settings::at(Home::at(folder.path()));
        let allowed = [SHOP, OTHER].map(|origin| origin.parse().unwrap());
        settings.allowed = AllowedOrigins::new(allowed.to_vec());
        change(&mut settings);
        let stranger = Arc::new(AtomicBool::new(false));
        let room = PlayedRoom {
            stranger: Arc::clone(&stranger),
        };
        let device = Device::open(&settings, Box::new(room)).unwrap();
        let clock = Arc::new(HandClock(AtomicU64::new(1000)));
        let announced = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&announced);
        let announce = Box::new(move |line: &str| heard.lock().unwrap().push(line.to_owned()));
        let agent = Agent::with_clock(&settings, device, camera, announce, clock.clone()).unwrap();
        Self {
            running: RunningAgent::start(Arc::new(agent), 0).unwrap(),
            clock,
            stranger,
            shops: Record::default(),
            own: Record::default(),
            announced,
            folder,
        }
    }

    /// With a face enrolled and [`SHOP`] paired; and the token.
    pub fn paired() -> (Self, String) {
        Self::paired_before(CameraKind::Page)
    }

    /// The same with another camera.
    pub fn paired_before(camera: CameraKind) -> (Self, String) {
        let stage = Self::with_camera(camera);
        stage
            .running
            .agent
            .device
            .enrol(&mut Gradients, &mut |_| ())
            .unwrap();
        let consent = ConsentText::in_language("en");
        stage
            .running
            .agent
            .consent
            .keep(consent, stage.clock.now_ms())
            .unwrap();
        let token = stage.pair(SHOP);
        (stage, token)
    }

    pub fn address(&self) -> SocketAddr {
        self.running.addr
    }

    /// The agent's own name, as a browser writes it into `Host`.
    pub fn host(&self) -> String {
        self.address().to_string()
    }

    pub fn own_origin(&self) -> String {
        format!("http://{}", self.host())
    }

    /// A request of the page of `origin`, as a browser would send it.
    pub fn ask(&self, origin: &str, token: Option<&str>, line: &str, body: Option<&Value>) -> Reply {
        let host = self.host();
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("Host", host.as_str()), ("Origin", origin)];
        if let Some(bearer) = &bearer {
            headers.push(("Authorization", bearer));
        }
        if body.is_some() {
            headers.push(("Content-Type", "application/json"));
        }
        let body = body.map(Value::to_string).unwrap_or_default();
        call(self.address(), line, &headers, body.as_bytes(), &self.shops)
    }

    /// A request of one of the agent's own pages.
    pub fn ask_own(&self, line: &str, headers: &[(&str, &str)], body: &[u8]) -> Reply {
        let host = self.host();
        let mut all = vec![("Host", host.as_str())];
        all.extend_from_slice(headers);
        call(self.address(), line, &all, body, &self.own)
    }

    /// The code that the agent shows for `origin` on its own page.
    pub fn code(&self, origin: &str) -> String {
        let list = self.ask_own("GET /pairings/list", &[], b"").json();
        let pending = list["pending"].as_array().unwrap();
        let found = pending.iter().find(|pending| pending["origin"] == origin);
        found.expect("a pairing is under way")["code"]
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// Pairs `origin` and returns its token.
    pub fn pair(&self, origin: &str) -> String {
        let begun = self.ask(origin, None, "POST /v1/pairings", None);
        assert_eq!(begun.status, 201, "{}", begun.text());
        let id = begun.json()["id"].as_str().unwrap().to_owned();
        let code = json!({"code": self.code(origin)});
        let ended = self.ask(origin, None, &format!("POST /v1/pairings/{id}"), Some(&code));
        assert_eq!(ended.status, 200, "{}", ended.text());
        ended.json()["token"].as_str().unwrap().to_owned()
    }

    /// Asks for an operation.
    pub fn open(&self, token: &str, uaf_request: &str) -> Reply {
        let body = json!({"uaf_request": uaf_request});
        self.ask(SHOP, Some(token), "POST /v1/operations", Some(&body))
    }

    /// Asks for an operation that must be opened; its id and its nonce.
    pub fn opened(&self, token: &str, uaf_request: &str) -> (String, String) {
        let opened = self.open(token, uaf_request);
        assert_eq!(opened.status, 201, "{}", opened.text());
        let url = opened.json()["url"].as_str().unwrap().to_owned();
        let (address, nonce) = url.split_once('#').unwrap();
        let id = address.rsplit('/').next().unwrap();
        assert_eq!(address, format!("http://{}/operations/{id}", self.host()));
        (id.to_owned(), nonce.to_owned())
    }

    /// What the shop can read of an operation.
    pub fn read(&self, token: &str, id: &str) -> Value {
        self.ask(SHOP, Some(token), &format!("GET /v1/operations/{id}"), None)
            .json()
    }

    /// The WebSocket of one of the agent's own pages.
    pub fn own_socket(&self, path: &str) -> Upgraded {
        let (host, origin) = (self.host(), self.own_origin());
        let headers = [("Host", host.as_str()), ("Origin", origin.as_str())];
        Socket::connect(self.address(), path, &headers, &self.own)
    }

    /// The page of an operation, opened with its nonce.
    pub fn page(&self, id: &str, nonce: &str) -> Socket {
        let mut page = self.own_socket(&format!("/operations/{id}/socket")).open();
        page.say(&json!({"type": "open", "nonce": nonce}));
        page
    }

    /// Lets the person before the page agree, and shows pictures until it is over. Returns the last message.
    pub fn go_through(&self, page: &mut Socket) -> Value {
        loop {
            let heard = page.hear().expect("the page hears how it ends");
            match heard["type"].as_str().unwrap() {
                "asks" => page.say(&json!({"type": "confirm"})),
                "camera" | "progress" => page.show(PICTURE),
                "guidance" => {}
                _ => return heard,
            }
        }
    }
}

/// A camera without end, for enrolling beside what is tested.
pub struct Gradients;

impl Camera for Gradients {
    fn next_frame(&mut self) -> Result<Option<smile_face::Frame>, smile_face::CameraError> {
        let image = smile_models::Image::decode_jpeg(PICTURE).unwrap();
        Ok(Some(smile_face::Frame::new(image, 0)))
    }
}

fn header(op: Operation) -> OperationHeader {
    header_of("https://shop.example/uaf/facets", op)
}

fn header_of(app_id: &str, op: Operation) -> OperationHeader {
    OperationHeader::new(Upv::V1_1, op, Some(AppId::new(app_id).unwrap()))
}

pub fn registration() -> String {
    registration_for("https://shop.example/uaf/facets")
}

/// With another AppID.
pub fn registration_for(app_id: &str) -> String {
    let request = RegistrationRequest {
        header: header_of(app_id, Operation::Reg),
        challenge: Challenge::new(vec![1; 32]).unwrap(),
        username: Username::new("anna").unwrap(),
        policy: Policy::accepting(&[AAID_BASIC_FULL]),
    };
    encode_requests(&[UafRequest::Registration(request)]).unwrap()
}

pub fn payment(text: &str) -> String {
    payment_of(vec![Transaction::text_plain(text).unwrap()])
}

/// A payment whose transaction comes in these forms.
pub fn payment_of(transaction: Vec<Transaction>) -> String {
    let request = AuthenticationRequest {
        header: header(Operation::Auth),
        challenge: Challenge::new(vec![2; 32]).unwrap(),
        transaction,
        policy: Policy::accepting(&[AAID_BASIC_FULL]),
    };
    encode_requests(&[UafRequest::Authentication(request)]).unwrap()
}

pub fn deregistration() -> String {
    let request = DeregistrationRequest {
        header: header(Operation::Dereg),
        authenticators: vec![DeregisterAuthenticator::model(AAID_BASIC_FULL)],
    };
    encode_requests(&[UafRequest::Deregistration(request)]).unwrap()
}
