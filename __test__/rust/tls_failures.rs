//! Handshakes that fail: what each side says, and what it sends.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "tls_wire.rs"]
mod wire;
#[path = "tls_workshop.rs"]
mod workshop;

use tls_json_native::tls::{
    ClientContext, ClientOptions, HandshakeError, ServerContext, ServerOptions, accept,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use wire::{BOTH, Ends, ONLY_12, ONLY_13, Wire, bounded, client, connect, records, server, wire};
use workshop::{Workshop, pair, trust};

#[tokio::test]
async fn bytes_that_are_not_tls_get_no_answer() {
    bounded(async {
        let w = Workshop::new();
        let acceptor = server(&[&w.readme()], BOTH);
        for (bytes, code) in [
            (&b"{\"password\":\"x\"}\n"[..], "ERR_SSL_WRONG_VERSION_NUMBER"),
            (b"GET / HTTP/1.1\r\n\r\n", "ERR_SSL_HTTP_REQUEST"),
            (b"POST / HTTP/1.1\r\n\r\n", "ERR_SSL_HTTP_REQUEST"),
            (b"CONNECT a:1 HTTP/1.1\r\n\r\n", "ERR_SSL_HTTPS_PROXY_REQUEST"),
            (&[0xff; 64], "ERR_SSL_WRONG_VERSION_NUMBER"),
        ] {
            // On a narrow wire they come one by one.
            for size in [1 << 16, 1] {
                let mut wire = wire(size);
                let (_, accepted) =
                    tokio::join!(wire.client.write_all(bytes), accept(&acceptor, wire.server));
                assert_eq!(accepted.unwrap_err().code(), Some(code));
                assert!(wire.from_server.lock().unwrap().is_empty());
            }
        }
        for size in [1 << 16, 1] {
            let Wire { client: ours, mut server, from_client, .. } = wire(size);
            let connector = client(&[], BOTH);
            let greet = async {
                // The whole ClientHello, of which the length is in the record's header.
                let mut header = [0; 5];
                server.read_exact(&mut header).await.unwrap();
                let [.., high, low] = header;
                let mut hello = vec![0; usize::from(u16::from_be_bytes([high, low]))];
                server.read_exact(&mut hello).await.unwrap();
                let _ = server.write_all(b"220 welcome\r\n").await;
            };
            let (pending, ()) = tokio::join!(connect(&connector, None, ours), greet);
            assert_eq!(pending.unwrap_err().code(), Some("ERR_SSL_WRONG_VERSION_NUMBER"));
            assert_eq!(records(&from_client), [0x16]);
        }
    })
    .await;
}

#[tokio::test]
async fn anything_but_a_hello_is_unexpected() {
    bounded(async {
        let w = Workshop::new();
        let acceptor = server(&[&w.readme()], BOTH);
        for bytes in [
            &[0x14, 3, 3, 0, 1, 1][..],
            &[0x15, 3, 1, 0, 2, 2, 40],
            &[0x15, 3, 1, 0, 2, 1, 0],
            &[0x17, 3, 3, 0, 2, 2, 40],
        ] {
            let mut wire = wire(1 << 16);
            wire.client.write_all(bytes).await.unwrap();
            let error = accept(&acceptor, wire.server).await.unwrap_err();
            assert_eq!(error.code(), Some("ERR_SSL_UNEXPECTED_MESSAGE"), "{bytes:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_stream_is_its_own_error() {
    bounded(async {
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
    })
    .await;
}

#[tokio::test]
async fn negotiation_fails_as_in_node() {
    bounded(async {
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
            assert_eq!(pending.unwrap_err().code().unwrap(), format!("ERR_SSL_{client_code}"));
            assert_eq!(accepted.unwrap_err().code().unwrap(), format!("ERR_SSL_{server_code}"));
        }
    })
    .await;
}
