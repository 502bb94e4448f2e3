use std::time::{Duration, Instant};

/// The answer to a login line. JavaScript gives it: it knows the password as it is now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LoginResult {
    /// The peer is authenticated.
    Accept,
    /// The peer is rejected; nothing behind the line is looked at.
    Refuse,
    /// The line says nothing (it does not parse, or is falsy): wait for the next one.
    Skip,
}

/// Bounds what a peer may send, and how long it may take, before it is authenticated.
#[derive(Debug)]
pub(super) struct LoginGuard {
    time: Option<Duration>,
    /// When `time` began to run; `None` while a line is being judged.
    running_since: Option<Instant>,
    bytes: usize,
    limit: usize,
}

impl LoginGuard {
    pub(super) fn new(timeout: Option<Duration>, limit: usize, now: Instant) -> Self {
        Self { time: timeout, running_since: Some(now), bytes: 0, limit }
    }

    pub(super) fn limit(&self) -> usize {
        self.limit
    }

    /// How many more bytes may come.
    pub(super) fn left(&self) -> usize {
        self.limit.saturating_sub(self.bytes)
    }

    pub(super) fn count(&mut self, bytes: usize) {
        self.bytes = self.bytes.saturating_add(bytes);
    }

    pub(super) fn pause(&mut self, now: Instant) {
        if let (Some(time), Some(since)) = (self.time, self.running_since.take()) {
            self.time = Some(time.saturating_sub(now.saturating_duration_since(since)));
        }
    }

    pub(super) fn resume(&mut self, now: Instant) {
        self.running_since = Some(now);
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        self.running_since?.checked_add(self.time?)
    }

    pub(super) fn is_over(&self, now: Instant) -> bool {
        self.deadline().is_some_and(|deadline| now >= deadline)
    }
}
