//! What the client says about its TLS channel, compared with what the server knows of it (UAF §3.1.8).
//!
//! `serverEndPoint` and `tlsServerCertificate` are judged by the certificates that the operator names, because TLS may
//! end at a proxy; `tlsUnique` and `cid_pubkey` by what that proxy tells of the connection that brought the response.

mod end_point;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use smile_protocol::uaf::challenge::{ChannelBinding, ChannelId};

use crate::error::CeremonyError;
use end_point::end_point_hash;

/// What is demanded of channel bindings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ChannelBindingMode {
    /// Nothing: bindings are not compared.
    #[default]
    Off,
    /// Each binding that is sent must be right, where the server knows its side of it.
    Optional,
    /// At least one binding is sent, and each one that is sent can be compared and is right.
    Required,
}

/// What one TLS connection is known by. Nothing, where TLS ends at a proxy that does not tell.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsConnection {
    /// The bytes of `tls-unique` (RFC 5929 §3).
    pub tls_unique: Option<Vec<u8>>,
    /// The public key of the client's channel ID, which then is in use: x and y, big-endian.
    pub channel_id: Option<([u8; 32], [u8; 32])>,
}

/// The channel that responses must come by.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ExpectedChannel {
    mode: ChannelBindingMode,
    certificates: Vec<ServedCertificate>,
}

/// A certificate that our front end serves, as the two bindings name it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct ServedCertificate {
    whole: String,
    /// `None` where the certificate's signature has not one hash function: then there is no such binding.
    end_point: Option<String>,
}

/// How one binding that was sent compares.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Fits,
    Differs,
    /// The server does not know its side.
    Unknown,
    /// It is right, and says nothing of the channel.
    Empty,
}

impl Verdict {
    const fn of(fits: bool) -> Self {
        if fits { Self::Fits } else { Self::Differs }
    }
}

impl ExpectedChannel {
    /// Expects one of these certificates (DER).
    ///
    /// # Errors
    /// `ChannelCertificateInvalid` where one does not decode.
    pub fn new(
        mode: ChannelBindingMode,
        certificates: impl IntoIterator<Item = Vec<u8>>,
    ) -> Result<Self, CeremonyError> {
        let served = |der: Vec<u8>| {
            let hash = end_point_hash(&der).map_err(|_| CeremonyError::ChannelCertificateInvalid)?;
            Ok(ServedCertificate {
                whole: URL_SAFE_NO_PAD.encode(der),
                end_point: hash.map(|hash| URL_SAFE_NO_PAD.encode(hash)),
            })
        };
        Ok(Self {
            mode,
            certificates: certificates
                .into_iter()
                .map(served)
                .collect::<Result<_, CeremonyError>>()?,
        })
    }

    /// That `binding` fits what is known of `connection`.
    pub(crate) fn must_fit(
        &self,
        binding: &ChannelBinding,
        connection: &TlsConnection,
    ) -> Result<(), CeremonyError> {
        if self.mode == ChannelBindingMode::Off {
            return Ok(());
        }
        let end_point = binding.server_end_point.as_deref();
        let certificate = binding.tls_server_certificate.as_deref();
        let unique = binding.tls_unique.as_deref();
        let verdicts = [
            end_point.map(|told| self.judge_end_point(told)),
            certificate.map(|told| self.judge_certificate(told)),
            unique.map(|told| judge_tls_unique(told, connection)),
            judge_channel_id(binding, connection)?,
        ];
        let has = |wanted| verdicts.contains(&Some(wanted));
        // UAF §3.4.6.5 step 3: channelBinding is as expected.
        if has(Verdict::Differs) {
            return Err(CeremonyError::ChannelBindingRejected);
        }
        // UAF §3.1.8: the server may reject what cannot be verified.
        let required = self.mode == ChannelBindingMode::Required;
        if required && has(Verdict::Unknown) {
            return Err(CeremonyError::ChannelBindingNotComparable);
        }
        if required && !has(Verdict::Fits) {
            return Err(CeremonyError::ChannelBindingMissing);
        }
        Ok(())
    }

    /// UAF §3.1.8.1: the hash of the certificate.
    fn judge_end_point(&self, told: &str) -> Verdict {
        let mut hashes = self
            .certificates
            .iter()
            .filter_map(|one| one.end_point.as_deref())
            .peekable();
        if hashes.peek().is_none() {
            return Verdict::Unknown;
        }
        Verdict::of(hashes.any(|hash| hash == told))
    }

    /// UAF §3.1.8.1: the certificate itself.
    fn judge_certificate(&self, told: &str) -> Verdict {
        if self.certificates.is_empty() {
            return Verdict::Unknown;
        }
        Verdict::of(self.certificates.iter().any(|one| one.whole == told))
    }
}

/// UAF §3.1.8.1 and RFC 5929 §3: the connection's first Finished message.
fn judge_tls_unique(told: &str, connection: &TlsConnection) -> Verdict {
    match &connection.tls_unique {
        None => Verdict::Unknown,
        Some(unique) => Verdict::of(URL_SAFE_NO_PAD.encode(unique) == told),
    }
}

/// UAF §3.1.8.1: the client's channel ID. `unused` is right exactly where the server asked for none.
fn judge_channel_id(
    binding: &ChannelBinding,
    connection: &TlsConnection,
) -> Result<Option<Verdict>, CeremonyError> {
    let told = binding
        .channel_id()
        .map_err(|_| CeremonyError::ChannelBindingRejected)?;
    Ok(told.map(|told| match (told, connection.channel_id) {
        (ChannelId::Unused, None) => Verdict::Empty,
        (ChannelId::Unused, Some(_)) => Verdict::Differs,
        (ChannelId::Key { .. }, None) => Verdict::Unknown,
        (ChannelId::Key { x, y }, Some(known)) => Verdict::of(known == (x, y)),
    }))
}
