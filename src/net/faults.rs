//! Panics in the engine's tasks: each ends its own connection, and nothing else. No build but that of the unit tests has
//! any of this.

use std::cell::Cell;
use std::collections::HashSet;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::connection::{Connection, Terms};
use super::driver::supervise;
use super::link::Done;
use super::{
    Batch, Binding, DialOptions, Entry, EntryKind, Environment, Extra, Failure, Guard,
    GuardOptions, ListenOptions, Listener, LivenessOptions, Place, Signal, dial, lock,
};
use crate::session::SessionOptions;
use crate::tls::{ClientContext, ClientOptions, ServerContext, ServerOptions};

/// Where the next one to come by is to panic.
static ARMED: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);

/// One test at a time arms.
static TESTS: Mutex<()> = Mutex::new(());

thread_local! {
    /// The same for this thread alone, so that no other test comes by.
    static ARMED_HERE: Cell<Option<&'static str>> = const { Cell::new(None) };
}

/// Panics if this is a place where that is wanted.
pub(super) fn hit(place: &'static str) {
    let armed = lock(&ARMED).get_or_insert_default().remove(place);
    let armed_here = ARMED_HERE.get() == Some(place);
    if armed_here {
        ARMED_HERE.set(None);
    }
    assert!(!armed && !armed_here, "fault in {place}");
}

pub(super) fn arm_here(place: &'static str) {
    ARMED_HERE.set(Some(place));
}

fn arm(place: &'static str) {
    lock(&ARMED).get_or_insert_default().insert(place);
}

fn is_armed(place: &'static str) -> bool {
    lock(&ARMED).get_or_insert_default().contains(place)
}

fn alone() -> MutexGuard<'static, ()> {
    TESTS.lock().unwrap_or_else(PoisonError::into_inner)
}

fn environment() -> Arc<Environment> {
    Environment::new(Box::new(|| {}), false).unwrap()
}

/// What the environment has for JavaScript, gathered until `enough`.
fn signals(
    environment: &Environment,
    enough: impl Fn(&[(u32, Signal)]) -> bool,
) -> Vec<(u32, Signal)> {
    let mut all = Vec::new();
    let end = Instant::now() + Duration::from_secs(10);
    while !enough(&all) {
        assert!(Instant::now() < end, "only {all:?}");
        std::thread::sleep(Duration::from_millis(1));
        let mut batch = Batch::new(1000);
        while environment.inbox.take(&mut batch) {}
        let Batch { entries, extras, .. } = batch;
        for (Entry { id, kind, value }, extra) in entries.iter().zip(&extras) {
            assert_eq!((*kind, *value < extras.len()), (EntryKind::Signal, true));
            if let Extra::Signal(signal) = extra {
                all.push((*id, signal.clone()));
            }
        }
    }
    all
}

fn is_internal(signal: &Signal, place: &str) -> bool {
    matches!(signal, Signal::Error { error: Failure::Internal { message } }
        | Signal::ClientError { error: Failure::Internal { message }, .. } if message.contains(place))
}

fn connection(environment: &Environment) -> Arc<Connection> {
    environment.new_connection(Terms {
        max_buffered: 1000,
        guard: None,
        peer: None,
        tally: Arc::default(),
    })
}

fn listener(environment: &Arc<Environment>) -> (Arc<Listener>, SocketAddr) {
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
    let listener = Listener::open(environment, options).unwrap();
    listener.wishes().report(true, false, false);
    let Some(at) = listener.place() else { panic!("no address") };
    (listener, at)
}

/// Whether a peer that speaks no TLS is told of: the listener still accepts and shakes hands.
fn still_serves(environment: &Environment, at: SocketAddr) {
    use std::io::Write;
    let mut peer = TcpStream::connect(at).unwrap();
    peer.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    let told = signals(environment, |all| !all.is_empty());
    assert!(matches!(told[..], [(_, Signal::ClientError { .. })]), "{told:?}");
    assert!(!is_internal(&told[0].1, ""), "{told:?}");
}

#[test]
fn of_a_connection_ends_it_and_leaves_the_others() {
    let _alone = alone();
    let environment = environment();
    let [failing, other] = [connection(&environment), connection(&environment)];
    let here = Arc::clone(&environment);
    let id = failing.id();
    let work = async move {
        // It holds what others need, too.
        let _held = here.connection(id).map(|connection| connection.counters());
        tokio::task::yield_now().await;
        panic!("fault in a connection")
    };
    environment.spawn(supervise(Arc::clone(&environment), failing, work));
    let told = signals(&environment, |all| all.len() >= 2);
    assert!(is_internal(&told[0].1, "fault in a connection"), "{told:?}");
    assert!(matches!(told[1].1, Signal::Closed { had_error: true, .. }), "{told:?}");
    assert!(told.iter().all(|(of, _)| *of == id));
    assert!(environment.connection(id).is_none());

    let done = async { Done::early(false) };
    environment.spawn(supervise(Arc::clone(&environment), Arc::clone(&other), done));
    let told = signals(&environment, |all| !all.is_empty());
    assert!(
        matches!(told[..], [(of, Signal::Closed { had_error: false, .. })] if of == other.id())
    );
    environment.end();
}

#[test]
fn with_locks_held_poisons_nothing() {
    let _alone = alone();
    let environment = environment();
    let failing = connection(&environment);
    let id = failing.id();
    let held = Arc::clone(&environment);
    let work = async move {
        held.inbox.lines(&failing.inbound, |_| panic!("fault under a lock"));
        Done::early(false)
    };
    let connection = environment.connection(id).unwrap();
    environment.spawn(supervise(Arc::clone(&environment), connection, work));
    let told = signals(&environment, |all| all.len() >= 2);
    assert!(is_internal(&told[0].1, "fault under a lock"), "{told:?}");
    assert!(matches!(told[1].1, Signal::Closed { had_error: true, .. }), "{told:?}");
    environment.end();
}

#[test]
fn of_a_handshake_is_told_and_the_next_one_is_served() {
    let _alone = alone();
    let environment = environment();
    let (listener, at) = listener(&environment);
    arm("handshake");
    let _peer = TcpStream::connect(at).unwrap();
    let told = signals(&environment, |all| !all.is_empty());
    assert!(matches!(&told[..], [(_, signal)] if is_internal(signal, "handshake")), "{told:?}");
    assert!(environment.connection(told[0].0).is_none());
    still_serves(&environment, at);
    listener.close();
    environment.end();
}

#[test]
fn of_a_listener_with_one_peer_is_that_peers() {
    let _alone = alone();
    for place in ["take", "greet"] {
        let environment = environment();
        let (listener, at) = listener(&environment);
        arm(place);
        let mut peer = TcpStream::connect(at).unwrap();
        // It is closed, and not kept.
        peer.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        assert!(matches!(std::io::Read::read(&mut peer, &mut [0]), Ok(0)), "{place}");
        assert!(!is_armed(place));
        still_serves(&environment, at);
        let end = Instant::now() + Duration::from_secs(10);
        while environment.connections() > 0 || listener.handshakes() > 0 {
            assert!(Instant::now() < end, "{place}: something is left");
            std::thread::sleep(Duration::from_millis(1));
        }
        listener.close();
        let told = signals(&environment, |all| !all.is_empty());
        assert!(matches!(told[..], [(_, Signal::ListenerClosed)]), "{told:?}");
        environment.end();
    }
}

#[test]
fn of_a_dialer_ends_its_connection() {
    let _alone = alone();
    let environment = environment();
    let (listener, at) = listener(&environment);
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
    let connection = dial(&environment, options);
    let of_it = |all: &[(u32, Signal)]| all.iter().filter(|(id, _)| *id == connection.id()).count();
    let told = signals(&environment, |all| of_it(all) >= 2);
    let own: Vec<_> = told.iter().filter(|(id, _)| *id == connection.id()).collect();
    assert!(is_internal(&own[0].1, "dial"), "{own:?}");
    assert!(matches!(own[1].1, Signal::Closed { had_error: true, .. }), "{own:?}");
    assert!(environment.connection(connection.id()).is_none());
    listener.close();
    environment.end();
}
