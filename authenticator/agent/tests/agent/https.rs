//! TLS: a server of the right name whose authority is trusted is spoken to, and every other is refused by name, before
//! anything of the user's is sent.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use rustls::crypto::Identity as Shown;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};
use rustls::{Connection, ServerConfig, ServerSide, Tcp, VecInput};
use smile_agent::AgentError;
use smile_agent::facets::{FacetLists, MappedFacets};
use smile_agent::relying_party::RelyingParty;
use smile_agent::tls::{self, TlsError, Trust};
use smile_authenticator::client::facets::{FacetFetcher, FetchError};

use crate::certificates::{Authority, Identity, self_signed};
use crate::wire::find;

const TOKEN: (&str, &str) = ("clientSecret", "the one-time secret");
const GOOD: &str = "HTTP/1.1 200 OK\r\nContent-Length: 37\r\n\r\n{\"statusCode\":1200,\"uafRequest\":\"[]\"}";
const VALID: (i64, i64) = (-1, 30);

/// A server on loopback, and what it was told.
pub struct Server {
    pub port: u16,
    pub heard: Arc<Mutex<Vec<u8>>>,
}

/// How a connection ends.
#[derive(Clone, Copy, PartialEq)]
enum Ends {
    Properly,
    CutOff,
}

impl Server {
    /// Answers every request with `answer`.
    pub fn answering(identity: &Identity, answer: &str) -> Self {
        Self::start(identity, answer, Ends::Properly)
    }

    fn start(identity: &Identity, answer: &str, ends: Ends) -> Self {
        let chain = vec![CertificateDer::from(identity.certificate.clone())];
        let shown = Arc::new(Shown::from_cert_chain(chain).unwrap());
        let key = PrivatePkcs8KeyDer::from(identity.key.clone()).into();
        let config = ServerConfig::builder(Arc::new(rustls_aws_lc_rs::DEFAULT_PROVIDER))
            .with_no_client_auth()
            .with_single_cert(shown, key)
            .unwrap();
        let (config, answer) = (Arc::new(config), answer.to_owned());
        Self::with(move |stream, heard| {
            // A client that does not trust this server leaves.
            serve(stream, &config, heard, answer.as_bytes(), ends).ok();
        })
    }

    /// Serves each connection with `serve`.
    fn with(serve: impl Fn(TcpStream, &Mutex<Vec<u8>>) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heard = Arc::default();
        let told = Arc::clone(&heard);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &told);
            }
        });
        Self { port, heard }
    }

    pub fn url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    fn asked(&self, trust: &Trust) -> Result<String, AgentError> {
        RelyingParty::at(&self.url(), trust).unwrap().request(TOKEN)
    }

    /// Why it is not spoken to; and it has heard nothing that it should not.
    fn refused(&self, trust: &Trust) -> TlsError {
        let error = self.asked(trust).unwrap_err();
        assert_eq!(
            (error.code(), error.exit_code()),
            ("server_untrusted", 6),
            "{error}"
        );
        assert!(error.to_string().starts_with(&self.url()), "{error}");
        let heard = self.heard.lock().unwrap();
        assert!(find(&heard, TOKEN.1.as_bytes()).is_none(), "the secret was sent");
        match error {
            AgentError::Tls { cause, .. } => cause,
            other => panic!("{other}"),
        }
    }
}

fn serve(
    mut stream: TcpStream,
    config: &Arc<ServerConfig>,
    heard: &Mutex<Vec<u8>>,
    answer: &[u8],
    ends: Ends,
) -> Result<(), Box<dyn std::error::Error>> {
    let mut connection = Connection::<ServerSide, Tcp>::new(Arc::clone(config))?;
    let (mut input, mut records, mut plain) = (VecInput::default(), Vec::new(), Vec::new());
    let length = |head: &str| {
        let value = head.to_ascii_lowercase();
        let value = value
            .split("content-length: ")
            .nth(1)?
            .split("\r\n")
            .next()?
            .to_owned();
        value.parse::<usize>().ok()
    };
    loop {
        if let Some(head) = find(&plain, b"\r\n\r\n") {
            let body = length(&String::from_utf8_lossy(&plain[..head])).unwrap_or(0);
            if plain.len() >= head + 4 + body {
                break;
            }
        }
        if input.read(&mut stream)? == 0 {
            return Ok(());
        }
        let handled = connection
            .read_tls(&mut input, &mut records)
            .handle_all(&mut plain);
        stream.write_all(&records)?;
        records.clear();
        handled?;
    }
    heard.lock().unwrap().extend_from_slice(&plain);
    connection.write(answer.into(), &mut records)?;
    if ends == Ends::Properly {
        connection.send_close_notify(&mut records)?;
    }
    stream.write_all(&records)?;
    Ok(())
}

/// An authority that a client trusts, and that client.
fn trusted() -> (Authority, Trust, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new("an authority of this test");
    let mut trust = Trust::default().without_the_machines();
    trust.add(&authority.pem(folder.path())).unwrap();
    (authority, trust, folder)
}

#[test]
fn a_server_whose_authority_is_trusted_is_spoken_to_by_name_and_by_address() {
    let (authority, trust, _folder) = trusted();
    let server = Server::answering(&authority.server("localhost", VALID), GOOD);
    assert_eq!(server.asked(&trust).unwrap(), "[]");
    let heard = String::from_utf8(server.heard.lock().unwrap().clone()).unwrap();
    assert!(heard.contains(TOKEN.1), "{heard}");
    let server = Server::answering(&authority.server("127.0.0.1", VALID), GOOD);
    let url = format!("https://127.0.0.1:{}", server.port);
    let asked = RelyingParty::at(&url, &trust).unwrap().request(TOKEN);
    assert_eq!(asked.unwrap(), "[]");
}

#[test]
fn every_certificate_that_proves_nothing_is_refused_with_its_own_reason() {
    let (authority, trust, _folder) = trusted();
    let refused = |identity: &Identity| Server::answering(identity, GOOD).refused(&trust);
    let name = refused(&authority.server("shop.example", VALID));
    assert!(
        matches!(&name, TlsError::Name { presented } if presented.contains("shop.example")),
        "{name}"
    );
    assert_eq!(
        refused(&authority.server("localhost", (-2, -1))),
        TlsError::Expired
    );
    assert_eq!(
        refused(&authority.server("localhost", (1, 2))),
        TlsError::NotValidYet
    );
    let stranger = Authority::new("another authority");
    assert_eq!(
        refused(&stranger.server("localhost", VALID)),
        TlsError::UnknownAuthority
    );
    assert_eq!(refused(&self_signed("localhost")), TlsError::SelfSigned);
    // Of the same name as the one that is trusted, but with another key.
    let impostor = Authority::new("an authority of this test");
    let forged = refused(&impostor.server("localhost", VALID));
    assert!(
        matches!(forged, TlsError::UnknownAuthority | TlsError::Certificate(_)),
        "{forged}"
    );
    // The machine's own list knows none of them either.
    if std::path::Path::new("/etc/ssl/certs/ca-certificates.crt").is_file() {
        let server = Server::answering(&authority.server("localhost", VALID), GOOD);
        assert_eq!(server.refused(&Trust::default()), TlsError::UnknownAuthority);
    }
    let nobody = Trust::default().without_the_machines();
    let server = Server::answering(&authority.server("localhost", VALID), GOOD);
    assert_eq!(server.refused(&nobody), TlsError::NoAuthorities);
}

#[test]
fn what_speaks_no_tls_or_an_old_one_is_refused() {
    let (_, trust, _folder) = trusted();
    let saying = |answer: &'static [u8]| {
        Server::with(move |mut stream, heard| {
            let mut greeting = [0; 2048];
            let count = stream.read(&mut greeting).unwrap();
            heard.lock().unwrap().extend_from_slice(&greeting[..count]);
            stream.write_all(answer).unwrap();
        })
    };
    let plain = saying(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    assert_eq!(plain.refused(&trust), TlsError::NotTls);
    // A fatal alert in a record of TLS 1.1: protocol_version (RFC 5246 §7.2.2).
    let old = saying(&[21, 3, 2, 0, 2, 2, 70]);
    assert_eq!(old.refused(&trust), TlsError::Version);
    assert_eq!(saying(b"").refused(&trust), TlsError::CutOff);
}

#[test]
fn an_answer_that_was_cut_off_is_no_answer() {
    let (authority, trust, _folder) = trusted();
    let identity = authority.server("localhost", VALID);
    // Without its length an answer ends where the connection does.
    let endless = GOOD.replace("Content-Length: 37\r\n", "");
    assert_eq!(
        Server::answering(&identity, &endless).asked(&trust).unwrap(),
        "[]"
    );
    let cut = Server::start(&identity, &endless, Ends::CutOff).asked(&trust);
    assert!(matches!(
        cut,
        Err(AgentError::Tls {
            cause: TlsError::CutOff,
            ..
        })
    ));
    // A server that says how long its answer is and then says all of it has not cut it off.
    assert_eq!(
        Server::start(&identity, GOOD, Ends::CutOff)
            .asked(&trust)
            .unwrap(),
        "[]"
    );
}

#[test]
fn an_answer_has_a_size_and_a_time() {
    let (authority, trust, _folder) = trusted();
    let identity = authority.server("localhost", VALID);
    let answer = |bytes: usize| {
        let body = format!(
            "{{\"statusCode\":1200,\"uafRequest\":\"[]\",\"x\":\"{}\"}}",
            "x".repeat(bytes)
        );
        format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    };
    assert_eq!(
        Server::answering(&identity, &answer(60_000))
            .asked(&trust)
            .unwrap(),
        "[]"
    );
    let error = Server::answering(&identity, &answer(256 * 1024))
        .asked(&trust)
        .unwrap_err();
    assert_eq!(error.code(), "network", "{error}");
    let silent = Server::with(|stream, _| {
        std::thread::sleep(Duration::from_secs(5));
        drop(stream);
    });
    let began = Instant::now();
    let client = tls::http_client(&trust, Duration::from_millis(300));
    let error = client.get(silent.url()).call().unwrap_err();
    assert!(matches!(error, ureq::Error::Timeout(_)), "{error}");
    assert!(began.elapsed() < Duration::from_secs(3));
}

#[test]
fn a_file_without_certificates_vouches_for_nobody() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let mut trust = Trust::default();
    assert!(matches!(trust.add(&file), Err(TlsError::Authorities { .. })));
    for content in [
        "",
        "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n",
    ] {
        std::fs::write(&file, content).unwrap();
        assert!(
            matches!(trust.add(&file), Err(TlsError::Authorities { .. })),
            "{content}"
        );
    }
    trust.add(&Authority::new("good").pem(folder.path())).unwrap();
}

#[test]
fn a_list_of_facets_comes_over_tls_as_it_is_and_over_nothing_else() {
    let (authority, trust, _folder) = trusted();
    let identity = authority.server("localhost", VALID);
    let list =
        "HTTP/1.1 200 OK\r\nContent-Type: application/fido.trusted-apps+json\r\nContent-Length: 2\r\n\r\n{}";
    let mut lists = FacetLists::new(MappedFacets::default(), &trust);
    let server = Server::answering(&identity, list);
    let fetched = lists.fetch(&format!("{}/facets", server.url())).unwrap();
    assert_eq!((fetched.status, fetched.body.as_slice()), (200, &b"{}"[..]));
    let heard = String::from_utf8(server.heard.lock().unwrap().clone()).unwrap();
    let heard = heard.to_ascii_lowercase();
    assert!(heard.starts_with("get /facets http/1.1\r\n"), "{heard}");
    // Facets §3.1.2: anonymous.
    for header in ["cookie:", "authorization:", "origin:", "referer:"] {
        assert!(!heard.contains(header), "{heard}");
    }
    // Where a redirect leads is the client's to judge.
    let moved = "HTTP/1.1 302 Found\r\nLocation: https://localhost:1/\r\nContent-Length: 0\r\n\r\n";
    let server = Server::answering(&identity, moved);
    assert_eq!(lists.fetch(&server.url()).unwrap().status, 302);
    let server = Server::answering(&authority.server("shop.example", VALID), list);
    assert_eq!(lists.fetch(&server.url()), Err(FetchError::InsecureTransport));
    let plain = server.url().replace("https://", "http://");
    assert_eq!(lists.fetch(&plain), Err(FetchError::InsecureTransport));
}
