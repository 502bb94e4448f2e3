use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use super::inbox::Inbound;
use super::lock;
use super::sync::Mutex;

/// What may wait for JavaScript on all connections together whose bytes it carries itself: about as much as it takes in
/// 32 batches. Then each of them is read only in its turn.
///
/// Such bytes come before everything that waits: a turn reads from every socket that is ready, and takes one batch. So
/// without this bound, a thread that is too slow for its load spends its time on more bytes instead of on what it has.
pub(super) const MAX_TOGETHER: usize = 2 * 1024 * 1024;

/// What one connection is expected to add when it has its turn: one record of TLS.
pub(super) const ONE_READ: usize = 16 * 1024;

/// Where a connection stands when the backlog is full.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It has not asked.
    #[default]
    Free,
    /// In the line.
    Waits,
    /// It may read once.
    Has,
}

/// What waits for JavaScript on all connections that it carries, and who is not read because of it.
#[derive(Debug, Default)]
pub(super) struct Backlog(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    waiting: usize,
    /// In the order in which they will be read.
    line: VecDeque<Weak<Inbound>>,
}

impl Backlog {
    /// Whether there is room for more of somebody who is not in the line.
    pub(super) fn has_room(&self) -> bool {
        let state = lock(&self.0);
        state.waiting < MAX_TOGETHER && state.line.is_empty()
    }

    /// Instead of `old` bytes a connection has `new` ones waiting.
    pub(super) fn count(&self, old: usize, new: usize) {
        let mut state = lock(&self.0);
        state.waiting = (state.waiting + new).saturating_sub(old);
    }

    /// Puts a connection at the end of the line.
    pub(super) fn line_up(&self, inbound: &Arc<Inbound>) {
        lock(&self.0).line.push_back(Arc::downgrade(inbound));
    }

    /// How many may read now.
    pub(super) fn room(&self) -> usize {
        MAX_TOGETHER.saturating_sub(lock(&self.0).waiting) / ONE_READ
    }

    /// Whose turn it is.
    pub(super) fn next(&self) -> Option<Arc<Inbound>> {
        let mut state = lock(&self.0);
        loop {
            // Some are gone.
            if let Some(inbound) = state.line.pop_front()?.upgrade() {
                return Some(inbound);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        lock(&self.0).waiting
    }
}
