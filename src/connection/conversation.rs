use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use super::peer::Peer;
use crate::events::{Event, Failure, Inbox, ReadGate};
use crate::io::TcpState;
use crate::metrics::Limit;
use crate::session::{LoginResult, Session, SessionError, SessionOptions};

/// What is said between us and a peer over any transport: its lines become events, its end and our clocks' as well,
/// and so does what the session ends it for.
#[derive(Debug)]
pub(super) struct Conversation {
    peer: Arc<Peer>,
    pub(super) session: Session,
    /// The peer has ended its side.
    peer_ended: bool,
    /// JavaScript knows that, and has everything that came before.
    end_reported: bool,
    /// JavaScript has turned its back on it: nothing more is received, and no failure told.
    destroyed: bool,
    /// What the system knew when something was last due.
    last_look: Option<TcpState>,
}

/// Where the peer's bytes go, as many at a time as there are.
pub(super) struct Intake<'a, 'b> {
    session: &'a mut Session,
    now: Instant,
    deliver: &'a mut (dyn FnMut(Cow<'_, [u8]>) + 'b),
    outcome: Result<(), SessionError>,
}

impl Intake<'_, '_> {
    /// Takes plain bytes; none behind those for which the session ends.
    pub(super) fn take(&mut self, bytes: &[u8]) {
        if self.outcome.is_ok() {
            self.outcome = self.session.receive(bytes, self.now, &mut self.deliver);
        }
    }
}

impl Conversation {
    /// One whose peer has just become reachable.
    pub(super) fn new(peer: Arc<Peer>, options: &SessionOptions, now: Instant) -> Self {
        Self {
            peer,
            session: Session::new(options, now),
            peer_ended: false,
            end_reported: false,
            destroyed: false,
            last_look: None,
        }
    }

    /// Receives what `feed` puts in, and gives what it gives.
    pub(super) fn receive<R>(
        &mut self,
        inbox: &Inbox,
        now: Instant,
        feed: impl FnOnce(&mut Intake<'_, '_>) -> R,
    ) -> (Result<(), SessionError>, R) {
        let Self { peer, session, .. } = self;
        inbox.lines(&peer.events, |deliver| {
            let mut intake = Intake { session, now, deliver, outcome: Ok(()) };
            let fed = feed(&mut intake);
            (intake.outcome, fed)
        })
    }

    /// The answer to the login line that was handed over.
    pub(super) fn login(
        &mut self,
        inbox: &Inbox,
        result: LoginResult,
        now: Instant,
    ) -> Result<(), SessionError> {
        let Self { peer, session, .. } = self;
        inbox.lines(&peer.events, |mut deliver| session.login(result, now, &mut deliver))?;
        self.report_end(inbox);
        Ok(())
    }

    /// The peer has ended its side. JavaScript, having handled what came before, answers with the end of ours.
    pub(super) fn peer_ended(&mut self, inbox: &Inbox) {
        self.peer_ended = true;
        if self.session.is_judging() {
            self.peer.put(inbox, Event::Left);
        }
        self.report_end(inbox);
    }

    /// Whether the peer has ended its side.
    pub(super) fn has_peer_ended(&self) -> bool {
        self.peer_ended
    }

    /// Whether JavaScript knows that, and has everything that came before.
    pub(super) fn is_end_reported(&self) -> bool {
        self.end_reported
    }

    /// JavaScript wants no more of it: what was received is dropped.
    pub(super) fn destroy(&mut self, inbox: &Inbox) {
        self.destroyed = true;
        inbox.discard(&self.peer.events);
    }

    pub(super) fn is_destroyed(&self) -> bool {
        self.destroyed
    }

    /// Whether more bytes of the peer are to be read now; its clocks stand still where that is not its fault.
    ///
    /// Before login they are read whatever waits on others: the time the peer has does not stand still, and its bytes
    /// are few.
    pub(super) fn asks_for_bytes(&mut self, now: Instant) -> bool {
        let Self { peer, session, .. } = self;
        if self.destroyed || self.peer_ended || !session.wants_bytes() {
            return false;
        }
        match peer.events.read_gate() {
            ReadGate::Open if !session.is_open() || peer.events.has_room() => {
                session.unstall(now);
                true
            }
            ReadGate::Open | ReadGate::Full | ReadGate::Held => {
                session.stall(now);
                false
            }
            ReadGate::Paused => {
                session.pause(now);
                false
            }
        }
    }

    /// Before anything is missed: whether the peer takes something all the same. One that takes little at a time makes no
    /// room for a write for long.
    pub(super) fn look(&mut self, state: Option<TcpState>, blocked: bool, now: Instant) {
        let Some(state) = state else { return };
        let takes = match self.last_look.replace(state) {
            Some(before) => state.has_taken_since(&before, blocked),
            // Next time it is known.
            None => state.unsent,
        };
        if takes {
            self.session.taken(now);
        }
    }

    /// Tells why the session ends the connection.
    pub(super) fn report_error(&self, inbox: &Inbox, error: SessionError) {
        let peer = &self.peer;
        if let Some(code) = Failure::cut_code(error) {
            peer.put(inbox, Event::Cut { code });
        }
        match error {
            SessionError::LoginTimeout => peer.count(Limit::LoginTimeout),
            SessionError::NotEnded => {}
            SessionError::Silence { .. } => self.report(inbox, Failure::of_limit(error)),
            SessionError::KeepaliveTimeout => {
                inbox.discard(&peer.events);
                peer.put(inbox, Event::Timeout);
            }
            SessionError::LoginTooLong { .. } => {
                peer.count(Limit::LoginBytes);
                self.report(inbox, Failure::of_limit(error));
            }
            SessionError::MessageTooLong { .. } => {
                peer.count(Limit::MessageBytes);
                self.report(inbox, Failure::of_limit(error));
            }
        }
    }

    /// Tells JavaScript of a failure, unless it has turned its back on the connection.
    pub(super) fn report(&self, inbox: &Inbox, error: Failure) {
        if !self.destroyed {
            inbox.end(&self.peer.events, Event::Error { error });
        }
    }

    /// Not while lines wait behind a login line that is being judged: they come first.
    fn report_end(&mut self, inbox: &Inbox) {
        if self.peer_ended && !self.end_reported && !self.session.is_judging() {
            self.end_reported = true;
            self.peer.put(inbox, Event::End);
        }
    }
}
