//! The strict decoder of each document.

use super::Kind;
use super::document::Document;
use crate::error::{FieldRule, ProtocolError};
use crate::json::{self, FromJson as _, Node};
use crate::limits;
use crate::metadata::MetadataStatement;
use crate::uaf::asm::{AppRegistration, AsmRequest, AsmStatusCode, AssertionOut, AuthenticatorInfo};
use crate::uaf::authentication::AuthenticationResponse;
use crate::uaf::challenge::FinalChallengeParams;
use crate::uaf::facets::TrustedFacetsList;
use crate::uaf::header::Extension;
use crate::uaf::message::decode_request;
use crate::uaf::registration::RegistrationResponse;
use crate::uaf::transport::{GetUafRequest, ReturnUafRequest, SendUafResponse, ServerResponse};

/// The strict decoder's verdict on the document.
pub(super) fn check(kind: Kind, document: &Document, text: &str) -> Result<(), ProtocolError> {
    match kind {
        Kind::RegistrationResponse => RegistrationResponse::decode(text).map(drop),
        Kind::AuthenticationResponse => AuthenticationResponse::decode(text).map(drop),
        Kind::RegistrationRequest
        | Kind::AuthenticationRequest
        | Kind::DeregistrationRequest
        | Kind::Message => decode_request(text).map(drop),
        Kind::GetUafRequest => GetUafRequest::decode(text).map(drop),
        Kind::ReturnUafRequest => ReturnUafRequest::decode(text).map(drop),
        Kind::SendUafResponse => SendUafResponse::decode(text).map(drop),
        Kind::ServerResponse => ServerResponse::decode(text).map(drop),
        Kind::AsmRequest => AsmRequest::decode(text).map(drop),
        Kind::AsmResponse => asm_response(document, text),
        Kind::TrustedFacetsList => TrustedFacetsList::decode(text).map(drop),
        Kind::MetadataStatement => MetadataStatement::decode(text).map(drop),
        Kind::FinalChallengeParams => {
            let tree = json::parse(text, "fcParams", limits::FC_PARAMS_CHARS)?;
            let path = document.spans.first().map_or("", |root| root.path.as_str());
            FinalChallengeParams::from_json(&Node::root(&tree, path)).map(drop)
        }
        Kind::UafMessage => {
            let tree = json::parse(text, "UAFMessage", limits::ENVELOPE_BYTES)?;
            let node = Node::root(&tree, "");
            node.required_as::<String>("uafProtocolMessage").map(drop)
        }
        _ => {
            json::parse(text, "input", limits::TRACE_BYTES)?;
            let rule = FieldRule::Other("is no message, assertion or command of UAF");
            Err(ProtocolError::field("", rule))
        }
    }
}

/// ASM §3.2.2. The request says what the response holds; without it, the response does.
fn asm_response(document: &Document, text: &str) -> Result<(), ProtocolError> {
    let tree = json::parse(text, "ASMResponse", limits::METADATA_BYTES)?;
    let node = Node::root(&tree, "");
    let _: AsmStatusCode = node.required_as("statusCode")?;
    let _: Option<Vec<Extension>> = node.optional_as("exts")?;
    let Some(data) = node.optional("responseData")? else {
        return Ok(());
    };
    if document.at("responseData.Authenticators").is_some() {
        let list = data.required("Authenticators")?;
        return list.list_of::<AuthenticatorInfo>(0).map(drop);
    }
    if document.at("responseData.appRegs").is_some() {
        return data.required("appRegs")?.list_of::<AppRegistration>(0).map(drop);
    }
    AssertionOut::from_json(&data).map(drop)
}
