use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::mailbox::{Choice, Mail, Mailbox, Piece};
use crate::events::{Event, EventQueue, Failure, Inbox};
use crate::limits::{Admission, Guard, SendBuffer};
use crate::metrics::{ByteCounters, ByteCounts, Limit, Tally};
use crate::session::{Bytes, LoginResult};
use crate::sync::{Mutex, lock, now};

/// What a connection is to everybody else, whatever its transport is and whether it is established yet: where its events
/// go, where JavaScript leaves what it wants, and what is counted of it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) events: Arc<EventQueue>,
    mailbox: Mutex<Mailbox>,
    pub(crate) send_buffer: SendBuffer,
    bytes: ByteCounters,
    /// Whether the late writer has an eye on it.
    pub(crate) is_watched: AtomicBool,
    /// Of a server's connection: what the server holds against its peers, and which peer this is.
    guard: Option<Arc<Guard>>,
    address: Option<IpAddr>,
    /// What its owner counts with; nothing where JavaScript counts.
    tally: Option<Arc<Tally>>,
}

/// On what terms a connection begins.
#[derive(Debug)]
pub(crate) struct Terms {
    /// Bytes that may wait for the peer.
    pub(crate) max_buffered: usize,
    /// Of a server's connection.
    pub(crate) guard: Option<Arc<Guard>>,
    /// Of a server's connection over TCP: where it comes from.
    pub(crate) address: Option<IpAddr>,
    /// What its owner counts with; nothing where JavaScript counts.
    pub(crate) tally: Option<Arc<Tally>>,
}

impl Peer {
    pub(crate) fn new(events: Arc<EventQueue>, terms: Terms) -> Arc<Self> {
        let Terms { max_buffered, guard, address, tally } = terms;
        Arc::new(Self {
            events,
            mailbox: Mutex::default(),
            send_buffer: SendBuffer::new(max_buffered, guard.clone()),
            bytes: ByteCounters::default(),
            is_watched: AtomicBool::new(false),
            guard,
            address,
            tally,
        })
    }

    /// Its number, which nobody else in the process has.
    pub(crate) fn id(&self) -> u32 {
        self.events.id()
    }

    /// Has its task look after it.
    pub(crate) fn wake(&self) {
        self.events.wakeup.notify_one();
    }

    pub(crate) fn put(&self, inbox: &Inbox, event: Event) {
        inbox.put(&self.events, event);
    }

    /// Puts bytes where the connection's task finds them.
    pub(crate) fn queue(&self, pieces: impl IntoIterator<Item = Piece>) -> Admission {
        let mut mailbox = lock(&self.mailbox);
        // Asked under the lock, so that nothing comes behind the disconnection.
        if self.send_buffer.is_disconnected() {
            return Admission::Granted;
        }
        let mut bytes = Bytes::default();
        mailbox.mail().bytes.extend(pieces.into_iter().inspect(|piece| {
            let len = piece.bytes.len();
            bytes.all += len;
            bytes.own += if piece.bytes.is_shared() { 0 } else { len };
        }));
        // Before they can arrive: who sees them come finds them counted.
        self.bytes.count_written(bytes.all);
        self.send_buffer.add(bytes)
    }

    /// Leaves something for whoever is at work next.
    pub(super) fn post(&self, put: impl FnOnce(&mut Mail)) {
        put(lock(&self.mailbox).mail());
    }

    pub(crate) fn take_mail(&self) -> Option<Mail> {
        lock(&self.mailbox).take()
    }

    /// The number of the mail that JavaScript has left and nobody has taken.
    pub(crate) fn waiting_mail(&self) -> Option<u64> {
        lock(&self.mailbox).waiting()
    }

    /// Ends the connection because of a fault of ours on the JavaScript thread.
    pub(crate) fn fail(&self, failure: Failure) {
        self.post(|mail| mail.failure = Some(failure));
        self.wake();
    }

    /// Ends the connection because a limit was met: none of what waits for the peer is sent any more. Says whether
    /// this is the first to do so; then whoever moves its bytes is to see it.
    pub(crate) fn disconnect(&self, inbox: &Inbox, failure: Failure, limit: Limit) -> bool {
        let untold = {
            let mut mailbox = lock(&self.mailbox);
            if !self.send_buffer.disconnect() {
                return false;
            }
            if self.events.is_external() {
                // JavaScript moves its bytes, and learns of it by the event.
                Some(failure)
            } else {
                let mail = mailbox.mail();
                mail.bytes.clear();
                mail.failure = Some(failure);
                None
            }
        };
        self.count(limit);
        if let Some(error) = untold {
            inbox.end(&self.events, Event::Error { error });
        }
        true
    }

    /// It is gone. Nothing follows.
    pub(crate) fn close(&self, inbox: &Inbox, had_error: bool, in_order: bool, bytes: ByteCounts) {
        let ByteCounts { read, written } = bytes;
        inbox.end(&self.events, Event::Closed { had_error, in_order, read, written });
    }

    /// What becomes of a login counts against the peer's address.
    pub(super) fn count_login(&self, result: LoginResult) {
        if let (LoginResult::Refuse, Some(guard)) = (result, &self.guard) {
            guard.login_failed(self.address, now());
        }
    }

    /// A limit of the server was met, if this is a server's connection.
    pub(crate) fn count(&self, limit: Limit) {
        if let Some(guard) = &self.guard {
            guard.count(limit);
        }
    }

    pub(crate) fn count_read(&self, bytes: usize) {
        self.bytes.count_read(bytes);
    }

    /// The session itself has something to send.
    pub(super) fn count_queued(&self, bytes: usize) {
        if bytes > 0 {
            self.bytes.count_written(bytes);
            // A ping is no reason to disconnect anybody: its pong is missed soon enough.
            self.send_buffer.add(Bytes::own(bytes));
        }
    }

    /// Bytes received and sent so far.
    pub(crate) fn byte_counts(&self) -> ByteCounts {
        self.bytes.counts()
    }

    /// Of a server's connection: what the server holds against its peers.
    pub(crate) fn guard(&self) -> Option<&Arc<Guard>> {
        self.guard.as_ref()
    }

    /// What its owner counts with; nothing where JavaScript counts.
    pub(crate) fn tally(&self) -> Option<&Arc<Tally>> {
        self.tally.as_ref()
    }

    /// The answer to a `Verification`, or to a `Connection` that asks.
    pub(super) fn admit(&self, admitted: bool) {
        lock(&self.mailbox).admit = Some(admitted);
        self.wake();
    }

    /// The answer to a `Hello`.
    pub(super) fn choose(&self, choice: Choice) {
        lock(&self.mailbox).choice = Some(choice);
        self.wake();
    }

    /// JavaScript wants no more of it: whoever waits for an answer waits no longer, and whoever is at work next ends it.
    pub(super) fn destroy(&self) {
        let mut mailbox = lock(&self.mailbox);
        mailbox.destroyed = true;
        mailbox.mail().destroy = true;
    }

    /// Comes back when JavaScript has destroyed the connection, or has answered a `Verification`: then with the answer.
    pub(crate) async fn answered(&self) -> bool {
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
            self.events.wakeup.notified().await;
        }
    }

    /// Comes back when JavaScript has answered a `Hello`, or has destroyed the connection.
    pub(crate) async fn chosen(&self) -> Choice {
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
            self.events.wakeup.notified().await;
        }
    }

    /// Comes back when JavaScript has destroyed the connection.
    pub(crate) async fn destroyed(&self) {
        while !lock(&self.mailbox).destroyed {
            self.events.wakeup.notified().await;
        }
    }
}
