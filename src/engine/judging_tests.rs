//! While a login line of an unauthenticated peer is judged: what the connection's task has to do with it.

// Elsewhere the task always reads.
#![cfg(target_os = "linux")]

use std::io::{Cursor, Write};
use std::os::unix::net::UnixStream;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Waker};
use std::time::{Duration, Instant};

use rustls::pki_types::{PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, ServerConfig, ServerConnection};

use crate::connection::{Connection, Link, Next, Terms, WatchedSocket};
use crate::events::Inbox;
use crate::io::{LinkSocket, Poller, Watch};
use crate::limits::{Guard, GuardOptions};
use crate::session::{KeepaliveOptions, LoginResult, SessionOptions};

const SECOND: Duration = Duration::from_secs(1);

/// A server's connection whose event loop can read, and what its task waits for when the login line was handed over.
struct Judged {
    connection: Arc<Connection>,
    inbox: Inbox,
    waits: Next,
    /// The other end, so that it stays open.
    _client: UnixStream,
}

impl Judged {
    /// One that pings in that interval.
    fn new(interval: Duration) -> Self {
        let inbox = Inbox::new(Box::new(|| {}));
        let (near, mut far) = UnixStream::pair().unwrap();
        near.set_nonblocking(true).unwrap();
        let (server, mut client) = handshaken();
        let guard = Guard::new(GuardOptions {
            max_total_buffered: 1000,
            max_handshakes: 1,
            max_failed_logins: None,
        });
        let guard = Some(Arc::new(guard));
        let terms = Terms { max_buffered: 1000, guard, address: None, tally: None };
        let connection = Connection::new(terms);
        let watch = Watch::new(Poller::new().unwrap(), connection.id());
        let socket = WatchedSocket::watched(LinkSocket::Plain(near.into()), watch);
        let options = SessionOptions {
            login_timeout: Some(30 * SECOND),
            keepalive: Some(KeepaliveOptions { interval, timeout: SECOND }),
            ..SessionOptions::default()
        };
        connection.establish(Link::new(connection.peer(), socket, server.into(), &options));
        client.writer().write_all(b"{\"password\":\"x\"}\n").unwrap();
        while client.wants_write() {
            client.write_tls(&mut far).unwrap();
        }
        let waits = connection.link().unwrap().step(&inbox);
        Self { connection, inbox, waits, _client: far }
    }

    /// JavaScript's answer. Says whether the task was woken for it.
    fn answer(&self, result: LoginResult) -> bool {
        self.connection.login(&self.inbox, result);
        let woken = pin!(self.connection.peer().events.wakeup.notified());
        woken.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }
}

/// Both ends, behind their handshake.
fn handshaken() -> (ServerConnection, ClientConnection) {
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut roots = RootCertStore::empty();
    roots.add(cert.der().clone()).unwrap();
    let client = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let server = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut client = ClientConnection::new(Arc::new(client), name).unwrap();
    let mut server = ServerConnection::new(Arc::new(server)).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut bytes = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut bytes).unwrap();
        }
        server.read_tls(&mut Cursor::new(bytes)).unwrap();
        server.process_new_packets().unwrap();
        let mut bytes = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut bytes).unwrap();
        }
        if !bytes.is_empty() {
            client.read_tls(&mut Cursor::new(bytes)).unwrap();
            client.process_new_packets().unwrap();
        }
    }
    (server, client)
}

#[test]
fn who_is_let_in_at_once_costs_the_task_nothing() {
    loop {
        let judged = Judged::new(10 * SECOND);
        // It waits for the answer alone, and not for long.
        let Next::Wait { read: false, write: false, again: false, deadline: Some(deadline) } =
            judged.waits
        else {
            panic!("{:?}", judged.waits)
        };
        assert!(deadline <= Instant::now() + SECOND);
        let woken = judged.answer(LoginResult::Accept);
        // Else this thread was held up for longer than that.
        if Instant::now() < deadline {
            assert!(!woken);
            break;
        }
    }
}

#[test]
fn who_is_to_be_pinged_before_it_would_look_wakes_it() {
    assert!(Judged::new(Duration::from_millis(1)).answer(LoginResult::Accept));
}

#[test]
fn of_one_who_is_not_let_in_it_reads_on() {
    assert!(Judged::new(10 * SECOND).answer(LoginResult::Refuse));
    assert!(Judged::new(10 * SECOND).answer(LoginResult::Skip));
}

#[test]
fn where_the_answer_takes_longer_it_reads_on_and_hears_of_it() {
    let judged = Judged::new(10 * SECOND);
    let Next::Wait { deadline: Some(deadline), .. } = judged.waits else {
        panic!("{:?}", judged.waits)
    };
    std::thread::sleep(deadline.saturating_duration_since(Instant::now()));
    let waits = judged.connection.link().unwrap().step(&judged.inbox);
    assert!(matches!(waits, Next::Wait { read: true, deadline: None, .. }), "{waits:?}");
    assert!(judged.answer(LoginResult::Accept));
}
