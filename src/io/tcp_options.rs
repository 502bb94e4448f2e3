//! What the system does about a TCP connection whose peer may have vanished, and what it knows of one.

#[cfg(target_os = "linux")]
use std::os::fd::BorrowedFd;
use std::time::Duration;

use socket2::TcpKeepalive;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TcpState {
    /// Whether the peer owes an acknowledgement: of bytes, or of a probe of its closed window.
    pub owed: bool,
    /// How long ago it acknowledged something.
    pub heard: Duration,
    /// How many bytes it has acknowledged.
    pub acknowledged: u64,
    /// Whether bytes wait to be sent: it has no room for them, or the network has not.
    pub unsent: bool,
    /// For how many bytes it has room.
    pub window: u32,
}

impl TcpState {
    /// Whether the peer has taken something since it was looked at before, as one does that reads. That its system
    /// acknowledges what it has room for says nothing of the peer itself: `blocked` says whether more waits than that.
    pub(crate) fn has_taken_since(&self, before: &Self, blocked: bool) -> bool {
        let tight = blocked || before.unsent;
        (tight && self.acknowledged > before.acknowledged) || self.window > before.window
    }
}

/// Asks the system, if this is TCP and the system tells.
#[cfg(target_os = "linux")]
pub type TcpProbe = fn(BorrowedFd<'_>) -> Option<TcpState>;

/// When idle connections are probed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Schedule {
    /// Until the first probe. `None` for as long as the system likes.
    idle: Option<Duration>,
    interval: Duration,
    retries: u32,
}

impl LivenessOptions {
    /// When probes are sent; `None` for never. The system counts in whole seconds.
    pub(crate) fn schedule(&self) -> Option<Schedule> {
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

#[cfg(test)]
mod tests {
    use super::*;

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
    fn a_peer_reads_if_it_makes_room() {
        let before = TcpState {
            owed: false,
            heard: Duration::ZERO,
            acknowledged: 1000,
            unsent: false,
            window: 500,
        };
        let after = TcpState { acknowledged: 1100, window: 400, ..before };
        assert!(!after.has_taken_since(&before, false), "its system has taken it");
        assert!(after.has_taken_since(&before, true));
        assert!(after.has_taken_since(&TcpState { unsent: true, ..before }, false));
        let still = TcpState { unsent: true, window: 0, ..before };
        assert!(!still.has_taken_since(&still, true));
        assert!(TcpState { window: 501, ..before }.has_taken_since(&before, false));
    }

    #[test]
    fn probes_as_node_does_where_the_user_asks_for_it() {
        assert_eq!(schedule(None, Some(33_999)), Some((Some(33), 1, 10)));
        assert_eq!(schedule(None, Some(999)), Some((None, 1, 10)));
        assert_eq!(schedule(Some(60_000), Some(5_000)), Some((Some(5), 18, 3)));
        assert_eq!(schedule(Some(60_000), Some(7_200_000)), Some((Some(30), 10, 3)));
    }
}
