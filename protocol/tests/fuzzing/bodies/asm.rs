//! Messages between client and ASM (ASM §3).

use smile_protocol::limits::{MESSAGE_BYTES, METADATA_BYTES};
use smile_protocol::uaf::asm::{AsmOperation, AsmOutput, AsmRequest, AsmResponse};

use super::check::{json, json_only};
use crate::target::Verdict;

/// `ASMRequest`.
pub fn request(data: &[u8]) -> Verdict {
    json_only(data, MESSAGE_BYTES, AsmRequest::decode, AsmRequest::encode)
}

/// A request of each kind: the kind says how its response is read.
const REQUESTS: [&str; 4] = [
    r#"{"requestType":"GetInfo","asmVersion":{"major":1,"minor":1}}"#,
    r#"{"requestType":"Register","asmVersion":{"major":1,"minor":1},"authenticatorIndex":0,"args":{"appID":"a",
        "username":"u","finalChallenge":"e30","attestationType":15880}}"#,
    r#"{"requestType":"GetRegistrations","asmVersion":{"major":1,"minor":1},"authenticatorIndex":0}"#,
    r#"{"requestType":"OpenSettings","asmVersion":{"major":1,"minor":1},"authenticatorIndex":0}"#,
];

/// `ASMResponse`, as an answer to a request of each kind; accepted where one of them with data accepts it.
pub fn response(data: &[u8]) -> Verdict {
    let mut verdict = Err(String::new());
    for request in REQUESTS {
        let operation = AsmRequest::decode(request).expect("a sound request").operation;
        let decode = |text: &str| AsmResponse::decode(text, &operation);
        let read = json(data, METADATA_BYTES, decode, |response| Some(response.encode()));
        if let Ok(read) = &read {
            let empty = matches!(read.output, AsmOutput::Nothing);
            assert!(empty || read.status_code.code() == 0, "a failure has no data");
            assert!(!empty || read.status_code.code() != 0 || operation == AsmOperation::OpenSettings);
        }
        verdict = verdict.or_else(|_| read.map(drop));
    }
    verdict
}
