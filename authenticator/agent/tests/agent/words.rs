//! Every code has words in both languages of the pages, and a place in the documentation.

use std::collections::BTreeSet;

use smile_agent::refusal::RefusalCode;
use smile_face::Guidance;

const WORDS: &str = include_str!("../../src/pages/words.js");
const PAGE: &str = include_str!("../../../../docs/agent.md");

/// How an operation may end without a response: `session::outcome` gives these.
pub const ENDINGS: &[&str] = &[
    "cancelled",
    "withdrawn",
    "consent_ended",
    "timeout",
    "not_confirmed",
    "no_usable_picture",
    "lockout_temporary",
    "not_enrolled",
    "template_stale",
    "permission_denied",
    "in_use",
    "unplugged",
    "stalled",
    "unsupported_format",
    "camera",
    "untrusted_facet_id",
    "insecure_transport",
    "unsupported_version",
    "no_suitable_authenticator",
    "protocol_error",
    "tc_undisplayable",
    "key_invalidated",
    "storage_full",
    "internal",
];

const GUIDANCE: &[Guidance] = &[
    Guidance::NoFace,
    Guidance::MultipleFaces,
    Guidance::FaceCutOff,
    Guidance::FaceTooFar,
    Guidance::FaceTooClose,
    Guidance::LookStraight,
    Guidance::TooDark,
    Guidance::TooBright,
    Guidance::LowContrast,
    Guidance::Blurred,
    Guidance::FaceChanged,
];

/// The keys of one language: what stands before a colon and a quotation mark.
fn keys(block: &str) -> BTreeSet<&str> {
    let before = block
        .split(": \"")
        .map(|part| part.rsplit([' ', '\n', '{', ',']).next().unwrap_or_default());
    before.filter(|key| !key.is_empty()).collect()
}

fn languages() -> (BTreeSet<&'static str>, BTreeSet<&'static str>) {
    let (_, words) = WORDS.split_once("  en: {").expect("English begins");
    let (english, rest) = words.split_once("  zh: {").expect("Chinese begins");
    let (chinese, _) = rest.split_once("\n};").expect("the dictionary ends");
    (keys(english), keys(chinese))
}

#[test]
fn both_languages_have_the_same_words() {
    let (english, chinese) = languages();
    assert!(english.len() > 100, "{}", english.len());
    let only_one: Vec<_> = english.symmetric_difference(&chinese).collect();
    assert!(only_one.is_empty(), "{only_one:?}");
}

#[test]
fn what_a_page_may_have_to_say_has_words() {
    let (english, _) = languages();
    let own = RefusalCode::ALL
        .iter()
        .filter(|code| PAGE_CODES.contains(&code.as_str()));
    let said = own.map(|code| code.as_str()).chain(ENDINGS.iter().copied());
    let missing: Vec<_> = said
        .chain(GUIDANCE.iter().map(|guidance| guidance.code()))
        .filter(|code| !english.contains(code))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// Refusals that reach the agent's own pages on their sockets.
const PAGE_CODES: &[&str] = &[
    "nonce_refused",
    "operation_unknown",
    "operation_over",
    "operation_busy",
    "message_refused",
    "consent_refused",
    "already_enrolled",
    "frame_too_large",
    "frame_not_jpeg",
    "frames_too_fast",
    "frames_too_many",
    "internal",
];

#[test]
fn every_code_is_documented() {
    let codes = RefusalCode::ALL.iter().map(|code| code.as_str());
    let missing: Vec<_> = codes
        .chain(ENDINGS.iter().copied())
        .filter(|code| !PAGE.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_pages_mark_only_words_that_exist() {
    let (english, _) = languages();
    for page in [
        include_str!("../../src/pages/home.html"),
        include_str!("../../src/pages/pairings.html"),
        include_str!("../../src/pages/operation.html"),
        include_str!("../../src/pages/enrol.html"),
    ] {
        for key in page
            .split("data-t=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(english.contains(key), "{key}");
        }
    }
}
