use std::collections::VecDeque;

/// Small writes are put together up to this size, so that they leave in one TLS record.
const JOIN_BELOW: usize = 16 * 1024;

/// Bytes accepted for one connection and not yet given to its transport. Never carried over to another connection.
#[derive(Debug, Default)]
pub struct Outbox {
    chunks: VecDeque<Vec<u8>>,
    /// How many bytes of the first chunk are already gone.
    offset: usize,
    len: usize,
}

impl Outbox {
    /// Puts bytes at the end.
    pub fn push(&mut self, bytes: Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        self.len += bytes.len();
        match self.chunks.back_mut() {
            Some(last) if last.len() + bytes.len() <= JOIN_BELOW => last.extend_from_slice(&bytes),
            _ => self.chunks.push_back(bytes),
        }
    }

    /// The bytes to write next; empty when there are none.
    pub fn front(&self) -> &[u8] {
        self.chunks.front().and_then(|chunk| chunk.get(self.offset..)).unwrap_or_default()
    }

    /// The first `bytes` of [`Outbox::front`] are gone.
    pub fn advance(&mut self, bytes: usize) {
        self.len = self.len.saturating_sub(bytes);
        self.offset += bytes;
        if self.chunks.front().is_some_and(|chunk| self.offset >= chunk.len()) {
            self.chunks.pop_front();
            self.offset = 0;
        }
        if self.chunks.is_empty() {
            self.chunks = VecDeque::new();
        }
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
}
