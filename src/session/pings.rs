use std::sync::atomic::{AtomicU64, Ordering};

/// How many pings the sessions of one server have sent, and what became of them. Pings are rare, so all of its sessions
/// share one of these.
#[derive(Debug, Default)]
pub struct PingCounts {
    sent: AtomicU64,
    answered: AtomicU64,
    missed: AtomicU64,
}

impl PingCounts {
    /// Pings sent.
    pub fn sent(&self) -> u64 {
        self.sent.load(Ordering::Relaxed)
    }

    /// Pongs that a ping was waiting for.
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }

    /// Pings whose time was over; each has ended its connection.
    pub fn missed(&self) -> u64 {
        self.missed.load(Ordering::Relaxed)
    }

    pub(super) fn count_sent(&self) {
        self.sent.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_answered(&self) {
        self.answered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn count_missed(&self) {
        self.missed.fetch_add(1, Ordering::Relaxed);
    }
}
