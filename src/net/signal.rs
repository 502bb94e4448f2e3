use std::io::ErrorKind;
use std::net::SocketAddr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;

use super::socket::Place;
use crate::session::SessionError;
use crate::tls::{self, HandshakeError, Hello, Parameters, Syscall, Verdict};

/// What happened on a connection or a listener, other than a line. Crosses to JavaScript as JSON text.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "type", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Signal {
    /// A client's TCP connection is up; TLS comes next.
    Connect {
        /// Our end, for TCP.
        local: Option<Endpoint>,
        /// The server's end, for TCP.
        remote: Option<Endpoint>,
    },
    /// A client's server owns the key of its certificate: chain and name are to be judged.
    Verdict {
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
        /// Whether it waits for [`Connection::admit`](super::Connection::admit).
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
    /// The peer has ended its side.
    End,
    /// A ping was not answered in time; the connection is being cut.
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
    /// A connection whose bytes JavaScript carries wants more of them.
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
    /// A peer of a listener never got through its handshake. Sent only while somebody listens for it, or for `keys`.
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
    /// The address in text; an IPv4 address on a dual-stack socket as `::ffff:192.0.2.1`.
    pub address: String,
    /// `IPv4` or `IPv6`.
    pub family: &'static str,
    /// The port.
    pub port: u16,
}

impl From<SocketAddr> for Endpoint {
    fn from(address: SocketAddr) -> Self {
        Self {
            address: address.ip().to_string(),
            family: if address.is_ipv4() { "IPv4" } else { "IPv6" },
            port: address.port(),
        }
    }
}

/// A failure in plain values; JavaScript makes Node's error object of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Failure {
    /// A system call failed.
    System {
        /// Which, as Node names it: `connect`, `bind`, `listen`, `read`, `write`.
        syscall: &'static str,
        /// The system's number of the error, positive; JavaScript knows its name.
        #[serde(skip_serializing_if = "Option::is_none")]
        errno: Option<i32>,
        /// The error's name, when the system gave no number.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'static str>,
        /// The address or path it was about.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<String>,
        /// The port it was about.
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
    },
    /// Every address of a host failed.
    Aggregate {
        /// One failure per address, in the order they were tried.
        errors: Vec<Failure>,
    },
    /// The certificate chain is not trusted.
    Chain {
        /// OpenSSL's code, as Node spells it.
        code: &'static str,
        /// OpenSSL's text.
        message: String,
    },
    /// TLS itself failed.
    Ssl {
        /// What OpenSSL 3.0 says.
        #[serde(flatten)]
        openssl: Openssl,
        /// What OpenSSL says from 3.2 on, where that is something else.
        #[serde(skip_serializing_if = "Option::is_none")]
        recent: Option<Box<Openssl>>,
    },
    /// The other end went away before TLS was up (client).
    Disconnected,
    /// The other end went away before TLS was up (server).
    Hangup,
    /// The handshake took too long (server).
    Timeout,
    /// A limit of this package was met.
    Limit {
        /// `TLSJSON_…`.
        code: &'static str,
        /// What, how much, and what to do.
        message: String,
    },
    /// The transport failed, which is JavaScript's: it knows how.
    Transport,
    /// A fault in this package.
    Internal {
        /// What is known of it.
        message: String,
    },
}

/// What OpenSSL says of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Openssl {
    /// Node's code, `ERR_SSL_…`.
    pub(super) code: &'static str,
    /// OpenSSL's reason text.
    pub(super) reason: &'static str,
    /// OpenSSL's reason number.
    pub(super) number: u32,
}

impl From<tls::OpensslError> for Openssl {
    fn from(tls::OpensslError { code, reason, number }: tls::OpensslError) -> Self {
        Self { code, reason, number }
    }
}

impl Failure {
    /// A failed system call that is not about an address.
    pub fn system(syscall: &'static str, error: &std::io::Error) -> Self {
        let errno = error.raw_os_error();
        let code = match (errno, error.kind()) {
            (Some(_), _) => None,
            (None, ErrorKind::TimedOut) => Some("ETIMEDOUT"),
            (None, ErrorKind::WriteZero | ErrorKind::BrokenPipe) => Some("EPIPE"),
            (None, _) => Some("EIO"),
        };
        Self::System { syscall, errno, code, address: None, port: None }
    }

    /// A failed system call about an address.
    pub fn system_at(syscall: &'static str, error: &std::io::Error, at: &Place) -> Self {
        let (address, port) = match at {
            Place::Ip(at) => (at.ip().to_string(), Some(at.port())),
            #[cfg(unix)]
            Place::Path(path) => (path.to_string_lossy().into_owned(), None),
        };
        match Self::system(syscall, error) {
            Self::System { syscall, errno, code, .. } => {
                Self::System { syscall, errno, code, address: Some(address), port }
            }
            other => other,
        }
    }

    /// TLS failed after the handshake, `tls13` if that is its version.
    pub fn tls(error: &rustls::Error, tls13: bool) -> Self {
        Self::openssl(tls::openssl_error(error), tls::recent_openssl_error(error, tls13))
    }

    /// A client's handshake failed.
    pub fn of_client(error: HandshakeError) -> Self {
        Self::of_handshake(error, Self::Disconnected)
    }

    /// A server's handshake failed.
    pub fn of_server(error: HandshakeError) -> Self {
        Self::of_handshake(error, Self::Hangup)
    }

    /// The peer has gone beyond a bound of the session.
    pub(super) fn of_limit(error: SessionError) -> Self {
        let code = match error {
            SessionError::LoginTooLong { .. } => "TLSJSON_LOGIN_TOO_LONG",
            SessionError::Silence { .. } => "TLSJSON_SILENCE",
            _ => "TLSJSON_MESSAGE_TOO_LONG",
        };
        Self::Limit { code, message: error.to_string() }
    }

    /// A fault in this package, on one connection.
    pub(super) fn of_panic(panic: &(dyn std::any::Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        Self::Internal { message: format!("the engine failed on this connection: {text}") }
    }

    /// The same kind of failure, whatever its details.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::System { errno, code, .. }, Self::System { errno: errno2, code: code2, .. }) => {
                (errno, code) == (errno2, code2)
            }
            (Self::Ssl { openssl, recent }, Self::Ssl { openssl: openssl2, recent: recent2 }) => {
                let code = |recent: &Option<Box<Openssl>>| recent.as_ref().map(|one| one.code);
                openssl.code == openssl2.code && code(recent) == code(recent2)
            }
            (Self::Limit { code, .. }, Self::Limit { code: other, .. }) => code == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// A bound of time of the session that is no error to JavaScript: its code.
    pub(super) fn cut_code(error: SessionError) -> Option<&'static str> {
        match error {
            SessionError::LoginTimeout => Some("TLSJSON_LOGIN_TIMEOUT"),
            SessionError::NotEnded => Some("TLSJSON_NOT_ENDED"),
            _ => None,
        }
    }

    fn of_handshake(error: HandshakeError, gone: Self) -> Self {
        match error {
            HandshakeError::Tls { openssl, recent, .. } => Self::openssl(openssl, recent),
            HandshakeError::Refused(_) | HandshakeError::UnexpectedEof => gone,
            HandshakeError::Io { syscall: Syscall::Read, source } => Self::system("read", &source),
            HandshakeError::Io { syscall: Syscall::Write, source } => {
                Self::system("write", &source)
            }
        }
    }

    fn openssl(error: tls::OpensslError, recent: Option<tls::OpensslError>) -> Self {
        Self::Ssl { openssl: error.into(), recent: recent.map(|recent| Box::new(recent.into())) }
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

impl Signal {
    /// Whether it comes while JavaScript holds back what it receives: what is not said by the peer behind its lines.
    pub(super) fn passes_pause(&self) -> bool {
        matches!(
            self,
            Self::Connect { .. }
                | Self::Verdict { .. }
                | Self::Secured { .. }
                | Self::KeyLog { .. }
                | Self::Drain { .. }
                | Self::Finish
        )
    }

    /// Asks JavaScript what to answer to a ClientHello.
    pub(super) fn hello(listener: u32, remote: Option<Endpoint>, hello: &Hello) -> Self {
        let names = hello.alpn_protocols.as_ref();
        Self::Hello {
            listener,
            remote,
            server_name: hello.server_name.clone(),
            alpn: names.map(|names| names.iter().map(|name| BASE64.encode(name)).collect()),
        }
    }
}

/// A verdict as JavaScript takes it: why the chain is not trusted, and the chain, DER in base64.
pub(super) fn describe(verdict: Verdict) -> (Option<Failure>, Vec<String>) {
    let error = verdict
        .error
        .map(|error| Failure::Chain { code: error.code, message: error.message.into() });
    (error, verdict.path.iter().map(|der| BASE64.encode(der)).collect())
}
