mod work;

use std::io;
use std::time::Instant;

use super::connection::Connection;
use super::inbox::Inbox;
#[cfg(target_os = "linux")]
use super::poller::Watch;
use super::socket::LinkSocket;
use super::sync::{Mutex, MutexGuard};
use super::transport::{Tls, TransportError};
use super::{lock, try_lock};
use crate::session::{Session, SessionOptions};
use work::Work;

/// Reads of one connection before others have their turn.
const READS_PER_STEP: usize = 4;

/// An established connection: its socket, and behind a lock its TLS state and session. The connection's task takes
/// the lock; the JavaScript thread only tries it, to read and write at once when the connection is free.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) socket: LinkSocket,
    /// How the JavaScript thread's event loop is told to watch the socket, where it can.
    #[cfg(target_os = "linux")]
    watch: Option<Watch>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    tls: Tls,
    session: Session,
    /// How the connection is being ended from our side.
    closing: Closing,
    /// The peer has ended its side.
    peer_ended: bool,
    /// JavaScript knows that, and has everything that came before.
    end_reported: bool,
    /// close_notify has been given to TLS.
    said_goodbye: bool,
    /// We have ended our side: close_notify and FIN are out.
    we_ended: bool,
    /// JavaScript knows that.
    finish_reported: bool,
    /// Why nothing can be written any more. What the peer had said before is still read.
    broken: Option<io::Error>,
    /// TLS failed; the peer was told by an alert.
    has_alerted: bool,
    /// JavaScript wants to know when everything is written.
    report_drain: bool,
    /// What was read last was hardly worth decrypting.
    wasteful: bool,
    /// The system has refused to have the event loop watch the socket: the connection's task reads.
    unwatched: bool,
    /// The socket had more when the last turn of reading ended.
    more: bool,
    /// There was more to write, and the socket took it, when the last turn of writing ended.
    writes_on: bool,
    /// It is over.
    done: Option<Done>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Closing {
    No,
    /// Write what was accepted, then say goodbye and wait for the peer's.
    AfterFlush,
    /// Write what was accepted by this instant at the latest, then go.
    Destroy(Instant),
}

/// How a connection ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) had_error: bool,
    /// Whether both sides have ended it.
    pub(super) in_order: bool,
    /// Whether the peer may still be sending: then its bytes are read away for a moment, for closing a socket with
    /// unread input makes the system reset it and may kill what we wrote last.
    pub(super) linger: bool,
}

impl Done {
    /// Nothing came of it; with an error, or because JavaScript did not want it any more.
    pub(super) fn early(had_error: bool) -> Self {
        Self { had_error, in_order: false, linger: false }
    }
}

/// What a connection's task waits for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Next {
    /// For the socket or an instant; `again` without waiting.
    Wait {
        read: bool,
        write: bool,
        deadline: Option<Instant>,
        again: bool,
    },
    Done(Done),
}

impl Link {
    pub(super) fn new(
        socket: LinkSocket,
        #[cfg(target_os = "linux")] watch: Option<Watch>,
        tls: Tls,
        options: &SessionOptions,
    ) -> Self {
        let session = Session::new(options, Instant::now());
        Self {
            socket,
            #[cfg(target_os = "linux")]
            watch,
            state: Mutex::new(State {
                tls,
                session,
                closing: Closing::No,
                peer_ended: false,
                end_reported: false,
                said_goodbye: false,
                we_ended: false,
                finish_reported: false,
                broken: None,
                has_alerted: false,
                report_drain: false,
                wasteful: false,
                unwatched: false,
                more: false,
                writes_on: false,
                done: None,
            }),
        }
    }

    /// Does what can be done now: what JavaScript left, what is due, what can be read and written.
    /// Called by the connection's task only.
    pub(super) fn step(&self, connection: &Connection, inbox: &Inbox) -> Next {
        let mut work = self.work(connection, inbox, lock(&self.state));
        work.take_mail();
        if work.is_reader() || work.is_due() {
            work.read(READS_PER_STEP);
        }
        work.tick();
        work.write();
        work.next()
    }

    /// From the JavaScript thread, whose event loop saw the socket ready: reads once, unless the connection's task is
    /// at work. Says how many bytes there were.
    #[cfg(target_os = "linux")]
    pub(super) fn read_now(&self, connection: &Connection, inbox: &Inbox) -> usize {
        let Some(state) = try_lock(&self.state) else {
            // The task goes on with it, and has the socket watched again.
            self.watch(false);
            connection.inbound.wakeup.notify_one();
            return 0;
        };
        let mut work = self.work(connection, inbox, state);
        let deadline = work.state.session.deadline();
        let count = work.read(1);
        if work.state.has_output() {
            work.write();
        }
        match work.next() {
            // The task finds out by itself that a deadline was put off.
            Next::Wait { read: false, write: false, deadline: new, .. }
                if !is_sooner(new, deadline) && !work.state.is_ending() => {}
            _ => connection.inbound.wakeup.notify_one(),
        }
        count
    }

    /// Has the JavaScript thread's event loop watch the socket, or no longer. Says whether it does now.
    fn watch(&self, wanted: bool) -> bool {
        #[cfg(target_os = "linux")]
        if let (Some(watch), LinkSocket::Plain(socket)) = (&self.watch, &self.socket) {
            return watch.set(socket, wanted);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = wanted;
        false
    }

    /// Bytes that came behind the handshake in the same record are already in TLS's hands.
    pub(super) fn begin(&self, connection: &Connection, inbox: &Inbox) {
        self.work(connection, inbox, lock(&self.state)).decrypt(&[]);
    }

    /// From the JavaScript thread: writes at once if nobody else is at work. Says whether the connection's task has
    /// to go on with it.
    pub(super) fn write_now(&self, connection: &Connection, inbox: &Inbox) -> bool {
        let Some(state) = try_lock(&self.state) else { return true };
        let mut work = self.work(connection, inbox, state);
        work.take_mail();
        work.write();
        // What JavaScript said may have made the session want bytes again.
        work.next();
        work.state.has_output() || work.state.is_ending()
    }

    /// The system does not tell when the socket is ready: the connection cannot go on.
    pub(super) fn give_up(&self, connection: &Connection, inbox: &Inbox, error: io::Error) {
        self.work(connection, inbox, lock(&self.state)).fail(TransportError::Read(error));
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
    pub(super) fn write_last(&self, connection: &Connection, inbox: &Inbox) {
        let mut work = self.work(connection, inbox, lock(&self.state));
        work.take_mail();
        work.write();
        while work.state.writes_on {
            work.write();
        }
    }

    fn work<'a>(
        &'a self,
        connection: &'a Connection,
        inbox: &'a Inbox,
        state: MutexGuard<'a, State>,
    ) -> Work<'a> {
        Work { link: self, connection, inbox, state, now: Instant::now() }
    }
}

#[cfg(target_os = "linux")]
fn is_sooner(new: Option<Instant>, old: Option<Instant>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new < old,
        (Some(_), None) => true,
        (None, _) => false,
    }
}

impl State {
    fn has_output(&self) -> bool {
        self.broken.is_none() && (self.tls.wants_write() || !self.session.outbox.is_empty())
    }

    /// Whether it is over or soon will be.
    fn is_ending(&self) -> bool {
        self.closing != Closing::No || self.broken.is_some() || self.done.is_some()
    }
}
