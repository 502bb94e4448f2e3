use crate::sync::{AtomicU64, Ordering};

/// Plaintext bytes of one connection, or of many together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ByteCounts {
    /// Received.
    pub read: u64,
    /// Accepted, sent or not.
    pub written: u64,
}

/// Counts them; several threads may.
#[derive(Debug, Default)]
pub(crate) struct ByteCounters {
    read: AtomicU64,
    written: AtomicU64,
}

impl ByteCounters {
    pub(crate) fn count_read(&self, bytes: usize) {
        self.read.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_written(&self, bytes: usize) {
        self.written.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, ByteCounts { read, written }: ByteCounts) {
        self.read.fetch_add(read, Ordering::Relaxed);
        self.written.fetch_add(written, Ordering::Relaxed);
    }

    pub(crate) fn counts(&self) -> ByteCounts {
        ByteCounts {
            read: self.read.load(Ordering::Relaxed),
            written: self.written.load(Ordering::Relaxed),
        }
    }
}
