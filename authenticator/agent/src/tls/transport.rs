//! TLS as a layer of the HTTP library: bytes of HTTP in, records out, and back.

use std::fmt;
use std::io::Write;

use rustls::crypto::cipher::OutboundPlain;
use rustls::pki_types::ServerName;
use rustls::split::{ReceiveTraffic, ReceiveTrafficState, SendTraffic};
use rustls::{ClientSide, VecInput};
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, LazyBuffers, NextTimeout, Transport, TransportAdapter,
};

use super::handshake::{Proved, shake_hands};
use super::{TlsError, Trust};

/// Puts TLS around the connections of https, and leaves others alone.
pub struct TlsConnector {
    trust: Trust,
}

impl TlsConnector {
    /// One that trusts these authorities.
    pub fn of(trust: Trust) -> Self {
        Self { trust }
    }
}

impl fmt::Debug for TlsConnector {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TlsConnector")
    }
}

impl<In: Transport> Connector<In> for TlsConnector {
    type Out = Either<In, TlsTransport>;

    fn connect(
        &self,
        details: &ConnectionDetails<'_>,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, ureq::Error> {
        let Some(plain) = chained else { return Ok(None) };
        if !details.needs_tls() {
            return Ok(Some(Either::A(plain)));
        }
        let config = self.trust.config()?;
        // An IPv6 address has brackets in a URL and none in a certificate.
        let host = details.uri.host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let server = ServerName::try_from(host.to_owned())
            .map_err(|_| TlsError::Failed("the host is no name that a certificate could have".to_owned()))?;
        let mut wire = TransportAdapter::new(plain.boxed(), details.current_time.clone());
        wire.set_timeout(left(details));
        let Proved { connection, input } = shake_hands(&config, server, &mut wire)?;
        let buffers = LazyBuffers::new(
            details.config.input_buffer_size(),
            details.config.output_buffer_size(),
        );
        Ok(Some(Either::B(TlsTransport {
            wire,
            send: connection.send,
            receive: Some(connection.receive),
            input,
            plain: Vec::new(),
            buffers,
        })))
    }
}

/// What the name's resolution and the connection have left of the time.
fn left(details: &ConnectionDetails<'_>) -> NextTimeout {
    let mut timeout = details.timeout;
    if let (Instant::Exact(now), Instant::Exact(began), Duration::Exact(after)) =
        ((details.current_time)(), details.now, timeout.after)
    {
        timeout.after = after.saturating_sub(now.saturating_duration_since(began)).into();
    }
    timeout
}

/// One connection.
pub struct TlsTransport {
    wire: TransportAdapter,
    send: SendTraffic,
    /// `None` once the server has said that no more comes.
    receive: Option<ReceiveTraffic<ClientSide>>,
    input: VecInput,
    /// Decrypted, and not taken yet.
    plain: Vec<u8>,
    buffers: LazyBuffers,
}

impl fmt::Debug for TlsTransport {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("TlsTransport")
    }
}

fn failed(error: rustls::Error) -> ureq::Error {
    TlsError::of(&error, false).into()
}

impl TlsTransport {
    /// Decrypts what has come; false at the end that the server said.
    fn decrypt(&mut self) -> Result<bool, ureq::Error> {
        let Some(receive) = self.receive.take() else {
            return Ok(false);
        };
        let (next, must_answer) = match receive.read(&mut self.input).map_err(failed)? {
            ReceiveTrafficState::Available(mut received) => {
                self.plain.extend_from_slice(received.data());
                behind(received.into_next())
            }
            state => behind(state),
        };
        self.receive = next;
        if must_answer {
            self.encrypt(OutboundPlain::new_empty())?;
        }
        Ok(self.receive.is_some())
    }

    fn encrypt(&mut self, plain: OutboundPlain<'_>) -> Result<(), ureq::Error> {
        let mut records = Vec::new();
        self.send.write(plain, &mut records).map_err(failed)?;
        Ok(self.wire.write_all(&records)?)
    }
}

/// What receives from here on, and whether something is to be sent first. Data is looked at before.
fn behind(state: ReceiveTrafficState<'_, ClientSide>) -> (Option<ReceiveTraffic<ClientSide>>, bool) {
    match state {
        ReceiveTrafficState::FlushSender(waiting) => (behind(waiting.into_next()).0, true),
        ReceiveTrafficState::ReadMore(receive) => (Some(receive), false),
        ReceiveTrafficState::CloseNotify | ReceiveTrafficState::Available(_) => (None, false),
    }
}

impl Transport for TlsTransport {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), ureq::Error> {
        self.wire.set_timeout(timeout);
        let plain = self.buffers.output()[..amount].to_vec();
        self.encrypt(plain.as_slice().into())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, ureq::Error> {
        self.wire.set_timeout(timeout);
        // Before more is read: several records may have come at once.
        while self.plain.is_empty() && self.decrypt()? && self.plain.is_empty() {
            if self.input.read(&mut self.wire)? == 0 {
                // Without its end an answer may be a part of one.
                return Err(TlsError::CutOff.into());
            }
        }
        let free = self.buffers.input_append_buf();
        let taken = free.len().min(self.plain.len());
        free[..taken].copy_from_slice(&self.plain[..taken]);
        self.plain.drain(..taken);
        self.buffers.input_appended(taken);
        Ok(taken > 0)
    }

    fn is_open(&mut self) -> bool {
        self.receive.is_some() && self.wire.get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}
