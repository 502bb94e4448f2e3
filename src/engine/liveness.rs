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

/// Looks at a peer now and then, if there is somebody to ask.
#[derive(Debug)]
pub(super) struct Lookout {
    watch: Option<(AckWatch, TcpProbe)>,
    /// When to look next.
    next: Instant,
}

impl Lookout {
    pub(super) fn new(liveness: LivenessOptions, probe: Option<TcpProbe>) -> Self {
        let watch = liveness.dead_after.map(AckWatch::new).zip(probe);
        Self { watch, next: Instant::now() }
    }

    /// When [`Lookout::look`] is to be called at the latest.
    pub(super) fn due(&self) -> Option<Instant> {
        self.watch.is_some().then_some(self.next)
    }

    /// Looks, if it is time. Fails when the peer has acknowledged nothing for so long.
    pub(super) fn look(&mut self, socket: &LinkSocket, now: Instant) -> io::Result<()> {
        let Some((watch, probe)) = &mut self.watch else { return Ok(()) };
        if now < self.next {
            return Ok(());
        }
        self.next = now + watch.period();
        match probe(socket.system().as_fd()) {
            Some(state) if watch.is_dead(state, now) => {
                self.watch = None;
                Err(rustix::io::Errno::TIMEDOUT.into())
            }
            Some(_) => Ok(()),
            // This is no TCP.
            None => {
                self.watch = None;
                Ok(())
            }
        }
    }
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
    use socket2::{Domain, Socket as System, Type};

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    const NOTHING: TcpState =
        TcpState { owed: false, heard: Duration::ZERO, acknowledged: 0, unsent: false, window: 0 };

    /// Of one that has said nothing for an hour.
    const OWING: TcpState = TcpState { owed: true, heard: Duration::from_secs(3600), ..NOTHING };

    #[test]
    fn looks_six_times_before_it_gives_a_peer_up_and_then_no_more() {
        let socket = LinkSocket::Plain(System::new(Domain::IPV4, Type::STREAM, None).unwrap());
        let liveness = LivenessOptions { dead_after: Some(60 * SECOND), probe_after: None };
        let mut lookout = Lookout::new(liveness, Some(|_| Some(OWING)));
        let start = lookout.due().unwrap();
        for look in 0..LOOKS {
            assert_eq!(lookout.due(), Some(start + look * 10 * SECOND));
            lookout.look(&socket, start + look * 10 * SECOND).unwrap();
            // Not its time: nobody is asked.
            lookout.look(&socket, start + (look * 10 + 9) * SECOND).unwrap();
        }
        let error = lookout.look(&socket, start + 60 * SECOND).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(lookout.due(), None);
    }

    #[test]
    fn looks_no_more_where_the_system_does_not_tell() {
        let socket = LinkSocket::Plain(System::new(Domain::IPV4, Type::STREAM, None).unwrap());
        let liveness = LivenessOptions { dead_after: Some(SECOND), probe_after: None };
        let mut lookout = Lookout::new(liveness, Some(|_| None));
        lookout.look(&socket, lookout.due().unwrap()).unwrap();
        assert_eq!(lookout.due(), None);
        assert_eq!(Lookout::new(liveness, None).due(), None);
        assert_eq!(Lookout::new(LivenessOptions::default(), Some(|_| Some(OWING))).due(), None);
    }

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
