//! Of `events/fair_share.rs`, with all that reads by it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::external::{ExternalConnection, ExternalNext, ExternalOptions};
use crate::events::{Batch, Entry, EntryKind, Event, Extra, Inbox, MAX_TOGETHER, ONE_READ};
use crate::session::{KeepaliveOptions, LoginResult, SessionOptions};

/// What one read of a socket gives.
const CHUNK: usize = ONE_READ;
const LINE: usize = 1024;

/// A connection over an external transport, and its peer.
struct Ends {
    external: ExternalConnection,
    reading: bool,
    /// Lines that the peer has still to send, and those that have arrived, that of the login among them.
    left: usize,
    arrived: usize,
}

/// A JavaScript thread.
struct Thread {
    inbox: Arc<Inbox>,
    connections: HashMap<u32, Ends>,
    batch: Batch,
}

impl Thread {
    fn new() -> Self {
        let inbox = Arc::new(Inbox::new(Box::new(|| {})));
        Self { inbox, connections: HashMap::new(), batch: Batch::new(4096) }
    }

    /// A connection that is authenticated and whose peer sends so many lines.
    fn connect(&mut self, left: usize) -> u32 {
        let mut external = ExternalConnection::new(&self.inbox, options());
        external.receive(&self.inbox, b"1\n");
        let reading = external.login(&self.inbox, LoginResult::Accept).read;
        let id = external.id();
        self.connections.insert(id, Ends { external, reading, left, arrived: 0 });
        id
    }

    fn ids(&self) -> Vec<u32> {
        let mut ids: Vec<_> = self.connections.keys().copied().collect();
        ids.sort_unstable();
        ids
    }

    fn connection(&mut self, id: u32) -> &mut Ends {
        self.connections.get_mut(&id).unwrap()
    }

    /// As much as libuv reads at once of a socket that is ready.
    fn read(&mut self, id: u32) {
        let Self { inbox, connections, .. } = self;
        let ends = connections.get_mut(&id).unwrap();
        for _ in 0..4 {
            let lines = ends.left.min(CHUNK / LINE);
            if lines == 0 || !ends.reading {
                return;
            }
            ends.left -= lines;
            let line = [&[b'1'; LINE - 1][..], b"\n"].concat();
            let ExternalNext { read, .. } = ends.external.receive(inbox, &line.repeat(lines));
            ends.reading = read;
        }
    }

    /// Takes a batch. Says whether there is more.
    fn take(&mut self) -> bool {
        let more = self.inbox.take(&mut self.batch);
        for &Entry { id, kind, value, .. } in &self.batch.entries {
            let ends = self.connections.get_mut(&id).unwrap();
            match (kind, self.batch.extras.get(value)) {
                (EntryKind::Event, Some(Extra::Event(Event::ReadAgain))) => {
                    ends.reading = ends.external.plan().read;
                }
                (EntryKind::Event, event) => panic!("{event:?}"),
                _ => ends.arrived += 1,
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
            let waiting = self.connections.values().map(|each| each.external.waiting()).sum();
            most = most.max(waiting);
            turns += 1;
            let quiet = !self.take() && self.batch.entries.is_empty();
            if quiet && !self.connections.values().any(|each| each.reading && each.left > 0) {
                return (turns, most);
            }
        }
    }
}

fn options() -> ExternalOptions {
    ExternalOptions {
        session: SessionOptions::default(),
        max_buffered: usize::MAX,
        guard: None,
        address: None,
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
    assert_eq!(thread.inbox.shared_bytes(), 0);
}

#[test]
fn each_is_read_in_its_turn() {
    let mut thread = full();
    let ids: Vec<_> = (0..200).map(|_| thread.connect(64)).collect();
    thread.take();
    assert!(thread.inbox.shared_bytes() < MAX_TOGETHER);
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
            let inbox = Arc::clone(&thread.inbox);
            let ends = thread.connection(id);
            match below(8) {
                0 => ends.external.pause(),
                1 => ends.reading = ends.external.resume(&inbox).read,
                2 => ends.reading = ends.external.tick(&inbox, None).read,
                3 => drop(thread.take()),
                _ => thread.read(id),
            }
        }
        for &id in &ids {
            let inbox = Arc::clone(&thread.inbox);
            let ends = thread.connection(id);
            ends.reading = ends.external.resume(&inbox).read;
        }
        thread.run();
        let arrived: Vec<_> = ids.iter().map(|&id| thread.connection(id).arrived).collect();
        assert_eq!(arrived, sent, "seed {seed}");
        assert_eq!(thread.inbox.shared_bytes(), 0, "seed {seed}");
    }
}

/// A thread for which as much waits as may.
fn full() -> Thread {
    let mut thread = Thread::new();
    while thread.inbox.shared_bytes() < MAX_TOGETHER {
        let id = thread.connect(512);
        while thread.connection(id).reading {
            thread.read(id);
        }
    }
    assert!(thread.inbox.shared_bytes() >= MAX_TOGETHER);
    thread
}

#[test]
fn a_peer_whose_pong_is_not_read_is_not_missed() {
    let mut thread = full();
    let inbox = Arc::clone(&thread.inbox);
    let mut options = options();
    // Due, and missed, at once.
    let [interval, timeout] = [Duration::ZERO; 2];
    options.session.keepalive = Some(KeepaliveOptions { interval, timeout });
    let mut external = ExternalConnection::new(&inbox, options);
    external.receive(&inbox, b"1\n");
    assert!(!external.login(&inbox, LoginResult::Accept).read, "in its turn only");
    for _ in 0..3 {
        let next = external.tick(&inbox, None);
        assert!(!next.done && next.output.starts_with(b"{\"__ping\""), "{next:?}");
    }
    let id = external.id();
    thread.connections.insert(id, Ends { external, reading: false, left: 0, arrived: 0 });
    thread.run();
    assert!(thread.connection(id).reading);
    assert!(thread.connection(id).external.tick(&inbox, None).done, "it is read, and says nothing");
}

#[test]
fn who_is_held_back_in_the_line_keeps_nobody_waiting() {
    let mut thread = full();
    for _ in 0..4 * MAX_TOGETHER / ONE_READ {
        let id = thread.connect(1);
        assert!(!thread.connection(id).reading);
    }
    for id in thread.ids() {
        thread.connection(id).external.pause();
    }
    let id = thread.connect(1);
    assert!(!thread.connection(id).reading);
    thread.run();
    assert_eq!(thread.connection(id).arrived, 2);
}

#[test]
fn unauthenticated_peers_are_read_whatever_waits() {
    let thread = full();
    let mut external = ExternalConnection::new(&thread.inbox, options());
    assert!(external.receive(&thread.inbox, b"1").read);
}

#[test]
fn what_users_hold_back_is_in_nobodys_way() {
    let mut thread = full();
    for id in thread.ids() {
        thread.connection(id).external.pause();
    }
    let id = thread.connect(1);
    thread.run();
    assert_eq!(thread.connection(id).arrived, 2);
}
