use std::io;
use std::time::{Duration, Instant};

use super::{Closing, Done, Link, Next, State};
use crate::net::connection::{Connection, Mail, Piece};
use crate::net::guard::Limit;
use crate::net::inbox::{Appetite, Inbox};
use crate::net::scratch;
use crate::net::send_buffer::Bytes;
use crate::net::signal::{Failure, Signal};
use crate::net::sync::MutexGuard;
use crate::net::transport::{self, Flushed, Received, TransportError};
use crate::session::{LoginVerdict, SessionError};

/// Of a line this long the rest is read and decrypted by the connection's task: JavaScript has nothing to do before
/// the line is complete.
#[cfg(target_os = "linux")]
const LONG_LINE: usize = 64 * 1024;

/// From so many bytes on it counts how little was in them: records of a byte or none cost far more to decrypt than what
/// they carry. Who sends such is read by the connection's task.
const WASTE_FROM: usize = 4 * 1024;

/// Bytes of one connection that are encrypted and written before others have their turn.
const WRITE_PER_TURN: usize = 1024 * 1024;

/// How long a destroyed connection may take to write what was accepted before.
const LINGER: Duration = Duration::from_secs(1);

/// A turn at a connection's state.
pub(super) struct Work<'a> {
    pub(super) link: &'a Link,
    pub(super) connection: &'a Connection,
    pub(super) inbox: &'a Inbox,
    pub(super) state: MutexGuard<'a, State>,
    pub(super) now: Instant,
}

impl Work<'_> {
    pub(super) fn take_mail(&mut self) {
        let Some(mail) = self.connection.take_mail() else { return };
        let Mail { bytes, login, pongs, end, destroy, report_drain, failure } = mail;
        for Piece { bytes, ends_record } in bytes {
            let copied = self.state.session.outbox.push(bytes);
            self.connection.send_buffer.count_own(copied);
            if ends_record {
                self.state.session.outbox.end_record();
            }
        }
        for key in pongs {
            self.state.session.pong(key);
        }
        if let Some(verdict) = login {
            self.login(verdict);
        }
        self.state.report_drain |= report_drain;
        if end && self.state.closing == Closing::No {
            self.state.closing = Closing::AfterFlush;
            self.state.session.end();
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
            self.inbox.discard(&self.connection.inbound);
        }
    }

    fn login(&mut self, verdict: LoginVerdict) {
        let State { session, .. } = &mut *self.state;
        let now = self.now;
        let outcome = self.inbox.lines(&self.connection.inbound, |mut deliver| {
            session.login(verdict, now, &mut deliver)
        });
        match outcome {
            Ok(()) => self.report_end(),
            Err(error) => self.end_session(error),
        }
    }

    pub(super) fn is_due(&self) -> bool {
        self.state.session.deadline().is_some_and(|deadline| self.now >= deadline)
    }

    /// What the peer has sent is looked at before it is missed.
    pub(super) fn tick(&mut self) {
        if self.is_due() && (!self.state.more || !self.wants_bytes()) {
            let now = self.now;
            let queued = self.state.session.outbox.len();
            match self.state.session.tick(now) {
                Ok(()) => {
                    self.connection.count_queued(self.state.session.outbox.len() - queued);
                }
                Err(error) => self.end_session(error),
            }
        }
    }

    /// Whether the connection's task is who reads, and not the JavaScript thread.
    pub(super) fn is_reader(&self) -> bool {
        #[cfg(target_os = "linux")]
        return self.link.watch.is_none()
            || self.state.wasteful
            || self.state.unwatched
            || self.state.broken.is_some()
            || self.state.session.pending() >= LONG_LINE
            // Strangers get nothing of the JavaScript thread but the reading of their login lines.
            || (self.connection.guard().is_some() && !self.state.session.is_open());
        #[cfg(not(target_os = "linux"))]
        true
    }

    pub(super) fn read(&mut self, times: usize) -> usize {
        let mut count = 0;
        self.state.more = false;
        for _ in 0..times {
            if !self.wants_bytes() {
                return count;
            }
            scratch::with(|scratch| {
                let received = transport::receive(&self.link.socket, scratch);
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
        let State { tls, session, .. } = &mut *self.state;
        let now = self.now;
        let connection = self.connection;
        let mut outcome = Ok(());
        let mut plaintext = 0;
        let ended = self.inbox.lines(&self.connection.inbound, |mut deliver| {
            transport::decrypt(tls, ciphertext, |plain| {
                // Before the lines can be seen: who sees one finds it counted.
                connection.count_read(plain.len());
                plaintext += plain.len();
                if outcome.is_ok() {
                    outcome = session.receive(plain, now, &mut deliver);
                }
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
            let relieved = self.connection.send_buffer.take_relief();
            if asked || relieved {
                self.inbox.signal(&self.connection.inbound, Signal::Drain { asked, relieved });
            }
        }
        match self.state.closing {
            Closing::No => {}
            Closing::AfterFlush => {
                if all && self.say_goodbye() {
                    self.report_finish();
                    self.leave();
                }
            }
            Closing::Destroy(deadline) => {
                if (all && self.say_goodbye()) || self.now >= deadline {
                    self.cut();
                }
            }
        }
    }

    /// Writes what it can. Says whether all is written, or nothing if the connection failed.
    fn flush(&mut self) -> Option<bool> {
        let State { tls, session, .. } = &mut *self.state;
        let taken = |bytes| self.connection.send_buffer.remove(bytes);
        let socket = &self.link.socket;
        let outcome = transport::flush(tls, &mut session.outbox, socket, WRITE_PER_TURN, taken);
        self.state.writes_on = matches!(outcome, Ok(Flushed::Spent));
        match outcome {
            Ok(flushed) => Some(flushed == Flushed::All),
            Err(error) => {
                self.fail(error);
                None
            }
        }
    }

    /// Sends close_notify and FIN. Says whether both are out.
    fn say_goodbye(&mut self) -> bool {
        if !self.state.said_goodbye {
            self.state.said_goodbye = true;
            self.state.tls.send_close_notify();
        }
        if !self.state.we_ended && self.flush() == Some(true) {
            self.state.we_ended = true;
            self.link.socket.shutdown();
        }
        self.state.we_ended
    }

    pub(super) fn next(&mut self) -> Next {
        let wanted = self.wants_bytes();
        let by_task = self.is_reader();
        let watched = self.link.watch(wanted && !by_task);
        self.state.unwatched |= wanted && !by_task && !watched;
        let state = &*self.state;
        if let Some(done) = state.done {
            return Next::Done(done);
        }
        let deadline = match state.closing {
            Closing::Destroy(deadline) => Some(deadline),
            Closing::No | Closing::AfterFlush => state.session.deadline(),
        };
        let read = wanted && !watched;
        let again = (read && state.more) || state.writes_on;
        Next::Wait { read, write: state.has_output(), deadline, again }
    }

    fn wants_bytes(&mut self) -> bool {
        let state = &mut *self.state;
        if state.done.is_some()
            || state.peer_ended
            || matches!(state.closing, Closing::Destroy(_))
            || !state.session.wants_bytes()
        {
            return false;
        }
        match self.connection.inbound.appetite() {
            Appetite::Hungry => {
                state.session.unstall(self.now);
                true
            }
            Appetite::Full => {
                state.session.stall(self.now);
                false
            }
            Appetite::Paused => {
                state.session.pause(self.now);
                false
            }
        }
    }

    /// The peer has closed its side of the TCP connection.
    fn tcp_ended(&mut self) {
        match &self.state.broken {
            // A reset that a write has told reads as an end.
            Some(error) if error.kind() == io::ErrorKind::ConnectionReset => self.break_off(),
            _ => self.peer_ended(),
        }
    }

    /// The peer has ended its side. JavaScript, having handled what came before, answers with the end of ours.
    fn peer_ended(&mut self) {
        self.state.peer_ended = true;
        self.report_end();
    }

    /// Not while lines wait behind a login line that is being judged: they come first.
    fn report_end(&mut self) {
        let state = &mut *self.state;
        if state.peer_ended && !state.end_reported && state.session.wants_bytes() {
            state.end_reported = true;
            self.inbox.signal(&self.connection.inbound, Signal::End);
        }
    }

    fn report_finish(&mut self) {
        if !std::mem::replace(&mut self.state.finish_reported, true) {
            self.inbox.signal(&self.connection.inbound, Signal::Finish);
        }
    }

    fn end_session(&mut self, error: SessionError) {
        if let Some(code) = Failure::cut_code(error) {
            self.inbox.signal(&self.connection.inbound, Signal::Cut { code });
        }
        match error {
            SessionError::LoginTimeout => self.connection.count(Limit::LoginTimeout),
            SessionError::NotEnded => {}
            SessionError::Silence { .. } => self.report(Failure::of_limit(error)),
            SessionError::KeepaliveTimeout => {
                self.inbox.discard(&self.connection.inbound);
                self.inbox.signal(&self.connection.inbound, Signal::Timeout);
            }
            SessionError::LoginTooLong { .. } => {
                self.connection.count(Limit::LoginBytes);
                self.report(Failure::of_limit(error));
            }
            SessionError::MessageTooLong { .. } => {
                self.connection.count(Limit::MessageBytes);
                self.report(Failure::of_limit(error));
            }
        }
        self.cut();
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
                let State { tls, session, .. } = &mut *self.state;
                let taken = |bytes| self.connection.send_buffer.remove(bytes);
                let socket = &self.link.socket;
                let _ = transport::flush(tls, &mut session.outbox, socket, WRITE_PER_TURN, taken);
                // It shall arrive: what the peer still sends is read away behind it.
                self.link.socket.shutdown();
                self.state.has_alerted = true;
                self.end_failed(Failure::tls(&error, tls13));
            }
        }
    }

    fn end_failed(&mut self, failure: Failure) {
        self.report(failure);
        self.failed();
    }

    /// Nothing can be written any more, because the peer has gone. If it had ended its side before, it has left in
    /// order, although it did not wait for our end. To find out is to read what it had said, which JavaScript is owed.
    fn part(&mut self) {
        self.drop_output();
        if matches!(self.state.closing, Closing::Destroy(_)) {
            self.cut();
        } else if self.state.peer_ended {
            self.leave();
        } else if self.connection.inbound.appetite() == Appetite::Paused {
            // As in Node, a failure does not wait until the user resumes, which need never be.
            self.break_off();
        }
    }

    /// Nothing of what was accepted leaves any more.
    fn drop_output(&mut self) {
        let (all, own) = self.state.session.outbox.clear();
        self.connection.send_buffer.remove(Bytes { all, own });
    }

    /// The peer had not ended its side when it went.
    fn break_off(&mut self) {
        if let Some(error) = self.state.broken.take() {
            self.end_failed(Failure::system("write", &error));
        }
    }

    /// Tells JavaScript of a failure, unless it has turned its back on the connection.
    fn report(&mut self, error: Failure) {
        if !matches!(self.state.closing, Closing::Destroy(_)) {
            self.inbox.end(&self.connection.inbound, Signal::Error { error });
        }
    }

    /// It is over if the peer has ended its side, too; but not while the user holds back what came before. Until then
    /// the session's deadlines go on, so that a user who never resumes sees it closed.
    fn leave(&mut self) {
        if self.state.end_reported && !self.connection.inbound.holds_back() {
            self.done(Done { had_error: false, in_order: true, linger: false });
        }
    }

    /// It is over because we want it so.
    fn cut(&mut self) {
        let linger = !self.state.peer_ended;
        self.done(Done { had_error: false, in_order: false, linger });
    }

    /// It is over because something failed.
    fn failed(&mut self) {
        let had_error = !matches!(self.state.closing, Closing::Destroy(_));
        let linger = self.state.has_alerted && !self.state.peer_ended;
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
