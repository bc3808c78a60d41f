//! The facets that may use our keys: apps and web origins, as configured.

use smile_protocol::uaf::{facets::TrustedFacetsList, identity::FacetId};

use crate::error::CeremonyError;

/// The trusted facets (Facets §3). Compared character by character: a facet is an exact name, not a pattern.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FacetAllowList(Vec<FacetId>);

impl FacetAllowList {
    /// These facets; the order is that of the published list.
    pub fn new(facets: Vec<FacetId>) -> Self {
        Self(facets)
    }

    /// The facets.
    pub fn as_slice(&self) -> &[FacetId] {
        &self.0
    }

    /// The list as clients fetch it (Facets §3.1.1). One entry for version 1.0 and one for 1.1, with the same
    /// facets: deployed clients look for either.
    pub fn document(&self) -> String {
        TrustedFacetsList::for_all_versions(&self.0).encode()
    }

    /// That `facet` is one of them.
    pub fn must_trust(&self, facet: &FacetId) -> Result<(), CeremonyError> {
        // UAF §3.4.6.5 step 3: facetID is in the list of trusted facets.
        if self.0.contains(facet) {
            Ok(())
        } else {
            Err(CeremonyError::FacetNotTrusted)
        }
    }
}
