use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;

use super::batch::Batch;
use super::event::Event;
use super::fair_share::FairShare;
use super::queue::EventQueue;
use crate::sync::{Mutex, lock};

/// Everything that the connections of one JavaScript thread have for it. Wakes that thread once, and again only
/// when it has taken all there was.
pub struct Inbox {
    state: Mutex<State>,
    wake: Box<dyn Fn() + Send + Sync>,
    fair_share: Arc<FairShare<EventQueue>>,
}

#[derive(Default)]
struct State {
    ready: VecDeque<Arc<EventQueue>>,
    /// JavaScript was woken, or takes what is there.
    awake: bool,
    /// The batch that it took last was not all.
    left: bool,
}

impl Inbox {
    /// An inbox that calls `wake`, from any thread, when [`Inbox::take`] is to be called.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { state: Mutex::default(), wake, fair_share: Arc::default() }
    }

    /// The queue of a connection over an external transport.
    pub(crate) fn external_queue(&self) -> Arc<EventQueue> {
        EventQueue::sharing(&self.fair_share)
    }

    pub(crate) fn put(&self, queue: &Arc<EventQueue>, event: Event) {
        self.list(queue, queue.put(event));
    }

    /// The event ends the connection, or follows what does. It comes behind what was received, and no pause holds
    /// either back: the connection may be forgotten before JavaScript resumes it.
    pub(crate) fn end(&self, queue: &Arc<EventQueue>, event: Event) {
        self.list(queue, queue.end(event));
    }

    /// Drops the event when so many wait already.
    pub(crate) fn put_if_room(&self, queue: &Arc<EventQueue>, event: Event, most: usize) {
        self.list(queue, queue.put_if_room(event, most));
    }

    /// Hands a paused connection's events on again.
    pub(crate) fn unpause(&self, queue: &Arc<EventQueue>) {
        self.list(queue, queue.unpause());
    }

    pub(crate) fn discard(&self, queue: &Arc<EventQueue>) {
        self.list(queue, queue.discard());
    }

    /// Runs `fill` with a way to add lines, then wakes JavaScript if there were any.
    pub(crate) fn lines<R>(
        &self,
        queue: &Arc<EventQueue>,
        fill: impl FnOnce(&mut dyn FnMut(Cow<'_, [u8]>)) -> R,
    ) -> R {
        let (result, list) = queue.fill(fill);
        self.list(queue, list);
        result
    }

    /// Fills the batch with what waits, connection by connection in turn. Says whether more is left; if not,
    /// the next thing to come wakes JavaScript.
    pub fn take(&self, batch: &mut Batch) -> bool {
        let more = self.fill(batch);
        // As long as anybody is in the line there is a next time: enough waits to keep them there, or one is told.
        let mut room = self.fair_share.room();
        while room > 0
            && let Some(queue) = self.fair_share.next()
        {
            let (told, list) = queue.take_turn();
            room -= usize::from(told);
            self.list(&queue, list);
        }
        more
    }

    /// Whether there is nothing to take, and nobody was woken for it.
    pub(crate) fn is_idle(&self) -> bool {
        let state = lock(&self.state);
        state.ready.is_empty() && !state.awake
    }

    #[cfg(test)]
    pub(crate) fn shared_bytes(&self) -> usize {
        self.fair_share.waiting()
    }

    fn fill(&self, batch: &mut Batch) -> bool {
        batch.clear();
        loop {
            let queue = {
                let mut state = lock(&self.state);
                match state.ready.pop_front() {
                    Some(queue) => queue,
                    None => {
                        (state.awake, state.left) = (false, false);
                        return false;
                    }
                }
            };
            if queue.take(batch) {
                lock(&self.state).ready.push_back(queue);
            }
            if batch.is_full() {
                let mut state = lock(&self.state);
                state.awake = !state.ready.is_empty();
                state.left = state.awake;
                return state.awake;
            }
        }
    }

    /// On the JavaScript thread: has nobody wake it while it fills the inbox itself. Fails when it has yet to take the rest
    /// of a batch, which bounds what waits; not when it was woken, or it would never read where it always is.
    #[cfg(target_os = "linux")]
    pub(crate) fn claim(&self) -> bool {
        let mut state = lock(&self.state);
        state.awake |= !state.left;
        !state.left
    }

    /// Ends a claim. Says whether there is something to take: who claimed takes it.
    #[cfg(target_os = "linux")]
    pub(crate) fn settle(&self) -> bool {
        let mut state = lock(&self.state);
        state.awake = !state.ready.is_empty();
        state.awake
    }

    fn list(&self, queue: &Arc<EventQueue>, wanted: bool) {
        if !wanted {
            return;
        }
        let mut state = lock(&self.state);
        state.ready.push_back(Arc::clone(queue));
        let wake = !std::mem::replace(&mut state.awake, true);
        drop(state);
        if wake {
            (self.wake)();
        }
    }
}
