use std::sync::Arc;

use super::guard::{Admission, Guard};
use crate::session::{Bytes, SharedBytes};
use crate::sync::{AtomicBool, AtomicUsize, Ordering};

/// From so many waiting bytes on a sender had better wait; it is told when all of them are gone.
pub const HIGH_WATER: usize = 1024 * 1024;

/// Of [`SendBuffer::state`]: it was above high water since it was last empty.
const HIGH: usize = 1 << (usize::BITS - 1);

/// A text that waits for several peers of a server: its memory counts once for all of them together.
#[derive(Debug)]
pub(crate) struct SharedText {
    bytes: Vec<u8>,
    guard: Option<Arc<Guard>>,
}

impl SharedText {
    pub(crate) fn new(bytes: Vec<u8>, guard: Option<Arc<Guard>>) -> Self {
        if let Some(guard) = &guard {
            guard.add_buffered(bytes.len());
        }
        Self { bytes, guard }
    }
}

impl AsRef<[u8]> for SharedText {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl SharedBytes for SharedText {}

impl Drop for SharedText {
    fn drop(&mut self) {
        if let Some(guard) = &self.guard {
            guard.remove_buffered(self.bytes.len());
        }
    }
}

/// How many bytes wait for one peer: accepted from JavaScript and not yet encrypted.
#[derive(Debug)]
pub(crate) struct SendBuffer {
    /// The bytes that wait and [`HIGH`], in one so that who was told to wait is told to go on when both say so at the same instant.
    state: AtomicUsize,
    /// How many of them count against what waits for all peers of the server.
    own: AtomicUsize,
    /// Whether the connection is being ended because of what waits.
    disconnected: AtomicBool,
    limit: usize,
    guard: Option<Arc<Guard>>,
}

impl SendBuffer {
    pub(crate) fn new(limit: usize, guard: Option<Arc<Guard>>) -> Self {
        Self {
            state: AtomicUsize::new(0),
            own: AtomicUsize::new(0),
            disconnected: AtomicBool::new(false),
            limit,
            guard,
        }
    }

    /// More bytes wait.
    pub(crate) fn add(&self, bytes: Bytes) -> Admission {
        let Bytes { all: bytes, own } = bytes;
        // Never so many that they reach into the flag.
        let grown = |state: usize| (state & !HIGH).saturating_add(bytes).min(!HIGH);
        let update = |state| {
            let high = if grown(state) >= HIGH_WATER { HIGH } else { state & HIGH };
            Some(grown(state) | high)
        };
        let (Ok(before) | Err(before)) =
            self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        let waiting = grown(before);
        self.count_own(own);
        match &self.guard {
            _ if waiting > self.limit => Admission::PeerFull { limit: self.limit },
            Some(guard) if own > 0 => guard.admission(),
            _ => Admission::Granted,
        }
    }

    /// So many of the waiting bytes, which were shared, are in memory of the connection's own now.
    pub(crate) fn count_own(&self, bytes: usize) {
        if let (Some(guard), true) = (&self.guard, bytes > 0) {
            self.own.fetch_add(bytes, Ordering::Relaxed);
            guard.add_buffered(bytes);
        }
    }

    /// So many bytes wait no more.
    pub(crate) fn remove(&self, bytes: Bytes) {
        self.state.fetch_sub(bytes.all, Ordering::Relaxed);
        self.give_back(bytes.own);
    }

    /// Of a connection that is being ended because of what waits: the others have its room at once, though its memory
    /// comes back only when its task does. Says whether it is the first to say so.
    pub(crate) fn disconnect(&self) -> bool {
        let first = !self.disconnected.swap(true, Ordering::Relaxed);
        self.give_back(usize::MAX);
        first
    }

    pub(crate) fn is_disconnected(&self) -> bool {
        self.disconnected.load(Ordering::Relaxed)
    }

    /// At most so many bytes no longer count against what waits for all peers: never more than were counted.
    fn give_back(&self, bytes: usize) {
        let Some(guard) = &self.guard else { return };
        let update = |own: usize| Some(own.saturating_sub(bytes));
        let (Ok(before) | Err(before)) =
            self.own.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        guard.remove_buffered(before.min(bytes));
    }

    /// Whether both are of peers of the same server.
    pub(crate) fn shares_guard_with(&self, other: &Self) -> bool {
        match (&self.guard, &other.guard) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    pub(crate) fn waiting(&self) -> usize {
        self.state.load(Ordering::Relaxed) & !HIGH
    }

    /// Whether nothing waits any more and a sender was told to wait; said once.
    pub(crate) fn take_drained(&self) -> bool {
        self.state.compare_exchange(HIGH, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Drop for SendBuffer {
    fn drop(&mut self) {
        self.give_back(usize::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::GuardOptions;
    use super::*;

    fn guard(max_total_buffered: usize) -> Arc<Guard> {
        let options =
            GuardOptions { max_total_buffered, max_handshakes: 1, max_failed_logins: None };
        Arc::new(Guard::new(options))
    }

    #[test]
    fn says_when_a_peer_or_all_together_have_too_much() {
        let guard = guard(150);
        let one = SendBuffer::new(100, Some(Arc::clone(&guard)));
        let other = SendBuffer::new(100, Some(guard));
        assert_eq!(one.add(Bytes::own(100)), Admission::Granted);
        assert_eq!(one.add(Bytes::own(1)), Admission::PeerFull { limit: 100 });
        assert_eq!(other.add(Bytes::own(50)), Admission::ServerFull { limit: 150 });
        drop(one);
        assert_eq!(other.add(Bytes::own(50)), Admission::Granted);
    }

    #[test]
    fn shared_memory_counts_once_for_the_server_and_fully_for_each_peer() {
        let guard = guard(150);
        let peers = [(); 3].map(|()| SendBuffer::new(100, Some(Arc::clone(&guard))));
        let text = SharedText::new(vec![b'1'; 90], Some(Arc::clone(&guard)));
        for peer in &peers {
            assert_eq!(peer.add(Bytes { all: 90, own: 0 }), Admission::Granted);
        }
        assert_eq!(guard.buffered(), 90);
        assert_eq!(peers[0].add(Bytes::own(11)), Admission::PeerFull { limit: 100 });
        assert_eq!(peers[1].add(Bytes::own(10)), Admission::Granted);
        // Joined with what is its own, it is a copy.
        peers[1].count_own(90);
        assert_eq!(guard.admission(), Admission::ServerFull { limit: 150 });
        peers[1].remove(Bytes::own(100));
        drop(text);
        assert_eq!(guard.buffered(), 11);
    }

    #[test]
    fn who_is_disconnected_gives_its_room_back_at_once_and_only_once() {
        let guard = guard(150);
        let [one, other] = [(); 2].map(|()| SendBuffer::new(1000, Some(Arc::clone(&guard))));
        one.add(Bytes::own(140));
        other.add(Bytes::own(20));
        assert!(one.disconnect() && one.is_disconnected());
        assert!(!one.disconnect());
        assert_eq!(guard.buffered(), 20);
        one.remove(Bytes::own(140));
        drop(one);
        assert_eq!(guard.buffered(), 20);
    }

    #[test]
    fn tells_once_that_a_sender_may_go_on() {
        let buffer = SendBuffer::new(usize::MAX, None);
        buffer.add(Bytes::own(HIGH_WATER - 1));
        assert!(!buffer.take_drained());
        buffer.add(Bytes::own(1));
        assert!(!buffer.take_drained(), "while it waits");
        buffer.remove(Bytes::own(HIGH_WATER));
        assert!(buffer.take_drained());
        assert!(!buffer.take_drained());
    }
}
