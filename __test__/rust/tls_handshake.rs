//! Handshakes over in-memory streams: what is written, and when.

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

use std::sync::Arc;

use tls_json_native::tls::{
    ClientContext, ClientOptions, HandshakeError, ServerContext, ServerOptions, accept,
    receive_hello,
};
use wire::{
    BOTH, ONLY_12, ONLY_13, admit, asking, bounded, client, connect, records, server, wire,
};
use workshop::{CA, LEAF, RSA, Spec, Workshop, ders, pair, trust};

#[tokio::test]
async fn readme_certificates_are_admitted() {
    bounded(async {
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
                            let pending =
                                connect(&connector, Some("localhost"), wire.client).await?;
                            assert_eq!(pending.verification.error, None);
                            pending.admit().await
                        },
                        accept(&acceptor, wire.server)
                    );
                    let accepted = accepted.unwrap();
                    let dialed = dialed.unwrap().parameters;
                    assert_eq!(dialed.protocol, protocol);
                    assert_eq!(dialed.server_name.as_deref(), Some("localhost"));
                    assert_eq!(dialed.peer_certificates, ders(&[made]));
                    assert_eq!(accepted.parameters.protocol, protocol);
                    assert_eq!(accepted.parameters.server_name.as_deref(), Some("localhost"));
                    assert!(accepted.verification.is_none());
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_refused_server_gets_nothing_but_the_client_hello() {
    bounded(async {
        let w = Workshop::new();
        let made = w.readme();
        // On a narrow wire the server's flight comes in pieces, and so would the client's.
        for size in [1 << 16, 1] {
            let wire = wire(size);
            let (connector, acceptor) = (client(&[], BOTH), server(&[&made], BOTH));
            let (_, accepted) = tokio::join!(
                async {
                    let pending = connect(&connector, None, wire.client).await.unwrap();
                    let error = pending.verification.error.clone().unwrap();
                    assert_eq!(error.code, "DEPTH_ZERO_SELF_SIGNED_CERT");
                    drop(pending);
                },
                accept(&acceptor, wire.server)
            );
            assert_eq!(records(&wire.from_client), [0x16]);
            assert!(matches!(accepted, Err(HandshakeError::UnexpectedEof)));
        }
    })
    .await;
}

#[tokio::test]
async fn the_last_flight_waits_for_the_verification() {
    bounded(async {
        let w = Workshop::new();
        let made = w.readme();
        for (versions, before, after) in [
            // In TLS 1.2 the server's last flight comes behind the client's, so nothing is left.
            (ONLY_12, &[0x16, 0x16, 0x14, 0x16][..], &[0x16, 0x16, 0x14, 0x16][..]),
            (ONLY_13, &[0x16], &[0x16, 0x14, 0x17]),
        ] {
            for size in [1 << 16, 1] {
                let wire = wire(size);
                let (connector, acceptor) =
                    (client(&[&made], BOTH), server(&[&made], versions.clone()));
                let sent = Arc::clone(&wire.from_client);
                let (dialed, accepted) = tokio::join!(
                    async {
                        let pending = connect(&connector, None, wire.client).await.unwrap();
                        for _ in 0..100 {
                            tokio::task::yield_now().await;
                        }
                        assert_eq!(records(&sent), before);
                        let admitted = pending.admit().await;
                        assert_eq!(records(&sent), after);
                        admitted
                    },
                    accept(&acceptor, wire.server)
                );
                assert!(dialed.is_ok() && accepted.is_ok());
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_pinned_certificate_with_another_key_fails() {
    bounded(async {
        let w = Workshop::new();
        for (made, other) in
            [(w.version_1("/CN=localhost"), w.version_1("/CN=a")), (w.readme(), w.readme())]
        {
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
                let expected: &[u8] =
                    if versions == ONLY_12 { &[0x16, 0x15] } else { &[0x16, 0x14, 0x17] };
                assert_eq!(sent, expected);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn client_certificates_are_judged() {
    bounded(async {
        let w = Workshop::new();
        let own = w.readme();
        let root = w.own("/CN=Root", CA);
        let good = w.issue(&root, "/CN=client", "extendedKeyUsage=clientAuth");
        let server_only = w.issue(&root, "/CN=client", LEAF);
        let self_signed = w.version_1("/CN=client");
        for versions in [ONLY_12, ONLY_13] {
            for (certificate, code) in [
                (Some(&good), None),
                (Some(&server_only), Some("INVALID_PURPOSE")),
                (Some(&self_signed), Some("DEPTH_ZERO_SELF_SIGNED_CERT")),
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
                let verification = accepted.unwrap().verification.unwrap();
                assert_eq!(verification.error.map(|error| error.code), code);

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
                        let Err(HandshakeError::Refused(error)) = accepted else { panic!() };
                        assert_eq!(Some(error.code), code);
                        // No alert, and no last flight.
                        let alerts =
                            records(&from_server).iter().filter(|&&kind| kind == 0x15).count();
                        assert_eq!(alerts, 0);
                        assert_eq!(dialed.is_err(), versions == ONLY_12);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_greeting_tells_what_is_asked_for_before_anything_is_answered() {
    bounded(async {
        let w = Workshop::new();
        let made = w.readme();
        let offered = vec![b"a".to_vec(), b"b".to_vec()];
        let connector = ClientContext::new(ClientOptions {
            trust: trust(&[&made]),
            alpn_protocols: offered.clone(),
            ..ClientOptions::default()
        })
        .unwrap();
        for decided in [Some(b"b".to_vec()), None] {
            let wire = wire(1 << 16);
            let from_server = wire.from_server;
            let acceptor = server(&[&made], BOTH).with_protocol(decided.clone());
            let (dialed, accepted) = tokio::join!(
                async { connect(&connector, Some("x.test"), wire.client).await?.admit().await },
                async {
                    let greeting = receive_hello(wire.server).await?;
                    assert_eq!(greeting.hello.server_name.as_deref(), Some("x.test"));
                    assert_eq!(greeting.hello.alpn_protocols.as_ref(), Some(&offered));
                    assert!(records(&from_server).is_empty());
                    greeting.accept(&acceptor).await
                }
            );
            if decided.is_some() {
                assert_eq!(accepted.unwrap().parameters.alpn, decided);
                assert_eq!(dialed.unwrap().parameters.alpn, decided);
            } else {
                let code = "ERR_SSL_NO_APPLICATION_PROTOCOL";
                assert_eq!(accepted.unwrap_err().code(), Some(code));
                let code = "ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL";
                assert_eq!(dialed.unwrap_err().code(), Some(code));
            }
        }
    })
    .await;
}

#[tokio::test]
async fn only_the_signature_schemes_asked_for_are_used() {
    const PSS_SHA256: u16 = 0x0804;
    const PSS_SHA512: u16 = 0x0806;
    bounded(async {
        let w = Workshop::new();
        let spec = Spec { subject: "/CN=localhost", new_key: Some(RSA), ..Spec::default() };
        let made = w.make(&spec);
        let with = |ours: u16, theirs: u16| {
            let acceptor = ServerContext::new(ServerOptions {
                key_pairs: vec![pair(&[&made])],
                signature_schemes: vec![ours],
                ..ServerOptions::default()
            });
            let connector = ClientContext::new(ClientOptions {
                trust: trust(&[&made]),
                signature_schemes: vec![theirs],
                ..ClientOptions::default()
            });
            (acceptor.unwrap(), connector.unwrap())
        };
        for (ours, theirs) in [(PSS_SHA256, PSS_SHA256), (PSS_SHA256, PSS_SHA512)] {
            let wire = wire(1 << 16);
            let (acceptor, connector) = with(ours, theirs);
            let (dialed, accepted) = tokio::join!(
                async { connect(&connector, None, wire.client).await?.admit().await },
                accept(&acceptor, wire.server)
            );
            assert_eq!(dialed.is_ok(), ours == theirs);
            let code = accepted.err().and_then(|error| error.code());
            let expected = (ours != theirs).then_some("ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS");
            assert_eq!(code, expected);
        }
    })
    .await;
}

#[tokio::test]
async fn a_lone_leaf_is_completed_from_the_trust_store() {
    bounded(async {
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
                let error = pending.verification.error.clone();
                (error, pending.admit().await.unwrap().parameters.peer_certificates.len())
            },
            accept(&acceptor, wire.server)
        );
        assert_eq!(pending, (None, 2));
    })
    .await;
}
