//! What the server knows of TLS, which ends at a proxy: the certificates that it serves, from files, and the
//! connection that brought a request, from the headers in which the proxy tells of it.

use super::{Service, UafRefusal};
use crate::config::{ChannelBinding, ChannelBindingConfig};
use crate::error::RelyingPartyError;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use smile_ceremony::uaf::channel::{ExpectedChannel, TlsConnection};
use std::fs;
use std::path::Path;

/// Largest certificate file: a chain of a few certificates in PEM has less than a fifth of it.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// Largest `tls-unique`: 12 bytes in TLS 1.2, 36 in SSL 3.
const TLS_UNIQUE_BYTES_MAX: usize = 64;

const BEGIN: &str = "-----BEGIN CERTIFICATE-----";
const END: &str = "-----END CERTIFICATE-----";

/// Where the proxy tells of a connection; neither where bindings are off.
#[derive(Debug, Clone, Default)]
pub(super) struct ProxyHeaders {
    tls_unique: Option<String>,
    cid_pubkey: Option<String>,
}

impl From<&ChannelBindingConfig> for ProxyHeaders {
    fn from(config: &ChannelBindingConfig) -> Self {
        if config.mode == ChannelBinding::Off {
            return Self::default();
        }
        Self {
            tls_unique: config.tls_unique_header.clone(),
            cid_pubkey: config.cid_pubkey_header.clone(),
        }
    }
}

/// The channel that a configuration expects, its certificates read.
pub(super) fn expected_channel(config: &ChannelBindingConfig) -> Result<ExpectedChannel, RelyingPartyError> {
    let mut certificates = Vec::with_capacity(config.certificates.len());
    for path in &config.certificates {
        let refused = |reason: String| RelyingPartyError::TlsCertificate {
            path: path.clone(),
            reason,
        };
        let der = read(path).map_err(refused)?;
        // Each alone, so that the error can name its file.
        ExpectedChannel::new(config.mode.into(), [der.clone()])
            .map_err(|error| refused(error.to_string()))?;
        certificates.push(der);
    }
    Ok(ExpectedChannel::new(config.mode.into(), certificates).expect("each was accepted alone"))
}

/// The first certificate of a file, as DER. A chain begins with the server's own certificate, which is the one that
/// bindings are about.
fn read(path: &Path) -> Result<Vec<u8>, String> {
    let length = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if length > FILE_BYTES_MAX {
        return Err(format!("{length} bytes; at most {FILE_BYTES_MAX} are read"));
    }
    let bytes = fs::read(path).map_err(|error| error.to_string())?;
    let Some((_, rest)) = std::str::from_utf8(&bytes)
        .ok()
        .and_then(|text| text.split_once(BEGIN))
    else {
        return Ok(bytes);
    };
    let (body, _) = rest
        .split_once(END)
        .ok_or_else(|| format!("{BEGIN} without {END}"))?;
    let packed: String = body.split_ascii_whitespace().collect();
    STANDARD
        .decode(packed)
        .map_err(|error| format!("not PEM: {error}"))
}

impl Service {
    /// What the proxy tells of the connection that brought a request. `values` gives the values of a header.
    ///
    /// # Errors
    /// 1500 where a header that the configuration names is there twice or not of its form: that is the proxy's fault,
    /// or it lets clients write the header.
    pub fn connection_told_by<'h>(
        &self,
        values: impl Fn(&str) -> Vec<&'h [u8]>,
    ) -> Result<TlsConnection, UafRefusal> {
        let told = |name: &Option<String>| -> Result<Option<Vec<u8>>, UafRefusal> {
            let Some(name) = name else { return Ok(None) };
            let wrong = |rule: &str| UafRefusal::internal(format!("header {name} of the TLS proxy: {rule}"));
            match values(name).as_slice() {
                [] => Ok(None),
                [value] => match URL_SAFE_NO_PAD.decode(value) {
                    Ok(bytes) => Ok(Some(bytes)),
                    Err(_) => Err(wrong("not base64url without padding")),
                },
                _ => Err(wrong("there is more than one")),
            }
        };
        let tls_unique = told(&self.proxy_headers.tls_unique)?;
        let long = |bytes: &Vec<u8>| !(1..=TLS_UNIQUE_BYTES_MAX).contains(&bytes.len());
        if tls_unique.as_ref().is_some_and(long) {
            return Err(UafRefusal::internal(
                "the TLS proxy's tls-unique has not 1 to 64 bytes",
            ));
        }
        let channel_id = match told(&self.proxy_headers.cid_pubkey)? {
            None => None,
            Some(bytes) => Some(point(&bytes).ok_or_else(|| {
                UafRefusal::internal("the TLS proxy's channel ID has not the 64 bytes x and y")
            })?),
        };
        Ok(TlsConnection {
            tls_unique,
            channel_id,
        })
    }
}

/// The coordinates of a point on P-256: 32 bytes each.
fn point(bytes: &[u8]) -> Option<([u8; 32], [u8; 32])> {
    let (x, y) = bytes.split_first_chunk::<32>()?;
    Some((*x, y.try_into().ok()?))
}
