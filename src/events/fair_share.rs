use std::collections::VecDeque;
use std::sync::{Arc, Weak};

use crate::sync::{Mutex, lock};

/// What may wait for JavaScript on all connections over external transports together: about as much as it takes in
/// 32 batches. Then each of them is read only in its turn.
///
/// Such bytes come before everything that waits: a turn reads from every socket that is ready, and takes one batch. So
/// without this bound, a thread that is too slow for its load spends its time on more bytes instead of on what it has.
pub(crate) const MAX_TOGETHER: usize = 2 * 1024 * 1024;

/// What one connection is expected to add when it has its turn: one record of TLS.
pub(crate) const ONE_READ: usize = 16 * 1024;

/// Where a connection stands when too much waits on all together.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turn {
    /// It has not asked.
    #[default]
    Free,
    /// In the line.
    Waits,
    /// It may read once.
    Has,
}

/// What waits for JavaScript on all connections over external transports, and who is not read because of it.
#[derive(Debug)]
pub(crate) struct FairShare<T>(Mutex<State<T>>);

#[derive(Debug)]
struct State<T> {
    waiting: usize,
    /// In the order in which they will be read.
    line: VecDeque<Weak<T>>,
}

impl<T> Default for FairShare<T> {
    fn default() -> Self {
        Self(Mutex::new(State { waiting: 0, line: VecDeque::new() }))
    }
}

impl<T> FairShare<T> {
    /// Whether there is room for more of somebody who is not in the line.
    pub(crate) fn has_room(&self) -> bool {
        let state = lock(&self.0);
        state.waiting < MAX_TOGETHER && state.line.is_empty()
    }

    /// Instead of `old` bytes a connection has `new` ones waiting.
    pub(crate) fn count(&self, old: usize, new: usize) {
        let mut state = lock(&self.0);
        state.waiting = (state.waiting + new).saturating_sub(old);
    }

    /// Puts a connection at the end of the line.
    pub(crate) fn line_up(&self, connection: &Arc<T>) {
        lock(&self.0).line.push_back(Arc::downgrade(connection));
    }

    /// How many may read now.
    pub(crate) fn room(&self) -> usize {
        MAX_TOGETHER.saturating_sub(lock(&self.0).waiting) / ONE_READ
    }

    /// Whose turn it is.
    pub(crate) fn next(&self) -> Option<Arc<T>> {
        let mut state = lock(&self.0);
        loop {
            // Some are gone.
            if let Some(connection) = state.line.pop_front()?.upgrade() {
                return Some(connection);
            }
        }
    }

    #[cfg(test)]
    pub(crate) fn waiting(&self) -> usize {
        lock(&self.0).waiting
    }
}
