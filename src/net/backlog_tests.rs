//! Of `backlog.rs`, with all that reads by it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::backlog::*;
use crate::net::environment::Environment;
use crate::net::{Batch, Entry, EntryKind, Extra, Piped, PipedNext, PipedOptions, Signal};
use crate::session::{KeepaliveOptions, LoginVerdict, SessionOptions};

/// What one read of a socket gives.
const CHUNK: usize = ONE_READ;
const LINE: usize = 1024;

/// A connection as JavaScript carries it, and its peer.
struct Carried {
    piped: Piped,
    reading: bool,
    /// Lines that the peer has still to send, and those that have arrived, that of the login among them.
    left: usize,
    arrived: usize,
}

/// A JavaScript thread.
struct Thread {
    environment: Arc<Environment>,
    connections: HashMap<u32, Carried>,
    batch: Batch,
}

impl Thread {
    fn new() -> Self {
        let environment = Environment::new(Box::new(|| {}), false).unwrap();
        Self { environment, connections: HashMap::new(), batch: Batch::new(4096) }
    }

    /// A connection that is let in and whose peer sends so many lines.
    fn connect(&mut self, left: usize) -> u32 {
        let mut piped = Piped::new(&self.environment, options());
        piped.receive(&self.environment.inbox, b"1\n");
        let reading = piped.login(&self.environment.inbox, LoginVerdict::Accept).read;
        let carried = Carried { piped, reading, left, arrived: 0 };
        let id = carried.piped.id();
        self.connections.insert(id, carried);
        id
    }

    fn ids(&self) -> Vec<u32> {
        let mut ids: Vec<_> = self.connections.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    fn connection(&mut self, id: u32) -> &mut Carried {
        self.connections.get_mut(&id).unwrap()
    }

    /// As much as libuv reads at once of a socket that is ready.
    fn read(&mut self, id: u32) {
        let Self { environment, connections, .. } = self;
        let carried = connections.get_mut(&id).unwrap();
        for _ in 0..4 {
            let lines = carried.left.min(CHUNK / LINE);
            if lines == 0 || !carried.reading {
                return;
            }
            carried.left -= lines;
            let line = [&[b'1'; LINE - 1][..], b"\n"].concat();
            let PipedNext { read, .. } =
                carried.piped.receive(&environment.inbox, &line.repeat(lines));
            carried.reading = read;
        }
    }

    /// Takes a batch. Says whether there is more.
    fn take(&mut self) -> bool {
        let more = self.environment.inbox.take(&mut self.batch);
        for &Entry { id, kind, value } in &self.batch.entries {
            let carried = self.connections.get_mut(&id).unwrap();
            match (kind, self.batch.extras.get(value)) {
                (EntryKind::Signal, Some(Extra::Signal(Signal::ReadAgain))) => {
                    carried.reading = carried.piped.plan().read;
                }
                (EntryKind::Signal, signal) => panic!("{signal:?}"),
                _ => carried.arrived += 1,
            }
        }
        more
    }

    /// Turns of the event loop until nobody has anything to send and nothing waits. Says how many, and how much waited
    /// at most.
    fn run(&mut self) -> (usize, usize) {
        let (mut turns, mut most) = (0, 0);
        loop {
            for id in self.ids() {
                self.read(id);
            }
            let waiting = self.connections.values().map(|each| each.piped.waiting()).sum();
            most = most.max(waiting);
            turns += 1;
            let quiet = !self.take() && self.batch.entries.is_empty();
            if quiet && !self.connections.values().any(|each| each.reading && each.left > 0) {
                return (turns, most);
            }
        }
    }
}

fn options() -> PipedOptions {
    PipedOptions {
        session: SessionOptions::default(),
        max_buffered: usize::MAX,
        guard: None,
        peer: None,
    }
}

#[test]
fn all_together_have_little_more_waiting_than_one_may() {
    const CROWD: usize = 100;
    let mut thread = Thread::new();
    let crowd: Vec<_> = (0..CROWD).map(|_| thread.connect(512)).collect();
    let (_, most) = thread.run();
    // What each may add when nobody could tell it yet.
    assert!(most <= MAX_TOGETHER + CROWD * CHUNK, "{most}");
    for id in crowd {
        assert_eq!(thread.connection(id).arrived, 513);
    }
    assert_eq!(thread.environment.inbox.backlog_bytes(), 0);
}

#[test]
fn each_is_read_in_its_turn() {
    let mut thread = full();
    let ids: Vec<_> = (0..200).map(|_| thread.connect(64)).collect();
    thread.take();
    assert!(thread.environment.inbox.backlog_bytes() < MAX_TOGETHER);
    let late = thread.connect(1);
    assert!(!thread.connection(late).reading, "behind the others");
    let mut read = Vec::new();
    for _ in 0..1000 {
        thread.take();
        for &id in &ids {
            if thread.connection(id).reading && !read.contains(&id) {
                read.push(id);
            }
            thread.read(id);
        }
    }
    assert_eq!(read, ids);
}

#[test]
fn whatever_happens_everything_arrives() {
    for seed in 1..=20_u64 {
        // Xorshift.
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut below = |most: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state % most
        };
        let mut thread = Thread::new();
        let ids: Vec<_> = (0..30).map(|_| thread.connect(below(800) as usize)).collect();
        let sent: Vec<_> = ids.iter().map(|&id| thread.connection(id).left + 1).collect();
        for _ in 0..1500 {
            let id = ids[below(30) as usize];
            let inbox = Arc::clone(&thread.environment);
            let carried = thread.connection(id);
            match below(8) {
                0 => carried.piped.pause(),
                1 => carried.reading = carried.piped.resume(&inbox.inbox).read,
                2 => carried.reading = carried.piped.tick(&inbox.inbox).read,
                3 => drop(thread.take()),
                _ => thread.read(id),
            }
        }
        for &id in &ids {
            let environment = Arc::clone(&thread.environment);
            let carried = thread.connection(id);
            carried.reading = carried.piped.resume(&environment.inbox).read;
        }
        thread.run();
        let arrived: Vec<_> = ids.iter().map(|&id| thread.connection(id).arrived).collect();
        assert_eq!(arrived, sent, "seed {seed}");
        assert_eq!(thread.environment.inbox.backlog_bytes(), 0, "seed {seed}");
    }
}

/// A thread for which as much waits as may.
fn full() -> Thread {
    let mut thread = Thread::new();
    while thread.environment.inbox.backlog_bytes() < MAX_TOGETHER {
        let id = thread.connect(512);
        while thread.connection(id).reading {
            thread.read(id);
        }
    }
    assert!(thread.environment.inbox.backlog_bytes() >= MAX_TOGETHER);
    thread
}

#[test]
fn a_peer_whose_pong_is_not_read_is_not_missed() {
    let mut thread = full();
    let environment = Arc::clone(&thread.environment);
    let mut options = options();
    // Due, and missed, at once.
    let [interval, timeout] = [Duration::ZERO; 2];
    options.session.keepalive = Some(KeepaliveOptions { interval, timeout });
    let mut piped = Piped::new(&environment, options);
    piped.receive(&environment.inbox, b"1\n");
    assert!(!piped.login(&environment.inbox, LoginVerdict::Accept).read, "in its turn only");
    for _ in 0..3 {
        let next = piped.tick(&environment.inbox);
        assert!(!next.done && next.output.starts_with(b"{\"__ping\""), "{next:?}");
    }
    let id = piped.id();
    thread.connections.insert(id, Carried { piped, reading: false, left: 0, arrived: 0 });
    thread.run();
    assert!(thread.connection(id).reading);
    assert!(
        thread.connection(id).piped.tick(&environment.inbox).done,
        "it is read, and says nothing"
    );
}

#[test]
fn who_is_held_back_in_the_line_keeps_nobody_waiting() {
    let mut thread = full();
    for _ in 0..4 * MAX_TOGETHER / ONE_READ {
        let id = thread.connect(1);
        assert!(!thread.connection(id).reading);
    }
    for id in thread.ids() {
        thread.connection(id).piped.pause();
    }
    let id = thread.connect(1);
    assert!(!thread.connection(id).reading);
    thread.run();
    assert_eq!(thread.connection(id).arrived, 2);
}

#[test]
fn strangers_are_read_whatever_waits() {
    let thread = full();
    let mut piped = Piped::new(&thread.environment, options());
    assert!(piped.receive(&thread.environment.inbox, b"1").read);
}

#[test]
fn what_users_hold_back_is_in_nobodys_way() {
    let mut thread = full();
    for id in thread.ids() {
        thread.connection(id).piped.pause();
    }
    let id = thread.connect(1);
    thread.run();
    assert_eq!(thread.connection(id).arrived, 2);
}
