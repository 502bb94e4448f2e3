use std::net::IpAddr;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::guard::{Guard, Limit, Room};
use super::inbox::{Inbound, Inbox};
use super::link::Link;
use super::lock;
use super::send_buffer::{Bytes, SendBuffer};
use super::signal::{Failure, Signal};
use super::sync::{AtomicU64, Mutex, Ordering};
use super::tally::Tally;
use crate::session::{Chunk, LoginVerdict};
use crate::tls::{OwnCertificate, ServerContext};

/// More than this is encrypted by the connection's task, so that a large message does not hold JavaScript up.
const WRITE_NOW_BYTES: usize = 64 * 1024;

/// One connection as the JavaScript thread and the connection's task share it, from before it is established until
/// its `Closed` signal.
#[derive(Debug)]
pub struct Connection {
    pub(super) inbound: Arc<Inbound>,
    mailbox: Mutex<Mailbox>,
    /// There once the handshake is done.
    link: OnceLock<Link>,
    /// Bytes of plaintext received.
    read: AtomicU64,
    /// Bytes of plaintext accepted, sent or not.
    written: AtomicU64,
    pub(super) send_buffer: SendBuffer,
    /// Whether the late writer has an eye on it.
    pub(super) is_watched: AtomicBool,
    /// What we have shown of ourselves, once the handshake is done.
    own: OnceLock<OwnCertificate>,
    /// Of a server's connection: what the server holds against its peers, and which peer this is.
    guard: Option<Arc<Guard>>,
    peer: Option<IpAddr>,
    /// What its owner counts with.
    tally: Arc<Tally>,
}

/// On what terms a connection begins.
#[derive(Debug)]
pub(super) struct Terms {
    /// Bytes that may wait for the peer.
    pub(super) max_buffered: usize,
    /// Of a server's connection.
    pub(super) guard: Option<Arc<Guard>>,
    /// Of a server's connection over TCP: where it comes from.
    pub(super) peer: Option<IpAddr>,
    /// What its owner counts with.
    pub(super) tally: Arc<Tally>,
}

/// What JavaScript wants of a connection and its task has not yet seen.
#[derive(Debug, Default)]
struct Mailbox {
    mail: Option<Box<Mail>>,
    /// How often mail was taken.
    taken: u64,
    /// The answer to a `Verdict`.
    admit: Option<bool>,
    /// The answer to a `Hello`.
    choice: Option<Choice>,
    destroyed: bool,
}

/// The answer to a `Hello`.
#[derive(Debug)]
pub(super) enum Choice {
    /// The handshake goes on with this.
    Accept(ServerContext),
    /// It does not, and whoever is interested was told why.
    Refuse,
    /// The connection was destroyed.
    Gone,
}

/// Bytes to be written.
#[derive(Debug)]
pub(super) struct Piece {
    pub(super) bytes: Chunk,
    /// Whether what follows begins another TLS record.
    pub(super) ends_record: bool,
}

impl From<Chunk> for Piece {
    fn from(bytes: Chunk) -> Self {
        Self { bytes, ends_record: false }
    }
}

/// See [`Mailbox`].
#[derive(Debug, Default)]
pub(super) struct Mail {
    pub(super) bytes: Vec<Piece>,
    pub(super) login: Option<LoginVerdict>,
    pub(super) pongs: Vec<u32>,
    pub(super) end: bool,
    pub(super) destroy: bool,
    pub(super) report_drain: bool,
    /// A fault of ours on the JavaScript thread, which ends the connection.
    pub(super) failure: Option<Failure>,
}

/// Plaintext bytes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Counters {
    /// Received.
    pub read: u64,
    /// Accepted, sent or not.
    pub written: u64,
}

impl Connection {
    pub(super) fn new(terms: Terms) -> Arc<Self> {
        let Terms { max_buffered, guard, peer, tally } = terms;
        Arc::new(Self {
            inbound: Inbound::new(),
            mailbox: Mutex::default(),
            link: OnceLock::new(),
            read: AtomicU64::new(0),
            written: AtomicU64::new(0),
            send_buffer: SendBuffer::new(max_buffered, guard.clone()),
            is_watched: AtomicBool::new(false),
            own: OnceLock::new(),
            guard,
            peer,
            tally,
        })
    }

    /// Its number, which nobody else in the process has.
    pub fn id(&self) -> u32 {
        self.inbound.id()
    }

    /// Queues bytes and, unless they are many or `later`, writes them at once if the connection is free. Says whether
    /// nothing is left to write, or that too much waits.
    pub(super) fn write(
        &self,
        inbox: &Inbox,
        pieces: impl IntoIterator<Item = Piece>,
        later: bool,
    ) -> Result<bool, Room> {
        let mut len = 0;
        let room = self.queue(pieces.into_iter().inspect(|piece| len += piece.bytes.len()));
        let later = later || len > WRITE_NOW_BYTES;
        match room {
            Room::Enough if later => {
                self.inbound.wakeup.notify_one();
                Ok(false)
            }
            Room::Enough => Ok(self.work_now(inbox)),
            full => Err(full),
        }
    }

    /// Ends the connection because of what waits for its peer: none of it is sent any more.
    pub(super) fn cut(&self, inbox: &Inbox, failure: Failure) {
        {
            let mut mailbox = lock(&self.mailbox);
            if !self.send_buffer.cut() {
                return;
            }
            let mail = mailbox.mail.get_or_insert_default();
            mail.bytes.clear();
            mail.failure = Some(failure);
        }
        self.count(Limit::BufferedBytes);
        self.work_now(inbox);
        self.inbound.wakeup.notify_one();
    }

    /// Has its task look after it.
    pub(super) fn wake(&self) {
        self.inbound.wakeup.notify_one();
    }

    /// The number of the mail that JavaScript has left and nobody has taken.
    pub(super) fn waiting_mail(&self) -> Option<u64> {
        let mailbox = lock(&self.mailbox);
        mailbox.mail.is_some().then_some(mailbox.taken)
    }

    /// Bytes accepted for the peer and not yet encrypted.
    pub fn buffered(&self) -> usize {
        self.send_buffer.waiting()
    }

    /// On the JavaScript thread, whose event loop saw the socket ready: reads once. Says how many bytes there were.
    #[cfg(target_os = "linux")]
    pub(super) fn read_now(&self, inbox: &Inbox) -> usize {
        self.link.get().map_or(0, |link| link.read_now(self, inbox))
    }

    /// Ends the connection because of a fault of ours on the JavaScript thread.
    pub(super) fn fail(&self, failure: Failure) {
        self.post(|mail| mail.failure = Some(failure));
        self.inbound.wakeup.notify_one();
    }

    /// Writes what is left before the process ends.
    pub fn write_last(&self, inbox: &Inbox) {
        if let Some(link) = self.link.get() {
            link.write_last(self, inbox);
        }
    }

    /// The answer to the login line that was handed over.
    pub fn login(&self, inbox: &Inbox, verdict: LoginVerdict) {
        if let (LoginVerdict::Refuse, Some(guard)) = (verdict, &self.guard) {
            guard.login_failed(self.peer, Instant::now());
        }
        self.post(|mail| mail.login = Some(verdict));
        self.work_now(inbox);
        // What the task waits for has changed: more bytes, other deadlines.
        self.inbound.wakeup.notify_one();
    }

    /// The answer to a `Verdict`, or to a `Connection` that asks: whether the peer may be talked to.
    pub fn admit(&self, admitted: bool) {
        lock(&self.mailbox).admit = Some(admitted);
        self.inbound.wakeup.notify_one();
    }

    /// The answer to a `Hello`: what the handshake goes on with.
    pub fn choose(&self, context: ServerContext) {
        self.answer_hello(Choice::Accept(context));
    }

    /// The answer to a `Hello`: the connection ends without a word.
    pub fn refuse(&self) {
        self.answer_hello(Choice::Refuse);
    }

    fn answer_hello(&self, choice: Choice) {
        lock(&self.mailbox).choice = Some(choice);
        self.inbound.wakeup.notify_one();
    }

    /// A pong in a form that only JavaScript recognises.
    pub fn pong(&self, key: u32) {
        self.post(|mail| mail.pongs.push(key));
        self.inbound.wakeup.notify_one();
    }

    /// Ends our side once all is written.
    pub fn end(&self) {
        self.post(|mail| mail.end = true);
        // By the task: nobody waits for a farewell, and JavaScript has better things to do than its system calls.
        self.inbound.wakeup.notify_one();
    }

    /// Ends the connection: nothing more is received; what was accepted is still written, for a bounded time.
    pub fn destroy(&self, inbox: &Inbox) {
        lock(&self.mailbox).destroyed = true;
        self.post(|mail| mail.destroy = true);
        inbox.discard(&self.inbound);
        self.inbound.wakeup.notify_one();
    }

    /// Asks for a `Drain` signal when all is written.
    pub fn report_drain(&self, inbox: &Inbox) {
        self.post(|mail| mail.report_drain = true);
        self.work_now(inbox);
    }

    /// Holds back everything received, and reads no more.
    pub fn pause(&self) {
        self.inbound.pause();
    }

    /// Goes on after a pause.
    pub fn resume(&self, inbox: &Inbox) {
        inbox.unpause(&self.inbound);
    }

    /// Our certificate in DER, once the handshake is done.
    pub fn own_certificate(&self) -> Option<&[u8]> {
        self.own.get().map(OwnCertificate::der)
    }

    pub(super) fn shown(&self, own: Option<OwnCertificate>) {
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
    pub fn counters(&self) -> Counters {
        Counters {
            read: self.read.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
        }
    }

    pub(super) fn establish(&self, link: Link) {
        // There is one handshake.
        let _ = self.link.set(link);
    }

    pub(super) fn link(&self) -> Option<&Link> {
        self.link.get()
    }

    pub(super) fn take_mail(&self) -> Option<Mail> {
        let mut mailbox = lock(&self.mailbox);
        let mail = mailbox.mail.take()?;
        mailbox.taken += 1;
        Some(*mail)
    }

    pub(super) fn count_read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(super) fn count_written(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    /// Comes back when JavaScript has destroyed the connection, or has answered a `Verdict`: then with the answer.
    pub(super) async fn answered(&self) -> bool {
        loop {
            {
                let mailbox = lock(&self.mailbox);
                if mailbox.destroyed {
                    return false;
                }
                if let Some(admitted) = mailbox.admit {
                    return admitted;
                }
            }
            self.inbound.wakeup.notified().await;
        }
    }

    /// Comes back when JavaScript has answered a `Hello`, or has destroyed the connection.
    pub(super) async fn chosen(&self) -> Choice {
        loop {
            {
                let mut mailbox = lock(&self.mailbox);
                if let Some(choice) = mailbox.choice.take() {
                    return choice;
                }
                if mailbox.destroyed {
                    return Choice::Gone;
                }
            }
            self.inbound.wakeup.notified().await;
        }
    }

    /// Comes back when JavaScript has destroyed the connection.
    pub(super) async fn destroyed(&self) {
        while !lock(&self.mailbox).destroyed {
            self.inbound.wakeup.notified().await;
        }
    }

    /// A limit of the server was met, if this is a server's connection.
    pub(super) fn count(&self, limit: Limit) {
        if let Some(guard) = &self.guard {
            guard.count(limit);
        }
    }

    /// The session itself has something to send.
    pub(super) fn count_queued(&self, bytes: usize) {
        if bytes > 0 {
            self.count_written(bytes);
            // A ping is no reason to cut anybody: its pong is missed soon enough.
            self.send_buffer.add(Bytes::own(bytes));
        }
    }

    /// Of a server's connection: what the server holds against its peers.
    pub(super) fn guard(&self) -> Option<&Arc<Guard>> {
        self.guard.as_ref()
    }

    /// What its owner counts with.
    pub(super) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }

    pub(super) fn signal(&self, inbox: &Inbox, signal: Signal) {
        inbox.signal(&self.inbound, signal);
    }

    /// Puts bytes where the connection's task finds them.
    pub(super) fn queue(&self, pieces: impl IntoIterator<Item = Piece>) -> Room {
        let mut mailbox = lock(&self.mailbox);
        // Asked under the lock, so that nothing comes behind the cut.
        if self.send_buffer.is_cut() {
            return Room::Enough;
        }
        let mut bytes = Bytes::default();
        let mail = mailbox.mail.get_or_insert_default();
        mail.bytes.extend(pieces.into_iter().inspect(|piece| {
            let len = piece.bytes.len();
            bytes.all += len;
            bytes.own += if piece.bytes.is_shared() { 0 } else { len };
        }));
        // Before they can arrive: who sees them come finds them counted.
        self.count_written(bytes.all);
        self.send_buffer.add(bytes)
    }

    fn post(&self, put: impl FnOnce(&mut Mail)) {
        put(lock(&self.mailbox).mail.get_or_insert_default());
    }

    /// On the JavaScript thread: does the work at once if the connection is free, else leaves it to its task.
    /// Says whether nothing is left to write.
    fn work_now(&self, inbox: &Inbox) -> bool {
        let Some(link) = self.link.get() else { return false };
        let left = link.write_now(self, inbox);
        if left {
            self.inbound.wakeup.notify_one();
        }
        !left
    }
}
