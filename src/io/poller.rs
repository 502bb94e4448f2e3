use std::collections::VecDeque;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use rustix::event::{EventfdFlags, Timespec, epoll, eventfd};
use socket2::Socket as System;

use crate::sync::lock;

/// Sockets looked at in one system call.
const MAX_EVENTS: usize = 64;

/// Marks the alarm among the sockets, which are marked with numbers of 32 bits.
const ALARM: epoll::EventData = epoll::EventData::new_u64(u64::MAX);

/// The sockets that a JavaScript thread's own event loop watches, all behind one descriptor: a message then reaches
/// JavaScript without another thread being woken first, which costs more than everything else about a small message.
#[derive(Debug)]
pub(crate) struct Poller {
    epoll: OwnedFd,
    /// Makes `epoll` readable by itself.
    alarm: OwnedFd,
    alarmed: AtomicBool,
    /// Connections that were ready and have not had their turn.
    waiting: Mutex<VecDeque<u32>>,
}

impl Poller {
    pub(crate) fn new() -> io::Result<Arc<Self>> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let alarm = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        epoll::add(&epoll, &alarm, ALARM, epoll::EventFlags::IN)?;
        let alarmed = AtomicBool::new(false);
        Ok(Arc::new(Self { epoll, alarm, alarmed, waiting: Mutex::default() }))
    }

    /// What the event loop is to watch: it is readable when a socket is.
    pub(crate) fn descriptor(&self) -> BorrowedFd<'_> {
        self.epoll.as_fd()
    }

    /// Has the event loop come back to us in its next turn.
    pub(crate) fn set_alarm(&self) {
        self.alarmed.store(true, Ordering::Relaxed);
        // It fails only when the counter is full, and then the loop has been told.
        let _ = rustix::io::write(&self.alarm, &1_u64.to_ne_bytes());
    }

    /// Whether the alarm was set. It is off then.
    pub(crate) fn take_alarm(&self) -> bool {
        let alarmed = self.alarmed.swap(false, Ordering::Relaxed);
        if alarmed {
            // It fails only when there is nothing to be read.
            let _ = rustix::io::read(&self.alarm, &mut [0; 8]);
        }
        alarmed
    }

    /// The connections that have something to read and have not had their turn. One may be named in vain.
    pub(crate) fn ready(&self) -> VecDeque<u32> {
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
    pub(crate) fn put_back(&self, waiting: VecDeque<u32>) {
        *lock(&self.waiting) = waiting;
    }
}

/// A socket's place in a [`Poller`].
#[derive(Debug)]
pub(crate) struct Watch {
    poller: Arc<Poller>,
    id: u32,
    on: Mutex<bool>,
}

impl Watch {
    pub(crate) fn new(poller: Arc<Poller>, id: u32) -> Self {
        Self { poller, id, on: Mutex::new(false) }
    }

    /// Has the event loop look for bytes, or no longer. Says whether it does now.
    pub(crate) fn set(&self, socket: &System, wanted: bool) -> bool {
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
