//! ASM requests, JSON in and JSON out (ASM §3, §6), and whose keys they reach (access rule A8: a key is its caller's,
//! its persona's and its application's).

mod access;
mod arguments;
mod frame;

use serde_json::{Value, json};
use smile_protocol::uaf::asm::{AsmOperation, AsmResponse, AsmStatusCode};
use smile_protocol::uaf::identity::KeyId;

use super::{APP, Device, Refusal, Row, because, check};
use crate::asm::{Asm, CallerId};
use crate::authenticator::Presence;
use crate::rehearsal::NoCamera;

/// A request as a tree, so that each member can be broken, and who sends it.
pub(super) struct Request {
    caller: CallerId,
    tree: Value,
    /// What is sent in place of the tree, where no tree says it.
    text: Option<String>,
    key: Option<KeyId>,
}

fn client() -> CallerId {
    CallerId::new("client")
}

fn request(kind: &str, args: Option<Value>, key: Option<KeyId>) -> Request {
    let mut tree =
        json!({"requestType": kind, "asmVersion": {"major": 1, "minor": 1}, "authenticatorIndex": 0});
    if let Some(args) = args {
        tree["args"] = args;
    }
    Request {
        caller: client(),
        tree,
        text: None,
        key,
    }
}

fn registering(_: &mut Device) -> Request {
    let args = json!({"appID": APP, "username": "alice", "finalChallenge": "eyJmYyI6MX0", "attestationType": 0x3E07});
    request("Register", Some(args), None)
}

fn authenticating(device: &mut Device) -> Request {
    authenticating_as(device, client())
}

fn authenticating_as(device: &mut Device, caller: CallerId) -> Request {
    let key = device.key_of(&caller);
    let args = json!({"appID": APP, "keyIDs": [key.to_string()], "finalChallenge": "eyJmYyI6MX0"});
    Request {
        caller,
        ..request("Authenticate", Some(args), Some(key))
    }
}

fn paying(device: &mut Device) -> Request {
    let mut request = authenticating(device);
    let content = smile_protocol::base64url::encode(b"Pay 1 EUR");
    request.tree["args"]["transaction"] = json!([{"contentType": "text/plain", "content": content}]);
    request
}

fn deregistering(device: &mut Device) -> Request {
    let key = device.key_of(&client());
    let args = json!({"appID": APP, "keyID": key.to_string()});
    request("Deregister", Some(args), Some(key))
}

fn listing(_: &mut Device) -> Request {
    request("GetRegistrations", None, None)
}

fn describing(_: &mut Device) -> Request {
    let mut request = request("GetInfo", None, None);
    request.tree = json!({"requestType": "GetInfo"});
    request
}

/// Sends a request; Err with the status, if it is not OK, and with the reason.
fn send(device: &mut Device, request: &Request) -> Result<(), Refusal<AsmStatusCode>> {
    let text = request.text.clone().unwrap_or_else(|| request.tree.to_string());
    let mut asm = Asm::new(&mut device.authenticator, request.caller.clone());
    let mut presence = Presence {
        camera: &mut NoCamera,
        display: &mut device.screen,
    };
    let mut reason = String::new();
    let answer = asm.answer(&text, &mut presence, &mut |cause| reason = cause.to_string());
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let code = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
    match AsmStatusCode::from_code(code).unwrap() {
        AsmStatusCode::Ok => Ok(()),
        status => {
            assert_eq!(answer.get("responseData"), None, "a refusal carries nothing");
            assert!(AsmResponse::decode(&answer.to_string(), &AsmOperation::GetRegistrations).is_ok());
            Err(because(status, reason))
        }
    }
}

type Sound = fn(&mut Device) -> Request;
type Rows = Vec<Row<Request, Refusal<AsmStatusCode>>>;

pub(super) fn rows() -> Rows {
    let mut rows = Rows::new();
    arguments::rows(&mut rows);
    frame::rows(&mut rows);
    access::rows(&mut rows);
    for row in &mut rows {
        row.name.insert_str(0, "ASM ");
    }
    rows
}

#[test]
fn every_flawed_request_is_refused_and_its_twin_served() {
    check(&rows(), send);
}
