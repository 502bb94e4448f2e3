//! A stream whose output waits until it is let out.

use std::future::poll_fn;
use std::io::{self, Read};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustls::ConnectionCommon;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::error::{HandshakeError, Syscall};

/// TLS 1.3's compatibility message (RFC 8446, appendix D.4), a whole record.
const CHANGE_CIPHER_SPEC: [u8; 6] = [0x14, 0x03, 0x03, 0x00, 0x01, 0x01];

/// How a plaintext fatal alert begins; its description follows.
const FATAL_ALERT: [u8; 6] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02];

/// A record header: content type, version, length.
const HEADER: usize = 5;

/// A stream, and what is to be written to it once that is allowed.
///
/// rustls' output is first [staged](Self::stage) here and leaves by [`Self::release`] only.
/// Dropping the gate drops what is staged.
#[derive(Debug)]
pub(super) struct Gate<S> {
    stream: S,
    staged: Vec<u8>,
    /// How the peer's bytes begin, up to one record header.
    head: Vec<u8>,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Gate<S> {
    pub(super) fn new(stream: S) -> Self {
        Self { stream, staged: Vec::new(), head: Vec::with_capacity(HEADER) }
    }

    /// The stream, and what was staged and never released.
    pub(super) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.staged)
    }

    /// Takes over whatever `connection` wants to write.
    pub(super) fn stage<D>(&mut self, connection: &mut ConnectionCommon<D>) {
        while connection.wants_write() {
            // Writing to a Vec cannot fail.
            if connection.write_tls(&mut self.staged).is_err() {
                break;
            }
        }
    }

    /// Forgets what is staged.
    pub(super) fn discard(&mut self) {
        self.staged.clear();
    }

    /// Whether only TLS 1.3's compatibility message is staged, which needs no flight of its own: a
    /// client sends it with its last flight, so that one whose server is refused has sent nothing
    /// but its ClientHello.
    pub(super) fn holds_only_compatibility(&self) -> bool {
        self.staged == CHANGE_CIPHER_SPEC
    }

    /// Gives a staged plaintext alert another description; OpenSSL chooses some otherwise.
    pub(super) fn replace_alert(&mut self, description: u8) {
        if let [.., a, b, c, d, e, f, last] = self.staged.as_mut_slice()
            && [*a, *b, *c, *d, *e, *f] == FATAL_ALERT
        {
            *last = description;
        }
    }

    /// Whether the peer speaks TLS; `None` until that can be told. OpenSSL answers anything else
    /// with silence.
    pub(super) fn speaks_tls(&self) -> Option<bool> {
        match self.head.as_slice() {
            [kind, 3, _, _, _] => Some((0x14..=0x17).contains(kind)),
            [_, _, _, _, _] => Some(false),
            _ => None,
        }
    }

    /// How the peer's bytes begin.
    pub(super) fn head(&self) -> &[u8] {
        &self.head
    }

    /// Writes and flushes what is staged.
    pub(super) async fn release(&mut self) -> Result<(), HandshakeError> {
        poll_fn(|cx| self.poll_release(cx))
            .await
            .map_err(|source| HandshakeError::Io { syscall: Syscall::Write, source })
    }

    /// Writes what the stream takes at once and forgets the rest: for alerts, which are not worth
    /// waiting for, nor worth an error of their own.
    pub(super) async fn release_if_ready(&mut self) {
        poll_fn(|cx| {
            if let Poll::Ready(Err(_)) | Poll::Pending = self.poll_release(cx) {
                self.discard();
            }
            Poll::Ready(())
        })
        .await;
    }

    fn poll_release(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.staged.is_empty() {
            let written = ready!(Pin::new(&mut self.stream).poll_write(cx, &self.staged))?;
            if written == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.staged.drain(..written.min(self.staged.len()));
        }
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    /// Reads into `connection`; 0 is the end of the stream.
    pub(super) async fn read<D>(
        &mut self,
        connection: &mut ConnectionCommon<D>,
    ) -> Result<usize, HandshakeError> {
        poll_fn(|cx| {
            let mut reader = Reader { stream: &mut self.stream, head: &mut self.head, cx };
            match connection.read_tls(&mut reader) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => Poll::Pending,
                result => Poll::Ready(result),
            }
        })
        .await
        .map_err(|source| HandshakeError::Io { syscall: Syscall::Read, source })
    }
}

/// One poll of the stream as a blocking read; records how the bytes begin.
struct Reader<'a, 'b, S> {
    stream: &'a mut S,
    head: &'a mut Vec<u8>,
    cx: &'a mut Context<'b>,
}

impl<S: AsyncRead + Unpin> Read for Reader<'_, '_, S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut buffer = ReadBuf::new(buffer);
        match Pin::new(&mut *self.stream).poll_read(self.cx, &mut buffer) {
            Poll::Ready(Ok(())) => {
                let missing = HEADER.saturating_sub(self.head.len());
                self.head.extend(buffer.filled().iter().take(missing));
                Ok(buffer.filled().len())
            }
            Poll::Ready(Err(error)) => Err(error),
            Poll::Pending => Err(io::ErrorKind::WouldBlock.into()),
        }
    }
}
