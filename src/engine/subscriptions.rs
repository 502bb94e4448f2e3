use std::sync::atomic::{AtomicBool, Ordering};

use crate::tls::Hello;

/// What JavaScript wants to be told of a listener's peers, or to decide about them.
#[derive(Debug, Default)]
pub struct Subscriptions {
    /// Whether somebody listens for failed handshakes.
    errors: AtomicBool,
    /// Whether somebody listens for connections before their handshake.
    connections: AtomicBool,
    /// Whether somebody listens for the secrets of connections.
    keys: AtomicBool,
    /// Whether JavaScript says of each connection if it is wanted.
    peers: AtomicBool,
    /// Whether the answer to a ClientHello with a name depends on the name.
    names: AtomicBool,
    /// Whether the answer to a ClientHello with application protocols is JavaScript's.
    protocols: AtomicBool,
}

impl Subscriptions {
    /// Says whether failed handshakes, connections before their handshake, and the secrets of connections are to be
    /// told.
    pub fn report(&self, errors: bool, connections: bool, keys: bool) {
        self.errors.store(errors, Ordering::Relaxed);
        self.connections.store(connections, Ordering::Relaxed);
        self.keys.store(keys, Ordering::Relaxed);
    }

    /// Says whether connections are told before their handshake and wait for [`crate::connection::Connection::admit`].
    pub fn ask_peers(&self, wanted: bool) {
        self.peers.store(wanted, Ordering::Relaxed);
    }

    /// Says which ClientHellos are to be told as `Hello`, to be answered by [`crate::connection::Connection::choose`]: those with a
    /// name, and those with application protocols.
    pub fn ask(&self, names: bool, protocols: bool) {
        self.names.store(names, Ordering::Relaxed);
        self.protocols.store(protocols, Ordering::Relaxed);
    }

    pub(super) fn errors(&self) -> bool {
        self.errors.load(Ordering::Relaxed)
    }

    pub(super) fn connections(&self) -> bool {
        self.connections.load(Ordering::Relaxed)
    }

    pub(super) fn keys(&self) -> bool {
        self.keys.load(Ordering::Relaxed)
    }

    pub(super) fn peers(&self) -> bool {
        self.peers.load(Ordering::Relaxed)
    }

    pub(super) fn asks_about(&self, hello: &Hello) -> bool {
        (hello.server_name.is_some() && self.names.load(Ordering::Relaxed))
            || (hello.alpn_protocols.is_some() && self.protocols.load(Ordering::Relaxed))
    }
}
