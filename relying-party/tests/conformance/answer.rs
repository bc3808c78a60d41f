//! A client's answer in the making: final challenge, signed data, signature, assertion, message, envelope, with a place
//! between any two of them at which it can go wrong.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::device::Device;
use crate::element::Element;
use crate::json;
use crate::models::{FULL, root};
use crate::world::{FACET, Setting, World};

/// What alice is about to do, and with which model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ceremony {
    Registration(&'static str),
    Login(&'static str),
    Payment(&'static str),
}

/// Registration, login and payment with a model that attests in full.
pub const REG: Ceremony = Ceremony::Registration(FULL);
pub const AUTH: Ceremony = Ceremony::Login(FULL);
pub const PAY: Ceremony = Ceremony::Payment(FULL);

impl Ceremony {
    pub fn name(self) -> &'static str {
        match self {
            Self::Registration(_) => "registration",
            Self::Login(_) => "login",
            Self::Payment(_) => "payment",
        }
    }

    pub fn op(self) -> &'static str {
        match self {
            Self::Registration(_) => "Reg",
            Self::Login(_) | Self::Payment(_) => "Auth",
        }
    }

    /// The permission for it.
    pub fn permit(self, world: &World, user: &str) -> Value {
        match self {
            Self::Registration(_) => world.enrolment(user),
            Self::Login(_) => world.login(user),
            Self::Payment(_) => world.payment(user),
        }
    }
}

/// The number of the key that alice registers, of the one that she has, and of the one that bob has.
pub const NEW_KEY: u8 = 1;
pub const ALICES_KEY: u8 = 3;
pub const BOBS_KEY: u8 = 4;

/// A change to something on its way, by what is known where it happens.
pub type Edit<T> = Box<dyn Fn(&mut T, &Situation)>;

/// Signs for a device, rightly or not.
pub type Sign = Box<dyn Fn(&Device, &[u8]) -> Vec<u8>>;

/// Where an answer goes wrong. All that follows from the changed part, hashes and signatures too, is made from it.
pub enum Flaw {
    /// Before the answer is made.
    Meanwhile(Box<dyn Fn(&mut Situation)>),
    /// The authenticator that answers.
    Device(Edit<Device>),
    /// FinalChallengeParams, before they are encoded and hashed.
    Params(Edit<Value>),
    /// The same as JSON text.
    ParamsText(Edit<String>),
    /// The same as the base64url text that is hashed and transmitted.
    FcParams(Edit<String>),
    /// KRD or SIGNED_DATA, before they are signed.
    Signed(Edit<Element>),
    /// The signature.
    Signing(Sign),
    /// The assertion, after it was signed.
    Assertion(Edit<Element>),
    /// The bytes of the assertion.
    Bytes(Edit<Vec<u8>>),
    /// The message.
    Message(Edit<Value>),
    /// The message as text.
    MessageText(Edit<String>),
    /// SendUAFResponse.
    Envelope(Edit<Value>),
    /// SendUAFResponse as text.
    EnvelopeText(Edit<String>),
}

/// A request that waits for its answer.
pub struct Situation {
    pub world: World,
    pub ceremony: Ceremony,
    pub device: Device,
    /// What `/uaf/get` was asked with.
    pub context: Value,
    /// The request's object of the highest version.
    pub request: Value,
}

/// Applies the edits of one stage.
macro_rules! apply {
    ($flaws:expr, $stage:ident, $subject:expr, $situation:expr) => {
        for flaw in $flaws {
            if let Flaw::$stage(edit) = flaw {
                edit($subject, $situation);
            }
        }
    };
}

impl Situation {
    /// A fresh world in which bob and alice have a key each, and a request for alice.
    pub fn new(ceremony: Ceremony) -> Self {
        Self::under(Setting::Plain, ceremony)
    }

    /// The same with a server that is configured in another way.
    pub fn under(setting: Setting, ceremony: Ceremony) -> Self {
        let world = World::new(setting);
        let mut hers = Device::new(FULL, ALICES_KEY);
        let world = Self::registered(world, "bob", Device::new(FULL, BOBS_KEY));
        let device = match ceremony {
            Ceremony::Registration(model) => Device::new(model, NEW_KEY),
            Ceremony::Login(model) | Ceremony::Payment(model) => {
                hers.aaid = model;
                Device {
                    counter: hers.counter + 1,
                    ..hers.clone()
                }
            }
        };
        let world = Self::registered(world, "alice", hers);
        Self::of(world, ceremony, "alice", device)
    }

    /// A request for `user`, to be answered with `device`.
    pub fn of(world: World, ceremony: Ceremony, user: &str, device: Device) -> Self {
        let context = ceremony.permit(&world, user);
        let request = world.request(ceremony.op(), &context);
        Self {
            world,
            ceremony,
            device,
            context,
            request,
        }
    }

    /// The world after `user` registered the key of `device`.
    pub fn registered(world: World, user: &str, device: Device) -> World {
        let situation = Self::of(world, Ceremony::Registration(device.aaid), user, device);
        assert_eq!(
            situation.world.respond(&situation.answer(&[])),
            (1200, String::new())
        );
        situation.world
    }

    /// Registers a key beside what this situation is about.
    pub fn register(&mut self, user: &str, device: Device) {
        let context = self.world.enrolment(user);
        let request = std::mem::replace(&mut self.request, self.world.request("Reg", &context));
        let ceremony = std::mem::replace(&mut self.ceremony, Ceremony::Registration(device.aaid));
        let own = std::mem::replace(&mut self.device, device);
        assert_eq!(self.world.respond(&self.answer(&[])), (1200, String::new()));
        (self.request, self.ceremony, self.device) = (request, ceremony, own);
    }

    /// Another request under the same permission.
    pub fn another_request(&self) -> Value {
        self.world.request(self.ceremony.op(), &self.context)
    }

    /// A request of another kind or user, under a permission of its own.
    pub fn foreign_request(&self, ceremony: Ceremony, user: &str) -> Value {
        self.world
            .request(ceremony.op(), &ceremony.permit(&self.world, user))
    }

    /// The envelope of the answer.
    pub fn answer(&self, flaws: &[&Flaw]) -> String {
        let fc_params = self.fc_params(flaws);
        let mut bytes = self.assertion(flaws, &fc_params).encode();
        apply!(flaws, Bytes, &mut bytes, self);
        let mut message = json!([{
            "header": self.request["header"],
            "fcParams": fc_params,
            "assertions": [{"assertionScheme": "UAFV1TLV", "assertion": BASE64URL.encode(bytes)}],
        }]);
        apply!(flaws, Message, &mut message, self);
        let mut text = json::write(&message);
        apply!(flaws, MessageText, &mut text, self);
        let mut envelope = json!({"uafResponse": text});
        apply!(flaws, Envelope, &mut envelope, self);
        let mut text = json::write(&envelope);
        apply!(flaws, EnvelopeText, &mut text, self);
        text
    }

    fn fc_params(&self, flaws: &[&Flaw]) -> String {
        let mut params = json!({
            "appID": self.request["header"]["appID"],
            "challenge": self.request["challenge"],
            "facetID": FACET,
            "channelBinding": self.channel_binding(),
        });
        apply!(flaws, Params, &mut params, self);
        let mut text = json::write(&params);
        apply!(flaws, ParamsText, &mut text, self);
        let mut fc_params = BASE64URL.encode(text);
        apply!(flaws, FcParams, &mut fc_params, self);
        fc_params
    }

    /// What the client knows of the channel: nothing, unless the server demands it.
    fn channel_binding(&self) -> Value {
        match self.world.setting {
            Setting::Plain => json!({}),
            Setting::Bound => json!({"serverEndPoint": BASE64URL.encode(Sha256::digest(root()))}),
        }
    }

    fn assertion(&self, flaws: &[&Flaw], fc_params: &str) -> Element {
        let mut device = self.device.clone();
        apply!(flaws, Device, &mut device, self);
        let hash = Sha256::digest(fc_params).to_vec();
        let registers = matches!(self.ceremony, Ceremony::Registration(_));
        let mut signed = if registers {
            krd(&device, hash)
        } else {
            self.signed_data(&device, hash)
        };
        apply!(flaws, Signed, &mut signed, self);
        let bytes = signed.encode();
        let own = flaws.iter().find_map(|flaw| match flaw {
            Flaw::Signing(sign) => Some(sign(&device, &bytes)),
            _ => None,
        });
        let mut assertion = if registers {
            let signature = own.unwrap_or_else(|| device.attest(&bytes));
            Element::node(0x3E01, vec![signed, device.attestation(signature)])
        } else {
            let signature = own.unwrap_or_else(|| device.sign(&bytes));
            Element::node(0x3E02, vec![signed, Element::leaf(0x2E06, signature)])
        };
        apply!(flaws, Assertion, &mut assertion, self);
        assertion
    }

    /// `TAG_UAFV1_SIGNED_DATA` (Commands §5.2.2): mode 2 over the content where there is a transaction.
    fn signed_data(&self, device: &Device, hash: Vec<u8>) -> Element {
        let content = self
            .request
            .pointer("/transaction/0/content")
            .and_then(Value::as_str);
        let content = content.map(|text| BASE64URL.decode(text).expect("content is base64url"));
        let mode = if content.is_some() { 2 } else { 1 };
        let shown = content
            .map(|bytes| Sha256::digest(bytes).to_vec())
            .unwrap_or_default();
        let info = [
            &device.version.to_le_bytes()[..],
            &[mode],
            &device.algorithm().to_le_bytes(),
        ]
        .concat();
        Element::node(
            0x3E04,
            vec![
                Element::leaf(0x2E0B, device.aaid),
                Element::leaf(0x2E0E, info),
                Element::leaf(0x2E0F, [0x5A; 8]),
                Element::leaf(0x2E0A, hash),
                Element::leaf(0x2E10, shown),
                Element::leaf(0x2E09, device.key_id.as_slice()),
                Element::leaf(0x2E0D, device.counter.to_le_bytes()),
            ],
        )
    }
}

/// `TAG_UAFV1_KRD` (Commands §5.2.1).
fn krd(device: &Device, hash: Vec<u8>) -> Element {
    let algorithm = device.algorithm().to_le_bytes();
    let info = [
        &device.version.to_le_bytes()[..],
        &[1],
        &algorithm,
        &0x100_u16.to_le_bytes(),
    ]
    .concat();
    let counters = [device.counter.to_le_bytes(), 1_u32.to_le_bytes()].concat();
    Element::node(
        0x3E03,
        vec![
            Element::leaf(0x2E0B, device.aaid),
            Element::leaf(0x2E0E, info),
            Element::leaf(0x2E0A, hash),
            Element::leaf(0x2E09, device.key_id.as_slice()),
            Element::leaf(0x2E0D, counters),
            Element::leaf(0x2E0C, device.point()),
        ],
    )
}
