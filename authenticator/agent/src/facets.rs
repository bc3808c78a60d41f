//! Where the lists of trusted facets come from.
//!
//! An AppID on the caller's own host, or equal to the caller's origin, needs no list. For any other the list lies at an
//! https address, and is asked for there; the client judges what came. For development the owner may name a server on
//! loopback that stands for an AppID (`--app-id-server`).

use std::time::Duration;

use smile_authenticator::client::facets::{FacetFetcher, FetchError, FetchedFacets};
use ureq::Agent as HttpAgent;

use crate::origin::Origin;
use crate::tls::{self, Trust};

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

/// Asks for lists, one anonymous GET each.
#[derive(Clone)]
pub struct FacetLists {
    mapped: MappedFacets,
    http: HttpAgent,
}

impl FacetLists {
    /// With the servers that stand for AppIDs, and whose certificates are trusted.
    #[must_use]
    pub fn new(mapped: MappedFacets, trust: &Trust) -> Self {
        Self {
            mapped,
            http: tls::http_client(trust, TIMEOUT),
        }
    }
}

impl FacetFetcher for FacetLists {
    fn fetch(&mut self, url: &str) -> Result<FetchedFacets, FetchError> {
        let address = match self.mapped.address(url) {
            Some(address) => address,
            // Facets §3.1.2: over TLS and nothing else. The client asks for no other address; here it could not either.
            None if url.starts_with("https://") => url.to_owned(),
            None => return Err(FetchError::InsecureTransport),
        };
        let answer = self.http.get(address).call();
        let mut response = answer.map_err(|error| match tls::cause(&error) {
            Some(_) => FetchError::InsecureTransport,
            None => FetchError::Unavailable,
        })?;
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
        self.mapped.address(app_id).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::{FacetLists, MappedFacets};
    use crate::tls::Trust;
    use smile_authenticator::client::facets::{FacetFetcher, FetchError};

    const APP: &str = "https://pay.example/uaf/facets";

    #[test]
    fn a_mapping_is_an_https_app_id_and_a_server_on_loopback() {
        let mut facets = MappedFacets::default();
        facets.add(&format!("{APP}=http://127.0.0.1:8080")).unwrap();
        assert_eq!(facets.address(APP).unwrap(), "http://127.0.0.1:8080/uaf/facets");
        assert_eq!(facets.address("https://pay.example/other"), None);
        let lists = FacetLists::new(facets.clone(), &Trust::default());
        assert!(lists.admits_loopback(APP) && !lists.admits_loopback("https://pay.example/other"));
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
    fn a_list_is_asked_for_over_tls_or_on_loopback_and_not_otherwise() {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = format!("http://{}", silent.local_addr().unwrap());
        drop(silent);
        let mut mapped = MappedFacets::default();
        mapped.map(APP, &server).unwrap();
        let mut lists = FacetLists::new(mapped, &Trust::default());
        assert_eq!(lists.fetch(APP), Err(FetchError::Unavailable));
        assert_eq!(
            lists.fetch("http://pay.example/uaf/facets"),
            Err(FetchError::InsecureTransport)
        );
    }
}
