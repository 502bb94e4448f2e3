//! Peers that vanish without a word: their host is off, or the network between is cut.
//!
//! An idle connection is probed by TCP keepalive. Where bytes of ours are on their way none is sent, and the system
//! goes on for a quarter of an hour; so on Linux the connection's task looks every now and then whether the peer
//! acknowledges anything. `TCP_USER_TIMEOUT` would do that too, but it also ends connections whose peer does not read
//! for so long, although it answers.

use std::io;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use crate::io::{LinkSocket, LivenessOptions, TcpProbe, TcpState};

/// How often the task looks in the time after which a peer counts as gone.
const LOOKS: u32 = 6;

/// Comes back when the peer has acknowledged nothing for so long, if there is somebody to ask.
pub(super) async fn vanished(
    socket: &LinkSocket,
    liveness: LivenessOptions,
    probe: Option<TcpProbe>,
) -> io::Error {
    if let (Some(dead_after), Some(probe)) = (liveness.dead_after, probe) {
        let mut watch = AckWatch::new(dead_after);
        while let Some(state) = probe(socket.system().as_fd()) {
            if watch.is_dead(state, Instant::now()) {
                return rustix::io::Errno::TIMEDOUT.into();
            }
            tokio::time::sleep(watch.period()).await;
        }
    }
    std::future::pending().await
}

/// Watches whether a peer acknowledges what we send.
#[derive(Debug)]
struct AckWatch {
    dead_after: Duration,
    /// Since when it has owed an acknowledgement and given none.
    owing_since: Option<Instant>,
}

impl AckWatch {
    fn new(dead_after: Duration) -> Self {
        Self { dead_after, owing_since: None }
    }

    /// How often [`AckWatch::is_dead`] is to be asked.
    fn period(&self) -> Duration {
        (self.dead_after / LOOKS).max(Duration::from_millis(100))
    }

    fn is_dead(&mut self, state: TcpState, now: Instant) -> bool {
        if !state.owed {
            self.owing_since = None;
            return false;
        }
        let since = self.owing_since.get_or_insert(now);
        if let Some(heard) = now.checked_sub(state.heard) {
            *since = heard.max(*since);
        }
        now.saturating_duration_since(*since) >= self.dead_after
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const NOTHING: TcpState =
        TcpState { owed: false, heard: Duration::ZERO, acknowledged: 0, unsent: false, window: 0 };

    #[test]
    fn a_peer_is_dead_when_it_has_owed_an_acknowledgement_for_so_long() {
        let start = Instant::now();
        let mut watch = AckWatch::new(60 * SECOND);
        let owes = |heard| TcpState { owed: true, heard, ..NOTHING };
        // It was quiet for an hour because there was nothing to acknowledge.
        assert!(!watch.is_dead(owes(3600 * SECOND), start));
        assert!(!watch.is_dead(owes(3659 * SECOND), start + 59 * SECOND));
        assert!(watch.is_dead(owes(3660 * SECOND), start + 60 * SECOND));
    }

    #[test]
    fn a_peer_that_acknowledges_lives() {
        let start = Instant::now();
        let mut watch = AckWatch::new(60 * SECOND);
        for seconds in 0..600 {
            let owed = TcpState { owed: true, heard: 50 * SECOND, ..NOTHING };
            assert!(!watch.is_dead(owed, start + seconds * SECOND));
        }
        let paid = TcpState { owed: false, heard: 3600 * SECOND, ..NOTHING };
        assert!(!watch.is_dead(paid, start + 700 * SECOND));
        let owed = TcpState { owed: true, heard: 3600 * SECOND, ..NOTHING };
        assert!(!watch.is_dead(owed, start + 701 * SECOND));
    }
}
