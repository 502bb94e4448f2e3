use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::{Arc, Mutex};

use rustix::event::{Timespec, epoll};
use socket2::Socket as System;

use super::lock;

/// Sockets looked at in one system call.
const MAX_EVENTS: usize = 64;

/// The sockets that a JavaScript thread's own event loop watches, all behind one descriptor: a message then reaches
/// JavaScript without another thread being woken first, which costs more than everything else about a small message.
#[derive(Debug)]
pub(super) struct Poller {
    epoll: OwnedFd,
    /// Connections that were ready and have not had their turn.
    waiting: Mutex<VecDeque<u32>>,
}

impl Poller {
    pub(super) fn new() -> io::Result<Arc<Self>> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Arc::new(Self { epoll, waiting: Mutex::default() }))
    }

    /// What the event loop is to watch: it is readable when a socket is.
    pub(super) fn descriptor(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// The connections that have something to read and have not had their turn. One may be named in vain.
    pub(super) fn ready(&self) -> VecDeque<u32> {
        let mut ready = std::mem::take(&mut *lock(&self.waiting));
        if ready.is_empty() {
            let mut events = [MaybeUninit::uninit(); MAX_EVENTS];
            // It fails only when interrupted, which it never is without waiting.
            if let Ok((events, _)) =
                epoll::wait(&self.epoll, &mut events, Some(&Timespec::default()))
            {
                ready.extend(events.iter().map(|event| event.data.u64() as u32));
            }
        }
        ready
    }

    /// These have their turn first next time.
    pub(super) fn put_back(&self, waiting: VecDeque<u32>) {
        *lock(&self.waiting) = waiting;
    }
}

/// A socket's place in a [`Poller`].
#[derive(Debug)]
pub(super) struct Watch {
    poller: Arc<Poller>,
    id: u32,
    on: Mutex<bool>,
}

impl Watch {
    pub(super) fn new(poller: Arc<Poller>, id: u32) -> Self {
        Self { poller, id, on: Mutex::new(false) }
    }

    /// Has the event loop look for bytes, or no longer. Says whether it does now.
    pub(super) fn set(&self, socket: &System, wanted: bool) -> bool {
        let mut on = lock(&self.on);
        if *on != wanted {
            *on = if wanted {
                let data = epoll::EventData::new_u64(u64::from(self.id));
                // Where the system refuses one more, the connection's task reads.
                epoll::add(&self.poller.epoll, socket, data, epoll::EventFlags::IN).is_ok()
            } else {
                // It cannot fail for a socket that is open and was added.
                let _ = epoll::delete(&self.poller.epoll, socket);
                false
            };
        }
        *on
    }
}
