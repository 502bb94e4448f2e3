//! What a server holds against its peers, all of them together.

use std::collections::{BTreeMap, HashMap};
use std::net::{IpAddr, Ipv4Addr};
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use super::lock;
use super::sync::{AtomicU64, AtomicUsize, Mutex, Ordering};

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
    /// Failed logins of one address in a minute; then it is not let in for the rest of that minute.
    pub max_failed_logins: Option<u32>,
}

/// The guard of one listener.
#[derive(Debug)]
pub(super) struct Guard {
    options: GuardOptions,
    /// Bytes that wait for all peers together.
    buffered: AtomicUsize,
    handshakes: Mutex<Handshakes>,
    failed_logins: Mutex<HashMap<Prefix, Failures>>,
    tally: Tally,
}

/// How often a limit was met.
#[derive(Debug, Default)]
pub(super) struct Tally([AtomicU64; LIMITS]);

const LIMITS: usize = 8;

/// The limits of a server, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Limit {
    /// A handshake took too long.
    HandshakeTimeout,
    /// A handshake was cut for a later one.
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
    /// A peer did not read, and was cut for what waited for it.
    BufferedBytes,
}

#[derive(Debug, Default)]
struct Handshakes {
    last: u64,
    /// Those under way, oldest first.
    pending: BTreeMap<u64, CancellationToken>,
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
    pub(super) fn new(options: GuardOptions) -> Self {
        Self {
            options,
            buffered: AtomicUsize::new(0),
            handshakes: Mutex::default(),
            failed_logins: Mutex::default(),
            tally: Tally::default(),
        }
    }

    pub(super) fn count(&self, limit: Limit) {
        if let Some(counter) = self.tally.0.get(limit as usize) {
            counter.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How often each limit was met, in the order of [`Limit`].
    pub(super) fn counts(&self) -> [u64; LIMITS] {
        std::array::from_fn(|at| {
            self.tally.0.get(at).map_or(0, |counter| counter.load(Ordering::Relaxed))
        })
    }

    /// More bytes wait. Says whether all together still fit.
    pub(super) fn add_buffered(&self, bytes: usize) -> bool {
        let before = self.buffered.fetch_add(bytes, Ordering::Relaxed);
        before.saturating_add(bytes) <= self.options.max_total_buffered
    }

    pub(super) fn remove_buffered(&self, bytes: usize) {
        self.buffered.fetch_sub(bytes, Ordering::Relaxed);
    }

    pub(super) fn max_total_buffered(&self) -> usize {
        self.options.max_total_buffered
    }

    /// A handshake begins; when there are too many the oldest is cut, so that silent peers keep nobody out.
    pub(super) fn begin_handshake(&self) -> Handshake<'_> {
        let mut handshakes = lock(&self.handshakes);
        handshakes.last += 1;
        let number = handshakes.last;
        let cut = CancellationToken::new();
        handshakes.pending.insert(number, cut.clone());
        if handshakes.pending.len() > self.options.max_handshakes
            && let Some((_, oldest)) = handshakes.pending.pop_first()
        {
            oldest.cancel();
            self.count(Limit::Handshakes);
        }
        Handshake { guard: self, number, cut }
    }

    pub(super) fn max_handshakes(&self) -> usize {
        self.options.max_handshakes
    }

    /// A password was wrong.
    pub(super) fn login_failed(&self, peer: Option<IpAddr>, now: Instant) {
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

    /// Whether this peer has tried too often.
    pub(super) fn is_barred(&self, peer: Option<IpAddr>, now: Instant) -> bool {
        let (Some(most), Some(peer)) = (self.options.max_failed_logins, peer) else { return false };
        lock(&self.failed_logins)
            .get(&Prefix::of(peer))
            .is_some_and(|failures| !failures.is_over(now) && failures.count >= most)
    }
}

/// A handshake under way.
#[derive(Debug)]
pub(super) struct Handshake<'a> {
    guard: &'a Guard,
    number: u64,
    cut: CancellationToken,
}

impl Handshake<'_> {
    /// Comes back when it is to give way to a later one.
    pub(super) async fn cut(&self) {
        self.cut.cancelled().await;
    }
}

impl Drop for Handshake<'_> {
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

    fn guard(max_failed_logins: Option<u32>) -> Guard {
        Guard::new(GuardOptions { max_total_buffered: 100, max_handshakes: 2, max_failed_logins })
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
        let guard = guard(None);
        let [first, second] = [guard.begin_handshake(), guard.begin_handshake()];
        assert!(!first.cut.is_cancelled());
        let third = guard.begin_handshake();
        assert!(first.cut.is_cancelled() && !second.cut.is_cancelled());
        drop(second);
        let fourth = guard.begin_handshake();
        assert!(!third.cut.is_cancelled() && !fourth.cut.is_cancelled());
        assert_eq!(guard.counts()[Limit::Handshakes as usize], 1);
    }

    #[test]
    fn counts_what_waits_for_all() {
        let guard = guard(None);
        assert!(guard.add_buffered(60));
        assert!(guard.add_buffered(40));
        assert!(!guard.add_buffered(1));
        guard.remove_buffered(50);
        assert!(guard.add_buffered(49));
    }
}
