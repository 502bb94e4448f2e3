use std::sync::Arc;
use std::time::Instant;

use napi_derive::napi;

use super::options::{GuardSettings, LimitCounts, peer};
use crate::limits::{self, Guard};
use crate::metrics::Limit;

/// From so many waiting bytes on a sender had better wait; it is told when they are gone.
#[napi]
#[cfg_attr(test, expect(dead_code, reason = "JavaScript alone reads it"))]
pub const HIGH_WATER: u32 = limits::HIGH_WATER as u32;

/// What a server holds against its peers, all of them together, from one `listen` to the next.
#[napi]
pub struct ServerGuard {
    pub(super) guard: Arc<Guard>,
}

#[napi]
impl ServerGuard {
    /// A guard that has seen nothing yet.
    #[napi(constructor, catch_unwind)]
    pub fn new(settings: GuardSettings) -> Self {
        Self { guard: Arc::new(Guard::new(settings.into())) }
    }

    /// How often each limit was met.
    #[napi(catch_unwind)]
    pub fn counts(&self) -> LimitCounts {
        self.guard.counts().into()
    }

    /// Whether a connection from this address, which JavaScript has accepted, is to be closed at once because of
    /// failed logins. If so, it is counted.
    #[napi(catch_unwind)]
    pub fn refuses(&self, address: Option<String>) -> bool {
        self.guard.refuses(address.as_deref().and_then(peer), Instant::now())
    }

    /// A handshake of Node's own TLS took too long.
    #[napi(catch_unwind)]
    pub fn handshake_timed_out(&self) {
        self.guard.count(Limit::HandshakeTimeout);
    }
}
