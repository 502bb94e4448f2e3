//! Panics in the engine's tasks: each ends its own connection, and nothing else.

use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::dialer::{DialOptions, dial};
use super::driver::supervise;
use super::faults::{arm, is_armed};
use super::listener::{ListenOptions, Listener};
use super::thread_engine::ThreadEngine;
use crate::connection::{Connection, Done, Terms};
use crate::events::{Batch, Entry, EntryKind, Event, Extra, Failure};
use crate::io::{Binding, LivenessOptions, Place};
use crate::limits::{Guard, GuardOptions};
use crate::session::SessionOptions;
use crate::tls::{ClientContext, ClientOptions, ServerContext, ServerOptions};

/// One test at a time arms.
static TESTS: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    TESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn engine() -> Arc<ThreadEngine> {
    ThreadEngine::new(Box::new(|| {}), false).unwrap()
}

/// What the engine has for JavaScript, gathered until `enough`.
fn events(engine: &ThreadEngine, enough: impl Fn(&[(u32, Event)]) -> bool) -> Vec<(u32, Event)> {
    let mut all = Vec::new();
    let end = Instant::now() + Duration::from_secs(10);
    while !enough(&all) {
        assert!(Instant::now() < end, "only {all:?}");
        std::thread::sleep(Duration::from_millis(1));
        let mut batch = Batch::new(1000);
        while engine.inbox.take(&mut batch) {}
        let Batch { entries, extras, .. } = batch;
        for (Entry { id, kind, value, .. }, extra) in entries.iter().zip(&extras) {
            assert_eq!((*kind, *value < extras.len()), (EntryKind::Event, true));
            if let Extra::Event(event) = extra {
                all.push((*id, event.clone()));
            }
        }
    }
    all
}

fn is_internal(event: &Event, place: &str) -> bool {
    matches!(event, Event::Error { error: Failure::Internal { message } }
        | Event::ClientError { error: Failure::Internal { message }, .. } if message.contains(place))
}

fn connection(engine: &ThreadEngine) -> Arc<Connection> {
    engine.new_connection(Terms {
        max_buffered: 1000,
        guard: None,
        address: None,
        tally: Some(Arc::default()),
    })
}

fn listener(engine: &Arc<ThreadEngine>) -> (Arc<Listener>, SocketAddr) {
    let at = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let options = ListenOptions {
        binding: Some(Binding {
            place: Some(at),
            port: 0,
            backlog: 16,
            ipv6_only: false,
            reuse_port: false,
        }),
        context: ServerContext::new(ServerOptions::default()).unwrap(),
        handshake_timeout: Duration::from_secs(10),
        liveness: LivenessOptions::default(),
        session: SessionOptions::default(),
        max_buffered: 1000,
        guard: Arc::new(Guard::new(GuardOptions {
            max_total_buffered: 1000,
            max_handshakes: 10,
            max_failed_logins: None,
        })),
        tally: Arc::default(),
    };
    let listener = Listener::open(engine, options).unwrap();
    listener.subscriptions().report(true, false, false);
    let Some(at) = listener.place() else { panic!("no address") };
    (listener, at)
}

/// Whether a peer that speaks no TLS is told of: the listener still accepts and shakes hands.
fn still_serves(engine: &ThreadEngine, at: SocketAddr) {
    use std::io::Write;
    let mut peer = TcpStream::connect(at).unwrap();
    peer.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let told = events(engine, |all| !all.is_empty());
    assert!(matches!(told[..], [(_, Event::ClientError { .. })]), "{told:?}");
    assert!(!is_internal(&told[0].1, ""), "{told:?}");
}

#[test]
fn of_a_connection_ends_it_and_leaves_the_others() {
    let _alone = alone();
    let engine = engine();
    let [failing, other] = [connection(&engine), connection(&engine)];
    let here = Arc::clone(&engine);
    let id = failing.id();
    let work = async move {
        // It holds what others need, too.
        let _held = here.connection(id).map(|connection| connection.byte_counts());
        tokio::task::yield_now().await;
        panic!("fault in a connection")
    };
    engine.tasks.spawn(supervise(Arc::clone(&engine), failing, work));
    let told = events(&engine, |all| all.len() >= 2);
    assert!(is_internal(&told[0].1, "fault in a connection"), "{told:?}");
    assert!(matches!(told[1].1, Event::Closed { had_error: true, .. }), "{told:?}");
    assert!(told.iter().all(|(of, _)| *of == id));
    assert!(engine.connection(id).is_none());

    let done = async { Done::early(false) };
    engine.tasks.spawn(supervise(Arc::clone(&engine), Arc::clone(&other), done));
    let told = events(&engine, |all| !all.is_empty());
    assert!(matches!(told[..], [(of, Event::Closed { had_error: false, .. })] if of == other.id()));
    engine.end();
}

#[test]
fn with_locks_held_poisons_nothing() {
    let _alone = alone();
    let engine = engine();
    let failing = connection(&engine);
    let id = failing.id();
    let held = Arc::clone(&engine);
    let work = async move {
        held.inbox.lines(&failing.peer().events, |_| panic!("fault under a lock"));
        Done::early(false)
    };
    let connection = engine.connection(id).unwrap();
    engine.tasks.spawn(supervise(Arc::clone(&engine), connection, work));
    let told = events(&engine, |all| all.len() >= 2);
    assert!(is_internal(&told[0].1, "fault under a lock"), "{told:?}");
    assert!(matches!(told[1].1, Event::Closed { had_error: true, .. }), "{told:?}");
    engine.end();
}

#[test]
fn of_a_handshake_is_told_and_the_next_one_is_served() {
    let _alone = alone();
    let engine = engine();
    let (listener, at) = listener(&engine);
    arm("handshake");
    let _peer = TcpStream::connect(at).unwrap();
    let told = events(&engine, |all| !all.is_empty());
    assert!(matches!(&told[..], [(_, event)] if is_internal(event, "handshake")), "{told:?}");
    assert!(engine.connection(told[0].0).is_none());
    still_serves(&engine, at);
    listener.close();
    engine.end();
}

#[test]
fn of_a_listener_with_one_peer_is_that_peers() {
    let _alone = alone();
    for place in ["take", "receive"] {
        let engine = engine();
        let (listener, at) = listener(&engine);
        arm(place);
        let mut peer = TcpStream::connect(at).unwrap();
        // It is closed, and not kept.
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        assert!(matches!(std::io::Read::read(&mut peer, &mut [0]), Ok(0)), "{place}");
        assert!(!is_armed(place));
        still_serves(&engine, at);
        let end = Instant::now() + Duration::from_secs(10);
        while !engine.registry.is_empty() || listener.handshakes() > 0 {
            assert!(Instant::now() < end, "{place}: something is left");
            std::thread::sleep(Duration::from_millis(1));
        }
        listener.close();
        let told = events(&engine, |all| !all.is_empty());
        assert!(matches!(told[..], [(_, Event::ListenerClosed)]), "{told:?}");
        engine.end();
    }
}

#[test]
fn of_a_dialer_ends_its_connection() {
    let _alone = alone();
    let engine = engine();
    let (listener, at) = listener(&engine);
    arm("dial");
    let options = DialOptions {
        places: vec![Place::Ip(at)],
        local: None,
        attempt_timeout: Duration::from_secs(10),
        liveness: LivenessOptions::default(),
        logs_keys: false,
        server_name: None,
        context: ClientContext::new(ClientOptions::default()).unwrap(),
        session: SessionOptions::default(),
        max_buffered: 1000,
        tally: Arc::default(),
    };
    let connection = dial(&engine, options);
    let of_it = |all: &[(u32, Event)]| all.iter().filter(|(id, _)| *id == connection.id()).count();
    let told = events(&engine, |all| of_it(all) >= 2);
    let own: Vec<_> = told.iter().filter(|(id, _)| *id == connection.id()).collect();
    assert!(is_internal(&own[0].1, "dial"), "{own:?}");
    assert!(matches!(own[1].1, Event::Closed { had_error: true, .. }), "{own:?}");
    assert!(engine.connection(connection.id()).is_none());
    listener.close();
    engine.end();
}
