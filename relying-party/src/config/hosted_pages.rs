//! `server.public_url` and `server.agent_url`: where browsers find the hosted pages, and the pages the agent.

use super::lint::Lint;
use super::listen::{Profile, ServerConfig};
use super::tenants::TenantEntry;
use smile_ceremony::facets::FacetAllowList;
use smile_ceremony::web_address::WebAddress;
use smile_protocol::uaf::identity::FacetId;

/// Where `smile-agent` listens unless it is told otherwise.
pub(super) const AGENT_URL: &str = "http://127.0.0.1:8788";

/// Every tenant has to trust the pages: the agent signs under the origin of the page that asked it.
pub(super) fn lint(server: &ServerConfig, tenants: &[TenantEntry<'_>], lints: &mut Vec<Lint>) {
    let origin = |text: &str| WebAddress::parse(text).ok().filter(WebAddress::is_origin);
    if origin(&server.agent_url).is_none_or(|agent| agent.is_https()) {
        let rule =
            "must be http:// and localhost, 127.0.0.1 or [::1] with the agent's port, and nothing behind";
        lints.push(Lint::new("server.agent_url", rule));
    }
    let Some(url) = &server.public_url else { return };
    match origin(url) {
        None => {
            let rule = "must be an origin: https, host and, where it is not 443, port, in lower case with nothing behind; \
                        http on loopback with server.profile = \"development\"";
            lints.push(Lint::new("server.public_url", rule));
        }
        Some(url) if !url.is_https() && server.profile == Profile::Production => {
            let rule = "must be https where server.profile is \"production\"";
            lints.push(Lint::new("server.public_url", rule));
        }
        Some(_) => {
            for tenant in tenants.iter().filter(|tenant| !is_trusted(url, tenant.facets)) {
                let facets = tenant.setting("facets");
                let rule =
                    format!("must be one of {facets}: what is signed on a page names the page's origin");
                lints.push(Lint::new("server.public_url", rule));
            }
        }
    }
}

fn is_trusted(url: &str, facets: &[String]) -> bool {
    let facets = facets
        .iter()
        .filter_map(|facet| FacetId::new(&**facet).ok())
        .collect();
    FacetId::new(url).is_ok_and(|url| FacetAllowList::new(facets).must_trust(&url).is_ok())
}
