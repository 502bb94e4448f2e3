use std::sync::Arc;

use super::byte_counts::{ByteCounters, ByteCounts};
use crate::events::Failure;
use crate::session::PingCounts;
use crate::sync::{AtomicU64, Mutex, Ordering, lock};

/// Kinds of failed handshakes told apart; what else comes is counted together. Peers cannot make it grow.
const MAX_KINDS: usize = 64;

/// What the engine counts for one server or client from when it was made, over all of its listeners and connections: that
/// which JavaScript does not see happen. JavaScript owns it.
///
/// Nothing is counted here for each read or write: a connection counts its own bytes anyway, and they are added up when it
/// goes, and when somebody asks.
#[derive(Debug, Default)]
pub struct Tally {
    /// Of the connections that are gone.
    gone: ByteCounters,
    over_most: AtomicU64,
    barred: AtomicU64,
    failed_handshakes: Mutex<FailedHandshakes>,
    pings: Arc<PingCounts>,
}

/// What all connections of one owner have moved, those that are gone too, and what waits on those that are there.
#[derive(Debug)]
pub struct Totals {
    /// Plaintext bytes of all connections.
    pub bytes: ByteCounts,
    /// Bytes accepted for peers and not yet encrypted.
    pub outbound: usize,
    /// Bytes of lines that JavaScript has not taken.
    pub inbound: usize,
}

/// Handshakes that failed, by kind.
#[derive(Debug, Default, Clone)]
pub struct FailedHandshakes {
    /// One failure of each kind, and how many there were.
    pub kinds: Vec<(Failure, u64)>,
    /// Those of more kinds than are told apart.
    pub others: u64,
}

impl Tally {
    /// What sessions count their pings with.
    pub fn pings(&self) -> &Arc<PingCounts> {
        &self.pings
    }

    /// Connections closed at once because there were as many as there may be.
    pub fn over_most(&self) -> u64 {
        self.over_most.load(Ordering::Relaxed)
    }

    /// Connections closed at once because of failed logins of their address.
    pub fn barred(&self) -> u64 {
        self.barred.load(Ordering::Relaxed)
    }

    /// Handshakes of peers that failed.
    pub fn failed_handshakes(&self) -> FailedHandshakes {
        lock(&self.failed_handshakes).clone()
    }

    /// Plaintext bytes of the connections that are gone.
    pub(crate) fn gone(&self) -> ByteCounts {
        self.gone.counts()
    }

    /// A connection is gone.
    pub(crate) fn add(&self, bytes: ByteCounts) {
        self.gone.add(bytes);
    }

    pub(crate) fn count_over_most(&self) {
        self.over_most.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_barred(&self) {
        self.barred.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn count_failed_handshake(&self, failure: &Failure) {
        let mut failed = lock(&self.failed_handshakes);
        if let Some((_, count)) = failed.kinds.iter_mut().find(|(kind, _)| kind.is_like(failure)) {
            *count += 1;
        } else if failed.kinds.len() < MAX_KINDS {
            failed.kinds.push((failure.clone(), 1));
        } else {
            failed.others += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::Openssl;

    fn system(errno: i32) -> Failure {
        Failure::System {
            syscall: "read",
            errno: Some(errno),
            code: None,
            address: None,
            port: None,
            local: None,
        }
    }

    #[test]
    fn tells_kinds_apart_and_adds_up_each() {
        let tally = Tally::default();
        let ssl =
            |code| Failure::Ssl { openssl: Openssl { code, reason: "", number: 0 }, recent: None };
        let refused = |code| Failure::Refused { code };
        let limit = |message: &str| Failure::Limit { code: "L", message: message.into() };
        for failure in [
            system(1),
            system(2),
            system(1),
            ssl("A"),
            ssl("B"),
            ssl("A"),
            limit("one"),
            limit("another"),
            Failure::Hangup,
            Failure::Timeout,
            Failure::Hangup,
            refused("A"),
            refused("B"),
            refused("A"),
        ] {
            tally.count_failed_handshake(&failure);
        }
        let counts: Vec<_> =
            tally.failed_handshakes().kinds.into_iter().map(|(_, count)| count).collect();
        assert_eq!(counts, [2, 1, 2, 1, 2, 2, 1, 2, 1]);
    }

    #[test]
    fn remembers_a_bounded_number_of_kinds() {
        let tally = Tally::default();
        for errno in 0..MAX_KINDS as i32 + 5 {
            tally.count_failed_handshake(&system(errno));
        }
        let failed = tally.failed_handshakes();
        assert_eq!((failed.kinds.len(), failed.others), (MAX_KINDS, 5));
    }
}
