use crate::events::Failure;
use crate::session::{Chunk, LoginResult};
use crate::tls::ServerContext;

/// What JavaScript wants of a connection and its task has not yet seen.
#[derive(Debug, Default)]
pub(super) struct Mailbox {
    mail: Option<Box<Mail>>,
    /// How often mail was taken.
    taken: u64,
    /// The answer to a `Verification`.
    pub(super) admit: Option<bool>,
    /// The answer to a `Hello`.
    pub(super) choice: Option<Choice>,
    pub(super) destroyed: bool,
}

/// The answer to a `Hello`.
#[derive(Debug)]
pub(crate) enum Choice {
    /// The handshake goes on with this. Boxed, as every connection has room for an answer, and few are asked for.
    Accept(Box<ServerContext>),
    /// It does not, and whoever is interested was told why.
    Refuse,
    /// The connection was destroyed.
    Gone,
}

/// Bytes to be written.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) bytes: Chunk,
    /// Whether what follows begins another TLS record.
    pub(crate) ends_record: bool,
}

impl From<Chunk> for Piece {
    fn from(bytes: Chunk) -> Self {
        Self { bytes, ends_record: false }
    }
}

/// See [`Mailbox`].
#[derive(Debug, Default)]
pub(crate) struct Mail {
    pub(crate) bytes: Vec<Piece>,
    pub(crate) login: Option<LoginResult>,
    pub(crate) pongs: Vec<u32>,
    pub(crate) end: bool,
    pub(crate) destroy: bool,
    pub(crate) report_drain: bool,
    /// Ends the connection: a limit was met, or there was a fault of ours on the JavaScript thread.
    pub(crate) failure: Option<Failure>,
}

impl Mailbox {
    /// What lies in it, to put more there.
    pub(super) fn mail(&mut self) -> &mut Mail {
        self.mail.get_or_insert_default()
    }

    pub(super) fn take(&mut self) -> Option<Mail> {
        let mail = self.mail.take()?;
        self.taken += 1;
        Some(*mail)
    }

    /// The number of the mail that JavaScript has left and nobody has taken.
    pub(super) fn waiting(&self) -> Option<u64> {
        self.mail.is_some().then_some(self.taken)
    }
}
