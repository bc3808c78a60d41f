//! A tap on the line: it forwards every connection to the server and keeps each byte that a device sends.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Each connection's bytes, in the order of the connections.
type Sent = Arc<Mutex<Vec<Vec<u8>>>>;

/// A proxy on loopback before the server. Its threads end with their connections and the process.
pub struct Tap {
    address: SocketAddr,
    sent: Sent,
}

impl Tap {
    /// Listens on a port of its own and forwards to `server`.
    ///
    /// # Panics
    /// If loopback has no port left.
    pub fn before(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
        let address = listener.local_addr().expect("a bound socket has an address");
        let sent = Sent::default();
        let kept = Arc::clone(&sent);
        std::thread::spawn(move || {
            for (number, client) in listener.incoming().enumerate() {
                let (Ok(client), Ok(server)) = (client, TcpStream::connect(server)) else {
                    continue;
                };
                lock(&kept).resize_with(number + 1, Vec::new);
                forward(client, server, number, &kept);
            }
        });
        Self { address, sent }
    }

    /// Where devices connect.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What the devices sent since the last call, connection after connection: whole HTTP requests, heads included.
    ///
    /// Bytes are kept before they are forwarded, so whatever the server has answered to is here.
    pub fn take(&self) -> Vec<u8> {
        lock(&self.sent).iter_mut().flat_map(std::mem::take).collect()
    }
}

fn forward(client: TcpStream, server: TcpStream, number: usize, sent: &Sent) {
    let (Ok(from_client), Ok(to_client)) = (client.try_clone(), server.try_clone()) else {
        return;
    };
    let kept = Arc::clone(sent);
    std::thread::spawn(move || {
        pump(from_client, server, |bytes| {
            lock(&kept)[number].extend_from_slice(bytes)
        })
    });
    std::thread::spawn(move || pump(to_client, client, |_| {}));
}

/// Copies until either side closes, and then closes the other.
fn pump(mut from: TcpStream, mut to: TcpStream, mut keep: impl FnMut(&[u8])) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut buffer) {
        keep(&buffer[..count]);
        if to.write_all(&buffer[..count]).is_err() {
            break;
        }
    }
    // The peer may be gone already, which is what this asks for.
    to.shutdown(Shutdown::Write).ok();
}

fn lock(sent: &Mutex<Vec<Vec<u8>>>) -> MutexGuard<'_, Vec<Vec<u8>>> {
    sent.lock().unwrap_or_else(PoisonError::into_inner)
}
