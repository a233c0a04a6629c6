//! A proxy on loopback that counts the round trips between a client and its server, and can hold back the
//! server's answers.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// How long an answer is held back, so that a client on a busy machine has sent everything that does not
/// wait for it.
const DELAY: Duration = Duration::from_millis(30);

/// Counts a round trip when a client sends while the server owes it no answer: everything sent before the
/// last answer belongs to the same round trip.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    round_trips: AtomicUsize,
    statements: AtomicUsize,
    connections: AtomicUsize,
    frozen: AtomicBool,
}

/// The answers that the server still owes one client.
#[derive(Default)]
struct Exchange {
    /// The server has accepted the client.
    accepted: bool,
    /// Requests with incomplete answers.
    unanswered: usize,
    /// The client has sent messages that no request has completed yet.
    incomplete: bool,
}

impl Proxy {
    /// A proxy before the server of `url`, and the connection string that goes through it.
    pub(crate) fn before(url: &str) -> (Self, String) {
        let (rest, database) = url.rsplit_once('/').unwrap();
        let (rest, server) = rest.rsplit_once('@').unwrap();
        let server: SocketAddr = server.parse().unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let proxy = Self {
            address: listener.local_addr().unwrap(),
            shared: Arc::default(),
        };
        let shared = Arc::clone(&proxy.shared);
        thread::spawn(move || {
            for client in listener.incoming() {
                let (client, server) = (client.unwrap(), TcpStream::connect(server).unwrap());
                client.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                shared.connections.fetch_add(1, Ordering::SeqCst);
                let exchange = Arc::new(Mutex::new(Exchange::default()));
                forward(&client, &server, Arc::clone(&shared), Arc::clone(&exchange), true);
                forward(&server, &client, Arc::clone(&shared), exchange, false);
            }
        });
        let url = format!("{rest}@{}/{database}", proxy.address);
        (proxy, url)
    }

    /// The round trips since the last call, and the statements and other requests in them.
    pub(crate) fn take_counts(&self) -> (usize, usize) {
        let taken = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (taken(&self.shared.round_trips), taken(&self.shared.statements))
    }

    /// The number of connections so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Holds the server's answers back, or lets them through again.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.shared.frozen.store(frozen, Ordering::SeqCst);
    }
}

fn forward(
    from: &TcpStream,
    to: &TcpStream,
    shared: Arc<Shared>,
    exchange: Arc<Mutex<Exchange>>,
    asking: bool,
) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || {
        let mut buffer = vec![0; 1 << 20];
        let mut frames = Frames {
            bytes: Vec::new(),
            // Only a client's first frame has no kind.
            first: asking,
        };
        while let Ok(read) = from.read(&mut buffer) {
            if read == 0 {
                break;
            }
            if !asking {
                thread::sleep(DELAY);
            }
            frames.bytes.extend_from_slice(&buffer[..read]);
            let mut open = exchange.lock().unwrap();
            while let Some(kind) = frames.next() {
                if asking {
                    open.asked(kind, &shared);
                } else {
                    open.answered(kind);
                }
            }
            drop(open);
            while !asking && shared.frozen.load(Ordering::SeqCst) {
                thread::sleep(Duration::from_millis(10));
            }
            if to.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        to.shutdown(Shutdown::Both).ok();
        from.shutdown(Shutdown::Both).ok();
    });
}

impl Exchange {
    fn asked(&mut self, kind: u8, shared: &Shared) {
        if !self.accepted || kind == b'X' {
            return;
        }
        if self.unanswered == 0 && !self.incomplete {
            shared.round_trips.fetch_add(1, Ordering::SeqCst);
        }
        // The server answers a plain query and a sync with one "ready" each.
        if matches!(kind, b'Q' | b'S') {
            shared.statements.fetch_add(1, Ordering::SeqCst);
            self.unanswered += 1;
            self.incomplete = false;
        } else {
            self.incomplete = true;
        }
    }

    fn answered(&mut self, kind: u8) {
        if kind == b'Z' {
            if self.accepted {
                self.unanswered -= 1;
            }
            self.accepted = true;
        }
    }
}

/// Cuts a stream into the protocol's frames: a byte for the kind, four for the length that counts itself.
struct Frames {
    bytes: Vec<u8>,
    first: bool,
}

impl Frames {
    fn next(&mut self) -> Option<u8> {
        let kind_bytes = usize::from(!self.first);
        let length = self.bytes.get(kind_bytes..kind_bytes + 4)?;
        let length = u32::from_be_bytes(length.try_into().unwrap()) as usize + kind_bytes;
        if self.bytes.len() < length {
            return None;
        }
        let kind = if self.first { 0 } else { self.bytes[0] };
        self.first = false;
        self.bytes.drain(..length);
        Some(kind)
    }
}
