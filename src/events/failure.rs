use std::any::Any;
use std::io::Error;
use std::net::SocketAddr;

use serde::Serialize;

use crate::io::{ErrorCode, Place, address_text};
use crate::session::SessionError;
use crate::tls::{self, HandshakeError, Syscall};

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
        /// The error's name, when the system gave no number that JavaScript knows.
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'static str>,
        /// The address or path it was about.
        #[serde(skip_serializing_if = "Option::is_none")]
        address: Option<Box<str>>,
        /// The port it was about.
        #[serde(skip_serializing_if = "Option::is_none")]
        port: Option<u16>,
        /// Our own address and port, where a certain port was to be used.
        #[serde(flatten)]
        local: Option<Box<LocalEnd>>,
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
    /// We have gone away because of the client's certificate (server). Told as a hangup, as Node does.
    Refused {
        /// OpenSSL's code for what is wrong with it, as Node spells it.
        code: &'static str,
    },
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

/// Where a connection was to come from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LocalEnd {
    local_address: String,
    local_port: u16,
}

/// What OpenSSL says of a failure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Openssl {
    /// Node's code, `ERR_SSL_…`.
    pub(crate) code: &'static str,
    /// OpenSSL's reason text.
    pub(crate) reason: &'static str,
    /// OpenSSL's reason number.
    pub(crate) number: u32,
}

impl From<tls::OpensslError> for Openssl {
    fn from(tls::OpensslError { code, reason, number }: tls::OpensslError) -> Self {
        Self { code, reason, number }
    }
}

impl Failure {
    /// A failed system call that is not about an address.
    pub fn system(syscall: &'static str, error: &Error) -> Self {
        let (errno, code) = match ErrorCode::of(syscall, error) {
            ErrorCode::Number(number) => (Some(number), None),
            ErrorCode::Name(name) => (None, Some(name)),
        };
        Self::System { syscall, errno, code, address: None, port: None, local: None }
    }

    /// A failed system call about an address.
    pub fn system_at(syscall: &'static str, error: &Error, at: &Place) -> Self {
        let (address, port) = match at {
            Place::Ip(at) => (address_text(at), Some(at.port())),
            #[cfg(unix)]
            Place::Path(path) => (path.to_string_lossy().into_owned(), None),
        };
        match Self::system(syscall, error) {
            Self::System { syscall, errno, code, .. } => Self::System {
                syscall,
                errno,
                code,
                address: Some(address.into()),
                port,
                local: None,
            },
            other => other,
        }
    }

    /// The same, of a connection that was to come from `from`.
    pub fn coming_from(mut self, from: SocketAddr) -> Self {
        if let Self::System { local, .. } = &mut self {
            let local_address = from.ip().to_string();
            *local = Some(Box::new(LocalEnd { local_address, local_port: from.port() }));
        }
        self
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
        match error {
            HandshakeError::Refused(error) => Self::Refused { code: error.code },
            error => Self::of_handshake(error, Self::Hangup),
        }
    }

    /// The peer has gone beyond a bound of the session.
    pub(crate) fn of_limit(error: SessionError) -> Self {
        let code = match error {
            SessionError::LoginTooLong { .. } => "TLSJSON_LOGIN_TOO_LONG",
            SessionError::Silence { .. } => "TLSJSON_SILENCE",
            _ => "TLSJSON_MESSAGE_TOO_LONG",
        };
        Self::Limit { code, message: error.to_string() }
    }

    /// A fault in this package, on one connection.
    pub(crate) fn of_panic(panic: &(dyn Any + Send)) -> Self {
        let text = panic
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("unknown");
        Self::Internal { message: format!("the engine failed on this connection: {text}") }
    }

    /// The same kind of failure, whatever its details.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::System { errno, code, .. }, Self::System { errno: errno2, code: code2, .. }) => {
                (errno, code) == (errno2, code2)
            }
            (Self::Ssl { openssl, recent }, Self::Ssl { openssl: openssl2, recent: recent2 }) => {
                let code = |recent: &Option<Box<Openssl>>| recent.as_ref().map(|one| one.code);
                openssl.code == openssl2.code && code(recent) == code(recent2)
            }
            (Self::Limit { code, .. }, Self::Limit { code: other, .. })
            | (Self::Refused { code }, Self::Refused { code: other }) => code == other,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }

    /// A bound of time of the session that is no error to JavaScript: its code.
    pub(crate) fn cut_code(error: SessionError) -> Option<&'static str> {
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
