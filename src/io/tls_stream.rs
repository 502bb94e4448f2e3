use std::io::{self, BufRead, ErrorKind, IoSlice, Write};

pub(crate) use rustls::Connection as Tls;

use super::socket::LinkSocket;
use crate::session::{Bytes, Outbox};

/// What reading from the socket gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Received {
    /// So many bytes, and perhaps more are there.
    Bytes(usize),
    /// So many bytes, and the socket has no more for now.
    Last(usize),
    /// Nothing for now.
    Nothing,
    /// The peer has closed its side of the TCP connection.
    Eof,
}

/// Why a transport fails.
#[derive(Debug)]
pub(crate) enum TransportError {
    Read(io::Error),
    Write(io::Error),
    Tls(rustls::Error),
}

/// Reads once. A read that does not fill the buffer has emptied the socket, so readiness is given back at once and
/// no second system call is needed to learn that nothing is left.
pub(crate) fn receive(socket: &LinkSocket, buffer: &mut [u8]) -> Result<Received, TransportError> {
    let mut last = None;
    let outcome = socket.try_read(|system| {
        let count = system.read(buffer)?;
        if count != 0 && count < buffer.len() {
            last = Some(count);
            return Err(ErrorKind::WouldBlock.into());
        }
        Ok(count)
    });
    match (outcome, last) {
        (_, Some(count)) => Ok(Received::Last(count)),
        (Ok(0), None) => Ok(Received::Eof),
        (Ok(count), None) => Ok(Received::Bytes(count)),
        (Err(error), None) => match error.kind() {
            ErrorKind::WouldBlock => Ok(Received::Nothing),
            ErrorKind::Interrupted => Ok(Received::Bytes(0)),
            _ => Err(TransportError::Read(error)),
        },
    }
}

/// Decrypts and hands the plaintext on. Returns whether the peer has said that it is done (close_notify).
pub(crate) fn decrypt(
    tls: &mut Tls,
    mut ciphertext: &[u8],
    mut deliver: impl FnMut(&[u8]),
) -> Result<bool, TransportError> {
    loop {
        if !ciphertext.is_empty() {
            tls.read_tls(&mut ciphertext).map_err(TransportError::Read)?;
        }
        let state = tls.process_new_packets().map_err(TransportError::Tls)?;
        let mut reader = tls.reader();
        // An empty buffer is the peer's close_notify; WouldBlock that nothing is left for now.
        while let Ok(plain) = reader.fill_buf() {
            if plain.is_empty() {
                break;
            }
            deliver(plain);
            let len = plain.len();
            reader.consume(len);
        }
        if state.peer_has_closed() {
            return Ok(true);
        }
        if ciphertext.is_empty() {
            return Ok(false);
        }
    }
}

/// What has become of what was to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// All of it is with the system.
    All,
    /// The socket takes no more for now.
    Blocked,
    /// Enough for one turn: others have theirs first.
    Spent,
}

/// Encrypts from the outbox and writes until nothing is left, the socket takes no more, or `budget` bytes were taken.
/// Tells `taken`, before they are written, which bytes have left the outbox.
pub(crate) fn flush(
    tls: &mut Tls,
    outbox: &mut Outbox,
    socket: &LinkSocket,
    budget: usize,
    mut taken: impl FnMut(Bytes),
) -> Result<Flushed, TransportError> {
    let mut spent = 0;
    loop {
        while !outbox.is_empty() && spent < budget {
            // rustls holds 64 KiB for the socket; what is beyond stays in the outbox, where it is counted.
            let count = tls.writer().write(outbox.front()).map_err(TransportError::Write)?;
            if count == 0 {
                break;
            }
            let own = outbox.advance(count);
            spent += count;
            taken(Bytes { all: count, own });
        }
        if !tls.wants_write() {
            return Ok(if outbox.is_empty() { Flushed::All } else { Flushed::Spent });
        }
        match tls.write_tls(&mut Output(socket)) {
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Flushed::Blocked),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(TransportError::Write(error)),
        }
    }
}

/// The socket as rustls writes to it: never waiting, many records in one system call.
struct Output<'a>(&'a LinkSocket);

impl Write for Output<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.try_write(|system| system.write(bytes))
    }

    fn write_vectored(&mut self, slices: &[IoSlice<'_>]) -> io::Result<usize> {
        self.0.try_write(|system| system.write_vectored(slices))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
