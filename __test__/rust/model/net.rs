//! The sources of `src/net` that threads meet in, as they are, with loom below them: `sync`, `scratch` and what stands
//! for socket and TLS are ours.

#![allow(dead_code, unused_imports, reason = "only what threads share is used")]

#[path = "../../../src/net/backlog.rs"]
pub mod backlog;
#[path = "../../../src/net/batch.rs"]
pub mod batch;
#[path = "../../../src/net/connection.rs"]
pub mod connection;
#[path = "../../../src/net/guard.rs"]
pub mod guard;
#[path = "../../../src/net/ids.rs"]
pub mod ids;
#[path = "../../../src/net/inbox.rs"]
pub mod inbox;
#[path = "../../../src/net/link/mod.rs"]
pub mod link;
#[path = "poller.rs"]
pub mod poller;
#[path = "scratch.rs"]
pub mod scratch;
#[path = "../../../src/net/send_buffer.rs"]
pub mod send_buffer;
#[path = "../../../src/net/signal.rs"]
pub mod signal;
#[path = "socket.rs"]
pub mod socket;
#[path = "sync.rs"]
pub mod sync;
#[path = "../../../src/net/tally.rs"]
pub mod tally;
#[path = "transport.rs"]
pub mod transport;
#[path = "../../../src/net/zone.rs"]
mod zone;

#[path = "connection_model.rs"]
pub mod connection_model;
#[path = "inbox_model.rs"]
pub mod inbox_model;
#[path = "javascript.rs"]
pub mod javascript;
#[path = "send_buffer_model.rs"]
pub mod send_buffer_model;

use sync::{Mutex, MutexGuard, PoisonError, TryLockError};

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
