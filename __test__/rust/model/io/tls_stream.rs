use std::io;

use super::socket::LinkSocket;
use crate::session::{Bytes, Outbox};

/// TLS that changes nothing.
#[derive(Debug, Default)]
pub struct Tls;

impl Tls {
    pub fn wants_write(&self) -> bool {
        false
    }

    pub fn send_close_notify(&mut self) {}

    pub fn protocol_version(&self) -> Option<rustls::ProtocolVersion> {
        None
    }

    pub fn export_keying_material<T>(
        &self,
        _: T,
        _: &[u8],
        _: Option<&[u8]>,
    ) -> Result<T, rustls::Error> {
        Err(rustls::Error::HandshakeNotComplete)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    Bytes(usize),
    Last(usize),
    Nothing,
    Eof,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flushed {
    All,
    Blocked,
    Spent,
}

#[derive(Debug)]
pub enum TransportError {
    Read(io::Error),
    Write(io::Error),
    Tls(rustls::Error),
}

pub fn receive(socket: &LinkSocket, buffer: &mut [u8]) -> Result<Received, TransportError> {
    Ok(match socket.wire().incoming.lock().unwrap().pop_front() {
        Some(bytes) => {
            buffer[..bytes.len()].copy_from_slice(&bytes);
            Received::Last(bytes.len())
        }
        None => Received::Nothing,
    })
}

pub fn decrypt(
    _: &mut Tls,
    ciphertext: &[u8],
    mut deliver: impl FnMut(&[u8]),
) -> Result<bool, TransportError> {
    if !ciphertext.is_empty() {
        deliver(ciphertext);
    }
    Ok(false)
}

pub fn flush(
    _: &mut Tls,
    outbox: &mut Outbox,
    socket: &LinkSocket,
    budget: usize,
    mut taken: impl FnMut(Bytes),
) -> Result<Flushed, TransportError> {
    let mut spent = 0;
    while !outbox.is_empty() {
        if spent >= budget {
            return Ok(Flushed::Spent);
        }
        let bytes = outbox.front().to_vec();
        spent += bytes.len();
        let own = outbox.advance(bytes.len());
        taken(Bytes { all: bytes.len(), own });
        socket.wire().sent.lock().unwrap().extend_from_slice(&bytes);
    }
    Ok(Flushed::All)
}
