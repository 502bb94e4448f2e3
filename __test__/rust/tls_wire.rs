//! In-memory streams between a client and a server, and both sides' contexts.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::io;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use tls_json_native::tls::{
    Accepted, Admitted, ClientContext, ClientOptions, HandshakeError, Pending, ServerContext,
    ServerOptions, Version, accept,
};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, DuplexStream, ReadBuf, duplex};
use tokio::time::timeout;

use super::workshop::{Made, pair, trust};

pub const BOTH: RangeInclusive<Version> = Version::Tls12..=Version::Tls13;
pub const ONLY_12: RangeInclusive<Version> = Version::Tls12..=Version::Tls12;
pub const ONLY_13: RangeInclusive<Version> = Version::Tls13..=Version::Tls13;

/// A stream that notes what is written to it.
#[derive(Debug)]
pub struct Recorder {
    pub stream: DuplexStream,
    pub written: Arc<Mutex<Vec<u8>>>,
}

impl AsyncRead for Recorder {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Recorder {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let result = Pin::new(&mut self.stream).poll_write(cx, bytes);
        if let Poll::Ready(Ok(count)) = result {
            self.written.lock().unwrap().extend_from_slice(&bytes[..count]);
        }
        result
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Two ends, and what each writes.
pub struct Wire {
    pub client: Recorder,
    pub server: Recorder,
    pub from_client: Arc<Mutex<Vec<u8>>>,
    pub from_server: Arc<Mutex<Vec<u8>>>,
}

/// `size` bytes fit on the wire each way.
pub fn wire(size: usize) -> Wire {
    let (client, server) = duplex(size);
    let (from_client, from_server) = (Arc::default(), Arc::default());
    Wire {
        client: Recorder { stream: client, written: Arc::clone(&from_client) },
        server: Recorder { stream: server, written: Arc::clone(&from_server) },
        from_client,
        from_server,
    }
}

/// A handshake that hangs is a failure with the test's name, and no test that never ends.
pub async fn bounded(test: impl Future<Output = ()>) {
    timeout(Duration::from_secs(60), test).await.expect("hangs");
}

/// Content types of the whole records in `bytes`.
pub fn records(bytes: &Mutex<Vec<u8>>) -> Vec<u8> {
    let bytes = bytes.lock().unwrap();
    let mut rest = &bytes[..];
    let mut types = Vec::new();
    while let [kind, _, _, high, low, after @ ..] = rest {
        types.push(*kind);
        rest = &after[usize::from(u16::from_be_bytes([*high, *low]))..];
    }
    assert!(rest.is_empty());
    types
}

pub fn server(chain: &[&Made], versions: RangeInclusive<Version>) -> ServerContext {
    let key_pairs = vec![pair(chain)];
    ServerContext::new(ServerOptions { key_pairs, versions, ..ServerOptions::default() }).unwrap()
}

pub fn client(ca: &[&Made], versions: RangeInclusive<Version>) -> ClientContext {
    ClientContext::new(ClientOptions { trust: trust(ca), versions, ..ClientOptions::default() })
        .unwrap()
}

/// Asks for certificates.
pub fn asking(
    own: &Made,
    ca: &[&Made],
    reject: bool,
    versions: RangeInclusive<Version>,
) -> ServerContext {
    ServerContext::new(ServerOptions {
        key_pairs: vec![pair(&[own])],
        trust: trust(ca),
        request_cert: true,
        reject_unauthorized: reject,
        versions,
        ..ServerOptions::default()
    })
    .unwrap()
}

/// As the library's, without the stream of one that failed.
pub async fn connect<S>(
    context: &ClientContext,
    server_name: Option<&str>,
    stream: S,
) -> Result<Pending<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    tls_json_native::tls::connect(context, server_name, stream).await.map_err(|(error, _)| error)
}

pub type Ends =
    (Result<Pending<Recorder>, HandshakeError>, Result<Accepted<Recorder>, HandshakeError>);

/// Runs both sides; a client that gets so far admits its server.
pub async fn admit(
    client: &ClientContext,
    server: &ServerContext,
    wire: Wire,
) -> (Result<(), HandshakeError>, Result<Accepted<Recorder>, HandshakeError>) {
    let client = async {
        let Admitted { mut stream, mut connection, .. } =
            connect(client, Some("localhost"), wire.client).await?.admit().await?;
        // What the server says afterwards: nothing, an alert or the end.
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let mut bytes = &bytes[..];
        while connection.read_tls(&mut bytes).unwrap() > 0 {
            connection.process_new_packets().map_err(|source| HandshakeError::Tls {
                openssl: tls_json_native::tls::openssl_error(&source),
                recent: None,
                source: Some(source),
            })?;
        }
        Ok(())
    };
    let server = async {
        let accepted = accept(server, wire.server).await;
        accepted.map(|mut accepted| {
            // Ends the client's reading.
            accepted.stream.stream = duplex(1).0;
            accepted
        })
    };
    tokio::join!(client, server)
}
