//! A proxy on loopback that counts the turns between a client and its server, and can keep the server's answers back.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

/// For how long an answer is kept back, so that a client on a busy machine has said all that it says without waiting for it.
const KEPT: Duration = Duration::from_millis(30);

/// Counts a turn when a client says something while the server owes it no answer: what it says before the last answer
/// has come belongs to the same turn.
#[derive(Clone)]
pub(crate) struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
}

#[derive(Default)]
struct Shared {
    turns: AtomicUsize,
    statements: AtomicUsize,
    connections: AtomicUsize,
    frozen: AtomicBool,
}

/// What the server still owes one client.
#[derive(Default)]
struct Talk {
    /// The server has let the client in.
    begun: bool,
    /// Questions whose answers have not ended.
    owed: usize,
    /// Something was said that no question has closed yet.
    speaking: bool,
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
                let talk = Arc::new(Mutex::new(Talk::default()));
                forward(&client, &server, Arc::clone(&shared), Arc::clone(&talk), true);
                forward(&server, &client, Arc::clone(&shared), talk, false);
            }
        });
        let url = format!("{rest}@{}/{database}", proxy.address);
        (proxy, url)
    }

    /// The turns, and the statements and other questions in them, since the last call.
    pub(crate) fn taken(&self) -> (usize, usize) {
        let taken = |counter: &AtomicUsize| counter.swap(0, Ordering::SeqCst);
        (taken(&self.shared.turns), taken(&self.shared.statements))
    }

    /// How many connections there were so far.
    pub(crate) fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::SeqCst)
    }

    /// Keeps the server's answers back, or lets them through again.
    pub(crate) fn freeze(&self, frozen: bool) {
        self.shared.frozen.store(frozen, Ordering::SeqCst);
    }
}

fn forward(from: &TcpStream, to: &TcpStream, shared: Arc<Shared>, talk: Arc<Mutex<Talk>>, asking: bool) {
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
                thread::sleep(KEPT);
            }
            frames.bytes.extend_from_slice(&buffer[..read]);
            let mut talk_now = talk.lock().unwrap();
            while let Some(kind) = frames.next() {
                if asking {
                    talk_now.asked(kind, &shared);
                } else {
                    talk_now.answered(kind);
                }
            }
            drop(talk_now);
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

impl Talk {
    fn asked(&mut self, kind: u8, shared: &Shared) {
        if !self.begun || kind == b'X' {
            return;
        }
        if self.owed == 0 && !self.speaking {
            shared.turns.fetch_add(1, Ordering::SeqCst);
        }
        // A plain query and a sync are each answered with one "ready".
        if matches!(kind, b'Q' | b'S') {
            shared.statements.fetch_add(1, Ordering::SeqCst);
            self.owed += 1;
            self.speaking = false;
        } else {
            self.speaking = true;
        }
    }

    fn answered(&mut self, kind: u8) {
        if kind == b'Z' {
            if self.begun {
                self.owed -= 1;
            }
            self.begun = true;
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
