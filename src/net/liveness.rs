//! Peers that vanish without a word: their host is off, or the network between is cut.
//!
//! An idle connection is probed by TCP keepalive. Where bytes of ours are on their way none is sent, and the system
//! goes on for a quarter of an hour; so on Linux the connection's task looks every now and then whether the peer
//! acknowledges anything. `TCP_USER_TIMEOUT` would do that too, but it also ends connections whose peer does not read
//! for so long, although it answers.

use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;
#[cfg(target_os = "linux")]
use std::time::Instant;

use socket2::TcpKeepalive;

use super::environment::Environment;
use super::socket::LinkSocket;

/// How often the task looks in the time after which a peer counts as gone.
#[cfg(target_os = "linux")]
const LOOKS: u32 = 6;

/// As libuv sets them.
const NODE_INTERVAL: Duration = Duration::from_secs(1);
const NODE_RETRIES: u32 = 10;

/// When a peer that gives no sign counts as gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LivenessOptions {
    /// After how long; `None` for as long as the system likes.
    pub dead_after: Option<Duration>,
    /// After how long an idle connection is probed at the latest, if the user has asked for it; zero for as long as the
    /// system likes.
    pub probe_after: Option<Duration>,
}

/// What the system knows of a TCP connection.
#[cfg(target_os = "linux")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpState {
    /// Whether the peer owes an acknowledgement: of bytes, or of a probe of its closed window.
    pub owed: bool,
    /// How long ago it acknowledged something.
    pub heard: Duration,
}

/// Asks the system, if this is TCP and the system tells.
#[cfg(target_os = "linux")]
pub type TcpProbe = fn(BorrowedFd<'_>) -> Option<TcpState>;

/// When idle connections are probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Schedule {
    /// Until the first probe. `None` for as long as the system likes.
    idle: Option<Duration>,
    interval: Duration,
    retries: u32,
}

impl LivenessOptions {
    /// When probes are sent; `None` for never. The system counts in whole seconds.
    pub(super) fn schedule(&self) -> Option<Schedule> {
        let asked = self.probe_after.map(|delay| Duration::from_secs(delay.as_secs()));
        let asked_for = asked.filter(|delay| !delay.is_zero());
        let Some(dead_after) = self.dead_after else {
            return asked.map(|_| Schedule {
                idle: asked_for,
                interval: NODE_INTERVAL,
                retries: NODE_RETRIES,
            });
        };
        let seconds = dead_after.as_millis().div_ceil(1000).max(2) as u64;
        let half = Duration::from_secs(seconds / 2);
        let idle = asked_for.map_or(half, |delay| delay.min(half));
        let rest = seconds.saturating_sub(idle.as_secs());
        let interval = (rest / 3).clamp(1, 30);
        let retries = (rest / interval).clamp(1, 100) as u32;
        let interval = Duration::from_secs(interval);
        Some(Schedule { idle: Some(idle), interval, retries })
    }
}

impl From<Schedule> for TcpKeepalive {
    fn from(schedule: Schedule) -> Self {
        let Schedule { idle, interval, retries } = schedule;
        let params = Self::new();
        let params = match idle {
            Some(idle) => params.with_time(idle),
            None => params,
        };
        #[cfg(not(target_os = "openbsd"))]
        let params = params.with_interval(interval).with_retries(retries);
        params
    }
}

/// Comes back when the peer has acknowledged nothing for so long, where the system tells.
#[cfg(target_os = "linux")]
pub(super) async fn vanished(
    socket: &LinkSocket,
    liveness: LivenessOptions,
    environment: &Environment,
) -> io::Error {
    if let (Some(dead_after), Some(probe)) = (liveness.dead_after, environment.tcp_probe()) {
        let mut watchman = Watchman::new(dead_after);
        while let Some(state) = probe(socket.system().as_fd()) {
            if watchman.is_dead(state, Instant::now()) {
                return rustix::io::Errno::TIMEDOUT.into();
            }
            tokio::time::sleep(watchman.period()).await;
        }
    }
    std::future::pending().await
}

/// Nothing here tells.
#[cfg(not(target_os = "linux"))]
pub(super) async fn vanished(_: &LinkSocket, _: LivenessOptions, _: &Environment) -> io::Error {
    std::future::pending().await
}

/// Watches whether a peer acknowledges what we send.
#[cfg(target_os = "linux")]
#[derive(Debug)]
struct Watchman {
    dead_after: Duration,
    /// Since when it has owed an acknowledgement and given none.
    owing_since: Option<Instant>,
}

#[cfg(target_os = "linux")]
impl Watchman {
    fn new(dead_after: Duration) -> Self {
        Self { dead_after, owing_since: None }
    }

    /// How often [`Watchman::is_dead`] is to be asked.
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

    #[cfg(target_os = "linux")]
    const SECOND: Duration = Duration::from_secs(1);

    fn schedule(
        dead_after: Option<u64>,
        probe_after: Option<u64>,
    ) -> Option<(Option<u64>, u64, u32)> {
        let options = LivenessOptions {
            dead_after: dead_after.map(Duration::from_millis),
            probe_after: probe_after.map(Duration::from_millis),
        };
        options.schedule().map(|Schedule { idle, interval, retries }| {
            (idle.map(|idle| idle.as_secs()), interval.as_secs(), retries)
        })
    }

    #[test]
    fn probes_so_that_the_last_one_is_missed_in_time() {
        assert_eq!(schedule(Some(60_000), None), Some((Some(30), 10, 3)));
        assert_eq!(schedule(Some(20_000), None), Some((Some(10), 3, 3)));
        assert_eq!(schedule(Some(1), None), Some((Some(1), 1, 1)));
        assert_eq!(schedule(Some(3_600_000), None), Some((Some(1800), 30, 60)));
        assert_eq!(schedule(None, None), None);
    }

    #[test]
    fn probes_as_node_does_where_the_user_asks_for_it() {
        assert_eq!(schedule(None, Some(33_999)), Some((Some(33), 1, 10)));
        assert_eq!(schedule(None, Some(999)), Some((None, 1, 10)));
        assert_eq!(schedule(Some(60_000), Some(5_000)), Some((Some(5), 18, 3)));
        assert_eq!(schedule(Some(60_000), Some(7_200_000)), Some((Some(30), 10, 3)));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_is_dead_when_it_has_owed_an_acknowledgement_for_so_long() {
        let start = Instant::now();
        let mut watchman = Watchman::new(60 * SECOND);
        let owes = |heard| TcpState { owed: true, heard };
        // It was quiet for an hour because there was nothing to acknowledge.
        assert!(!watchman.is_dead(owes(3600 * SECOND), start));
        assert!(!watchman.is_dead(owes(3659 * SECOND), start + 59 * SECOND));
        assert!(watchman.is_dead(owes(3660 * SECOND), start + 60 * SECOND));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_peer_that_acknowledges_lives() {
        let start = Instant::now();
        let mut watchman = Watchman::new(60 * SECOND);
        for seconds in 0..600 {
            let owed = TcpState { owed: true, heard: 50 * SECOND };
            assert!(!watchman.is_dead(owed, start + seconds * SECOND));
        }
        let paid = TcpState { owed: false, heard: 3600 * SECOND };
        assert!(!watchman.is_dead(paid, start + 700 * SECOND));
        let owed = TcpState { owed: true, heard: 3600 * SECOND };
        assert!(!watchman.is_dead(owed, start + 701 * SECOND));
    }
}
