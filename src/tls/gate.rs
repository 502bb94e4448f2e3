//! A stream whose output waits until it is let out.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use rustls::pki_types::CertificateDer;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::error::{HandshakeError, Syscall};
use super::own_certificate::OwnCertificate;

/// TLS 1.3's compatibility message (RFC 8446, appendix D.4), a whole record.
const CHANGE_CIPHER_SPEC: [u8; 6] = [0x14, 0x03, 0x03, 0x00, 0x01, 0x01];

/// How a plaintext fatal alert begins; its description follows.
const FATAL_ALERT: [u8; 6] = [0x15, 0x03, 0x03, 0x00, 0x02, 0x02];

/// A record header: content type, version, length.
const HEADER: usize = 5;

/// What a gate, the verifier that closes it and whoever opens it share.
#[derive(Debug, Default)]
pub(super) struct Control(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    position: Position,
    /// What the peer sent, leaf first.
    certificates: Vec<CertificateDer<'static>>,
    /// What we sent.
    own: Option<OwnCertificate>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    #[default]
    Open,
    /// The next flight is the last, and is to wait.
    Closed,
    /// That flight is there, and waits.
    Holding,
}

impl Control {
    /// Notes the peer's certificates.
    pub(super) fn present(&self, certificates: Vec<CertificateDer<'static>>) {
        self.state().certificates = certificates;
    }

    /// What the peer sent, leaf first; empty when it sent none.
    pub(super) fn certificates(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut self.state().certificates)
    }

    /// Notes our own certificate, where there is a choice.
    pub(super) fn use_own(&self, own: OwnCertificate) {
        self.state().own = Some(own);
    }

    /// Our own certificate, if one was noted.
    pub(super) fn own(&self) -> Option<OwnCertificate> {
        self.state().own.take()
    }

    /// From now on what is to be flushed waits.
    pub(super) fn close(&self) {
        self.state().position = Position::Closed;
    }

    /// Lets out what waits, at the next flush.
    pub(super) fn open(&self) {
        self.state().position = Position::Open;
    }

    /// Whether a flight waits to be let out.
    pub(super) fn holds(&self) -> bool {
        self.state().position == Position::Holding
    }

    /// Whether a flight may leave; if not, it waits from now on.
    fn lets_out(&self) -> bool {
        let mut state = self.state();
        if state.position != Position::Open {
            state.position = Position::Holding;
        }
        state.position == Position::Open
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // No change of it can be left half made.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A stream for the time of a handshake.
///
/// What is written is staged and leaves by a flush, which the [`Control`] can hold back. Dropping
/// the gate drops what is staged. Its errors are [`HandshakeError`]s within [`io::Error`]s.
#[derive(Debug)]
pub(super) struct Gate<S> {
    stream: S,
    control: Arc<Control>,
    /// The flight that is being made or written.
    staged: Vec<u8>,
    /// How much of it is written.
    written: usize,
    /// How the peer's bytes begin, up to one record header.
    head: Vec<u8>,
    /// How much of `head` the reader has.
    passed: usize,
}

impl<S> Gate<S> {
    pub(super) fn new(stream: S, control: Arc<Control>) -> Self {
        let head = Vec::with_capacity(HEADER);
        Self { stream, control, staged: Vec::new(), written: 0, head, passed: 0 }
    }

    /// The stream; what is staged is dropped.
    pub(super) fn into_stream(self) -> S {
        self.stream
    }

    /// Gives a staged plaintext alert another description; OpenSSL chooses some otherwise.
    pub(super) fn replace_alert(&mut self, description: u8) {
        if let [.., a, b, c, d, e, f, last] = self.staged.as_mut_slice()
            && [*a, *b, *c, *d, *e, *f] == FATAL_ALERT
        {
            *last = description;
        }
    }

    /// Whether only TLS 1.3's compatibility message is staged, which needs no flight of its own: a
    /// client sends it with its last flight, so that one whose server is refused has sent nothing
    /// but its ClientHello.
    fn has_only_compatibility(&self) -> bool {
        self.staged == CHANGE_CIPHER_SPEC
    }
}

impl<S: AsyncRead + Unpin> Gate<S> {
    /// Reads the first record's header. Whatever is not TLS fails here, in as many segments as it
    /// may come: rustls would answer it with an alert, OpenSSL does not answer it.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.head.len() < HEADER {
            let mut bytes = [0; HEADER];
            let mut bytes = ReadBuf::new(&mut bytes);
            let mut missing = bytes.take(HEADER.saturating_sub(self.head.len()));
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut missing)).map_err(reading)?;
            if missing.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
            self.head.extend_from_slice(missing.filled());
        }
        Poll::Ready(match self.head.as_slice() {
            [0x14..=0x17, 3, ..] => Ok(()),
            head => Err(HandshakeError::not_tls(head).into()),
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Gate<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.passed >= HEADER {
            return Pin::new(&mut this.stream).poll_read(cx, buffer).map_err(reading);
        }
        ready!(this.poll_head(cx))?;
        if this.head.len() == HEADER {
            let rest = this.head.get(this.passed..).unwrap_or_default();
            let (rest, _) = rest.split_at(rest.len().min(buffer.remaining()));
            buffer.put_slice(rest);
            this.passed += rest.len();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Gate<S> {
    /// Writes what the stream takes at once and forgets the rest: for alerts, which are not worth
    /// waiting for, nor worth an error of their own.
    pub(super) async fn release_if_ready(&mut self) {
        if !self.has_only_compatibility() {
            std::future::poll_fn(|cx| {
                let _ = self.poll_release(cx);
                Poll::Ready(())
            })
            .await;
        }
    }

    fn poll_release(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest @ [_, ..]) = self.staged.get(self.written..) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest)).map_err(writing)? {
                0 => return Poll::Ready(Err(writing(io::ErrorKind::WriteZero.into()))),
                count => self.written += count,
            }
        }
        self.staged.clear();
        self.written = 0;
        Pin::new(&mut self.stream).poll_flush(cx).map_err(writing)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Gate<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().staged.extend_from_slice(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        slices.iter().for_each(|bytes| this.staged.extend_from_slice(bytes));
        Poll::Ready(Ok(slices.iter().map(|bytes| bytes.len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    /// Whoever waits for a flight that is held back is not woken: it polls again when it has
    /// opened the gate.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.has_only_compatibility() {
            return Poll::Ready(Ok(()));
        }
        if !this.staged.is_empty() && !this.control.lets_out() {
            return Poll::Pending;
        }
        this.poll_release(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx).map_err(writing)
    }
}

fn reading(source: io::Error) -> io::Error {
    HandshakeError::Io { syscall: Syscall::Read, source }.into()
}

fn writing(source: io::Error) -> io::Error {
    HandshakeError::Io { syscall: Syscall::Write, source }.into()
}
