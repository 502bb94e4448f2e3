//! Connections whose transport is outside the engine.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::conversation::Conversation;
use super::peer::{Peer, Terms};
use crate::events::{Failure, Inbox};
use crate::io::TcpState;
use crate::limits::Guard;
use crate::metrics::ByteCounts;
use crate::session::{Bytes, LoginResult, SessionError, SessionOptions};

/// A connection over Node's own TLS: JavaScript hands its plain bytes over, and asks what to do next. All of
/// it happens on the JavaScript thread, which alone can read and write such a connection; so its deadlines are kept
/// there too, and a busy thread misses nothing that it has not yet looked at.
#[derive(Debug)]
pub struct ExternalConnection {
    peer: Arc<Peer>,
    conversation: Conversation,
    /// The session has ended the connection.
    done: bool,
}

/// What a connection is to know from the beginning.
#[derive(Debug, Clone)]
pub struct ExternalOptions {
    /// Bounds of the session.
    pub session: SessionOptions,
    /// Bytes that may wait for the peer.
    pub max_buffered: usize,
    /// Of a server's connection: what the server holds against its peers.
    pub guard: Option<Arc<Guard>>,
    /// Of a server's connection over TCP: where it comes from.
    pub address: Option<IpAddr>,
}

/// What JavaScript is to do with the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExternalNext {
    /// Whether more bytes are wanted. If not, a `ReadAgain` event or one of JavaScript's own calls changes that.
    pub read: bool,
    /// Bytes to be written, ASCII.
    pub output: Vec<u8>,
    /// When [`ExternalConnection::tick`] is to be called at the latest.
    pub wait: Option<Duration>,
    /// Whether it is over; JavaScript ends the transport then, and calls `close`.
    pub done: bool,
    /// Whether the transport is to be destroyed at once, and none of what waits is to be sent.
    pub disconnect: bool,
}

impl ExternalConnection {
    /// A connection whose TLS is up.
    pub fn new(inbox: &Inbox, options: ExternalOptions) -> Self {
        let ExternalOptions { session, max_buffered, guard, address } = options;
        let terms = Terms { max_buffered, guard, address, tally: None };
        let peer = Peer::new(inbox.external_queue(), terms);
        let conversation = Conversation::new(Arc::clone(&peer), &session, Instant::now());
        Self { peer, conversation, done: false }
    }

    pub(crate) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }

    /// Its number, which nobody else in the process has.
    pub fn id(&self) -> u32 {
        self.peer.id()
    }

    /// Takes plain bytes of the peer.
    pub fn receive(&mut self, inbox: &Inbox, bytes: &[u8]) -> ExternalNext {
        self.attempt(inbox, |conversation, now| {
            conversation.receive(inbox, now, |intake| intake.take(bytes)).0
        });
        self.plan()
    }

    /// Whether JavaScript may write: not when the connection is being disconnected.
    pub(crate) fn accepts(&self) -> bool {
        !self.peer.send_buffer.is_disconnected()
    }

    /// So many bytes have left, perhaps after they had waited for the peer to make room. Says whether a sender who was told
    /// to wait may go on.
    pub fn wrote(&mut self, bytes: usize, waited: bool) -> bool {
        if waited {
            self.conversation.session.taken(Instant::now());
        }
        self.peer.send_buffer.remove(Bytes::own(bytes));
        self.buffered() == 0 && self.peer.send_buffer.take_drained()
    }

    /// Bytes that wait for the peer.
    pub fn buffered(&self) -> usize {
        self.peer.send_buffer.waiting()
    }

    /// The answer to the login line that was handed over.
    pub fn login(&mut self, inbox: &Inbox, result: LoginResult) -> ExternalNext {
        self.peer.count_login(result);
        self.attempt(inbox, |conversation, now| conversation.login(inbox, result, now));
        self.plan()
    }

    /// A pong in a form that only JavaScript recognises.
    pub fn pong(&mut self, key: u32) {
        self.conversation.session.pong(key);
    }

    /// Does what is due. To be called when what the peer has sent was looked at; with what the system knows of it.
    pub fn tick(&mut self, inbox: &Inbox, state: Option<TcpState>) -> ExternalNext {
        self.attempt(inbox, |conversation, now| {
            // What waits with Node may be of this turn.
            conversation.look(state, false, now);
            conversation.session.tick(now)
        });
        self.plan()
    }

    /// We have ended our side.
    pub fn end(&mut self) {
        self.conversation.session.end();
    }

    /// The peer has ended its side.
    pub fn peer_ended(&mut self, inbox: &Inbox) {
        self.conversation.peer_ended(inbox);
    }

    /// Holds back everything received.
    pub fn pause(&mut self) {
        self.peer.events.pause();
    }

    /// The same, and the peer's deadlines stand still.
    pub fn hold(&mut self) {
        self.peer.events.hold();
    }

    /// Whether lines are held back.
    pub fn holds_back(&self) -> bool {
        self.peer.events.holds_back()
    }

    /// Goes on after a pause.
    pub fn resume(&mut self, inbox: &Inbox) -> ExternalNext {
        inbox.unpause(&self.peer.events);
        self.plan()
    }

    /// Nothing more is received, and what was is dropped.
    pub fn destroy(&mut self, inbox: &Inbox) {
        self.conversation.destroy(inbox);
    }

    /// The transport failed: `Error` follows what was received before it.
    pub fn fail(&mut self, inbox: &Inbox) {
        self.conversation.report(inbox, Failure::Transport);
    }

    /// The transport is gone: `Closed` follows everything else.
    pub(crate) fn close(self, inbox: &Inbox, had_error: bool, bytes: ByteCounts) {
        let in_order = self.conversation.has_peer_ended() && self.is_open() && !had_error;
        self.peer.close(inbox, had_error, in_order, bytes);
    }

    /// Bytes of the lines that wait for JavaScript.
    pub fn waiting(&self) -> usize {
        self.peer.events.waiting()
    }

    /// What is to be done now.
    pub fn plan(&mut self) -> ExternalNext {
        let now = Instant::now();
        let outbox = &mut self.conversation.session.outbox;
        let mut output = Vec::new();
        while !outbox.is_empty() {
            let front = outbox.front();
            output.extend_from_slice(front);
            let len = front.len();
            outbox.advance(len);
        }
        // A ping is no reason to disconnect anybody: its pong is missed soon enough.
        self.peer.send_buffer.add(Bytes::own(output.len()));
        let is_open = self.is_open();
        let deadline = self.conversation.session.deadline().filter(|_| is_open);
        ExternalNext {
            read: is_open && self.conversation.asks_for_bytes(now),
            output,
            wait: deadline.map(|deadline| deadline.saturating_duration_since(now)),
            done: self.done,
            disconnect: self.peer.send_buffer.is_disconnected(),
        }
    }

    fn is_open(&self) -> bool {
        !self.done && !self.conversation.is_destroyed() && self.accepts()
    }

    /// Does a piece of work, if it is not over, and ends the connection if the session, or a fault of ours, says so.
    fn attempt(
        &mut self,
        inbox: &Inbox,
        act: impl FnOnce(&mut Conversation, Instant) -> Result<(), SessionError>,
    ) {
        if !self.is_open() {
            return;
        }
        let conversation = &mut self.conversation;
        match catch_unwind(AssertUnwindSafe(|| act(conversation, Instant::now()))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => {
                self.done = true;
                self.conversation.report_error(inbox, error);
            }
            Err(panic) => {
                self.done = true;
                self.conversation.report(inbox, Failure::of_panic(&*panic));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::{Batch, Entry, EntryKind, Extra};

    fn inbox() -> Inbox {
        Inbox::new(Box::new(|| {}))
    }

    fn options() -> ExternalOptions {
        ExternalOptions {
            session: SessionOptions::default(),
            max_buffered: usize::MAX,
            guard: None,
            address: None,
        }
    }

    /// Takes all there is, and says which events are among it.
    fn events(inbox: &Inbox) -> Vec<String> {
        let mut batch = Batch::new(10_000);
        let mut events = Vec::new();
        loop {
            let more = inbox.take(&mut batch);
            for &Entry { kind, value, .. } in &batch.entries {
                if let (EntryKind::Event, Some(Extra::Event(event))) =
                    (kind, batch.extras.get(value))
                {
                    events.push(format!("{event:?}"));
                }
            }
            if !more {
                return events;
            }
        }
    }

    fn authenticated(inbox: &Inbox) -> ExternalConnection {
        let mut external = ExternalConnection::new(inbox, options());
        assert!(
            external.receive(inbox, b"1\n").read,
            "to notice a peer that leaves while it is judged"
        );
        assert!(external.login(inbox, LoginResult::Accept).read);
        assert_eq!(events(inbox), [""; 0]);
        external
    }

    #[test]
    fn wants_nothing_while_too_much_waits_and_says_when_it_does_again() {
        let inbox = inbox();
        let mut external = authenticated(&inbox);
        let line = [&[b'1'; 1000][..], b"\n"].concat();
        let sent = (0..1000).take_while(|_| external.receive(&inbox, &line).read).count();
        assert!((256..300).contains(&sent), "{sent} KB");
        assert_eq!(events(&inbox), ["ReadAgain"]);
        assert!(external.plan().read);
    }

    #[test]
    fn tells_the_end_behind_what_waits_for_the_login() {
        let inbox = inbox();
        let mut external = ExternalConnection::new(&inbox, options());
        external.receive(&inbox, b"1\n2\n");
        external.peer_ended(&inbox);
        assert_eq!(events(&inbox), ["Left"], "for who judges it");
        external.login(&inbox, LoginResult::Accept);
        assert_eq!(events(&inbox), ["End"]);
    }

    #[test]
    fn is_done_when_the_session_ends_it() {
        let inbox = inbox();
        let mut external = ExternalConnection::new(&inbox, options());
        assert!(external.receive(&inbox, &[b'1'; 70_000]).done);
        let told = events(&inbox);
        assert!(matches!(&told[..], [one] if one.contains("TLSJSON_LOGIN_TOO_LONG")), "{told:?}");
    }

    #[test]
    fn tells_nothing_more_once_destroyed_but_that_it_is_closed() {
        let inbox = inbox();
        let mut external = authenticated(&inbox);
        external.receive(&inbox, b"1\n");
        external.destroy(&inbox);
        external.fail(&inbox);
        assert!(!external.receive(&inbox, b"2\n").read);
        external.close(&inbox, false, ByteCounts { read: 6, written: 0 });
        let told = events(&inbox);
        assert!(matches!(&told[..], [one] if one.starts_with("Closed")), "{told:?}");
    }
}
