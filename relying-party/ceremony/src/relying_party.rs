//! What the ceremonies must know of the server that runs them: its configuration, checked once at the start.

use smile_protocol::uaf::{header::Upv, identity::AppId, policy::MatchCriteria};

use crate::{
    facets::FacetAllowList, limits::CHALLENGE_LIFETIME_MS, metadata::MetadataSet, server_data::ServerKey,
    trust::TrustPolicy, uaf::channel::ExpectedChannel,
};

/// The relying party of one tenant.
pub struct RelyingParty {
    /// The application that keys belong to; `None` leaves it to the client, which then puts its facet
    /// (UAF §3.1.3), and is of use only where there is exactly one facet.
    pub app_id: Option<AppId>,
    /// The apps and origins that may use the keys.
    pub facets: FacetAllowList,
    /// Protocol versions that requests are issued in and responses accepted in, each at most once.
    pub versions: Vec<Upv>,
    /// The authenticator models that are known.
    pub metadata: MetadataSet,
    /// What a registration accepts (UAF §3.1.12): alternatives, each a set of criteria, most preferred first.
    pub accepted: Vec<Vec<MatchCriteria>>,
    /// The key that authenticates `serverData`.
    pub server_key: ServerKey,
    /// What the client's channel binding must look like.
    pub channel: ExpectedChannel,
    /// What attestation paths may contain; strict unless it is changed.
    pub trust: TrustPolicy,
    /// Whether the scheme `WAV1CBOR` is offered and read. **Experimental** ([`crate::uaf::wav1cbor`]); off unless it is
    /// changed.
    pub wav1cbor: bool,
    /// How long a challenge may be answered, in milliseconds.
    pub challenge_lifetime_ms: u64,
}

impl RelyingParty {
    /// A relying party that speaks UAF 1.0 and 1.1, expects no channel binding, and gives five minutes.
    pub fn new(
        app_id: Option<AppId>,
        facets: FacetAllowList,
        metadata: MetadataSet,
        accepted: Vec<Vec<MatchCriteria>>,
        server_key: ServerKey,
    ) -> Self {
        Self {
            app_id,
            facets,
            versions: vec![Upv::V1_1, Upv::V1_0],
            metadata,
            accepted,
            server_key,
            channel: ExpectedChannel::default(),
            trust: TrustPolicy::default(),
            wav1cbor: false,
            challenge_lifetime_ms: CHALLENGE_LIFETIME_MS,
        }
    }
}
