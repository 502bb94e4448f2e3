//! Handshakes over in-memory streams: what is written, and when.

#[path = "tls_workshop.rs"]
mod workshop;

use std::io;
use std::ops::RangeInclusive;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use tls_json_native::tls::{
    Accepted, ClientContext, ClientOptions, HandshakeError, Pending, ServerContext, ServerOptions,
    Version, accept, connect,
};
use tokio::io::{
    AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, DuplexStream, ReadBuf, duplex,
};
use workshop::{CA, LEAF, Made, RSA, Spec, Workshop, pair, trust};

const BOTH: RangeInclusive<Version> = Version::Tls12..=Version::Tls13;
const ONLY_12: RangeInclusive<Version> = Version::Tls12..=Version::Tls12;
const ONLY_13: RangeInclusive<Version> = Version::Tls13..=Version::Tls13;

/// A stream that notes what is written to it.
#[derive(Debug)]
struct Recorder {
    stream: DuplexStream,
    written: Arc<Mutex<Vec<u8>>>,
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
            self.written
                .lock()
                .unwrap()
                .extend_from_slice(&bytes[..count]);
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
struct Wire {
    client: Recorder,
    server: Recorder,
    from_client: Arc<Mutex<Vec<u8>>>,
    from_server: Arc<Mutex<Vec<u8>>>,
}

/// `size` bytes fit on the wire each way.
fn wire(size: usize) -> Wire {
    let (client, server) = duplex(size);
    let (from_client, from_server) = (Arc::default(), Arc::default());
    Wire {
        client: Recorder {
            stream: client,
            written: Arc::clone(&from_client),
        },
        server: Recorder {
            stream: server,
            written: Arc::clone(&from_server),
        },
        from_client,
        from_server,
    }
}

/// Content types of the whole records in `bytes`.
fn records(bytes: &Mutex<Vec<u8>>) -> Vec<u8> {
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

fn server(chain: &[&Made], versions: RangeInclusive<Version>) -> ServerContext {
    let key_pairs = vec![pair(chain)];
    ServerContext::new(ServerOptions {
        key_pairs,
        versions,
        ..ServerOptions::default()
    })
    .unwrap()
}

fn client(ca: &[&Made], versions: RangeInclusive<Version>) -> ClientContext {
    ClientContext::new(ClientOptions {
        trust: trust(ca),
        versions,
        ..ClientOptions::default()
    })
    .unwrap()
}

/// Asks for certificates.
fn asking(
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

type Ends = (
    Result<Pending<Recorder>, HandshakeError>,
    Result<Accepted<Recorder>, HandshakeError>,
);

/// Runs both sides; a client that gets so far admits its server.
async fn admit(
    client: &ClientContext,
    server: &ServerContext,
    wire: Wire,
) -> (
    Result<(), HandshakeError>,
    Result<Accepted<Recorder>, HandshakeError>,
) {
    let client = async {
        let (mut stream, mut connection) = connect(client, Some("localhost"), wire.client)
            .await?
            .admit()
            .await?;
        // What the server says afterwards: nothing, an alert or the end.
        let mut bytes = Vec::new();
        let _ = stream.read_to_end(&mut bytes).await;
        let mut bytes = &bytes[..];
        while connection.read_tls(&mut bytes).unwrap() > 0 {
            connection
                .process_new_packets()
                .map_err(|source| HandshakeError::Tls {
                    openssl: tls_json_native::tls::openssl_error(&source),
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

#[tokio::test]
async fn readme_certificates_are_admitted() {
    let w = Workshop::new();
    let rsa = w.make(&Spec {
        subject: "/CN=localhost",
        new_key: Some(RSA),
        version_1: true,
        ..Spec::default()
    });
    for made in [&w.version_1("/CN=localhost"), &rsa, &w.readme()] {
        for (versions, protocol) in [(ONLY_12, "TLSv1.2"), (BOTH, "TLSv1.3")] {
            // A narrow wire makes every read and write partial.
            for size in [1 << 16, 1] {
                let wire = wire(size);
                let (connector, acceptor) =
                    (client(&[made], BOTH), server(&[made], versions.clone()));
                let (dialed, accepted) = tokio::join!(
                    async {
                        let pending = connect(&connector, Some("localhost"), wire.client).await?;
                        assert_eq!(pending.verdict.error, None);
                        assert_eq!(pending.parameters.protocol, protocol);
                        assert_eq!(pending.parameters.peer_certificates, [made.der.clone()]);
                        pending.admit().await
                    },
                    accept(&acceptor, wire.server)
                );
                let accepted = accepted.unwrap();
                assert!(dialed.is_ok());
                assert_eq!(accepted.parameters.protocol, protocol);
                assert_eq!(
                    accepted.parameters.server_name.as_deref(),
                    Some("localhost")
                );
                assert!(accepted.verdict.is_none());
            }
        }
    }
}

#[tokio::test]
async fn a_refused_server_gets_nothing_but_the_client_hello() {
    let w = Workshop::new();
    let made = w.readme();
    let wire = wire(1 << 16);
    let (connector, acceptor) = (client(&[], BOTH), server(&[&made], BOTH));
    let (_, accepted) = tokio::join!(
        async {
            let pending = connect(&connector, None, wire.client).await.unwrap();
            let error = pending.verdict.error.clone().unwrap();
            assert_eq!(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
            drop(pending);
        },
        accept(&acceptor, wire.server)
    );
    assert_eq!(records(&wire.from_client), [0x16]);
    assert!(matches!(accepted, Err(HandshakeError::UnexpectedEof)));
}

#[tokio::test]
async fn a_pinned_certificate_with_another_key_fails() {
    let w = Workshop::new();
    for (made, other) in [
        (w.version_1("/CN=localhost"), w.version_1("/CN=a")),
        (w.readme(), w.readme()),
    ] {
        for versions in [ONLY_12, ONLY_13] {
            let thief = server(&[&made.with_key_of(&other)], versions.clone());
            let wire = wire(1 << 16);
            let connector = client(&[&made], BOTH);
            let (pending, accepted) = tokio::join!(
                connect(&connector, None, wire.client),
                accept(&thief, wire.server)
            );
            assert_eq!(pending.unwrap_err().code(), Some("ERR_SSL_BAD_SIGNATURE"));
            assert!(accepted.is_err());
            // The ClientHello, and an alert: in TLS 1.3 encrypted.
            let sent = records(&wire.from_client);
            let expected: &[u8] = if versions == ONLY_12 {
                &[0x16, 0x15]
            } else {
                &[0x16, 0x14, 0x17]
            };
            assert_eq!(sent, expected);
        }
    }
}

#[tokio::test]
async fn client_certificates_are_judged() {
    let w = Workshop::new();
    let own = w.readme();
    let root = w.own("/CN=Root", CA);
    let good = w.issue(&root, "/CN=client", "extendedKeyUsage=clientAuth");
    let server_only = w.issue(&root, "/CN=client", LEAF);
    let stranger = w.version_1("/CN=client");
    for versions in [ONLY_12, ONLY_13] {
        for (certificate, code) in [
            (Some(&good), None),
            (Some(&server_only), Some("INVALID_PURPOSE")),
            (Some(&stranger), Some("DEPTH_ZERO_SELF_SIGNED_CERT")),
            (None, Some("UNABLE_TO_GET_ISSUER_CERT")),
        ] {
            let connector = ClientContext::new(ClientOptions {
                key_pairs: certificate.map(|made| pair(&[made])).into_iter().collect(),
                trust: trust(&[&own]),
                ..ClientOptions::default()
            })
            .unwrap();
            let tolerant = asking(&own, &[&root], false, versions.clone());
            let (dialed, accepted) = admit(&connector, &tolerant, wire(1 << 16)).await;
            assert!(dialed.is_ok());
            let verdict = accepted.unwrap().verdict.unwrap();
            assert_eq!(verdict.error.map(|error| error.code), code);

            let strict = asking(&own, &[&root], true, versions.clone());
            let wire = wire(1 << 16);
            let from_server = Arc::clone(&wire.from_server);
            let (dialed, accepted) = admit(&connector, &strict, wire).await;
            match (certificate, code) {
                (_, None) => assert!(dialed.is_ok() && accepted.is_ok()),
                (None, _) => {
                    let refused = accepted.unwrap_err();
                    assert_eq!(
                        refused.code(),
                        Some("ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE")
                    );
                    let told = if versions == ONLY_12 {
                        "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE"
                    } else {
                        "ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED"
                    };
                    assert_eq!(dialed.unwrap_err().code(), Some(told));
                }
                (Some(_), Some(_)) => {
                    let Err(HandshakeError::Refused(error)) = accepted else {
                        panic!()
                    };
                    assert_eq!(Some(error.code), code);
                    // No alert, and no last flight.
                    let alerts = records(&from_server)
                        .iter()
                        .filter(|&&kind| kind == 0x15)
                        .count();
                    assert_eq!(alerts, 0);
                    assert_eq!(dialed.is_err(), versions == ONLY_12);
                }
            }
        }
    }
}

#[tokio::test]
async fn a_lone_leaf_is_completed_from_the_trust_store() {
    let w = Workshop::new();
    let root = w.own("/CN=Root", CA);
    let inter = w.issue(&root, "/CN=Inter", CA);
    let leaf = w.issue(&inter, "/CN=localhost", LEAF);
    let acceptor = ServerContext::new(ServerOptions {
        key_pairs: vec![pair(&[&leaf])],
        trust: trust(&[&inter]),
        ..ServerOptions::default()
    })
    .unwrap();
    let wire = wire(1 << 16);
    let connector = client(&[&root], BOTH);
    let (pending, _) = tokio::join!(
        async {
            let pending = connect(&connector, None, wire.client).await.unwrap();
            (
                pending.verdict.error.clone(),
                pending.parameters.peer_certificates.len(),
            )
        },
        accept(&acceptor, wire.server)
    );
    assert_eq!(pending, (None, 2));
}

#[tokio::test]
async fn bytes_that_are_not_tls_get_no_answer() {
    let w = Workshop::new();
    let acceptor = server(&[&w.readme()], BOTH);
    for (bytes, code) in [
        (
            &b"{\"password\":\"x\"}\n"[..],
            "ERR_SSL_WRONG_VERSION_NUMBER",
        ),
        (b"GET / HTTP/1.1\r\n\r\n", "ERR_SSL_HTTP_REQUEST"),
        (b"POST / HTTP/1.1\r\n\r\n", "ERR_SSL_HTTP_REQUEST"),
        (
            b"CONNECT a:1 HTTP/1.1\r\n\r\n",
            "ERR_SSL_HTTPS_PROXY_REQUEST",
        ),
        (&[0xff; 64], "ERR_SSL_WRONG_VERSION_NUMBER"),
    ] {
        let mut wire = wire(1 << 16);
        wire.client.write_all(bytes).await.unwrap();
        let error = accept(&acceptor, wire.server).await.unwrap_err();
        assert_eq!(error.code(), Some(code));
        assert_eq!(*wire.from_server.lock().unwrap(), []);
    }
    let mut wire = wire(1 << 16);
    wire.server.write_all(b"220 welcome\r\n").await.unwrap();
    let error = connect(&client(&[], BOTH), None, wire.client)
        .await
        .unwrap_err();
    assert_eq!(error.code(), Some("ERR_SSL_WRONG_VERSION_NUMBER"));
    assert_eq!(records(&wire.from_client), [0x16]);
}

#[tokio::test]
async fn the_end_of_the_stream_is_its_own_error() {
    let w = Workshop::new();
    let acceptor = server(&[&w.readme()], BOTH);
    for sent in [0, 3, 50] {
        let mut first = wire(1 << 16);
        let hello = first.from_client.clone();
        let connector = client(&[], BOTH);
        {
            // A ClientHello, whose sender then gives up.
            let connecting = connect(&connector, None, &mut first.client);
            let silent = tokio::task::yield_now();
            tokio::select! { biased; _ = connecting => unreachable!(), () = silent => {} }
        }
        let hello = hello.lock().unwrap()[..sent].to_vec();
        let mut second = wire(1 << 16);
        second.client.write_all(&hello).await.unwrap();
        drop(second.client);
        let error = accept(&acceptor, second.server).await.unwrap_err();
        assert!(matches!(error, HandshakeError::UnexpectedEof), "{error:?}");
        drop(first.server);
        let error = connect(&connector, None, first.client).await.unwrap_err();
        assert_eq!(error.code(), Some("EPIPE"));
    }
}

#[tokio::test]
async fn negotiation_fails_as_in_node() {
    let w = Workshop::new();
    let made = w.readme();
    let empty = ServerContext::new(ServerOptions::default()).unwrap();
    let cipher = |cipher_suites: Vec<u16>| {
        let key_pairs = vec![pair(&[&made])];
        let versions = ONLY_12;
        ServerContext::new(ServerOptions {
            key_pairs,
            versions,
            cipher_suites,
            ..ServerOptions::default()
        })
        .unwrap()
    };
    let alpn = ServerContext::new(ServerOptions {
        key_pairs: vec![pair(&[&made])],
        alpn_protocols: vec![b"a".to_vec()],
        ..ServerOptions::default()
    })
    .unwrap();
    let client_with = |cipher_suites: Vec<u16>, alpn_protocols: Vec<Vec<u8>>, versions| {
        ClientContext::new(ClientOptions {
            trust: trust(&[&made]),
            cipher_suites,
            alpn_protocols,
            versions,
            ..ClientOptions::default()
        })
        .unwrap()
    };
    let rows = [
        (
            empty,
            client(&[&made], BOTH),
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            "NO_SUITABLE_SIGNATURE_ALGORITHM",
        ),
        (
            server(&[&made], ONLY_13),
            client(&[&made], ONLY_12),
            "TLSV1_ALERT_PROTOCOL_VERSION",
            "UNSUPPORTED_PROTOCOL",
        ),
        (
            server(&[&made], ONLY_12),
            client(&[&made], ONLY_13),
            "TLSV1_ALERT_PROTOCOL_VERSION",
            "UNSUPPORTED_PROTOCOL",
        ),
        (
            cipher(vec![0xc02b]),
            client_with(vec![0xc02c], vec![], ONLY_12),
            "SSLV3_ALERT_HANDSHAKE_FAILURE",
            "NO_SHARED_CIPHER",
        ),
        (
            alpn,
            client_with(vec![], vec![b"b".to_vec()], BOTH),
            "TLSV1_ALERT_NO_APPLICATION_PROTOCOL",
            "NO_APPLICATION_PROTOCOL",
        ),
    ];
    for (acceptor, connector, client_code, server_code) in rows {
        let wire = wire(1 << 16);
        let (pending, accepted): Ends = tokio::join!(
            connect(&connector, None, wire.client),
            accept(&acceptor, wire.server)
        );
        assert_eq!(
            pending.unwrap_err().code().unwrap(),
            format!("ERR_SSL_{client_code}")
        );
        assert_eq!(
            accepted.unwrap_err().code().unwrap(),
            format!("ERR_SSL_{server_code}")
        );
    }
}
