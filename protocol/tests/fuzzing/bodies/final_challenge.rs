//! `fcParams` (UAF §3.1.7).

use smile_protocol::ProtocolError;
use smile_protocol::base64url;
use smile_protocol::error::FieldRule;
use smile_protocol::limits::FC_PARAMS_CHARS;
use smile_protocol::uaf::challenge::{ChannelBinding, FcParams};

use super::check::refusal_of_field;
use crate::target::Verdict;

/// The text as transmitted; its limit is a member's, because it travels inside a message.
pub fn fc_params(data: &[u8]) -> Verdict {
    let text = std::str::from_utf8(data).map_err(|_| "not UTF-8".to_owned())?;
    let kept = FcParams::from_transmitted(text);
    assert_eq!(kept.is_ok(), (1..=FC_PARAMS_CHARS).contains(&text.len()));
    let kept = kept.map_err(|error| error.to_string())?;
    assert_eq!(kept.as_str(), text, "hashed as transmitted");
    let params = kept.decode().map_err(|error| {
        refused(&error, text);
        error.to_string()
    })?;
    let written = params.encode().expect("no longer than it was");
    assert_eq!(written.decode().as_ref(), Ok(&params));
    if let Ok(Some(id)) = params.channel_binding.channel_id() {
        let binding = ChannelBinding {
            cid_pubkey: Some(id.encode()),
            ..params.channel_binding
        };
        assert_eq!(binding.channel_id(), Ok(Some(id)));
    }
    Ok(())
}

/// The refusal is about the text, or about a member of what it encodes.
fn refused(error: &ProtocolError, text: &str) {
    let inside = base64url::decode(text)
        .ok()
        .and_then(|bytes| String::from_utf8(bytes).ok());
    match (error, inside) {
        (
            ProtocolError::Field {
                field,
                rule: FieldRule::NotBase64url,
            },
            None,
        ) if field == "fcParams" => {}
        (
            ProtocolError::Field {
                field,
                rule: FieldRule::Other(_),
            },
            None,
        ) => assert_eq!(field, "fcParams"),
        (ProtocolError::Field { field, rule }, Some(json)) => {
            let tree = serde_json::from_str(&json).expect("a field was found in it");
            let path = field
                .strip_prefix("fcParams")
                .expect("paths begin with the member's name");
            refusal_of_field(path.strip_prefix('.').unwrap_or(path), rule, &tree);
        }
        (ProtocolError::Json { .. } | ProtocolError::DuplicateMember { .. }, Some(_)) => {}
        (error, inside) => panic!("{error} of {inside:?}"),
    }
}
