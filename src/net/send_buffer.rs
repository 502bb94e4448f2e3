use std::sync::Arc;

use super::guard::Guard;
use super::sync::{AtomicUsize, Ordering};

/// From so many waiting bytes on a sender had better wait; it is told when all of them are gone.
pub const HIGH_WATER: usize = 1024 * 1024;

/// Of [`SendBuffer::state`]: it was above high water since it was last empty.
const HIGH: usize = 1 << (usize::BITS - 1);

/// How many bytes wait for one peer: accepted from JavaScript and not yet encrypted.
#[derive(Debug)]
pub(super) struct SendBuffer {
    /// The bytes that wait and [`HIGH`], in one so that relief is told when both say so at the same instant.
    state: AtomicUsize,
    limit: usize,
    guard: Option<Arc<Guard>>,
}

/// Whether what waits may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Room {
    Enough,
    /// More waits for this peer than may.
    Full {
        limit: usize,
    },
    /// More waits for all peers of the server than may.
    ServerFull {
        limit: usize,
    },
}

impl SendBuffer {
    pub(super) fn new(limit: usize, guard: Option<Arc<Guard>>) -> Self {
        Self { state: AtomicUsize::new(0), limit, guard }
    }

    /// More bytes wait.
    pub(super) fn add(&self, bytes: usize) -> Room {
        // Never so many that they reach into the flag.
        let grown = |state: usize| (state & !HIGH).saturating_add(bytes).min(!HIGH);
        let update = |state| {
            let high = if grown(state) >= HIGH_WATER { HIGH } else { state & HIGH };
            Some(grown(state) | high)
        };
        let (Ok(before) | Err(before)) =
            self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, update);
        let waiting = grown(before);
        let server_has_room = self.guard.as_ref().is_none_or(|guard| guard.add_buffered(bytes));
        match &self.guard {
            _ if waiting > self.limit => Room::Full { limit: self.limit },
            Some(guard) if !server_has_room => {
                Room::ServerFull { limit: guard.max_total_buffered() }
            }
            _ => Room::Enough,
        }
    }

    /// So many bytes wait no more.
    pub(super) fn remove(&self, bytes: usize) {
        self.state.fetch_sub(bytes, Ordering::Relaxed);
        if let Some(guard) = &self.guard {
            guard.remove_buffered(bytes);
        }
    }

    /// Whether both are of peers of the same server.
    pub(super) fn shares_guard_with(&self, other: &Self) -> bool {
        match (&self.guard, &other.guard) {
            (Some(one), Some(other)) => Arc::ptr_eq(one, other),
            _ => false,
        }
    }

    pub(super) fn waiting(&self) -> usize {
        self.state.load(Ordering::Relaxed) & !HIGH
    }

    /// Whether nothing waits any more and a sender was told to wait; said once.
    pub(super) fn take_relief(&self) -> bool {
        self.state.compare_exchange(HIGH, 0, Ordering::Relaxed, Ordering::Relaxed).is_ok()
    }
}

impl Drop for SendBuffer {
    fn drop(&mut self) {
        self.remove(self.waiting());
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::GuardOptions;
    use super::*;

    #[test]
    fn says_when_a_peer_or_all_together_have_too_much() {
        let options =
            GuardOptions { max_total_buffered: 150, max_handshakes: 1, max_failed_logins: None };
        let guard = Arc::new(Guard::new(options));
        let one = SendBuffer::new(100, Some(Arc::clone(&guard)));
        let other = SendBuffer::new(100, Some(guard));
        assert_eq!(one.add(100), Room::Enough);
        assert_eq!(one.add(1), Room::Full { limit: 100 });
        assert_eq!(other.add(50), Room::ServerFull { limit: 150 });
        drop(one);
        assert_eq!(other.add(50), Room::Enough);
    }

    #[test]
    fn tells_once_that_a_sender_may_go_on() {
        let buffer = SendBuffer::new(usize::MAX, None);
        buffer.add(HIGH_WATER - 1);
        assert!(!buffer.take_relief());
        buffer.add(1);
        assert!(!buffer.take_relief(), "while it waits");
        buffer.remove(HIGH_WATER);
        assert!(buffer.take_relief());
        assert!(!buffer.take_relief());
    }
}
