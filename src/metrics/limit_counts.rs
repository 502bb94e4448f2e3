use crate::sync::{AtomicU64, Ordering};

/// How often the limits of a server were met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LimitCounts {
    /// Handshakes that took too long.
    pub handshake_timeout: u64,
    /// Handshakes ended for later ones.
    pub handshakes: u64,
    /// Peers that did not log in in time.
    pub login_timeout: u64,
    /// Peers that sent too much before login.
    pub login_bytes: u64,
    /// Wrong passwords.
    pub failed_login: u64,
    /// Connections refused because of failed logins of their address.
    pub failed_logins: u64,
    /// Messages that were too long.
    pub message_bytes: u64,
    /// Peers disconnected for what was buffered for them.
    pub buffered_bytes: u64,
}

/// The limits of a server, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A handshake took too long.
    HandshakeTimeout,
    /// A handshake was ended for a later one.
    Handshakes,
    /// A peer did not log in in time.
    LoginTimeout,
    /// A peer sent too much before login.
    LoginBytes,
    /// A password was wrong.
    FailedLogin,
    /// A connection was refused because of failed logins of its address.
    FailedLogins,
    /// A message was too long.
    MessageBytes,
    /// A peer did not read, and was disconnected for what was buffered for it.
    BufferedBytes,
}

const LIMITS: usize = 8;

/// Counts how often each limit was met.
#[derive(Debug, Default)]
pub(crate) struct LimitCounters([AtomicU64; LIMITS]);

impl LimitCounters {
    pub(crate) fn count(&self, limit: Limit) {
        if let Some(counter) = self.0.get(limit as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn counts(&self) -> LimitCounts {
        let of =
            |limit| self.0.get(limit as usize).map_or(0, |counter| counter.load(Ordering::Relaxed));
        LimitCounts {
            handshake_timeout: of(Limit::HandshakeTimeout),
            handshakes: of(Limit::Handshakes),
            login_timeout: of(Limit::LoginTimeout),
            login_bytes: of(Limit::LoginBytes),
            failed_login: of(Limit::FailedLogin),
            failed_logins: of(Limit::FailedLogins),
            message_bytes: of(Limit::MessageBytes),
            buffered_bytes: of(Limit::BufferedBytes),
        }
    }
}
