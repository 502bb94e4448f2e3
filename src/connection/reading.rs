//! Who reads a connection's socket, and whether its task has to be woken for that.

use std::time::{Duration, Instant};

use super::state::{Next, Reader};
use super::work::Work;

/// Of a line this long the rest is read and decrypted by the connection's task: JavaScript has nothing to do before
/// the line is complete.
#[cfg(target_os = "linux")]
const LONG_LINE: usize = 64 * 1024;

/// Most login lines are judged at once. For so long the answer is waited for alone: to have Tokio watch the socket for a
/// moment, and to be woken for the answer, would cost more than the judgement does.
const PROMPT: Duration = Duration::from_millis(20);

impl Work<'_> {
    /// Who is to read the socket, for all that is known now.
    #[cfg(target_os = "linux")]
    fn reader(&self) -> Reader {
        let session = &self.state.conversation.session;
        let by_task = !self.socket.is_watchable()
            || self.state.wasteful
            || self.state.unwatched
            || self.state.broken.is_some()
            || session.pending() >= LONG_LINE
            // Unauthenticated peers get nothing of the JavaScript thread but the reading of their login lines.
            || (self.peer.guard().is_some() && !session.is_open());
        if by_task { Reader::Task } else { Reader::Loop }
    }

    #[cfg(not(target_os = "linux"))]
    #[allow(clippy::unused_self, reason = "elsewhere it depends")]
    fn reader(&self) -> Reader {
        Reader::Task
    }

    /// Until when the answer to a login line is waited for alone, if it is. Where the event loop reads, nothing is saved by
    /// that.
    fn patient_until(&self) -> Option<Instant> {
        let since = self.state.conversation.session.judging_since()?;
        let until = since + PROMPT;
        let patient = self.now < until && !self.state.is_ending() && self.reader() == Reader::Task;
        patient.then_some(until)
    }

    /// Who is to read now. Nobody is while no bytes are wanted.
    pub(super) fn due_reader(&mut self) -> Option<Reader> {
        (self.asks_for_bytes() && self.patient_until().is_none()).then(|| self.reader())
    }

    /// When the connection's task has something to do at the latest.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.state.deadline().into_iter().chain(self.patient_until()).min()
    }

    /// Decides who reads from now on, and has the event loop watch the socket if it is the one.
    pub(super) fn assign_reader(&mut self) -> Option<Reader> {
        let reader = self.due_reader();
        let by_loop = reader == Some(Reader::Loop);
        if self.socket.watch(by_loop) == by_loop {
            return reader;
        }
        self.state.unwatched = true;
        Some(Reader::Task)
    }

    /// For the connection's task: reads if that is its part, or if time is up, for what the peer has sent is looked at
    /// before it is missed.
    pub(super) fn read_if_reader(&mut self, times: usize) {
        if self.due_reader() == Some(Reader::Task) || self.is_due() {
            self.read(times);
        }
    }

    /// On the JavaScript thread, at the end of its turn: whether the connection's task, which waits until `deadline` at the
    /// latest, has to go on now. It finds out by itself that a deadline was put off.
    pub(super) fn needs_task(&mut self, deadline: Option<Instant>) -> bool {
        let reader = self.assign_reader();
        let by_task = reader == Some(Reader::Task);
        match self.next(reader) {
            Next::Wait { write: false, deadline: new, .. } => {
                by_task || is_sooner(new, deadline) || self.state.is_ending()
            }
            Next::Wait { .. } | Next::Done(_) => true,
        }
    }

    /// On the JavaScript thread, behind the answer to a login line: writes what it has. Says whether the connection's task has
    /// to go on with it.
    pub(super) fn judged(&mut self) -> bool {
        let (reader, deadline) = (self.due_reader(), self.deadline());
        self.take_mail();
        self.write();
        // If it reads, Tokio watches the socket for it.
        reader == Some(Reader::Task) || self.needs_task(deadline)
    }
}

fn is_sooner(new: Option<Instant>, old: Option<Instant>) -> bool {
    match (new, old) {
        (Some(new), Some(old)) => new < old,
        (Some(_), None) => true,
        (None, _) => false,
    }
}
