//! Many connections: listeners, dialers, the task that drives each connection, and the way of events to JavaScript.
//!
//! An [`Environment`] belongs to one JavaScript thread and ends with it. Its [`Inbox`] gathers what all of its
//! connections have for that thread.

mod acceptor;
mod backlog;
#[cfg(test)]
mod backlog_tests;
mod batch;
mod connection;
mod dialer;
mod driver;
mod environment;
#[cfg(test)]
mod faults;
mod guard;
mod ids;
mod inbox;
mod late_writer;
mod link;
mod listener;
mod liveness;
mod piped;
#[cfg(target_os = "linux")]
mod poller;
mod runtime;
mod scratch;
mod send_buffer;
mod signal;
mod socket;
mod sync;
mod tally;
mod transport;
mod wishes;
mod zone;

pub use acceptor::{Binding, ListenError};
pub use batch::{Batch, Entry, EntryKind, Extra};
pub use connection::{Connection, Counters};
pub use dialer::{DialOptions, Local, dial};
pub use environment::Environment;
pub use guard::{Guard, GuardOptions, Handshake, Limit, LimitCounts};
pub use inbox::Inbox;
pub use listener::{ListenOptions, Listener};
pub use liveness::LivenessOptions;
#[cfg(target_os = "linux")]
pub use liveness::{TcpProbe, TcpState};
pub use piped::{Piped, PipedNext, PipedOptions};
pub use send_buffer::HIGH_WATER;
pub use signal::{Endpoint, Failure, Negotiated, Openssl, Signal};
pub use socket::Place;
pub use tally::{FailedHandshakes, Tally, Totals};
pub use wishes::Wishes;
pub use zone::{address_text, name_interfaces_by};

use sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// Locks, also after a panic of another holder: whoever panicked has its connection ended, so nobody goes on with
/// a half-made change.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks if nobody else does.
fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
