use std::sync::Arc;

use super::thread_engine::ThreadEngine;
use crate::connection::{ExternalConnection, ExternalOptions};
use crate::events::Event;
use crate::limits::{Guard, Handshake};
use crate::metrics::ByteCounts;
use crate::session::Bytes;

/// Connections over external transports: JavaScript reads and writes their bytes.
impl ThreadEngine {
    /// A handshake of Node's own TLS; returns the number under which a `ClientError` tells it to give way.
    pub fn begin_handshake(self: &Arc<Self>, guard: &Arc<Guard>) -> (u32, Handshake) {
        let events = self.inbox.external_queue();
        let id = events.id();
        let engine = Arc::downgrade(self);
        let error = guard.too_many_handshakes();
        let handshake = guard.begin_handshake(move || {
            if let Some(engine) = engine.upgrade() {
                let event = Event::ClientError { remote: None, error, keys: Vec::new() };
                engine.inbox.put(&events, event);
            }
        });
        (id, handshake)
    }

    /// A connection whose TLS is up.
    pub fn open_external(&self, options: ExternalOptions) -> ExternalConnection {
        let external = ExternalConnection::new(&self.inbox, options);
        self.registry.insert_external(external.peer());
        external
    }

    /// JavaScript has so many bytes to write. Says whether it may: not when the connection is being disconnected. Who is
    /// disconnected because of them is as for [`ThreadEngine::write`].
    pub fn accept(&self, external: &ExternalConnection, bytes: usize) -> bool {
        if external.accepts() {
            let peer = external.peer();
            self.make_room(peer.send_buffer.add(Bytes::own(bytes)), peer);
        }
        external.accepts()
    }

    /// The transport of a connection is gone: `Closed` follows everything else.
    pub fn close_external(&self, external: ExternalConnection, had_error: bool, bytes: ByteCounts) {
        let id = external.id();
        external.close(&self.inbox, had_error, bytes);
        self.registry.forget(id);
    }
}
