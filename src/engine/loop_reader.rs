//! Reading on the JavaScript thread, in its own event loop.

use std::io;
use std::os::fd::BorrowedFd;
use std::sync::Arc;

use crate::events::Inbox;
use crate::io::{Poller, Watch};

/// Bytes read in one turn of the event loop: about what JavaScript takes in one batch.
const READ_PER_TURN: usize = 64 * 1024;

/// The sockets that a JavaScript thread reads itself.
#[derive(Debug)]
pub(super) struct LoopReader(Arc<Poller>);

impl LoopReader {
    pub(super) fn new() -> io::Result<Self> {
        Poller::new().map(Self)
    }

    /// What the thread itself causes is told to it in the next turn of its loop, as libuv does: a refused connection, for
    /// one, after the immediates of the turn in which it was begun.
    pub(super) fn wake_in_next_turn(
        &self,
        wake: Box<dyn Fn() + Send + Sync>,
    ) -> Box<dyn Fn() + Send + Sync> {
        let poller = Arc::clone(&self.0);
        let own = std::thread::current().id();
        Box::new(move || {
            if std::thread::current().id() == own {
                poller.set_alarm();
            } else {
                wake();
            }
        })
    }

    /// What the event loop is to watch: readable when [`LoopReader::read_ready`] is to be called.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.0.descriptor()
    }

    /// A place for the socket of this connection.
    pub(super) fn watch(&self, id: u32) -> Watch {
        Watch::new(Arc::clone(&self.0), id)
    }

    /// Reads, by `read`, from the connections whose sockets are ready, about a batch in all, each in its turn. Says
    /// whether [`Inbox::take`] is to be called for it.
    pub(super) fn read_ready(&self, inbox: &Inbox, read: impl Fn(u32) -> usize) -> bool {
        let alarmed = self.0.take_alarm();
        if !inbox.claim() {
            return alarmed;
        }
        let mut ready = self.0.ready();
        let mut budget = READ_PER_TURN;
        while budget > 0
            && let Some(id) = ready.pop_front()
        {
            budget = budget.saturating_sub(read(id));
        }
        self.0.put_back(ready);
        inbox.settle() || alarmed
    }
}
