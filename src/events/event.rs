use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use super::failure::Failure;
use crate::io::address_text;
use crate::tls::{Hello, Parameters, VerificationResult};

/// What happened on a connection or a listener, other than a line. Crosses to JavaScript as JSON text,
/// which calls it a signal: events are what users see.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Event {
    /// A client's TCP connection is up; TLS comes next.
    Connect {
        /// Our end, for TCP.
        local: Option<Endpoint>,
        /// The server's end, for TCP.
        remote: Option<Endpoint>,
    },
    /// A client's server owns the key of its certificate: chain and name are to be judged.
    Verification {
        /// Why the chain is not trusted, if it is not.
        error: Option<Failure>,
        /// The chain as built, leaf first, DER in base64.
        chain: Vec<String>,
    },
    /// A client's handshake is done, its server admitted.
    Secured {
        /// What was negotiated.
        parameters: Box<Negotiated>,
    },
    /// A peer has connected to a server; the handshake comes next. Sent only while somebody listens for it, or decides
    /// on it.
    Connection {
        /// The listener it came through.
        listener: u32,
        /// Whether it waits to be admitted.
        asks: bool,
        /// Our end, for TCP.
        local: Option<Endpoint>,
        /// The peer's end, for TCP.
        remote: Option<Endpoint>,
    },
    /// A peer's ClientHello has come, and what is answered depends on it. Sent only where that is so.
    Hello {
        /// The listener it came through.
        listener: u32,
        /// The peer's end, for TCP.
        remote: Option<Endpoint>,
        /// The name the peer asks for (SNI).
        server_name: Option<String>,
        /// The application protocols it offers (ALPN), in base64, if it does.
        alpn: Option<Vec<String>>,
    },
    /// A server's handshake with a new peer is done.
    Secure {
        /// The listener it came through.
        listener: u32,
        /// Our end, for TCP.
        local: Option<Endpoint>,
        /// The peer's end, for TCP.
        remote: Option<Endpoint>,
        /// What was negotiated.
        parameters: Box<Negotiated>,
        /// Whether the peer was asked for a certificate.
        requested: bool,
        /// Why a certificate that was asked for is not trusted.
        error: Option<Box<Failure>>,
        /// The peer's chain as built, leaf first, DER in base64; empty when none was asked for.
        chain: Vec<String>,
        /// The connection's secrets, lines of a key log. Only while somebody listens for them.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        keys: Vec<String>,
    },
    /// Secrets of a client's connection, lines of a key log. Sent only if somebody listens for them.
    KeyLog {
        /// Each with its newline.
        lines: Vec<String>,
    },
    /// The peer has ended its side while its login line is being judged: `End` follows the answer.
    Left,
    /// The peer has ended its side.
    End,
    /// A ping was not answered in time; the connection is being disconnected.
    Timeout,
    /// The session ends the connection, for a reason that is no error to JavaScript.
    Cut {
        /// `TLSJSON_…`.
        code: &'static str,
    },
    /// Everything that was written has reached the operating system.
    Drain {
        /// Somebody has asked to be told.
        asked: bool,
        /// So much had been waiting that a sender had better wait.
        relieved: bool,
    },
    /// We have ended our side: everything that was written, and the end itself, has reached the operating system.
    Finish,
    /// A connection over an external transport wants more bytes.
    ReadAgain,
    /// The connection failed; `Closed` follows.
    Error {
        /// How.
        error: Failure,
    },
    /// The connection is gone. Nothing follows.
    Closed {
        /// Whether a failure ended it.
        had_error: bool,
        /// Whether both sides have ended it, so that JavaScript is owed what came before, however late it takes it.
        in_order: bool,
        /// Bytes of plaintext received.
        read: u64,
        /// Bytes of plaintext sent.
        written: u64,
    },
    /// A peer of a listener never got through its handshake. Sent only while somebody listens for it, or for `keys`, or
    /// when its certificate was refused.
    ClientError {
        /// Where it came from, for TCP; unknown once the peer has gone.
        remote: Option<Endpoint>,
        /// How it failed.
        error: Failure,
        /// As in `Secure`.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        keys: Vec<String>,
    },
    /// A listener has let go of its port, and no handshake of it is under way.
    ListenerClosed,
}

/// One end of a connection.
#[derive(Debug, Clone, Serialize)]
pub struct Endpoint {
    /// The address in text; an IPv4 address on a dual-stack socket as `::ffff:192.0.2.1`, one that holds only on one
    /// network with its interface.
    pub address: String,
    /// `IPv4` or `IPv6`.
    pub family: &'static str,
    /// The port.
    pub port: u16,
}

impl Endpoint {
    /// Both ends of a connection, ours first, if they are known.
    pub(crate) fn both(ends: Option<(SocketAddr, SocketAddr)>) -> (Option<Self>, Option<Self>) {
        ends.map(|(local, remote)| (local.into(), remote.into())).unzip()
    }
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self {
            address: address_text(&address),
            family: if address.is_ipv4() { "IPv4" } else { "IPv6" },
            port: address.port(),
        }
    }
}

/// What a handshake negotiated.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Negotiated {
    /// `TLSv1.2` or `TLSv1.3`.
    protocol: &'static str,
    /// The cipher suite as OpenSSL names it.
    cipher: &'static str,
    /// The cipher suite as IANA names it.
    standard_cipher: &'static str,
    /// The group of the key exchange, as OpenSSL names it, and its bits.
    group: Option<(&'static str, u16)>,
    /// The name the client asked for (SNI).
    server_name: Option<String>,
    /// The application protocol agreed on (ALPN).
    alpn: Option<String>,
}

impl From<&Parameters> for Negotiated {
    fn from(parameters: &Parameters) -> Self {
        Self {
            protocol: parameters.protocol,
            cipher: parameters.cipher.name,
            standard_cipher: parameters.cipher.standard_name,
            group: parameters.group.map(|group| (group.name, group.size)),
            server_name: parameters.server_name.clone(),
            alpn: parameters.alpn.as_ref().map(|name| String::from_utf8_lossy(name).into_owned()),
        }
    }
}

impl Event {
    /// Whether it comes while JavaScript holds back what it receives: what is not said by the peer behind its lines.
    pub(crate) fn passes_pause(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Verification { .. }
                | Self::Secured { .. }
                | Self::KeyLog { .. }
                | Self::Drain { .. }
                | Self::Finish
        )
    }

    /// Asks JavaScript what to answer to a ClientHello.
    pub(crate) fn hello(listener: u32, remote: Option<Endpoint>, hello: &Hello) -> Self {
        let names = hello.alpn_protocols.as_ref();
        Self::Hello {
            listener,
            remote,
            server_name: hello.server_name.clone(),
            alpn: names.map(|names| names.iter().map(|name| BASE64.encode(name)).collect()),
        }
    }
}

/// A verification result as JavaScript takes it: why the chain is not trusted, and the chain, DER in base64.
pub(crate) fn describe(verification: VerificationResult) -> (Option<Failure>, Vec<String>) {
    let error = verification
        .error
        .map(|error| Failure::Chain { code: error.code, message: error.message.into() });
    (error, verification.path.iter().map(|der| BASE64.encode(der)).collect())
}
