//! What a server holds against its peers, all of them together.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::events::Failure;
use crate::metrics::{Limit, LimitCounters, LimitCounts};
use crate::sync::{AtomicUsize, Mutex, Ordering, lock};

/// Addresses remembered for failed logins; beyond that the one that has been there longest is forgotten.
const MAX_ADDRESSES: usize = 4096;

/// Over what time failed logins of an address are counted.
const WINDOW: Duration = Duration::from_secs(60);

/// Bounds of a server that hold for all of its peers together.
#[derive(Debug, Clone, Copy)]
pub struct GuardOptions {
    /// Bytes that may wait for all peers together.
    pub max_total_buffered: usize,
    /// Handshakes under way at a time.
    pub max_handshakes: usize,
    /// Failed logins of one address in a minute; then it is rejected for the rest of that minute.
    pub max_failed_logins: Option<u32>,
}

/// Whether what waits may wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Admission {
    Granted,
    /// More waits for this peer than may.
    PeerFull {
        limit: usize,
    },
    /// More waits for all peers of the server than may.
    ServerFull {
        limit: usize,
    },
}

/// The guard of one server, for both transports.
#[derive(Debug)]
pub struct Guard {
    options: GuardOptions,
    /// Bytes that wait for all peers together.
    buffered: AtomicUsize,
    handshakes: Mutex<Handshakes>,
    failed_logins: Mutex<HashMap<Prefix, Failures>>,
    met: LimitCounters,
}

#[derive(Debug, Default)]
struct Handshakes {
    last: u64,
    /// Those under way, oldest first.
    pending: BTreeMap<u64, GiveWay>,
}

/// Tells a handshake to give way to a later one.
struct GiveWay(Box<dyn FnOnce() + Send>);

impl fmt::Debug for GiveWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GiveWay")
    }
}

/// Who counts as one for failed logins: an IPv4 address, or a network of 64 bits, which one household has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Prefix {
    V4(Ipv4Addr),
    V6([u16; 4]),
}

#[derive(Debug, Clone, Copy)]
struct Failures {
    since: Instant,
    count: u32,
}

impl Guard {
    /// A guard that has seen nothing yet.
    pub fn new(options: GuardOptions) -> Self {
        Self {
            options,
            buffered: AtomicUsize::new(0),
            handshakes: Mutex::default(),
            failed_logins: Mutex::default(),
            met: LimitCounters::default(),
        }
    }

    /// A limit was met.
    pub fn count(&self, limit: Limit) {
        self.met.count(limit);
    }

    /// How often each limit was met.
    pub fn counts(&self) -> LimitCounts {
        self.met.counts()
    }

    /// More bytes wait.
    pub(crate) fn add_buffered(&self, bytes: usize) {
        self.buffered.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn remove_buffered(&self, bytes: usize) {
        self.buffered.fetch_sub(bytes, Ordering::Relaxed);
    }

    /// Bytes that wait for all peers together.
    pub(crate) fn buffered(&self) -> usize {
        self.buffered.load(Ordering::Relaxed)
    }

    /// Whether so much may wait for all together.
    pub(crate) fn admission(&self) -> Admission {
        let limit = self.options.max_total_buffered;
        if self.buffered() > limit { Admission::ServerFull { limit } } else { Admission::Granted }
    }

    /// A handshake begins; when there are too many the oldest is told to give way, so that silent peers keep nobody
    /// out.
    pub(crate) fn begin_handshake(
        self: &Arc<Self>,
        give_way: impl FnOnce() + Send + 'static,
    ) -> Handshake {
        let (number, oldest) = {
            let mut handshakes = lock(&self.handshakes);
            handshakes.last += 1;
            let number = handshakes.last;
            handshakes.pending.insert(number, GiveWay(Box::new(give_way)));
            let too_many = handshakes.pending.len() > self.options.max_handshakes;
            (number, too_many.then(|| handshakes.pending.pop_first()).flatten())
        };
        if let Some((_, GiveWay(give_way))) = oldest {
            self.count(Limit::Handshakes);
            give_way();
        }
        Handshake { guard: Arc::clone(self), number }
    }

    /// What a peer is told whose handshake gave way.
    pub(crate) fn too_many_handshakes(&self) -> Failure {
        let message = format!(
            "more than {} handshakes were under way (maxHandshakes); this one had waited longest",
            self.options.max_handshakes,
        );
        Failure::Limit { code: "TLSJSON_TOO_MANY_HANDSHAKES", message }
    }

    /// A password was wrong.
    pub(crate) fn login_failed(&self, peer: Option<IpAddr>, now: Instant) {
        self.count(Limit::FailedLogin);
        let (Some(_), Some(peer)) = (self.options.max_failed_logins, peer) else { return };
        let mut all = lock(&self.failed_logins);
        let prefix = Prefix::of(peer);
        if all.len() >= MAX_ADDRESSES && !all.contains_key(&prefix) {
            all.retain(|_, failures| !failures.is_over(now));
            let oldest = all.iter().min_by_key(|(_, failures)| failures.since).map(|(at, _)| *at);
            if all.len() >= MAX_ADDRESSES
                && let Some(oldest) = oldest
            {
                all.remove(&oldest);
            }
        }
        let failures = all.entry(prefix).or_insert(Failures { since: now, count: 0 });
        if failures.is_over(now) {
            *failures = Failures { since: now, count: 0 };
        }
        failures.count = failures.count.saturating_add(1);
    }

    /// Whether a new connection of this peer is refused, because it has tried too often.
    pub fn refuses(&self, peer: Option<IpAddr>, now: Instant) -> bool {
        let refused = self.is_barred(peer, now);
        if refused {
            self.count(Limit::FailedLogins);
        }
        refused
    }

    fn is_barred(&self, peer: Option<IpAddr>, now: Instant) -> bool {
        let (Some(most), Some(peer)) = (self.options.max_failed_logins, peer) else { return false };
        lock(&self.failed_logins)
            .get(&Prefix::of(peer))
            .is_some_and(|failures| !failures.is_over(now) && failures.count >= most)
    }
}

/// A handshake under way, until it is dropped.
#[derive(Debug)]
pub struct Handshake {
    guard: Arc<Guard>,
    number: u64,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        lock(&self.guard.handshakes).pending.remove(&self.number);
    }
}

impl Prefix {
    fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(address) => Self::V4(address),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                Self::V6([a, b, c, d])
            }
        }
    }
}

impl Failures {
    fn is_over(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.since) >= WINDOW
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guard(max_failed_logins: Option<u32>) -> Arc<Guard> {
        let options =
            GuardOptions { max_total_buffered: 100, max_handshakes: 2, max_failed_logins };
        Arc::new(Guard::new(options))
    }

    fn ip(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn an_address_is_barred_for_the_rest_of_its_minute() {
        let guard = guard(Some(2));
        let now = Instant::now();
        guard.login_failed(ip("192.0.2.1"), now);
        assert!(!guard.is_barred(ip("192.0.2.1"), now));
        guard.login_failed(ip("192.0.2.1"), now + Duration::from_secs(30));
        assert!(guard.is_barred(ip("192.0.2.1"), now + Duration::from_secs(59)));
        assert!(guard.is_barred(ip("::ffff:192.0.2.1"), now));
        assert!(!guard.is_barred(ip("192.0.2.2"), now));
        assert!(!guard.is_barred(ip("192.0.2.1"), now + WINDOW));
    }

    #[test]
    fn ipv6_counts_by_networks_of_64_bits() {
        let guard = guard(Some(1));
        let now = Instant::now();
        guard.login_failed(ip("2001:db8:0:1::1"), now);
        assert!(guard.is_barred(ip("2001:db8:0:1:ffff::2"), now));
        assert!(!guard.is_barred(ip("2001:db8:0:2::1"), now));
    }

    #[test]
    fn nothing_is_remembered_unless_asked() {
        let guard = guard(None);
        let now = Instant::now();
        guard.login_failed(ip("192.0.2.1"), now);
        assert!(!guard.is_barred(ip("192.0.2.1"), now));
        assert!(lock(&guard.failed_logins).is_empty());
    }

    #[test]
    fn remembers_a_bounded_number_of_addresses() {
        let guard = guard(Some(1));
        let now = Instant::now();
        for n in 0..2 * MAX_ADDRESSES as u32 {
            guard.login_failed(
                Some(IpAddr::V4(Ipv4Addr::from(n))),
                now + Duration::from_micros(n.into()),
            );
        }
        assert_eq!(lock(&guard.failed_logins).len(), MAX_ADDRESSES);
        assert!(
            guard.is_barred(Some(IpAddr::V4(Ipv4Addr::from(2 * MAX_ADDRESSES as u32 - 1))), now)
        );
    }

    #[test]
    fn the_oldest_handshake_gives_way() {
        let guard = Arc::new(guard(None));
        let told = Arc::new(Mutex::new(Vec::new()));
        let begin = |name: &'static str| {
            let told = Arc::clone(&told);
            guard.begin_handshake(move || lock(&told).push(name))
        };
        let (_first, second) = (begin("first"), begin("second"));
        assert_eq!(*lock(&told), [""; 0]);
        let _third = begin("third");
        assert_eq!(*lock(&told), ["first"]);
        drop(second);
        let _fourth = begin("fourth");
        assert_eq!(*lock(&told), ["first"]);
        assert_eq!(guard.counts().handshakes, 1);
    }

    #[test]
    fn counts_what_waits_for_all() {
        let guard = guard(None);
        guard.add_buffered(100);
        assert_eq!(guard.admission(), Admission::Granted);
        guard.add_buffered(1);
        assert_eq!(guard.admission(), Admission::ServerFull { limit: 100 });
        guard.remove_buffered(50);
        assert_eq!((guard.buffered(), guard.admission()), (51, Admission::Granted));
    }
}
