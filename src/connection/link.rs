use std::io;
use std::sync::Arc;

use super::conversation::Conversation;
use super::peer::Peer;
use super::state::{Next, State};
use super::watched_socket::WatchedSocket;
use super::work::Work;
use crate::events::Inbox;
use crate::io::{LinkSocket, Tls, TransportError};
use crate::session::SessionOptions;
use crate::sync::{Mutex, MutexGuard, lock, now, try_lock};

/// Reads of one connection before others have their turn.
const READS_PER_STEP: usize = 4;

/// An established connection: its socket, and behind a lock its TLS state and what is said. The connection's task takes
/// the lock; the JavaScript thread only tries it, to read and write at once when the connection is free.
#[derive(Debug)]
pub(crate) struct Link {
    peer: Arc<Peer>,
    socket: WatchedSocket,
    state: Mutex<State>,
}

impl Link {
    pub(crate) fn new(
        peer: &Arc<Peer>,
        socket: WatchedSocket,
        tls: Tls,
        options: &SessionOptions,
    ) -> Self {
        let conversation = Conversation::new(Arc::clone(peer), options, now());
        let state = Mutex::new(State::new(tls, conversation));
        Self { peer: Arc::clone(peer), socket, state }
    }

    pub(crate) fn socket(&self) -> &LinkSocket {
        &self.socket.socket
    }

    /// Does what can be done now: what JavaScript left, what is due, what can be read and written.
    /// Called by the connection's task only.
    pub(crate) fn step(&self, inbox: &Inbox) -> Next {
        let mut work = self.work(inbox, lock(&self.state));
        work.take_mail();
        work.read_if_reader(READS_PER_STEP);
        work.tick();
        work.write();
        let reader = work.assign_reader();
        work.next(reader)
    }

    /// From the JavaScript thread, whose event loop saw the socket ready: reads once, unless the connection's task is
    /// at work. Says how many bytes there were.
    #[cfg(target_os = "linux")]
    pub(super) fn read_now(&self, inbox: &Inbox) -> usize {
        let Some(state) = try_lock(&self.state) else {
            // The task goes on with it, and has the socket watched again.
            self.socket.watch(false);
            self.peer.wake();
            return 0;
        };
        let mut work = self.work(inbox, state);
        let deadline = work.deadline();
        let count = work.read(1);
        if work.state.has_output() {
            work.write();
        }
        if work.needs_task(deadline) {
            self.peer.wake();
        }
        count
    }

    /// Bytes that came behind the handshake in the same record are already in TLS's hands.
    pub(crate) fn begin(&self, inbox: &Inbox) {
        self.work(inbox, lock(&self.state)).decrypt(&[]);
    }

    /// From the JavaScript thread: writes at once if nobody else is at work. Says whether the connection's task has
    /// to go on with it.
    pub(super) fn write_now(&self, inbox: &Inbox) -> bool {
        let Some(state) = try_lock(&self.state) else { return true };
        let mut work = self.work(inbox, state);
        work.take_mail();
        work.write();
        // What JavaScript said may have made the session want bytes again.
        work.assign_reader();
        work.state.has_output() || work.state.is_ending()
    }

    /// From the JavaScript thread, behind the answer to a login line: goes on at once if nobody else is at work. Says whether
    /// the connection's task has to go on with it.
    pub(super) fn judged_now(&self, inbox: &Inbox) -> bool {
        let Some(state) = try_lock(&self.state) else { return true };
        self.work(inbox, state).judged()
    }

    /// The system does not tell when the socket is ready: the connection cannot go on.
    pub(crate) fn give_up(&self, inbox: &Inbox, error: io::Error) {
        self.work(inbox, lock(&self.state)).fail(TransportError::Read(error));
    }

    /// Waits for whoever is at work, which is not for long.
    pub(super) fn export_keying_material(
        &self,
        length: usize,
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        lock(&self.state).tls.export_keying_material(vec![0; length], label, context).ok()
    }

    /// At the end of the process: writes what is left, waiting for whoever is at work.
    pub(super) fn write_last(&self, inbox: &Inbox) {
        let mut work = self.work(inbox, lock(&self.state));
        work.take_mail();
        work.write();
        while work.state.writes_on {
            work.write();
        }
    }

    fn work<'a>(&'a self, inbox: &'a Inbox, state: MutexGuard<'a, State>) -> Work<'a> {
        Work { peer: &self.peer, socket: &self.socket, inbox, state, now: now() }
    }
}
