use std::collections::VecDeque;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant};

/// Keys run from 1 to this: 0 is falsy, and the original never sends more.
const MAX_KEY: u32 = 65_534;

/// When to ping and how long to wait for the pong.
#[derive(Debug, Clone)]
pub struct KeepaliveOptions {
    /// From login to the first ping, and from each ping to the next.
    pub interval: Duration,
    /// How long each ping may stay without its pong.
    pub timeout: Duration,
}

/// Pings sent and pongs awaited. What the peer sends besides neither postpones a ping nor counts as an answer.
#[derive(Debug)]
pub(super) struct Keepalive {
    interval: Duration,
    timeout: Duration,
    next_ping: Instant,
    /// Keys without a pong, each with its deadline, oldest first.
    awaited: VecDeque<(u32, Instant)>,
    last_key: u32,
    /// Whether the peer has taken something since a ping was last due.
    moves: bool,
    stalled_since: Option<Instant>,
}

impl Keepalive {
    pub(super) fn new(options: &KeepaliveOptions, now: Instant) -> Self {
        Self {
            interval: options.interval,
            timeout: options.timeout,
            next_ping: now + options.interval,
            awaited: VecDeque::new(),
            // The number says nothing; a random start only keeps connections apart in a capture.
            last_key: (RandomState::new().hash_one(0) % u64::from(MAX_KEY)) as u32,
            moves: false,
            stalled_since: None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        match (self.stalled_since, self.awaited.front()) {
            (None, Some(&(_, deadline))) => Some(self.next_ping.min(deadline)),
            _ => Some(self.next_ping),
        }
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.stalled_since.is_none()
            && self.awaited.front().is_some_and(|&(_, deadline)| now >= deadline)
    }

    /// Whether a ping is due, which puts the next one off; and then whether the peer has taken something meanwhile.
    pub(super) fn due(&mut self, now: Instant) -> Option<bool> {
        if now < self.next_ping {
            return None;
        }
        self.next_ping = now + self.interval;
        Some(std::mem::take(&mut self.moves))
    }

    /// The key of a ping that is sent now.
    pub(super) fn ping(&mut self, now: Instant) -> u32 {
        // Keys come in turn, so one is used again only when 65,533 later ones are out too.
        self.last_key = self.last_key % MAX_KEY + 1;
        self.awaited.push_back((self.last_key, now + self.timeout));
        self.last_key
    }

    /// Takes a pong; says whether a ping was waiting for it.
    pub(super) fn pong(&mut self, key: u32) -> bool {
        match self.awaited.iter().position(|&(awaited, _)| awaited == key) {
            Some(at) => self.awaited.remove(at).is_some(),
            None => false,
        }
    }

    /// The peer reads, though slowly: the ping, and its pong, stand behind what it had not taken.
    pub(super) fn taken(&mut self, now: Instant) {
        self.moves = true;
        for (_, deadline) in &mut self.awaited {
            *deadline = (*deadline).max(now + self.timeout);
        }
    }

    pub(super) fn stall(&mut self, now: Instant) {
        self.stalled_since.get_or_insert(now);
    }

    pub(super) fn unstall(&mut self, now: Instant) {
        if let Some(since) = self.stalled_since.take() {
            for (_, deadline) in &mut self.awaited {
                // A ping sent during the stall had only waited since it was sent.
                let sent = *deadline - self.timeout;
                *deadline += now.saturating_duration_since(since.max(sent));
            }
        }
    }
}
