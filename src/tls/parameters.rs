//! What a handshake negotiated, in OpenSSL's names.

use rustls::pki_types::CertificateDer;
use rustls::{CipherSuite, CommonState, NamedGroup, ProtocolVersion};

/// Negotiated parameters of a connection.
#[derive(Clone, Debug)]
pub struct Parameters {
    /// `TLSv1.2` or `TLSv1.3`, as `tlsSocket.getProtocol()` says it.
    pub protocol: &'static str,
    /// As `tlsSocket.getCipher()` names it.
    pub cipher: Cipher,
    /// The group of the key exchange.
    pub group: Option<Group>,
    /// The protocol agreed on by ALPN.
    pub alpn: Option<Vec<u8>>,
    /// The name the client sent (SNI).
    pub server_name: Option<String>,
    /// What the peer sent, leaf first; the verified chain is in [`super::VerificationResult::path`].
    pub peer_certificates: Vec<CertificateDer<'static>>,
}

/// A cipher suite's two names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cipher {
    /// OpenSSL's, for example `ECDHE-RSA-AES128-GCM-SHA256`.
    pub name: &'static str,
    /// IANA's, for example `TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256`.
    pub standard_name: &'static str,
}

/// A group of the key exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// OpenSSL's name.
    pub name: &'static str,
    /// Bits; 0 where OpenSSL tells none, because it is no elliptic curve.
    pub size: u16,
}

impl Parameters {
    pub(super) fn of(connection: &CommonState, server_name: Option<String>) -> Self {
        Self {
            protocol: match connection.protocol_version() {
                Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
                _ => "TLSv1.3",
            },
            cipher: connection
                .negotiated_cipher_suite()
                .map_or(UNKNOWN, |suite| cipher(suite.suite())),
            group: connection
                .negotiated_key_exchange_group()
                .and_then(|negotiated| group(negotiated.name())),
            alpn: connection.alpn_protocol().map(<[u8]>::to_vec),
            server_name,
            peer_certificates: connection
                .peer_certificates()
                .unwrap_or_default()
                .iter()
                .map(|der| der.clone().into_owned())
                .collect(),
        }
    }
}

/// What OpenSSL shows of a group.
fn group(name: NamedGroup) -> Option<Group> {
    let (name, size) = match name {
        NamedGroup::X25519 => ("X25519", 253),
        NamedGroup::secp256r1 => ("prime256v1", 256),
        NamedGroup::secp384r1 => ("secp384r1", 384),
        NamedGroup::secp521r1 => ("secp521r1", 521),
        NamedGroup::X25519MLKEM768 => ("X25519MLKEM768", 0),
        NamedGroup::secp256r1MLKEM768 => ("SecP256r1MLKEM768", 0),
        NamedGroup::MLKEM768 => ("MLKEM768", 0),
        NamedGroup::MLKEM1024 => ("MLKEM1024", 0),
        _ => return None,
    };
    Some(Group { name, size })
}

fn cipher(suite: CipherSuite) -> Cipher {
    let (name, standard_name) = match suite {
        CipherSuite::TLS13_AES_256_GCM_SHA384 => {
            ("TLS_AES_256_GCM_SHA384", "TLS_AES_256_GCM_SHA384")
        }
        CipherSuite::TLS13_AES_128_GCM_SHA256 => {
            ("TLS_AES_128_GCM_SHA256", "TLS_AES_128_GCM_SHA256")
        }
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256 => {
            ("TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256")
        }
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 => {
            ("ECDHE-ECDSA-AES128-GCM-SHA256", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256")
        }
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384 => {
            ("ECDHE-ECDSA-AES256-GCM-SHA384", "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384")
        }
        CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256 => {
            ("ECDHE-ECDSA-CHACHA20-POLY1305", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256")
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 => {
            ("ECDHE-RSA-AES128-GCM-SHA256", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384 => {
            ("ECDHE-RSA-AES256-GCM-SHA384", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384")
        }
        CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256 => {
            ("ECDHE-RSA-CHACHA20-POLY1305", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256")
        }
        _ => return UNKNOWN,
    };
    Cipher { name, standard_name }
}

const UNKNOWN: Cipher = Cipher { name: "(NONE)", standard_name: "(NONE)" };
