use std::io;
use std::time::{Duration, Instant};

use super::mailbox::{Mail, Piece};
use super::peer::Peer;
use super::state::{Closing, Done, Farewell, Next, Reader, State};
use super::watched_socket::WatchedSocket;
use crate::events::{Event, Failure, Inbox, ReadGate};
use crate::io::{Flushed, Received, TransportError, decrypt, flush, receive, with_scratch};
use crate::session::{LoginResult, SessionError};
use crate::sync::MutexGuard;

/// From so many bytes on it counts how little was in them: records of a byte or none cost far more to decrypt than what
/// they carry. Who sends such is read by the connection's task.
const WASTE_FROM: usize = 4 * 1024;

/// Bytes of one connection that are encrypted and written before others have their turn.
const WRITE_PER_TURN: usize = 1024 * 1024;

/// How long a destroyed connection may take to write what was accepted before.
const LINGER: Duration = Duration::from_secs(1);

/// A turn at a connection's state.
pub(super) struct Work<'a> {
    pub(super) peer: &'a Peer,
    pub(super) socket: &'a WatchedSocket,
    pub(super) inbox: &'a Inbox,
    pub(super) state: MutexGuard<'a, State>,
    pub(super) now: Instant,
}

impl Work<'_> {
    pub(super) fn take_mail(&mut self) {
        let Some(mail) = self.peer.take_mail() else { return };
        let Mail { bytes, login, pongs, end, destroy, report_drain, failure } = mail;
        for Piece { bytes, ends_record } in bytes {
            let copied = self.state.conversation.session.outbox.push(bytes);
            self.peer.send_buffer.count_own(copied);
            if ends_record {
                self.state.conversation.session.outbox.end_record();
            }
        }
        for key in pongs {
            self.state.conversation.session.pong(key);
        }
        if let Some(result) = login {
            self.login(result);
        }
        self.state.report_drain |= report_drain;
        if end && self.state.closing == Closing::No {
            self.state.closing = Closing::AfterFlush;
            self.state.conversation.session.end();
        }
        if destroy {
            self.destroy();
        }
        if let Some(failure) = failure {
            self.drop_output();
            self.end_failed(failure);
        }
    }

    fn destroy(&mut self) {
        if !matches!(self.state.closing, Closing::Destroy(_)) {
            self.state.closing = Closing::Destroy(self.now + LINGER);
            self.state.conversation.destroy(self.inbox);
        }
    }

    fn login(&mut self, result: LoginResult) {
        if let Err(error) = self.state.conversation.login(self.inbox, result, self.now) {
            self.end_session(error);
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.state.conversation.session.deadline().is_some_and(|deadline| self.now >= deadline)
    }

    /// What the peer has sent is looked at before it is missed.
    pub(super) fn tick(&mut self) {
        if self.is_due() && (!self.state.more || !self.asks_for_bytes()) {
            let now = self.now;
            let state = &mut *self.state;
            state.conversation.look(self.socket.tcp_state(), state.blocked, now);
            let queued = self.state.conversation.session.outbox.len();
            match self.state.conversation.session.tick(now) {
                Ok(()) => {
                    let sent = self.state.conversation.session.outbox.len() - queued;
                    self.peer.count_queued(sent);
                }
                Err(error) => self.end_session(error),
            }
        }
    }

    pub(super) fn read(&mut self, times: usize) -> usize {
        let mut count = 0;
        self.state.more = false;
        for _ in 0..times {
            if !self.asks_for_bytes() {
                return count;
            }
            with_scratch(|scratch| {
                let received = receive(&self.socket.socket, scratch);
                self.state.more = matches!(received, Ok(Received::Bytes(_)));
                match received {
                    Ok(Received::Bytes(bytes) | Received::Last(bytes)) => {
                        count += bytes;
                        self.decrypt(scratch.get(..bytes).unwrap_or_default());
                    }
                    Ok(Received::Nothing) => {}
                    Ok(Received::Eof) => self.tcp_ended(),
                    Err(error) => self.fail(error),
                }
            });
            if !self.state.more {
                return count;
            }
        }
        count
    }

    pub(super) fn decrypt(&mut self, ciphertext: &[u8]) {
        let State { tls, conversation, .. } = &mut *self.state;
        let peer = self.peer;
        let mut plaintext = 0;
        let (outcome, ended) = conversation.receive(self.inbox, self.now, |intake| {
            decrypt(tls, ciphertext, |plain| {
                // Before the lines can be seen: who sees one finds it counted.
                peer.count_read(plain.len());
                plaintext += plain.len();
                intake.take(plain);
            })
        });
        self.state.wasteful = ciphertext.len() >= WASTE_FROM && plaintext < ciphertext.len() / 4;
        match (outcome, ended) {
            (Err(error), _) => self.end_session(error),
            (Ok(()), Ok(true)) => self.peer_ended(),
            (Ok(()), Ok(false)) => {}
            (Ok(()), Err(error)) => self.fail(error),
        }
    }

    pub(super) fn write(&mut self) {
        if self.state.done.is_some() {
            return;
        }
        if self.state.broken.is_some() {
            return self.part();
        }
        let Some(all) = self.flush() else { return };
        if all {
            let asked = std::mem::take(&mut self.state.report_drain);
            let relieved = self.peer.send_buffer.take_drained();
            if asked || relieved {
                self.peer.put(self.inbox, Event::Drain { asked, relieved });
            }
        }
        match self.state.closing {
            Closing::No => {}
            Closing::AfterFlush => {
                if all && self.end_our_side() {
                    self.report_finish();
                    self.leave();
                }
            }
            Closing::Destroy(deadline) => {
                if (all && self.end_our_side()) || self.now >= deadline {
                    self.disconnect();
                }
            }
        }
    }

    /// Writes what it can. Says whether all is written, or nothing if the connection failed.
    fn flush(&mut self) -> Option<bool> {
        let outcome = self.flush_turn();
        self.state.writes_on = matches!(outcome, Ok(Flushed::Spent));
        match outcome {
            Ok(flushed) => Some(flushed == Flushed::All),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    fn flush_turn(&mut self) -> Result<Flushed, TransportError> {
        let State { tls, conversation, blocked, .. } = &mut *self.state;
        let taken = |bytes| self.peer.send_buffer.remove(bytes);
        let outbox = &mut conversation.session.outbox;
        let before = outbox.len();
        let flushed = flush(tls, outbox, &self.socket.socket, WRITE_PER_TURN, taken)?;
        let moves = flushed != Flushed::Blocked || outbox.len() < before;
        if std::mem::replace(blocked, flushed == Flushed::Blocked) && moves {
            conversation.session.taken(self.now);
        }
        Ok(flushed)
    }

    /// Sends close_notify and FIN. Says whether both are out.
    fn end_our_side(&mut self) -> bool {
        if self.state.farewell < Farewell::Begun {
            self.state.farewell = Farewell::Begun;
            self.state.tls.send_close_notify();
        }
        if self.state.farewell < Farewell::Sent && self.flush() == Some(true) {
            self.state.farewell = Farewell::Sent;
            self.socket.socket.shutdown();
        }
        self.state.farewell >= Farewell::Sent
    }

    /// What the connection's task waits for, with this one reading.
    pub(super) fn next(&self, reader: Option<Reader>) -> Next {
        let state = &*self.state;
        if let Some(done) = state.done {
            return Next::Done(done);
        }
        let read = reader == Some(Reader::Task);
        let again = (read && state.more) || state.writes_on;
        Next::Wait { read, write: state.has_output(), deadline: self.deadline(), again }
    }

    pub(super) fn asks_for_bytes(&mut self) -> bool {
        self.state.done.is_none() && self.state.conversation.asks_for_bytes(self.now)
    }

    /// The peer has closed its side of the TCP connection.
    fn tcp_ended(&mut self) {
        match &self.state.broken {
            // A reset that a write has told reads as an end.
            Some(error) if error.kind() == io::ErrorKind::ConnectionReset => self.break_off(),
            _ => self.peer_ended(),
        }
    }

    fn peer_ended(&mut self) {
        self.state.conversation.peer_ended(self.inbox);
    }

    fn report_finish(&mut self) {
        if self.state.farewell < Farewell::Reported {
            self.state.farewell = Farewell::Reported;
            self.peer.put(self.inbox, Event::Finish);
        }
    }

    fn end_session(&mut self, error: SessionError) {
        self.state.conversation.report_error(self.inbox, error);
        self.disconnect();
    }

    pub(super) fn fail(&mut self, error: TransportError) {
        match error {
            // TCP ended without close_notify: an end like any other, as in Node.
            TransportError::Read(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.peer_ended();
            }
            TransportError::Read(_) if self.state.broken.is_some() => self.break_off(),
            TransportError::Read(error) => self.end_failed(Failure::system("read", &error)),
            TransportError::Write(error) if is_gone(&error) => {
                self.state.broken = Some(error);
                self.part();
            }
            TransportError::Write(error) => self.end_failed(Failure::system("write", &error)),
            TransportError::Tls(error) => {
                let version = self.state.tls.protocol_version();
                let tls13 = version == Some(rustls::ProtocolVersion::TLSv1_3);
                // rustls may have an alert to tell the peer why; the connection ends whether it arrives or not.
                let _ = self.flush_turn();
                // It shall arrive: what the peer still sends is read away behind it.
                self.socket.socket.shutdown();
                self.state.has_alerted = true;
                self.end_failed(Failure::tls(&error, tls13));
            }
        }
    }

    fn end_failed(&mut self, failure: Failure) {
        self.state.conversation.report(self.inbox, failure);
        self.failed();
    }

    /// Nothing can be written any more, because the peer has gone. If it had ended its side before, it has left in
    /// order, although it did not wait for our end. To find out is to read what it had said, which JavaScript is owed.
    fn part(&mut self) {
        self.drop_output();
        if matches!(self.state.closing, Closing::Destroy(_)) {
            self.disconnect();
        } else if self.state.conversation.has_peer_ended() {
            self.leave();
        } else if matches!(self.peer.events.read_gate(), ReadGate::Paused | ReadGate::Held) {
            // As in Node, a failure does not wait until the user resumes, which need never be.
            self.break_off();
        }
    }

    /// Nothing of what was accepted leaves any more.
    fn drop_output(&mut self) {
        let dropped = self.state.conversation.session.outbox.clear();
        self.peer.send_buffer.remove(dropped);
    }

    /// The peer had not ended its side when it went.
    fn break_off(&mut self) {
        if let Some(error) = self.state.broken.take() {
            self.end_failed(Failure::system("write", &error));
        }
    }

    /// It is over if the peer has ended its side, too; but not while the user holds back what came before. Until then
    /// the session's deadlines go on, so that a user who never resumes sees it closed.
    fn leave(&mut self) {
        if self.state.conversation.is_end_reported() && !self.peer.events.holds_back() {
            self.done(Done { had_error: false, in_order: true, linger: false });
        }
    }

    /// It is over because we want it so.
    fn disconnect(&mut self) {
        let linger = !self.state.conversation.has_peer_ended();
        self.done(Done { had_error: false, in_order: false, linger });
    }

    /// It is over because something failed.
    fn failed(&mut self) {
        let had_error = !self.state.conversation.is_destroyed();
        let linger = self.state.has_alerted && !self.state.conversation.has_peer_ended();
        self.done(Done { had_error, in_order: false, linger });
    }

    fn done(&mut self, how: Done) {
        self.state.done.get_or_insert(how);
    }
}

/// Whether a write failed because the peer has gone.
fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset)
}
