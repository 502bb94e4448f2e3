use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use crate::connection::{Connection, Peer};
use crate::limits::SendBuffer;
use crate::metrics::{ByteCounts, Tally, Totals};
use crate::sync::lock;

/// The connections of one JavaScript thread that are not gone, by their numbers. These no peer can choose, so that a quick
/// hash will do.
#[derive(Debug, Default)]
pub(super) struct Registry(Mutex<FxHashMap<u32, Entry>>);

#[derive(Debug)]
struct Entry {
    peer: Arc<Peer>,
    /// Nothing if its transport is external.
    connection: Option<Arc<Connection>>,
}

impl Registry {
    pub(super) fn insert(&self, connection: &Arc<Connection>) {
        let entry =
            Entry { peer: Arc::clone(connection.peer()), connection: Some(Arc::clone(connection)) };
        lock(&self.0).insert(connection.id(), entry);
    }

    /// One whose transport is external.
    pub(super) fn insert_external(&self, peer: &Arc<Peer>) {
        let entry = Entry { peer: Arc::clone(peer), connection: None };
        lock(&self.0).insert(peer.id(), entry);
    }

    /// One over the engine's own transport.
    pub(super) fn connection(&self, id: u32) -> Option<Arc<Connection>> {
        lock(&self.0).get(&id)?.connection.clone()
    }

    /// Those over the engine's own transport.
    pub(super) fn connections(&self) -> Vec<Arc<Connection>> {
        lock(&self.0).values().filter_map(|entry| entry.connection.clone()).collect()
    }

    pub(super) fn peer(&self, id: u32) -> Option<Arc<Peer>> {
        lock(&self.0).get(&id).map(|entry| Arc::clone(&entry.peer))
    }

    /// Those of these numbers over the engine's own transport.
    pub(super) fn peers(&self, ids: &[u32]) -> Vec<Arc<Peer>> {
        let entries = lock(&self.0);
        ids.iter()
            .filter_map(|id| entries.get(id)?.connection.as_ref())
            .map(|connection| Arc::clone(connection.peer()))
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        lock(&self.0).is_empty()
    }

    pub(super) fn forget(&self, id: u32) {
        let mut entries = lock(&self.0);
        if let Some(Entry { peer, .. }) = entries.remove(&id)
            && let Some(tally) = peer.tally()
        {
            // Under the lock, so that its bytes are never missing and never counted twice.
            tally.add(peer.byte_counts());
        }
    }

    pub(super) fn forget_all(&self) {
        *lock(&self.0) = FxHashMap::default();
    }

    /// What the connections of one owner have moved, those that are gone too, and what waits on those that are there.
    pub(super) fn totals(&self, tally: &Arc<Tally>) -> Totals {
        let entries = lock(&self.0);
        let mut totals = Totals { bytes: tally.gone(), outbound: 0, inbound: 0 };
        let is_its = |owner: &Arc<Tally>| Arc::ptr_eq(owner, tally);
        for Entry { peer, .. } in entries.values() {
            if peer.tally().is_some_and(is_its) {
                let ByteCounts { read, written } = peer.byte_counts();
                totals.bytes.read += read;
                totals.bytes.written += written;
                totals.outbound += peer.send_buffer.waiting();
                totals.inbound += peer.events.waiting();
            }
        }
        totals
    }

    /// Of the peers of the same server, and not yet being disconnected, the one for which most waits.
    pub(super) fn largest_beside(&self, buffer: &SendBuffer) -> Option<Arc<Peer>> {
        let of_the_server =
            |other: &SendBuffer| other.shares_guard_with(buffer) && !other.is_disconnected();
        lock(&self.0)
            .values()
            .map(|entry| &entry.peer)
            .filter(|peer| of_the_server(&peer.send_buffer))
            .max_by_key(|peer| peer.send_buffer.waiting())
            .cloned()
    }
}
