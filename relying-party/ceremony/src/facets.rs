//! The facets that may use our keys: apps and web origins, as configured for one relying party.

use std::fmt;

use smile_protocol::uaf::{
    facets::{TrustedFacetsList, is_same_facet},
    identity::FacetId,
};

use crate::error::CeremonyError;

/// The trusted facets (Facets §3) of one tenant. A facet is an exact name, not a pattern: apps are compared character by
/// character, web origins by host and port.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetAllowList {
    facets: Vec<FacetId>,
    /// The setting that they come from, where it is not `relying_party.facets`.
    setting: Option<String>,
}

impl FacetAllowList {
    /// These facets; the order is that of the published list.
    pub fn new(facets: Vec<FacetId>) -> Self {
        Self {
            facets,
            setting: None,
        }
    }

    /// The same list, said to come from another setting than `relying_party.facets`.
    #[must_use]
    pub fn of_setting(self, setting: impl Into<String>) -> Self {
        Self {
            setting: Some(setting.into()),
            ..self
        }
    }

    /// The facets.
    pub fn as_slice(&self) -> &[FacetId] {
        &self.facets
    }

    /// The list as clients fetch it (Facets §3.1.3). One entry for version 1.0 and one for 1.1, with the same
    /// facets: deployed clients look for either.
    pub fn document(&self) -> String {
        TrustedFacetsList::for_all_versions(&self.facets).encode()
    }

    /// The setting that says which facets these are.
    pub fn setting(&self) -> &str {
        self.setting.as_deref().unwrap_or("relying_party.facets")
    }

    /// That `facet` is one of them.
    pub fn must_trust(&self, facet: &FacetId) -> Result<(), CeremonyError> {
        // UAF §3.4.6.5 step 3: facetID is in the list of trusted facets.
        if self.facets.iter().any(|trusted| is_same_facet(trusted, facet)) {
            Ok(())
        } else {
            Err(CeremonyError::FacetNotTrusted(FacetMismatch::between(
                facet, self,
            )))
        }
    }
}

/// Longest part of one facet that a message shows, in characters after escaping: every real one fits.
const SHOWN_CHARS: usize = 160;

/// Most trusted facets that a message lists.
const SHOWN_FACETS: usize = 8;

/// What was got and what is trusted, in words that fit into a log line and into an answer: of bounded length, in
/// printable ASCII whatever the client sent. Facets are public: anyone may fetch the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FacetMismatch {
    got: String,
    trusted: String,
    setting: String,
}

impl FacetMismatch {
    fn between(got: &FacetId, trusted: &FacetAllowList) -> Self {
        let mut listed: Vec<String> = trusted.facets.iter().take(SHOWN_FACETS).map(shown).collect();
        match trusted.facets.len() {
            0 => listed.push("none".to_owned()),
            count if count > SHOWN_FACETS => listed.push(format!("and {} more", count - SHOWN_FACETS)),
            _ => {}
        }
        Self {
            got: shown(got),
            trusted: listed.join(", "),
            setting: trusted.setting().to_owned(),
        }
    }
}

impl fmt::Display for FacetMismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            got,
            trusted,
            setting,
        } = self;
        write!(
            f,
            "{got} is not a trusted facet; trusted: {trusted}; the setting is {setting}"
        )
    }
}

/// A facet in quotation marks: controls, quotation marks and everything beyond ASCII escaped, and cut where it is long.
fn shown(facet: &FacetId) -> String {
    let mut escaped = facet.as_str().escape_default();
    let mut text: String = escaped.by_ref().take(SHOWN_CHARS).collect();
    if escaped.next().is_some() {
        text.push_str("...");
    }
    format!("\"{text}\"")
}
