//! The rules of authenticator commands and their responses (Commands §6), as a table.

use crate::error::{ProtocolError, TlvErrorKind};
use crate::limits;
use crate::uaf::assertion::authentication::AuthenticationAssertion;
use crate::uaf::assertion::registration::RegistrationAssertion;
use crate::uaf::assertion::tags;
use crate::uaf::assertion::tlv::{Composite, HEADER_BYTES, Tlv, TlvReader, error};
use crate::uaf::command::CommandStatusCode;

use Occurs::{Many, Once, Optional};

/// How often an element occurs.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Occurs {
    Once,
    Optional,
    Many,
}

/// Tag, how often, fewest and most bytes of the value.
type Rule = (u16, Occurs, usize, usize);

/// The longest value of any element.
const ANY: usize = u16::MAX as usize;

const INDEX: Rule = (tags::AUTHENTICATOR_INDEX, Once, 1, 1);
const STATUS: Rule = (tags::STATUS_CODE, Once, 2, 2);
const APP_ID: Rule = (tags::APPID, Optional, 1, limits::APP_ID_CHARS);
const CHALLENGE_HASH: Rule = (tags::FINAL_CHALLENGE_HASH, Once, 1, 32);
const USERNAME: Rule = (tags::USERNAME, Once, 0, limits::USERNAME_CHARS);
const ACCESS_TOKEN: Rule = (
    tags::KEYHANDLE_ACCESS_TOKEN,
    Once,
    0,
    limits::KEY_HANDLE_ACCESS_TOKEN_BYTES,
);
const VERIFY_TOKEN: Rule = (tags::USERVERIFY_TOKEN, Optional, 0, ANY);
const ASSERTION: Rule = (tags::AUTHENTICATOR_ASSERTION, Optional, 0, ANY);

/// The elements of each structure, in the order of the specification.
fn rules(tag: u16) -> &'static [Rule] {
    match tag {
        // Commands §6.1.3.
        tags::UAFV1_GETINFO_CMD_RESPONSE => &[
            STATUS,
            (tags::API_VERSION, Once, 1, 1),
            (tags::AUTHENTICATOR_INFO, Many, 0, ANY),
        ],
        tags::AUTHENTICATOR_INFO => &[
            INDEX,
            (tags::AAID, Once, 9, 9),
            (tags::AUTHENTICATOR_METADATA, Once, 15, 15),
            (tags::TC_DISPLAY_CONTENT_TYPE, Optional, 0, ANY),
            (tags::TC_DISPLAY_PNG_CHARACTERISTICS, Many, 13, ANY),
            (tags::ASSERTION_SCHEME, Once, 1, ANY),
            (tags::ATTESTATION_TYPE, Many, 2, 2),
            (tags::SUPPORTED_EXTENSION_ID, Many, 1, ANY),
        ],
        // Commands §6.2.1, §6.2.2.
        tags::UAFV1_REGISTER_CMD => &[
            INDEX,
            APP_ID,
            CHALLENGE_HASH,
            USERNAME,
            (tags::ATTESTATION_TYPE, Once, 2, 2),
            ACCESS_TOKEN,
            VERIFY_TOKEN,
        ],
        tags::UAFV1_REGISTER_CMD_RESPONSE => &[STATUS, ASSERTION, (tags::KEYHANDLE, Optional, 0, ANY)],
        // Commands §6.3.1, §6.3.2.
        tags::UAFV1_SIGN_CMD => &[
            INDEX,
            APP_ID,
            CHALLENGE_HASH,
            (tags::TRANSACTION_CONTENT, Optional, 0, ANY),
            (tags::TRANSACTION_CONTENT_HASH, Optional, 0, 32),
            ACCESS_TOKEN,
            VERIFY_TOKEN,
            (tags::KEYHANDLE, Many, 0, ANY),
        ],
        tags::UAFV1_SIGN_CMD_RESPONSE => &[STATUS, (tags::USERNAME_AND_KEYHANDLE, Many, 0, ANY), ASSERTION],
        tags::USERNAME_AND_KEYHANDLE => &[USERNAME, (tags::KEYHANDLE, Once, 0, ANY)],
        // Commands §6.4.1.
        tags::UAFV1_DEREGISTER_CMD => &[
            INDEX,
            APP_ID,
            (tags::KEYID, Once, 0, limits::KEY_ID_BYTES),
            ACCESS_TOKEN,
        ],
        // Commands §6.5.1.
        tags::UAFV1_OPEN_SETTINGS_CMD => &[INDEX],
        // Commands §6.4.2, §6.5.2.
        tags::UAFV1_DEREGISTER_CMD_RESPONSE | tags::UAFV1_OPEN_SETTINGS_CMD_RESPONSE => &[STATUS],
        _ => &[],
    }
}

/// Two elements of which a structure has one at most (Commands §6.3.1, §6.3.2).
const EXCLUSIVE: [(u16, u16); 2] = [
    (tags::TRANSACTION_CONTENT, tags::TRANSACTION_CONTENT_HASH),
    (tags::USERNAME_AND_KEYHANDLE, tags::AUTHENTICATOR_ASSERTION),
];

/// Reads a command or a response as exactly what its first tag says.
pub(super) fn check(bytes: &[u8]) -> Result<(), ProtocolError> {
    let tag = match TlvReader::new(bytes, 0).read_next()? {
        Some(first) => first.tag,
        None => return Err(error(tags::UAFV1_GETINFO_CMD, 0, TlvErrorKind::Missing)),
    };
    let outer = Tlv::read_only(bytes, tag)?;
    if tag == tags::UAFV1_GETINFO_CMD {
        // Commands §6.1.2: the length must be 0.
        return outer.bytes_of(0, 0).map(drop);
    }
    check_structure(outer)
}

fn check_structure(outer: Tlv<'_>) -> Result<(), ProtocolError> {
    let rules = rules(outer.tag);
    let tags_of = |many: bool| {
        rules
            .iter()
            .filter(move |rule| (rule.1 == Many) == many)
            .map(|rule| rule.0)
    };
    let single: Vec<u16> = tags_of(false).collect();
    // Commands §4.3: an extension can be appended to any command and response.
    let extensions = [tags::EXTENSION, tags::EXTENSION_CRITICAL];
    let repeated: Vec<u16> = tags_of(true).chain(extensions).collect();
    let parts = Composite::read(outer, &single, &repeated)?;
    for (tag, occurs, min, max) in rules {
        if *occurs == Once {
            parts.required(*tag)?;
        }
        for element in parts.repeated(*tag) {
            element.bytes_of(*min, *max)?;
            if !self::rules(*tag).is_empty() {
                check_structure(element)?;
            }
        }
    }
    for (one, other) in EXCLUSIVE {
        if let (Some(_), Some(second)) = (parts.optional(one), parts.optional(other)) {
            let rule = "excludes another element that is there";
            return Err(second.error(TlvErrorKind::BadValue(rule)));
        }
    }
    if let Some(critical) = parts.optional(tags::EXTENSION_CRITICAL) {
        return Err(critical.error(TlvErrorKind::UnknownExtension));
    }
    check_outcome(&parts)
}

/// What a response holds besides its status, where it was successful.
fn check_outcome(parts: &Composite<'_>) -> Result<(), ProtocolError> {
    let ok = match parts.optional(tags::STATUS_CODE) {
        Some(status) => {
            let code = status.u16()?;
            let known = CommandStatusCode::from_code(code);
            known.ok_or(status.error(TlvErrorKind::UnknownCode { code }))? == CommandStatusCode::Ok
        }
        None => false,
    };
    match parts.optional(tags::AUTHENTICATOR_ASSERTION) {
        Some(assertion) => check_assertion(&assertion, parts.parent().tag),
        // Commands §6.2.2: a key that was made is handed out in an assertion.
        None if ok && parts.parent().tag == tags::UAFV1_REGISTER_CMD_RESPONSE => {
            parts.required(tags::AUTHENTICATOR_ASSERTION).map(drop)
        }
        None => Ok(()),
    }
}

/// The assertion inside a response, where it is of the scheme that is read here.
fn check_assertion(element: &Tlv<'_>, response: u16) -> Result<(), ProtocolError> {
    let outcome = match (response, super::Kind::of_tlv(element.value)) {
        (tags::UAFV1_REGISTER_CMD_RESPONSE, super::Kind::Unknown)
        | (tags::UAFV1_SIGN_CMD_RESPONSE, super::Kind::Unknown) => Ok(()),
        (tags::UAFV1_REGISTER_CMD_RESPONSE, _) => RegistrationAssertion::decode(element.value).map(drop),
        _ => AuthenticationAssertion::decode(element.value).map(drop),
    };
    outcome.map_err(|inner| match inner {
        ProtocolError::Tlv { tag, offset, kind } => error(tag, element.offset + HEADER_BYTES + offset, kind),
        other => other,
    })
}
