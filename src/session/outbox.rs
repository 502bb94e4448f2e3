use std::collections::VecDeque;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

/// Small writes are put together up to this size, so that they leave in one TLS record.
const JOIN_BELOW: usize = 16 * 1024;

/// Memory that several connections write from.
pub trait SharedBytes: AsRef<[u8]> + fmt::Debug + Send + Sync {}

/// Bytes that are to be written.
#[derive(Debug)]
pub enum Chunk {
    /// For one connection.
    Own(Vec<u8>),
    /// For several, each of which writes the same memory: a large message to many is there once.
    Shared(Arc<dyn SharedBytes>),
}

impl Chunk {
    /// The bytes, to put more behind them. Those that are shared are copied.
    fn to_mut(&mut self) -> &mut Vec<u8> {
        loop {
            match self {
                Self::Own(bytes) => return bytes,
                Self::Shared(bytes) => *self = Self::Own((**bytes).as_ref().to_vec()),
            }
        }
    }

    /// Whether other connections write from the same memory.
    pub fn is_shared(&self) -> bool {
        matches!(self, Self::Shared(_))
    }
}

impl Deref for Chunk {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Own(bytes) => bytes,
            Self::Shared(bytes) => (**bytes).as_ref(),
        }
    }
}

impl From<Vec<u8>> for Chunk {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Own(bytes)
    }
}

/// How many bytes there are, and whose memory they are in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Bytes {
    /// All of them: what the peer has to read.
    pub all: usize,
    /// Those in memory of the connection's own; the others are counted where they are shared.
    pub own: usize,
}

impl Bytes {
    /// All of them are the connection's own.
    pub fn own(bytes: usize) -> Self {
        Self { all: bytes, own: bytes }
    }
}

/// Bytes accepted for one connection and not yet given to its transport. Never carried over to another connection.
#[derive(Debug, Default)]
pub struct Outbox {
    chunks: VecDeque<Chunk>,
    /// How many bytes of the first chunk are already gone.
    offset: usize,
    len: usize,
    /// Whether what is pushed next begins a chunk, and so a record, of its own.
    ended: bool,
}

impl Outbox {
    /// Puts bytes at the end. Returns how many shared bytes, of those that wait, were copied to join them.
    pub fn push(&mut self, bytes: impl Into<Chunk>) -> usize {
        let bytes = bytes.into();
        if bytes.is_empty() {
            return 0;
        }
        self.len += bytes.len();
        let ended = std::mem::take(&mut self.ended);
        let written = if self.chunks.len() == 1 { self.offset } else { 0 };
        match self.chunks.back_mut() {
            Some(last) if !ended && last.len() + bytes.len() <= JOIN_BELOW => {
                let copied = if last.is_shared() { last.len().saturating_sub(written) } else { 0 };
                last.to_mut().extend_from_slice(&bytes);
                copied + if bytes.is_shared() { bytes.len() } else { 0 }
            }
            _ => {
                self.chunks.push_back(bytes);
                0
            }
        }
    }

    /// Has what is pushed next leave in another record, as Node has it behind the first write of a tick: receivers let
    /// promise continuations run between two records. Not while much waits, when Node joins as well: a peer that does
    /// not read shall not cost a chunk for each message.
    pub fn end_record(&mut self) {
        self.ended = self.len < JOIN_BELOW;
    }

    /// The bytes to write next; empty when there are none.
    pub fn front(&self) -> &[u8] {
        self.chunks.front().and_then(|chunk| chunk.get(self.offset..)).unwrap_or_default()
    }

    /// The first `bytes` of [`Outbox::front`] are gone. Returns how many of them were this connection's own.
    pub fn advance(&mut self, bytes: usize) -> usize {
        let own = if self.chunks.front().is_some_and(Chunk::is_shared) { 0 } else { bytes };
        self.len = self.len.saturating_sub(bytes);
        self.offset += bytes;
        if self.chunks.front().is_some_and(|chunk| self.offset >= chunk.len()) {
            self.chunks.pop_front();
            self.offset = 0;
        }
        if self.chunks.is_empty() {
            self.chunks = VecDeque::new();
        }
        own
    }

    /// Drops everything. Returns how many bytes there were.
    pub fn clear(&mut self) -> Bytes {
        let mut dropped = Bytes::default();
        while !self.is_empty() {
            let len = self.front().len();
            dropped.all += len;
            dropped.own += self.advance(len);
        }
        dropped
    }

    /// Bytes waiting.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Text(Vec<u8>);

    impl AsRef<[u8]> for Text {
        fn as_ref(&self) -> &[u8] {
            &self.0
        }
    }

    impl SharedBytes for Text {}

    #[test]
    fn keeps_order_and_count() {
        let mut outbox = Outbox::default();
        outbox.push(vec![b'a'; 10]);
        outbox.push(vec![b'b'; JOIN_BELOW]);
        outbox.push(b"c".to_vec());
        assert_eq!(outbox.len(), 11 + JOIN_BELOW);
        let mut seen = Vec::new();
        while !outbox.is_empty() {
            let take = outbox.front().len().min(7);
            seen.extend_from_slice(&outbox.front()[..take]);
            outbox.advance(take);
        }
        assert_eq!(seen.len(), 11 + JOIN_BELOW);
        assert!(seen.starts_with(&[b'a'; 10]) && seen.ends_with(b"bc"));
        assert!(outbox.front().is_empty());
    }

    #[test]
    fn what_follows_the_end_of_a_record_is_a_chunk_of_its_own_unless_much_waits() {
        let mut outbox = Outbox::default();
        outbox.push(b"first".to_vec());
        outbox.end_record();
        outbox.push(b"second".to_vec());
        outbox.push(b"third".to_vec());
        assert_eq!(outbox.front(), b"first");
        outbox.advance(5);
        assert_eq!(outbox.front(), b"secondthird");
        outbox.push(vec![b'a'; JOIN_BELOW]);
        outbox.end_record();
        outbox.push(b"b".to_vec());
        outbox.end_record();
        outbox.push(b"c".to_vec());
        outbox.advance(11);
        outbox.advance(JOIN_BELOW);
        assert_eq!(outbox.front(), b"bc");
    }

    #[test]
    fn joins_what_is_small_and_shares_what_is_large() {
        let small: Arc<Text> = Arc::new(Text(b"shared".to_vec()));
        let large: Arc<Text> = Arc::new(Text(vec![b'l'; JOIN_BELOW]));
        let mut outboxes = [Outbox::default(), Outbox::default()];
        for outbox in &mut outboxes {
            let copied = [&small, &small, &large]
                .map(|text| outbox.push(Chunk::Shared(Arc::<Text>::clone(text))));
            assert_eq!(copied, [0, 12, 0]);
            assert_eq!(outbox.push(b"own".to_vec()), 0);
        }
        assert_eq!(Arc::strong_count(&small), 1, "both are in one chunk with others");
        assert_eq!(Arc::strong_count(&large), 3);
        for outbox in &mut outboxes {
            let mut chunks = Vec::new();
            let mut own = Vec::new();
            while !outbox.is_empty() {
                let len = outbox.front().len();
                chunks.push(outbox.front().to_vec());
                own.push(outbox.advance(len));
            }
            assert_eq!(chunks, [b"sharedshared", &large.0[..], b"own"]);
            assert_eq!(own, [12, 0, 3]);
        }
        assert_eq!([&small.0, &large.0], [&b"shared"[..], &[b'l'; JOIN_BELOW]]);
        assert_eq!(Arc::strong_count(&large), 1);
    }

    #[test]
    fn counts_as_copied_what_still_waits_and_as_own_what_was_copied() {
        let mut outbox = Outbox::default();
        outbox.push(Chunk::Shared(Arc::new(Text(vec![b's'; 10]))));
        assert_eq!(outbox.advance(4), 0);
        assert_eq!(outbox.push(b"own".to_vec()), 6);
        assert_eq!(outbox.advance(1), 1);
        outbox.push(Chunk::Shared(Arc::new(Text(vec![b'l'; JOIN_BELOW]))));
        assert_eq!(outbox.clear(), Bytes { all: 8 + JOIN_BELOW, own: 8 });
        assert!(outbox.is_empty() && outbox.front().is_empty());
    }
}
