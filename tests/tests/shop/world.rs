//! A shop, a server that knows the software key's model, and a stage that remembers what it was told.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use smile_quickstart::shop::{RunningShop, ShopConfig, Stage, Subject};
use smile_relying_party::api_key::{ApiKeyHash, new_api_key};
use smile_relying_party::clock::ShiftedClock;
use smile_relying_party::entropy::SystemEntropy;
use smile_relying_party::{Config, RunningServer, Server};
use smile_tests::signer::{FACET, METADATA, Signer};
use tempfile::TempDir;

use crate::browser::{Answer, Browser, FIDO};

/// Where no agent is: the backend only tells the page of it.
pub const AGENT: &str = "http://127.0.0.1:8788";

/// Where browsers find the provider's pages: the backend only tells of them.
pub const PROVIDER: &str = "http://127.0.0.1:8080";

/// What the stage was told, and the server's clock.
#[derive(Clone, Default)]
pub struct Told {
    pub subjects: Arc<Mutex<Vec<Subject>>>,
    pub clock: ShiftedClock,
}

impl Stage for Told {
    fn put_before_camera(&self, subject: Subject) -> Result<(), String> {
        self.subjects
            .lock()
            .expect("no test panics with the lock")
            .push(subject);
        Ok(())
    }

    fn advance_clock(&self, seconds: u64) {
        self.clock.advance_ms(seconds * 1_000);
    }
}

/// Everything that runs.
pub struct World {
    pub shop: RunningShop,
    pub told: Told,
    pub server: Option<RunningServer>,
    pub secret_key: String,
    _folder: TempDir,
}

impl World {
    /// A demonstration with a stage.
    pub fn new() -> Self {
        Self::with(true)
    }

    /// A shop for real people.
    pub fn without_stage() -> Self {
        Self::with(false)
    }

    fn with(has_stage: bool) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let secret_key = new_api_key(&SystemEntropy);
        let told = Told::default();
        let server = Server::start(config(&folder, &secret_key), told.clock.clone());
        let server = server.expect("the server starts");
        let stage: Option<Box<dyn Stage>> = has_stage.then(|| Box::new(told.clone()) as Box<dyn Stage>);
        let shop = RunningShop::open(ShopConfig {
            listener: TcpListener::bind("127.0.0.1:0").expect("a port is free"),
            provider: server.addr,
            secret_key: secret_key.clone(),
            agent: AGENT.to_owned(),
            stage,
        });
        Self {
            shop: shop.expect("the shop opens"),
            told,
            server: Some(server),
            secret_key,
            _folder: folder,
        }
    }

    /// A new browser before the shop.
    pub fn browser(&self) -> Browser {
        Browser::new(self.shop.addr)
    }

    /// A browser whose visitor consented and registered `signer`'s key.
    pub fn registered(&self, signer: &Signer) -> Browser {
        let browser = self.browser();
        let token = enrolment(&browser)["token"].clone();
        let request = uaf_request(&browser, &json!({"enrolmentSession": token}));
        let verdict = respond(&browser, &signer.register(&request));
        assert_eq!(verdict["statusCode"], 1200, "{verdict}");
        browser
    }
}

fn config(folder: &TempDir, secret_key: &str) -> Config {
    let metadata = folder.path().join("metadata");
    std::fs::create_dir_all(&metadata).expect("a folder can be made");
    std::fs::write(metadata.join("signer.json"), METADATA).expect("a file can be written");
    let text = format!(
        "[server]\nprofile = \"development\"\nlisten = \"127.0.0.1:0\"\npublic_url = \"{PROVIDER}\"\n[relying_party]\ntenant = \"stampshop\"\n\
         app_id = \"https://shop.example/uaf/facets\"\nfacets = [\"{FACET}\", \"{PROVIDER}\"]\n\
         [[api_keys]]\nname = \"shop\"\nsha256 = \"{}\"\n[data]\nengine = \"memory\"\nfolder = \"{}\"\n\
         [uaf]\nmetadata_folder = \"{}\"\n",
        ApiKeyHash::of(secret_key).to_hex(),
        folder.path().display(),
        metadata.display(),
    );
    Config::from_toml(&text).expect("the tests' configuration is right")
}

/// A consent to the shop's own words in `language`, hashed as the page hashes them.
pub fn consent(browser: &Browser, language: &str) -> Value {
    use sha2::{Digest, Sha256};
    let version = browser.get("/shop/catalogue").json()["consent_version"].clone();
    let text = browser.get(&format!("/consent.{language}.txt"));
    assert_eq!(text.status, 200);
    let hash: String = Sha256::digest(&text.body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    json!({"version": version, "language": language, "text_hash": hash})
}

/// A new enrolment of this browser's visitor, who consents in English.
pub fn enrolment(browser: &Browser) -> Value {
    let answer = browser.post("/shop/enrolments", &json!({"consent": consent(browser, "en")}));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// A new order of one stamp.
pub fn order(browser: &Browser) -> Value {
    let answer = browser.post("/shop/orders", &json!({"item": "fair-1948", "quantity": 1}));
    assert_eq!(answer.status, 201, "{answer:?}");
    answer.json()
}

/// The UAF request that a token permits, by the shop.
pub fn uaf_request(browser: &Browser, context: &Value) -> String {
    let body = json!({"context": context.to_string()}).to_string();
    let answer = fido(browser, "/shop/uaf/get", &body).json();
    assert_eq!(answer["statusCode"], 1200, "{answer}");
    answer["uafRequest"].as_str().expect("a request").to_owned()
}

/// The server's verdict on a response, by the shop.
pub fn respond(browser: &Browser, response: &str) -> Value {
    fido(
        browser,
        "/shop/uaf/respond",
        &json!({"uafResponse": response}).to_string(),
    )
    .json()
}

/// A FIDO message.
pub fn fido(browser: &Browser, path: &str, body: &str) -> Answer {
    let answer = browser.send("POST", path, FIDO, body.as_bytes());
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(answer.header("content-type"), Some(FIDO));
    answer
}

/// Signs the payment of an order; the verdict.
pub fn pay(browser: &Browser, signer: &mut Signer, order: &Value) -> Value {
    let secret = &order["payment"]["client_secret"];
    let request = uaf_request(browser, &json!({"clientSecret": secret}));
    respond(browser, &signer.authenticate(&request))
}

/// An address of an order.
pub fn address(order: &Value, rest: &str) -> String {
    format!(
        "/shop/orders/{}{rest}",
        order["order"].as_str().expect("an order has a name")
    )
}
