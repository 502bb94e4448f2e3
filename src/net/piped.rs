//! Connections whose transport is JavaScript's.

use std::net::IpAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::connection::Counters;
use super::environment::Environment;
use super::guard::{Guard, Limit};
use super::inbox::{Appetite, Inbound, Inbox};
use super::send_buffer::{Bytes, SendBuffer};
use super::signal::{Failure, Signal};
use crate::session::{LoginVerdict, Session, SessionError, SessionOptions};

/// A connection that Node's own TLS carries: JavaScript hands its plain bytes over, and asks what to do next. All of
/// it happens on the JavaScript thread, which alone can read and write such a connection; so its deadlines are kept
/// there too, and a busy thread misses nothing that it has not yet looked at.
#[derive(Debug)]
pub struct Piped {
    inbound: Arc<Inbound>,
    outgoing: Arc<Outgoing>,
    /// Of a server's connection over TCP: where it comes from.
    peer: Option<IpAddr>,
    session: Session,
    /// The peer has ended its side.
    peer_ended: bool,
    /// JavaScript knows that, and has everything that came before.
    end_reported: bool,
    /// We have ended the connection from our side: nothing more is received.
    destroyed: bool,
    /// The session has ended the connection.
    done: bool,
}

/// What a connection is to know from the beginning.
#[derive(Debug, Clone)]
pub struct PipedOptions {
    /// Bounds of the session.
    pub session: SessionOptions,
    /// Bytes that may wait for the peer.
    pub max_buffered: usize,
    /// Of a server's connection: what the server holds against its peers.
    pub guard: Option<Arc<Guard>>,
    /// Of a server's connection over TCP: where it comes from.
    pub peer: Option<IpAddr>,
}

/// What waits for the peer: JavaScript has it, and tells when it has left.
#[derive(Debug)]
pub(super) struct Outgoing {
    inbound: Arc<Inbound>,
    pub(super) send_buffer: SendBuffer,
    guard: Option<Arc<Guard>>,
}

impl Outgoing {
    /// Ends the connection because a limit was met; nothing more is sent.
    pub(super) fn fail(&self, inbox: &Inbox, failure: Failure, limit: Limit) {
        if !self.send_buffer.cut() {
            return;
        }
        self.count(limit);
        inbox.end(&self.inbound, Signal::Error { error: failure });
    }

    fn count(&self, limit: Limit) {
        if let Some(guard) = &self.guard {
            guard.count(limit);
        }
    }
}

/// What JavaScript is to do with the transport.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PipedNext {
    /// Whether more bytes are wanted. If not, a `ReadAgain` signal or one of JavaScript's own calls changes that.
    pub read: bool,
    /// Bytes to be written, ASCII.
    pub output: Vec<u8>,
    /// When [`Piped::tick`] is to be called at the latest.
    pub wait: Option<Duration>,
    /// Whether it is over; JavaScript ends the transport then, and calls [`Piped::close`].
    pub done: bool,
    /// Whether the transport is to be cut at once, and none of what waits is to be sent.
    pub cut: bool,
}

impl Piped {
    /// A connection whose TLS is up.
    pub fn new(environment: &Environment, options: PipedOptions) -> Self {
        let PipedOptions { session, max_buffered, guard, peer } = options;
        let inbound = Inbound::piped(&environment.inbox);
        let outgoing = Arc::new(Outgoing {
            inbound: Arc::clone(&inbound),
            send_buffer: SendBuffer::new(max_buffered, guard.clone()),
            guard,
        });
        environment.enlist(inbound.id(), Arc::clone(&outgoing));
        Self {
            inbound,
            outgoing,
            peer,
            session: Session::new(&session, Instant::now()),
            peer_ended: false,
            end_reported: false,
            destroyed: false,
            done: false,
        }
    }

    /// Its number, which nobody else in the process has.
    pub fn id(&self) -> u32 {
        self.inbound.id()
    }

    /// Takes plain bytes of the peer.
    pub fn receive(&mut self, inbox: &Inbox, bytes: &[u8]) -> PipedNext {
        if self.is_open() {
            self.guard(inbox, |piped| {
                let now = Instant::now();
                let session = &mut piped.session;
                inbox.lines(&piped.inbound, |mut deliver| session.receive(bytes, now, &mut deliver))
            });
        }
        self.plan()
    }

    /// JavaScript has so many bytes to write. Says whether it may: not when the connection is being cut.
    pub fn accept(&self, environment: &Environment, bytes: usize) -> bool {
        if !self.outgoing.send_buffer.is_cut() {
            environment.wait_for(&self.outgoing, bytes);
        }
        !self.outgoing.send_buffer.is_cut()
    }

    /// So many bytes have left. Says whether a sender who was told to wait may go on.
    pub fn wrote(&self, bytes: usize) -> bool {
        self.outgoing.send_buffer.remove(Bytes::own(bytes));
        self.buffered() == 0 && self.outgoing.send_buffer.take_relief()
    }

    /// Bytes that wait for the peer.
    pub fn buffered(&self) -> usize {
        self.outgoing.send_buffer.waiting()
    }

    /// The answer to the login line that was handed over.
    pub fn login(&mut self, inbox: &Inbox, verdict: LoginVerdict) -> PipedNext {
        if let (LoginVerdict::Refuse, Some(guard)) = (verdict, &self.outgoing.guard) {
            guard.login_failed(self.peer, Instant::now());
        }
        if self.is_open() {
            self.guard(inbox, |piped| {
                let now = Instant::now();
                let session = &mut piped.session;
                inbox.lines(&piped.inbound, |mut deliver| session.login(verdict, now, &mut deliver))
            });
            self.report_end(inbox);
        }
        self.plan()
    }

    /// A pong in a form that only JavaScript recognises.
    pub fn pong(&mut self, key: u32) {
        self.session.pong(key);
    }

    /// Does what is due. To be called when what the peer has sent was looked at.
    pub fn tick(&mut self, inbox: &Inbox) -> PipedNext {
        if self.is_open() {
            self.guard(inbox, |piped| piped.session.tick(Instant::now()));
        }
        self.plan()
    }

    /// We have ended our side.
    pub fn end(&mut self) {
        self.session.end();
    }

    /// The peer has ended its side.
    pub fn peer_ended(&mut self, inbox: &Inbox) {
        self.peer_ended = true;
        self.report_end(inbox);
    }

    /// Holds back everything received.
    pub fn pause(&mut self) {
        self.inbound.pause();
    }

    /// Whether lines are held back.
    pub fn holds_back(&self) -> bool {
        self.inbound.holds_back()
    }

    /// Goes on after a pause.
    pub fn resume(&mut self, inbox: &Inbox) -> PipedNext {
        inbox.unpause(&self.inbound);
        self.plan()
    }

    /// Nothing more is received, and what was is dropped.
    pub fn destroy(&mut self, inbox: &Inbox) {
        self.destroyed = true;
        inbox.discard(&self.inbound);
    }

    /// The transport failed: `Error` follows what was received before it.
    pub fn fail(&mut self, inbox: &Inbox) {
        self.report(inbox, Failure::Transport);
    }

    /// The transport is gone: `Closed` follows everything else.
    pub fn close(self, environment: &Environment, had_error: bool, counters: Counters) {
        let Counters { read, written } = counters;
        let in_order = self.peer_ended && self.is_open() && !had_error;
        let closed = Signal::Closed { had_error, in_order, read, written };
        environment.inbox.end(&self.inbound, closed);
        environment.forget(self.id());
    }

    /// Bytes of the lines that wait for JavaScript.
    pub fn waiting(&self) -> usize {
        self.inbound.waiting()
    }

    /// What is to be done now.
    pub fn plan(&mut self) -> PipedNext {
        let now = Instant::now();
        let mut output = Vec::new();
        while !self.session.outbox.is_empty() {
            let front = self.session.outbox.front();
            output.extend_from_slice(front);
            let len = front.len();
            self.session.outbox.advance(len);
        }
        // A ping is no reason to cut anybody: its pong is missed soon enough.
        self.outgoing.send_buffer.add(Bytes::own(output.len()));
        PipedNext {
            read: self.wants_bytes(now),
            output,
            wait: self
                .is_open()
                .then(|| self.session.deadline())
                .flatten()
                .map(|deadline| deadline.saturating_duration_since(now)),
            done: self.done,
            cut: self.outgoing.send_buffer.is_cut(),
        }
    }

    fn is_open(&self) -> bool {
        !self.done && !self.destroyed && !self.outgoing.send_buffer.is_cut()
    }

    fn wants_bytes(&mut self, now: Instant) -> bool {
        if !self.is_open() || self.peer_ended || !self.session.wants_bytes() {
            return false;
        }
        match self.appetite() {
            Appetite::Hungry => {
                self.session.unstall(now);
                true
            }
            Appetite::Full => {
                self.session.stall(now);
                false
            }
            Appetite::Paused => {
                self.session.pause(now);
                false
            }
        }
    }

    /// Strangers are read whatever else waits: the time they have does not stand still, and their bytes are few.
    fn appetite(&self) -> Appetite {
        match self.inbound.appetite() {
            Appetite::Hungry if self.session.is_open() && !self.inbound.has_room() => {
                Appetite::Full
            }
            appetite => appetite,
        }
    }

    /// Does a piece of work and ends the connection if the session, or a fault of ours, says so.
    fn guard(&mut self, inbox: &Inbox, act: impl FnOnce(&mut Self) -> Result<(), SessionError>) {
        match catch_unwind(AssertUnwindSafe(|| act(self))) {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.end_session(inbox, error),
            Err(panic) => {
                self.report(inbox, Failure::of_panic(&*panic));
                self.done = true;
            }
        }
    }

    fn end_session(&mut self, inbox: &Inbox, error: SessionError) {
        self.done = true;
        if let Some(code) = Failure::cut_code(error) {
            inbox.signal(&self.inbound, Signal::Cut { code });
        }
        match error {
            SessionError::LoginTimeout => self.outgoing.count(Limit::LoginTimeout),
            SessionError::NotEnded => {}
            SessionError::KeepaliveTimeout => {
                inbox.discard(&self.inbound);
                inbox.signal(&self.inbound, Signal::Timeout);
            }
            SessionError::LoginTooLong { .. } => {
                self.outgoing.count(Limit::LoginBytes);
                self.report(inbox, Failure::of_limit(error));
            }
            SessionError::MessageTooLong { .. } => {
                self.outgoing.count(Limit::MessageBytes);
                self.report(inbox, Failure::of_limit(error));
            }
            SessionError::Silence { .. } => {
                self.report(inbox, Failure::of_limit(error));
            }
        }
    }

    /// Not while lines wait behind a login line that is being judged: they come first.
    fn report_end(&mut self, inbox: &Inbox) {
        if self.peer_ended && !self.end_reported && self.session.wants_bytes() {
            self.end_reported = true;
            inbox.signal(&self.inbound, Signal::End);
        }
    }

    fn report(&self, inbox: &Inbox, error: Failure) {
        if !self.destroyed {
            inbox.end(&self.inbound, Signal::Error { error });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{Batch, Entry, EntryKind, Extra};

    fn environment() -> Arc<Environment> {
        Environment::new(Box::new(|| {}), false).unwrap()
    }

    fn options() -> PipedOptions {
        PipedOptions {
            session: SessionOptions::default(),
            max_buffered: usize::MAX,
            guard: None,
            peer: None,
        }
    }

    /// Takes all there is, and says which signals are among it.
    fn signals(environment: &Environment) -> Vec<String> {
        let mut batch = Batch::new(10_000);
        let mut signals = Vec::new();
        loop {
            let more = environment.inbox.take(&mut batch);
            for &Entry { kind, value, .. } in &batch.entries {
                if let (EntryKind::Signal, Some(Extra::Signal(signal))) =
                    (kind, batch.extras.get(value))
                {
                    signals.push(format!("{signal:?}"));
                }
            }
            if !more {
                return signals;
            }
        }
    }

    fn let_in(environment: &Environment) -> Piped {
        let mut piped = Piped::new(environment, options());
        assert!(!piped.receive(&environment.inbox, b"1\n").read, "while it is judged");
        assert!(piped.login(&environment.inbox, LoginVerdict::Accept).read);
        assert_eq!(signals(environment), [""; 0]);
        piped
    }

    #[test]
    fn wants_nothing_while_too_much_waits_and_says_when_it_does_again() {
        let environment = environment();
        let mut piped = let_in(&environment);
        let line = [&[b'1'; 1000][..], b"\n"].concat();
        let sent = (0..1000).take_while(|_| piped.receive(&environment.inbox, &line).read).count();
        assert!((256..300).contains(&sent), "{sent} KB");
        assert_eq!(signals(&environment), ["ReadAgain"]);
        assert!(piped.plan().read);
    }

    #[test]
    fn tells_the_end_behind_what_waits_for_the_login() {
        let environment = environment();
        let mut piped = Piped::new(&environment, options());
        piped.receive(&environment.inbox, b"1\n2\n");
        piped.peer_ended(&environment.inbox);
        assert_eq!(signals(&environment), [""; 0]);
        piped.login(&environment.inbox, LoginVerdict::Accept);
        assert_eq!(signals(&environment), ["End"]);
    }

    #[test]
    fn is_done_when_the_session_ends_it() {
        let environment = environment();
        let mut piped = Piped::new(&environment, options());
        assert!(piped.receive(&environment.inbox, &[b'1'; 70_000]).done);
        let told = signals(&environment);
        assert!(matches!(&told[..], [one] if one.contains("TLSJSON_LOGIN_TOO_LONG")), "{told:?}");
    }

    #[test]
    fn tells_nothing_more_once_destroyed_but_that_it_is_closed() {
        let environment = environment();
        let mut piped = let_in(&environment);
        piped.receive(&environment.inbox, b"1\n");
        piped.destroy(&environment.inbox);
        piped.fail(&environment.inbox);
        assert!(!piped.receive(&environment.inbox, b"2\n").read);
        piped.close(&environment, false, Counters { read: 6, written: 0 });
        let told = signals(&environment);
        assert!(matches!(&told[..], [one] if one.starts_with("Closed")), "{told:?}");
    }
}
