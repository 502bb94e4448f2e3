//! What threads share data by, and the clock that they look at meanwhile. `__test__/rust/concurrency.rs` puts loom's in their
//! place, with a clock that stands still, and tries every order.

use std::time::Instant;

pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(crate) use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
pub(crate) use tokio::sync::Notify;

/// What the time is.
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Locks, also after a panic of another holder: whoever panicked has its connection ended, so nobody goes on with
/// a half-made change.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Locks if nobody else does.
pub(crate) fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
