//! Handshake failures in Node's terms.

use std::io;

use rustls::{
    AlertDescription, CertificateError, Error, InvalidMessage, PeerIncompatible, PeerMisbehaved,
};

use crate::pki::ChainError;

/// An error as OpenSSL 3.0 would have reported it.
///
/// In JavaScript: an `Error` with `library: 'SSL routines'`, [`reason`](Self::reason) and
/// [`code`](Self::code), its message holding `error:<number>:SSL routines::<reason>:`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpensslError {
    /// Node's, for example `ERR_SSL_WRONG_VERSION_NUMBER`. OpenSSL 3.2 and later (Node 24) spell
    /// `SSLV3_ALERT` as `SSL/TLS_ALERT`.
    pub code: &'static str,
    /// OpenSSL 3.0's, for example `wrong version number`.
    pub reason: &'static str,
    /// OpenSSL's packed number, for example `0x0A00010B`.
    pub number: u32,
}

/// The system call an I/O error came from, as Node names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syscall {
    /// `read`
    Read,
    /// `write`
    Write,
}

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// The protocol failed, on this side or by an alert of the peer.
    #[error("{}", openssl.reason)]
    Tls {
        /// What OpenSSL would have said.
        openssl: OpensslError,
        /// What OpenSSL says from 3.2 on, where that is something else.
        recent: Option<OpensslError>,
        /// What rustls said; absent where rustls was not asked, for bytes that are not TLS.
        #[source]
        source: Option<Error>,
    },
    /// A server dropped a client because of its certificate; nothing was sent. Node reports
    /// `ECONNRESET` and `socket hang up`.
    #[error("client certificate refused: {}", .0.message)]
    Refused(ChainError),
    /// The peer ended the connection. Node reports `ECONNRESET`: `socket hang up` on a server,
    /// `Client network socket disconnected before secure TLS connection was established` on a
    /// client.
    #[error("the peer ended the connection during the handshake")]
    UnexpectedEof,
    /// The transport failed.
    #[error("{source}")]
    Io {
        /// What was being done.
        syscall: Syscall,
        /// Carries the platform's error number.
        #[source]
        source: io::Error,
    },
}

impl HandshakeError {
    /// Node's `code`; `None` for an I/O error that has none of the usual kinds, whose number the
    /// caller can look up.
    pub fn code(&self) -> Option<&'static str> {
        match self {
            Self::Tls { openssl, .. } => Some(openssl.code),
            Self::Refused(_) | Self::UnexpectedEof => Some("ECONNRESET"),
            Self::Io { source, .. } => match source.kind() {
                io::ErrorKind::ConnectionReset => Some("ECONNRESET"),
                io::ErrorKind::ConnectionAborted => Some("ECONNABORTED"),
                io::ErrorKind::BrokenPipe => Some("EPIPE"),
                io::ErrorKind::NotConnected => Some("ENOTCONN"),
                io::ErrorKind::TimedOut => Some("ETIMEDOUT"),
                _ => None,
            },
        }
    }

    /// OpenSSL's view, for protocol failures.
    pub fn openssl(&self) -> Option<OpensslError> {
        match self {
            Self::Tls { openssl, .. } => Some(*openssl),
            _ => None,
        }
    }

    /// What OpenSSL says where no key pair or group fits a client depends on more than rustls
    /// tells.
    pub(super) fn or_unfit(mut self, unfit: OpensslError) -> Self {
        if let Self::Tls { openssl, source: Some(source), .. } = &mut self
            && (is_no_key_pair(source) || (is_no_group(source) && unfit == NO_SHARED_CIPHER))
        {
            *openssl = unfit;
        }
        self
    }

    /// For a connection on which TLS 1.3's keys are in use.
    pub(super) fn in_tls13(mut self) -> Self {
        if let Self::Tls { recent, source: Some(source), .. } = &mut self {
            *recent = recent_openssl_error(source, true);
        }
        self
    }

    pub(super) fn tls(source: Error) -> Self {
        // close_notify, or an alert that OpenSSL has no word for: Node waits for the end that follows and reports that.
        if let Error::AlertReceived(alert) = source
            && known_alert(alert).is_none()
        {
            return Self::UnexpectedEof;
        }
        let recent = recent_openssl_error(&source, false);
        Self::Tls { openssl: openssl_error(&source), recent, source: Some(source) }
    }

    /// For bytes that are no TLS record; `head` is how they begin.
    pub(super) fn not_tls(head: &[u8]) -> Self {
        let http = [&b"GET "[..], b"POST ", b"HEAD ", b"PUT "];
        let openssl = if http.iter().any(|method| head.starts_with(method)) {
            ssl("ERR_SSL_HTTP_REQUEST", "http request", 156)
        } else if head == b"CONNE" {
            ssl("ERR_SSL_HTTPS_PROXY_REQUEST", "https proxy request", 155)
        } else {
            WRONG_VERSION
        };
        Self::Tls { openssl, recent: None, source: None }
    }
}

impl From<HandshakeError> for io::Error {
    fn from(error: HandshakeError) -> Self {
        let kind = match &error {
            HandshakeError::Tls { .. } => io::ErrorKind::InvalidData,
            HandshakeError::Refused(_) => io::ErrorKind::PermissionDenied,
            HandshakeError::UnexpectedEof => io::ErrorKind::UnexpectedEof,
            HandshakeError::Io { source, .. } => source.kind(),
        };
        Self::new(kind, error)
    }
}

/// For what tokio-rustls fails with: its own words, rustls' or the gate's.
impl From<io::Error> for HandshakeError {
    fn from(error: io::Error) -> Self {
        error.downcast().unwrap_or_else(|error| match error.downcast() {
            Ok(source) => Self::tls(source),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Self::UnexpectedEof,
            Err(source) => Self::Io { syscall: Syscall::Read, source },
        })
    }
}

/// rustls' message when a server's resolver found no key pair for a client.
const NO_KEY_PAIR: &str = "no server certificate chain resolved";

/// Whether a server failed for want of a key pair the client can verify.
pub(super) fn is_no_key_pair(error: &Error) -> bool {
    matches!(error, Error::General(message) if message == NO_KEY_PAIR)
}

fn is_no_group(error: &Error) -> bool {
    matches!(error, Error::PeerIncompatible(PeerIncompatible::NoKxGroupsInCommon))
}

const WRONG_VERSION: OpensslError =
    ssl("ERR_SSL_WRONG_VERSION_NUMBER", "wrong version number", 267);

/// `reason` is OpenSSL's `SSL_R_` number; the library number of "SSL routines" is 20.
const fn ssl(code: &'static str, text: &'static str, reason: u32) -> OpensslError {
    OpensslError { code, reason: text, number: 0x0A00_0000 | reason }
}

/// What OpenSSL would have reported where rustls reports `error`, during or after the handshake.
pub fn openssl_error(error: &Error) -> OpensslError {
    match error {
        Error::AlertReceived(alert) => alert_received(*alert),
        Error::InvalidMessage(
            InvalidMessage::InvalidContentType | InvalidMessage::UnknownProtocolVersion,
        ) => WRONG_VERSION,
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) => {
            ssl("ERR_SSL_PACKET_LENGTH_TOO_LONG", "packet length too long", 198)
        }
        Error::InvalidMessage(InvalidMessage::HandshakePayloadTooLarge) => {
            ssl("ERR_SSL_EXCESSIVE_MESSAGE_SIZE", "excessive message size", 152)
        }
        Error::InvalidMessage(_) => ssl("ERR_SSL_LENGTH_MISMATCH", "length mismatch", 159),
        Error::NoCertificatesPresented => ssl(
            "ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE",
            "peer did not return a certificate",
            199,
        ),
        Error::PeerIncompatible(incompatible) => incompatibility(incompatible),
        Error::NoApplicationProtocol => {
            ssl("ERR_SSL_NO_APPLICATION_PROTOCOL", "no application protocol", 235)
        }
        Error::InvalidCertificate(CertificateError::BadEncoding) => {
            OpensslError { code: "ERR_SSL_ASN1_LIB", reason: "ASN1 lib", number: 0x0A08_000D }
        }
        Error::InvalidCertificate(CertificateError::InvalidPurpose) => {
            ssl("ERR_SSL_ECC_CERT_NOT_FOR_SIGNING", "ecc cert not for signing", 318)
        }
        Error::InvalidCertificate(_) => ssl("ERR_SSL_BAD_SIGNATURE", "bad signature", 123),
        Error::DecryptError => ssl(
            "ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC",
            "decryption failed or bad record mac",
            281,
        ),
        Error::PeerSentOversizedRecord => ENCRYPTED_LENGTH,
        Error::PeerMisbehaved(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme) => {
            ssl("ERR_SSL_WRONG_SIGNATURE_TYPE", "wrong signature type", 370)
        }
        Error::PeerMisbehaved(_)
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. } => {
            ssl("ERR_SSL_UNEXPECTED_MESSAGE", "unexpected message", 244)
        }
        error if is_no_key_pair(error) => NO_SUITABLE_SIGNATURE,
        _ => OpensslError {
            code: "ERR_SSL_INTERNAL_ERROR",
            reason: "internal error",
            number: 0x0A0C_0103,
        },
    }
}

/// What OpenSSL from 3.2 on reports in place of [`openssl_error`], where that is something else. `tls13`: whether the keys
/// of TLS 1.3 are in use, with which nothing but an encrypted record may come.
pub fn recent_openssl_error(error: &Error, tls13: bool) -> Option<OpensslError> {
    match error {
        Error::InvalidMessage(InvalidMessage::InvalidContentType) if tls13 => {
            Some(ssl("ERR_SSL_BAD_RECORD_TYPE", "bad record type", 443))
        }
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) if tls13 => Some(ENCRYPTED_LENGTH),
        Error::InvalidMessage(InvalidMessage::MessageTooLarge) => {
            Some(ssl("ERR_SSL_DATA_LENGTH_TOO_LONG", "data length too long", 146))
        }
        _ => None,
    }
}

const ENCRYPTED_LENGTH: OpensslError =
    ssl("ERR_SSL_ENCRYPTED_LENGTH_TOO_LONG", "encrypted length too long", 150);

pub(super) const NO_SHARED_SIGNATURE: OpensslError =
    ssl("ERR_SSL_NO_SHARED_SIGNATURE_ALGORITHMS", "no shared signature algorithms", 376);

pub(super) const NO_SHARED_CIPHER: OpensslError =
    ssl("ERR_SSL_NO_SHARED_CIPHER", "no shared cipher", 193);

pub(super) const NO_SUITABLE_SIGNATURE: OpensslError =
    ssl("ERR_SSL_NO_SUITABLE_SIGNATURE_ALGORITHM", "no suitable signature algorithm", 118);

fn incompatibility(incompatible: &PeerIncompatible) -> OpensslError {
    match incompatible {
        PeerIncompatible::NoCipherSuitesInCommon => NO_SHARED_CIPHER,
        PeerIncompatible::NoKxGroupsInCommon | PeerIncompatible::KeyShareExtensionRequired => {
            ssl("ERR_SSL_NO_SUITABLE_KEY_SHARE", "no suitable key share", 101)
        }
        PeerIncompatible::NamedGroupsExtensionRequired => ssl(
            "ERR_SSL_MISSING_SUPPORTED_GROUPS_EXTENSION",
            "missing supported groups extension",
            209,
        ),
        PeerIncompatible::SignatureAlgorithmsExtensionRequired => {
            ssl("ERR_SSL_MISSING_SIGALGS_EXTENSION", "missing sigalgs extension", 112)
        }
        PeerIncompatible::NullCompressionRequired => {
            ssl("ERR_SSL_NO_COMPRESSION_SPECIFIED", "no compression specified", 187)
        }
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => NO_SUITABLE_SIGNATURE,
        PeerIncompatible::ServerDoesNotSupportTls12Or13
        | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig
        | PeerIncompatible::SupportedVersionsExtensionRequired
        | PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled => {
            ssl("ERR_SSL_UNSUPPORTED_PROTOCOL", "unsupported protocol", 258)
        }
        _ => ssl("ERR_SSL_UNEXPECTED_MESSAGE", "unexpected message", 244),
    }
}

/// OpenSSL numbers a received alert 1000 plus its description.
fn alert_received(alert: AlertDescription) -> OpensslError {
    known_alert(alert).unwrap_or(OpensslError {
        code: "ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR",
        reason: "tlsv1 alert internal error",
        number: 0x0A00_0000 | (1000 + u32::from(u8::from(alert))),
    })
}

fn known_alert(alert: AlertDescription) -> Option<OpensslError> {
    let description = u8::from(alert);
    let &(_, code, reason) = ALERTS.iter().find(|(known, ..)| *known == description)?;
    Some(ssl(code, reason, 1000 + u32::from(description)))
}

macro_rules! alerts {
    ($($description:literal $code:literal $reason:literal),* $(,)?) => {
        &[$(($description, concat!("ERR_SSL_", $code), $reason)),*]
    };
}

/// RFC 8446, section 6, and its predecessors.
const ALERTS: &[(u8, &str, &str)] = alerts![
    10 "SSLV3_ALERT_UNEXPECTED_MESSAGE" "sslv3 alert unexpected message",
    20 "SSLV3_ALERT_BAD_RECORD_MAC" "sslv3 alert bad record mac",
    21 "TLSV1_ALERT_DECRYPTION_FAILED" "tlsv1 alert decryption failed",
    22 "TLSV1_ALERT_RECORD_OVERFLOW" "tlsv1 alert record overflow",
    30 "SSLV3_ALERT_DECOMPRESSION_FAILURE" "sslv3 alert decompression failure",
    40 "SSLV3_ALERT_HANDSHAKE_FAILURE" "sslv3 alert handshake failure",
    41 "SSLV3_ALERT_NO_CERTIFICATE" "sslv3 alert no certificate",
    42 "SSLV3_ALERT_BAD_CERTIFICATE" "sslv3 alert bad certificate",
    43 "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE" "sslv3 alert unsupported certificate",
    44 "SSLV3_ALERT_CERTIFICATE_REVOKED" "sslv3 alert certificate revoked",
    45 "SSLV3_ALERT_CERTIFICATE_EXPIRED" "sslv3 alert certificate expired",
    46 "SSLV3_ALERT_CERTIFICATE_UNKNOWN" "sslv3 alert certificate unknown",
    47 "SSLV3_ALERT_ILLEGAL_PARAMETER" "sslv3 alert illegal parameter",
    48 "TLSV1_ALERT_UNKNOWN_CA" "tlsv1 alert unknown ca",
    49 "TLSV1_ALERT_ACCESS_DENIED" "tlsv1 alert access denied",
    50 "TLSV1_ALERT_DECODE_ERROR" "tlsv1 alert decode error",
    51 "TLSV1_ALERT_DECRYPT_ERROR" "tlsv1 alert decrypt error",
    60 "TLSV1_ALERT_EXPORT_RESTRICTION" "tlsv1 alert export restriction",
    70 "TLSV1_ALERT_PROTOCOL_VERSION" "tlsv1 alert protocol version",
    71 "TLSV1_ALERT_INSUFFICIENT_SECURITY" "tlsv1 alert insufficient security",
    80 "TLSV1_ALERT_INTERNAL_ERROR" "tlsv1 alert internal error",
    86 "TLSV1_ALERT_INAPPROPRIATE_FALLBACK" "tlsv1 alert inappropriate fallback",
    90 "TLSV1_ALERT_USER_CANCELLED" "tlsv1 alert user cancelled",
    100 "TLSV1_ALERT_NO_RENEGOTIATION" "tlsv1 alert no renegotiation",
    109 "TLSV13_ALERT_MISSING_EXTENSION" "tlsv13 alert missing extension",
    110 "TLSV1_UNSUPPORTED_EXTENSION" "tlsv1 unsupported extension",
    111 "TLSV1_CERTIFICATE_UNOBTAINABLE" "tlsv1 certificate unobtainable",
    112 "TLSV1_UNRECOGNIZED_NAME" "tlsv1 unrecognized name",
    113 "TLSV1_BAD_CERTIFICATE_STATUS_RESPONSE" "tlsv1 bad certificate status response",
    114 "TLSV1_BAD_CERTIFICATE_HASH_VALUE" "tlsv1 bad certificate hash value",
    115 "TLSV1_ALERT_UNKNOWN_PSK_IDENTITY" "tlsv1 alert unknown psk identity",
    116 "TLSV13_ALERT_CERTIFICATE_REQUIRED" "tlsv13 alert certificate required",
    120 "TLSV1_ALERT_NO_APPLICATION_PROTOCOL" "tlsv1 alert no application protocol",
];
