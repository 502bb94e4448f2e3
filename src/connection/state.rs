use std::io;
use std::time::Instant;

use super::conversation::Conversation;
use crate::io::Tls;

/// What only one thread at a time may touch of an established connection.
#[derive(Debug)]
pub(super) struct State {
    pub(super) tls: Tls,
    pub(super) conversation: Conversation,
    /// How the connection is being ended from our side.
    pub(super) closing: Closing,
    /// How far the end of our side is.
    pub(super) farewell: Farewell,
    /// Why nothing can be written any more. What the peer had said before is still read.
    pub(super) broken: Option<io::Error>,
    /// TLS failed; the peer was told by an alert.
    pub(super) has_alerted: bool,
    /// JavaScript wants to know when everything is written.
    pub(super) report_drain: bool,
    /// What was read last was hardly worth decrypting.
    pub(super) wasteful: bool,
    /// The system has refused to have the event loop watch the socket: the connection's task reads.
    pub(super) unwatched: bool,
    /// The socket had more when the last turn of reading ended.
    pub(super) more: bool,
    /// There was more to write, and the socket took it, when the last turn of writing ended.
    pub(super) writes_on: bool,
    /// The socket took no more when something was last written.
    pub(super) blocked: bool,
    /// It is over.
    pub(super) done: Option<Done>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Closing {
    No,
    /// Write what was accepted, then end our side and wait for the peer's end.
    AfterFlush,
    /// Write what was accepted by this instant at the latest, then go.
    Destroy(Instant),
}

/// How far the end of our side is, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Farewell {
    None,
    /// close_notify has been given to TLS.
    Begun,
    /// close_notify and FIN are out.
    Sent,
    /// JavaScript knows that.
    Reported,
}

/// How a connection ended.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Done {
    pub(crate) had_error: bool,
    /// Whether both sides have ended it.
    pub(crate) in_order: bool,
    /// Whether the peer may still be sending: then its bytes are read away for a moment, for closing a socket with
    /// unread input makes the system reset it and may kill what we wrote last.
    pub(crate) linger: bool,
}

impl Done {
    /// Nothing came of it; with an error, or because JavaScript did not want it any more.
    pub(crate) fn early(had_error: bool) -> Self {
        Self { had_error, in_order: false, linger: false }
    }
}

/// What a connection's task waits for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Next {
    /// For the socket or an instant; `again` without waiting.
    Wait {
        read: bool,
        write: bool,
        deadline: Option<Instant>,
        again: bool,
    },
    Done(Done),
}

/// Who reads the socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reader {
    /// The JavaScript thread's event loop, as soon as it sees the socket ready.
    #[cfg_attr(not(target_os = "linux"), allow(dead_code, reason = "no event loop reads here"))]
    Loop,
    /// The connection's task.
    Task,
}

impl State {
    pub(super) fn new(tls: Tls, conversation: Conversation) -> Self {
        Self {
            tls,
            conversation,
            closing: Closing::No,
            farewell: Farewell::None,
            broken: None,
            has_alerted: false,
            report_drain: false,
            wasteful: false,
            unwatched: false,
            more: false,
            writes_on: false,
            blocked: false,
            done: None,
        }
    }

    pub(super) fn has_output(&self) -> bool {
        let waits = self.tls.wants_write() || !self.conversation.session.outbox.is_empty();
        self.broken.is_none() && waits
    }

    /// Whether it is over or soon will be.
    pub(super) fn is_ending(&self) -> bool {
        self.closing != Closing::No || self.broken.is_some() || self.done.is_some()
    }

    /// When there is something to do at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        match self.closing {
            Closing::Destroy(deadline) => Some(deadline),
            Closing::No | Closing::AfterFlush => self.conversation.session.deadline(),
        }
    }
}
