//! Envelopes (Transport §8.3).

use smile_protocol::limits::ENVELOPE_BYTES;
use smile_protocol::uaf::transport::{GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse};

use super::check::json_only;
use crate::target::Verdict;

/// `GetUAFRequest`.
pub fn get_uaf_request(data: &[u8]) -> Verdict {
    json_only(data, ENVELOPE_BYTES, GetUafRequest::decode, GetUafRequest::encode)
}

/// `ReturnUAFRequest`.
pub fn return_uaf_request(data: &[u8]) -> Verdict {
    json_only(
        data,
        ENVELOPE_BYTES,
        ReturnUafRequest::decode,
        ReturnUafRequest::encode,
    )
}

/// `SendUAFResponse`.
pub fn send_uaf_response(data: &[u8]) -> Verdict {
    json_only(
        data,
        ENVELOPE_BYTES,
        SendUafResponse::decode,
        SendUafResponse::encode,
    )
}

/// `ServerResponse`.
pub fn server_response(data: &[u8]) -> Verdict {
    json_only(
        data,
        ENVELOPE_BYTES,
        ServerResponse::decode,
        ServerResponse::encode,
    )
}
