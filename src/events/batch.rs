use super::event::Event;
use crate::wire::Addressed;

/// Text of one batch in bytes: above this V8's strings leave the young generation and cost several times more.
const BATCH_BYTES: usize = 64 * 1024;

/// What crosses to JavaScript in one turn of its event loop. Used again and again.
#[derive(Debug)]
pub struct Batch {
    /// The short lines, one behind the other, ASCII only.
    pub text: Vec<u8>,
    /// What happened, in order.
    pub entries: Vec<Entry>,
    /// Lines and events that are not in `text`.
    pub extras: Vec<Extra>,
    /// Bytes of all lines, in `text` and out of it.
    bytes: usize,
    capacity: usize,
}

/// One line or event of a batch.
#[derive(Debug, Clone, Copy)]
pub struct Entry {
    /// The connection or listener.
    pub id: u32,
    /// What `value` means.
    pub kind: EntryKind,
    /// Of a line in `text`: where it ends there (it begins where the one before ended). Else: which of `extras`.
    pub value: usize,
    /// Of `Request` and `Response`: the id. Else 0.
    pub number: u32,
}

/// The kinds of [`Entry`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A line in the batch's text.
    Text = 0,
    /// A line with a string of its own.
    Line = 1,
    /// An event.
    Event = 2,
    /// A request in the batch's text, without its id.
    Request = 3,
    /// A response in the batch's text, without its id.
    Response = 4,
}

impl EntryKind {
    /// Whether it is a line in the batch's text.
    pub fn is_in_text(self) -> bool {
        !matches!(self, Self::Line | Self::Event)
    }
}

/// What does not fit into a batch's text.
#[derive(Debug)]
pub enum Extra {
    /// A long line, or one with other than ASCII; perhaps not UTF-8.
    Line(Vec<u8>),
    /// Something that happened.
    Event(Event),
}

impl Batch {
    /// A batch of at most `capacity` events.
    pub fn new(capacity: usize) -> Self {
        Self { text: Vec::new(), entries: Vec::new(), extras: Vec::new(), bytes: 0, capacity }
    }

    pub(crate) fn clear(&mut self) {
        self.text.clear();
        self.entries.clear();
        self.extras.clear();
        self.bytes = 0;
    }

    pub(crate) fn is_full(&self) -> bool {
        self.entries.len() >= self.capacity || self.bytes >= BATCH_BYTES
    }

    /// A short line; `address` is what was taken off its end.
    pub(crate) fn push_text(&mut self, id: u32, line: &[u8], address: Option<(Addressed, u32)>) {
        self.text.extend_from_slice(line);
        self.bytes += line.len();
        let (kind, number) = match address {
            None => (EntryKind::Text, 0),
            Some((Addressed::Request, number)) => (EntryKind::Request, number),
            Some((Addressed::Response, number)) => (EntryKind::Response, number),
        };
        self.entries.push(Entry { id, kind, value: self.text.len(), number });
    }

    pub(crate) fn push_extra(&mut self, id: u32, kind: EntryKind, extra: Extra) {
        if let Extra::Line(line) = &extra {
            self.bytes += line.len();
        }
        self.entries.push(Entry { id, kind, value: self.extras.len(), number: 0 });
        self.extras.push(extra);
    }
}
