use std::sync::{Arc, OnceLock};

use super::link::Link;
use super::mailbox::{Choice, Piece};
use super::peer::{Peer, Terms};
use crate::events::{EventQueue, Inbox};
use crate::limits::Admission;
use crate::metrics::ByteCounts;
use crate::session::LoginResult;
use crate::tls::{OwnCertificate, ServerContext};

/// More than this is encrypted by the connection's task, so that a large message does not hold JavaScript up.
const WRITE_NOW_BYTES: usize = 64 * 1024;

/// One connection over the engine's own transport, as the JavaScript thread and the connection's task share it, from before
/// it is established until its `Closed` event.
#[derive(Debug)]
pub struct Connection {
    peer: Arc<Peer>,
    /// There once the handshake is done.
    link: OnceLock<Link>,
    /// What we have shown of ourselves, once the handshake is done.
    own: OnceLock<OwnCertificate>,
}

impl Connection {
    pub(crate) fn new(terms: Terms) -> Arc<Self> {
        let peer = Peer::new(EventQueue::new(), terms);
        Arc::new(Self { peer, link: OnceLock::new(), own: OnceLock::new() })
    }

    pub(crate) fn peer(&self) -> &Arc<Peer> {
        &self.peer
    }

    /// Its number, which nobody else in the process has.
    pub fn id(&self) -> u32 {
        self.peer.id()
    }

    /// Queues bytes and, unless they are many or `later`, writes them at once if the connection is free. Says whether
    /// nothing is left to write, or that too much waits.
    pub(crate) fn write(
        &self,
        inbox: &Inbox,
        pieces: impl IntoIterator<Item = Piece>,
        later: bool,
    ) -> Result<bool, Admission> {
        let mut len = 0;
        let pieces = pieces.into_iter().inspect(|piece| len += piece.bytes.len());
        let admission = self.peer.queue(pieces);
        let later = later || len > WRITE_NOW_BYTES;
        match admission {
            Admission::Granted if later => {
                self.peer.wake();
                Ok(false)
            }
            Admission::Granted => Ok(self.work_now(inbox)),
            full => Err(full),
        }
    }

    /// On the JavaScript thread, after something was left for the connection that is not to wait: does it at once if
    /// the connection is free, else leaves it to its task. Says whether nothing is left to write.
    pub(crate) fn work_now(&self, inbox: &Inbox) -> bool {
        let Some(link) = self.link.get() else { return false };
        let left = link.write_now(inbox);
        if left {
            self.peer.wake();
        }
        !left
    }

    /// Bytes accepted for the peer and not yet encrypted.
    pub fn buffered(&self) -> usize {
        self.peer.send_buffer.waiting()
    }

    /// On the JavaScript thread, whose event loop saw the socket ready: reads once. Says how many bytes there were.
    #[cfg(target_os = "linux")]
    pub(crate) fn read_now(&self, inbox: &Inbox) -> usize {
        self.link.get().map_or(0, |link| link.read_now(inbox))
    }

    /// Writes what is left before the process ends.
    pub fn write_last(&self, inbox: &Inbox) {
        if let Some(link) = self.link.get() {
            link.write_last(inbox);
        }
    }

    /// The answer to the login line that was handed over.
    pub fn login(&self, inbox: &Inbox, result: LoginResult) {
        self.peer.count_login(result);
        self.peer.post(|mail| mail.login = Some(result));
        let is_left = self.link.get().is_none_or(|link| link.judged_now(inbox));
        if is_left {
            self.peer.wake();
        }
    }

    /// The answer to a `Verification`, or to a `Connection` that asks: whether the peer may be talked to.
    pub fn admit(&self, admitted: bool) {
        self.peer.admit(admitted);
    }

    /// The answer to a `Hello`: what the handshake goes on with.
    pub fn choose(&self, context: ServerContext) {
        self.peer.choose(Choice::Accept(Box::new(context)));
    }

    /// The answer to a `Hello`: the connection ends without a word.
    pub fn refuse(&self) {
        self.peer.choose(Choice::Refuse);
    }

    /// A pong in a form that only JavaScript recognises.
    pub fn pong(&self, key: u32) {
        self.peer.post(|mail| mail.pongs.push(key));
        self.peer.wake();
    }

    /// Ends our side once all is written.
    pub fn end(&self) {
        self.peer.post(|mail| mail.end = true);
        // By the task: nobody waits for a farewell, and JavaScript has better things to do than its system calls.
        self.peer.wake();
    }

    /// Ends the connection: nothing more is received; what was accepted is still written, for a bounded time.
    pub fn destroy(&self, inbox: &Inbox) {
        self.peer.destroy();
        inbox.discard(&self.peer.events);
        self.peer.wake();
    }

    /// Asks for a `Drain` event when all is written.
    pub fn report_drain(&self, inbox: &Inbox) {
        self.peer.post(|mail| mail.report_drain = true);
        self.work_now(inbox);
    }

    /// Holds back everything received, and reads no more.
    pub fn pause(&self) {
        self.peer.events.pause();
    }

    /// The same, and the peer's deadlines stand still.
    pub fn hold(&self) {
        self.peer.events.hold();
        // The task has them stand still.
        self.peer.wake();
    }

    /// Goes on after a pause.
    pub fn resume(&self, inbox: &Inbox) {
        inbox.unpause(&self.peer.events);
    }

    /// Bytes of the lines that wait for JavaScript.
    pub fn waiting(&self) -> usize {
        self.peer.events.waiting()
    }

    /// Our certificate in DER, once the handshake is done.
    pub fn own_certificate(&self) -> Option<&[u8]> {
        self.own.get().map(OwnCertificate::der)
    }

    pub(crate) fn shown(&self, own: Option<OwnCertificate>) {
        if let Some(own) = own {
            // There is one handshake.
            let _ = self.own.set(own);
        }
    }

    /// Key material that both ends get, and nobody else (RFC 5705). Nothing before the handshake is done.
    pub fn export_keying_material(
        &self,
        length: usize,
        label: &[u8],
        context: Option<&[u8]>,
    ) -> Option<Vec<u8>> {
        self.link.get()?.export_keying_material(length, label, context)
    }

    /// Bytes received and sent so far.
    pub fn byte_counts(&self) -> ByteCounts {
        self.peer.byte_counts()
    }

    pub(crate) fn establish(&self, link: Link) {
        // There is one handshake.
        let _ = self.link.set(link);
    }

    pub(crate) fn link(&self) -> Option<&Link> {
        self.link.get()
    }
}
