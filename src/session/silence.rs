use std::time::{Duration, Instant};

use super::error::SessionError;

/// How long the peer has sent nothing, and may.
#[derive(Debug)]
pub(super) struct Silence {
    limit: Duration,
    /// When something came last; later by as long as nothing was read since.
    since: Instant,
    /// Since when nothing is read.
    stalled_since: Option<Instant>,
}

impl Silence {
    pub(super) fn new(limit: Duration, now: Instant) -> Self {
        Self { limit, since: now, stalled_since: None }
    }

    pub(super) fn heard(&mut self, now: Instant) {
        self.since = now;
    }

    pub(super) fn stall(&mut self, now: Instant) {
        self.stalled_since.get_or_insert(now);
    }

    pub(super) fn unstall(&mut self, now: Instant) {
        if let Some(stalled) = self.stalled_since.take() {
            self.since += now.saturating_duration_since(stalled.max(self.since));
        }
    }

    pub(super) fn deadline(&self) -> Option<Instant> {
        if self.stalled_since.is_some() {
            return None;
        }
        self.since.checked_add(self.limit)
    }

    pub(super) fn check(&self, now: Instant) -> Result<(), SessionError> {
        match self.deadline() {
            Some(deadline) if now >= deadline => Err(SessionError::Silence { limit: self.limit }),
            _ => Ok(()),
        }
    }
}
