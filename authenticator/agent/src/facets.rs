//! Where the lists of trusted facets come from.
//!
//! An AppID on the caller's own host, or equal to the caller's origin, needs no list. For any other the list lies at an
//! https address, and this program has no TLS: what a list says is taken only from a server on loopback that its owner
//! named for that AppID (`--app-id-server`, for development). All other AppIDs are refused as untrusted.

use std::time::Duration;

use smile_authenticator::client::facets::{FacetFetcher, FetchError, FetchedFacets};
use ureq::Agent as HttpAgent;

use crate::origin::Origin;

/// A list is at most 64 KiB; with one byte more the client sees that it is longer.
const LIST_BYTES: u64 = 64 * 1024 + 1;
const TIMEOUT: Duration = Duration::from_secs(5);

/// Which server on loopback stands for which AppID.
#[derive(Clone, Default, Debug)]
pub struct MappedFacets(Vec<(String, Origin)>);

impl MappedFacets {
    /// One more AppID. `text` is `APPID=http://127.0.0.1:PORT`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn add(&mut self, text: &str) -> Result<(), String> {
        let (app_id, server) = text
            .rsplit_once('=')
            .ok_or("must be APPID=http://127.0.0.1:PORT")?;
        self.map(app_id, server)
    }

    /// The same from its two halves.
    ///
    /// # Errors
    /// What is wrong with them.
    pub fn map(&mut self, app_id: &str, server: &str) -> Result<(), String> {
        if !app_id.starts_with("https://") {
            return Err("only an AppID that is an https address has a list".to_owned());
        }
        let server: Origin = server.parse().map_err(|error| format!("the server {error}"))?;
        if !server.as_str().starts_with("http://") {
            return Err("the server must be on loopback: http://127.0.0.1:PORT".to_owned());
        }
        self.0.push((app_id.to_owned(), server));
        Ok(())
    }

    /// Where `url` is asked for: the same path at the server that stands for it.
    fn address(&self, url: &str) -> Option<String> {
        let (_, server) = self.0.iter().find(|(app_id, _)| app_id == url)?;
        let path = url
            .strip_prefix("https://")?
            .find('/')
            .map(|at| &url["https://".len() + at..]);
        Some(format!("{server}{}", path.unwrap_or("/")))
    }
}

impl FacetFetcher for MappedFacets {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        let address = self.address(url).ok_or(FetchError::Unavailable)?;
        let agent: HttpAgent = HttpAgent::config_builder()
            .http_status_as_error(false)
            // Where a redirect may lead is for the client to judge.
            .max_redirects(0)
            .timeout_global(Some(TIMEOUT))
            .proxy(None)
            .build()
            .new_agent();
        let mut response = agent.get(address).call().map_err(|_| FetchError::Unavailable)?;
        let headers = response
            .headers()
            .iter()
            .filter_map(|(name, value)| Some((name.as_str().to_owned(), value.to_str().ok()?.to_owned())));
        let headers = headers.collect();
        let status = response.status().as_u16();
        let body = response.body_mut().with_config().limit(LIST_BYTES).read_to_vec();
        Ok(FetchedFacets {
            status,
            headers,
            body: body.map_err(|_| FetchError::Unavailable)?,
        })
    }

    fn admits_loopback(&self, app_id: &str) -> bool {
        self.address(app_id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::MappedFacets;
    use smile_authenticator::client::facets::{FacetFetcher, FetchError};

    const APP: &str = "https://pay.example/uaf/facets";

    #[test]
    fn a_mapping_is_an_https_app_id_and_a_server_on_loopback() {
        let mut facets = MappedFacets::default();
        facets.add(&format!("{APP}=http://127.0.0.1:8080")).unwrap();
        assert_eq!(facets.address(APP).unwrap(), "http://127.0.0.1:8080/uaf/facets");
        assert_eq!(facets.address("https://pay.example/other"), None);
        assert!(facets.admits_loopback(APP) && !facets.admits_loopback("https://pay.example/other"));
        for bad in [
            APP.to_owned(),
            format!("{APP}=http://pay.example"),
            format!("{APP}=https://127.0.0.1:8080"),
            format!("{APP}=http://127.0.0.1:8080/"),
            "http://pay.example/=http://127.0.0.1:8080".to_owned(),
        ] {
            assert!(facets.add(&bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_app_id_that_nobody_mapped_is_asked_for_nowhere() {
        let mut facets = MappedFacets::default();
        assert_eq!(facets.fetch(APP), Err(FetchError::Unavailable));
    }
}
