use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use napi::Result;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::error;
use super::zone::socket_address;
use crate::connection::ExternalOptions;
use crate::engine::{ListenOptions, Local};
use crate::io::{Binding, ErrorCode, ListenError, LivenessOptions, Place, address_text};
use crate::limits::{Guard, GuardOptions};
use crate::metrics::{self, Tally};
use crate::session::{KeepaliveOptions, SessionOptions};
use crate::tls;

/// The material and rules of handshakes, as `lib/tls/options.js` takes them from Node's options.
#[napi(object, object_to_js = false)]
pub struct ContextOptions {
    /// Own certificates with their keys.
    pub key_pairs: Vec<KeyPairOptions>,
    /// `TLSv1.2` or `TLSv1.3`.
    pub min_version: String,
    /// `TLSv1.2` or `TLSv1.3`.
    pub max_version: String,
    /// Whether a server asks its peers for a certificate.
    pub request_cert: bool,
    /// Whether a server tells its peers whom it trusts when it asks for a certificate.
    pub name_trusted: bool,
    /// Whether a server rejects peers whose certificate is not trusted.
    pub reject_unauthorized: bool,
    /// Whether any trusted certificate may end a chain, not only a self-signed one.
    pub allow_partial_chain: bool,
    /// OpenSSL's security level, 0 to 5: this Node's default, or that of `ciphers`.
    pub security_level: u8,
    /// In order of preference; empty: ALPN has no part.
    pub alpn_protocols: Vec<Uint8Array>,
    /// IANA numbers in order of preference; empty: Node's default order.
    pub cipher_suites: Vec<u16>,
    /// IANA numbers in order of preference; empty: all the engine has.
    pub groups: Vec<u16>,
    /// IANA numbers in order of preference; empty: all the engine has.
    pub signature_schemes: Vec<u16>,
    /// Whether a server's order of suites wins over its peer's.
    pub honor_cipher_order: bool,
}

/// A private key and the certificates sent with it.
#[napi(object, object_to_js = false)]
pub struct KeyPairOptions {
    /// DER, leaf first.
    pub chain: Vec<Uint8Array>,
    /// PKCS#8 in DER.
    pub key: Uint8Array,
}

/// How a server listens.
#[napi(object, object_to_js = false)]
pub struct ListenSettings {
    /// Listens nowhere: connections are handed over by `adopt`.
    pub detached: bool,
    /// An IP address; without it every address.
    pub address: Option<String>,
    /// 0 lets the system choose.
    pub port: u16,
    /// How many connections may wait to be accepted.
    pub backlog: i32,
    /// Whether an IPv6 socket refuses IPv4 peers.
    pub ipv6_only: bool,
    /// Whether others may listen on the port too.
    pub reuse_port: bool,
    /// Milliseconds.
    pub handshake_timeout: u32,
    /// Milliseconds a peer may take to log in; 0 for no limit.
    pub login_timeout: u32,
    /// Milliseconds from ping to ping.
    pub keepalive_interval: u32,
    /// Milliseconds from a ping to its pong.
    pub keepalive_timeout: u32,
    /// Milliseconds after which a peer that gives no sign counts as gone; 0 for as long as the system likes.
    pub dead_peer_timeout: u32,
    /// Milliseconds until an idle connection is probed at the latest, if the user has asked for it; 0 for as long as
    /// the system likes.
    pub probe_delay: Option<u32>,
    /// Bytes a peer may send before it is authenticated.
    pub max_login_bytes: f64,
    /// Bytes of one message.
    pub max_message_bytes: f64,
    /// Bytes that may wait for one peer.
    pub max_buffered_bytes: f64,
}

/// Bounds of a server that hold for all of its peers together.
#[napi(object, object_to_js = false)]
pub struct GuardSettings {
    /// Bytes that may wait for all peers together.
    pub max_total_buffered_bytes: f64,
    /// Handshakes under way at a time.
    pub max_handshakes: f64,
    /// Failed logins of one address in a minute; without it any number.
    pub max_failed_logins: Option<u32>,
}

/// Where a server listens, or why it does not.
#[napi(object, object_from_js = false)]
pub struct Listening {
    /// The listener's number; 0 if listening failed.
    pub id: u32,
    /// The address bound, or the one that failed.
    pub address: Option<String>,
    /// The port.
    pub port: Option<u16>,
    /// The system's error number, positive, if listening failed and JavaScript knows it.
    pub errno: Option<i32>,
    /// The error's name in place of the number.
    pub code: Option<String>,
}

/// Where a client connects to.
#[napi(object, object_to_js = false)]
pub struct DialSettings {
    /// IP addresses, in the order in which they are tried.
    pub addresses: Vec<String>,
    /// The path of a Unix domain socket, in place of addresses and port.
    pub path: Option<String>,
    /// The port.
    pub port: u16,
    /// An IP address of ours to connect from.
    pub local_address: Option<String>,
    /// A port of ours to connect from.
    pub local_port: Option<u16>,
    /// Milliseconds for an address when another is left.
    pub attempt_timeout: u32,
    /// The name to send (SNI).
    pub server_name: Option<String>,
    /// Whether the connection's secrets are to be told.
    pub logs_keys: bool,
    /// Milliseconds after which a server that gives no sign counts as gone; 0 for as long as the system likes.
    pub dead_peer_timeout: u32,
    /// Milliseconds after which a server that sends nothing is left; 0 for never.
    pub silence_timeout: u32,
    /// Bytes of one message.
    pub max_message_bytes: f64,
    /// Bytes that may wait for the server.
    pub max_buffered_bytes: f64,
}

/// How often limits of a server were met.
#[napi(object, object_from_js = false)]
pub struct LimitCounts {
    /// Handshakes that took too long.
    pub handshake_timeout: f64,
    /// Handshakes ended for later ones.
    pub max_handshakes: f64,
    /// Peers that did not log in in time.
    pub auth_timeout: f64,
    /// Peers that sent too much before login.
    pub max_login_bytes: f64,
    /// Wrong passwords.
    pub failed_logins: f64,
    /// Connections refused because of failed logins of their address.
    pub max_failed_logins: f64,
    /// Messages that were too long.
    pub max_message_bytes: f64,
    /// Peers disconnected for what was buffered for them.
    pub max_buffered_bytes: f64,
}

impl From<metrics::LimitCounts> for LimitCounts {
    fn from(counts: metrics::LimitCounts) -> Self {
        Self {
            handshake_timeout: counts.handshake_timeout as f64,
            max_handshakes: counts.handshakes as f64,
            auth_timeout: counts.login_timeout as f64,
            max_login_bytes: counts.login_bytes as f64,
            failed_logins: counts.failed_login as f64,
            max_failed_logins: counts.failed_logins as f64,
            max_message_bytes: counts.message_bytes as f64,
            max_buffered_bytes: counts.buffered_bytes as f64,
        }
    }
}

/// Bounds of a connection over a transport of JavaScript's.
#[napi(object, object_to_js = false)]
pub struct PipeSettings {
    /// Milliseconds a peer may take to log in; 0 for no limit.
    pub login_timeout: u32,
    /// Milliseconds from ping to ping; without it none are sent.
    pub keepalive_interval: Option<u32>,
    /// Milliseconds from a ping to its pong.
    pub keepalive_timeout: u32,
    /// Milliseconds after which a peer that sends nothing is left; without it, or with 0, it never is.
    pub silence_timeout: Option<u32>,
    /// Bytes a peer may send before it is authenticated.
    pub max_login_bytes: f64,
    /// Bytes of one message.
    pub max_message_bytes: f64,
    /// Bytes that may wait for the peer.
    pub max_buffered_bytes: f64,
    /// Of a server's connection over TCP: the peer's address.
    pub address: Option<String>,
}

/// What JavaScript is to do with the transport of a connection.
#[napi(object, object_from_js = false)]
pub struct PipeNext {
    /// Whether more bytes are wanted now. If not, a `readAgain` signal or a call of JavaScript's own changes that.
    pub read: bool,
    /// Text to be written.
    pub output: Option<String>,
    /// Milliseconds until `tick` is to be called.
    pub wait: Option<f64>,
    /// Whether the engine has ended the connection: the transport is to be ended, then `close` to be called.
    pub done: bool,
    /// Whether the transport is to be destroyed at once, and none of what waits is to be sent.
    pub disconnect: bool,
}

/// Bytes of a connection.
#[napi(object, object_from_js = false)]
pub struct ByteCounts {
    /// Plaintext received.
    pub read: f64,
    /// Plaintext sent.
    pub written: f64,
}

pub(super) fn versions(options: &ContextOptions) -> Result<RangeInclusive<tls::Version>> {
    Ok(version(&options.min_version)?..=version(&options.max_version)?)
}

fn version(name: &str) -> Result<tls::Version> {
    match name {
        "TLSv1.2" => Ok(tls::Version::Tls12),
        "TLSv1.3" => Ok(tls::Version::Tls13),
        other => Err(error(format!("this engine speaks TLSv1.2 and TLSv1.3, not {other}"))),
    }
}

impl Listening {
    pub(super) fn at(id: u32, place: Option<SocketAddr>) -> Self {
        let address = place.as_ref().map(address_text);
        Self { id, address, port: place.map(|at| at.port()), errno: None, code: None }
    }

    pub(super) fn failed(error: &ListenError) -> Self {
        let (errno, code) = match ErrorCode::of("listen", &error.source) {
            ErrorCode::Number(number) => (Some(number), None),
            ErrorCode::Name(name) => (None, Some(name.to_owned())),
        };
        Self { errno, code, ..Self::at(0, Some(error.place)) }
    }
}

impl ListenSettings {
    fn binding(&self) -> Result<Binding> {
        Ok(Binding {
            place: self
                .address
                .as_deref()
                .map(|address| socket_address(address, self.port))
                .transpose()?,
            port: self.port,
            backlog: self.backlog,
            ipv6_only: self.ipv6_only,
            reuse_port: self.reuse_port,
        })
    }

    pub(super) fn into_options(
        self,
        context: tls::ServerContext,
        guard: Arc<Guard>,
        tally: Arc<Tally>,
    ) -> Result<ListenOptions> {
        Ok(ListenOptions {
            binding: if self.detached { None } else { Some(self.binding()?) },
            context,
            handshake_timeout: millis(self.handshake_timeout),
            liveness: liveness(self.dead_peer_timeout, self.probe_delay),
            session: SessionOptions {
                login_timeout: (self.login_timeout != 0).then(|| millis(self.login_timeout)),
                keepalive: Some(KeepaliveOptions {
                    interval: millis(self.keepalive_interval),
                    timeout: millis(self.keepalive_timeout),
                }),
                silence: None,
                max_login_bytes: self.max_login_bytes as usize,
                max_message_bytes: self.max_message_bytes as usize,
                pings: Arc::clone(tally.pings()),
            },
            max_buffered: self.max_buffered_bytes as usize,
            guard,
            tally,
        })
    }
}

impl From<GuardSettings> for GuardOptions {
    fn from(settings: GuardSettings) -> Self {
        Self {
            max_total_buffered: settings.max_total_buffered_bytes as usize,
            max_handshakes: settings.max_handshakes as usize,
            max_failed_logins: settings.max_failed_logins,
        }
    }
}

impl PipeSettings {
    pub(super) fn into_options(self, tally: &Tally, guard: Option<Arc<Guard>>) -> ExternalOptions {
        ExternalOptions {
            address: self.address.as_deref().and_then(peer),
            session: SessionOptions {
                login_timeout: (self.login_timeout != 0).then(|| millis(self.login_timeout)),
                keepalive: self.keepalive_interval.map(|interval| KeepaliveOptions {
                    interval: millis(interval),
                    timeout: millis(self.keepalive_timeout),
                }),
                silence: self.silence_timeout.filter(|&count| count != 0).map(millis),
                max_login_bytes: self.max_login_bytes as usize,
                max_message_bytes: self.max_message_bytes as usize,
                pings: Arc::clone(tally.pings()),
            },
            max_buffered: self.max_buffered_bytes as usize,
            guard,
        }
    }
}

impl DialSettings {
    pub(super) fn places(&self) -> Result<Vec<Place>> {
        match &self.path {
            Some(path) => Ok(vec![place_of(path)?]),
            None => self
                .addresses
                .iter()
                .map(|text| Ok(Place::Ip(socket_address(text, self.port)?)))
                .collect(),
        }
    }

    pub(super) fn local(&self) -> Result<Option<Local>> {
        // Node's own TLS has those with a zone.
        let address = self.local_address.as_deref().map(|text| socket_address(text, 0));
        let address = address.transpose()?.map(|at| at.ip());
        let port = self.local_port.unwrap_or(0);
        Ok((address.is_some() || port != 0).then_some(Local { address, port }))
    }
}

pub(super) fn liveness(dead_peer_timeout: u32, probe_delay: Option<u32>) -> LivenessOptions {
    LivenessOptions {
        dead_after: (dead_peer_timeout != 0).then(|| millis(dead_peer_timeout)),
        probe_after: probe_delay.map(millis),
    }
}

pub(super) fn millis(count: u32) -> Duration {
    Duration::from_millis(count.into())
}

#[cfg(unix)]
fn place_of(path: &str) -> Result<Place> {
    Ok(Place::Path(path.into()))
}

#[cfg(not(unix))]
fn place_of(path: &str) -> Result<Place> {
    Err(error(format!("this platform has no Unix domain sockets: {path}")))
}

/// Where a peer comes from, as Node says it: with the interface behind a `%` for some.
pub(super) fn peer(address: &str) -> Option<IpAddr> {
    address.split('%').next().and_then(|address| address.parse().ok())
}
