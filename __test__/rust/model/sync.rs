use std::future::{Ready, ready};
use std::sync::OnceLock;
use std::time::Instant;

use loom::sync::Condvar;

pub use loom::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub use loom::sync::{Mutex, MutexGuard};
pub use std::sync::{PoisonError, TryLockError};

/// Tokio's `Notify` for one waiter: it is told once, however often it was notified before it waited.
#[derive(Debug)]
pub struct Notify {
    told: Mutex<bool>,
    change: Condvar,
}

impl Notify {
    pub fn new() -> Self {
        Self { told: Mutex::new(false), change: Condvar::new() }
    }

    pub fn notify_one(&self) {
        *self.told.lock().unwrap() = true;
        self.change.notify_one();
    }

    pub fn wait(&self) {
        let mut told = self.told.lock().unwrap();
        while !*told {
            told = self.change.wait(told).unwrap();
        }
        *told = false;
    }

    /// A thread of the model waits in the call itself.
    pub fn notified(&self) -> Ready<()> {
        self.wait();
        ready(())
    }
}

/// Always the same: what depended on the time would not happen again in the next order.
pub fn now() -> Instant {
    static NOW: OnceLock<Instant> = OnceLock::new();
    *NOW.get_or_init(Instant::now)
}

pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

pub fn try_lock<T>(mutex: &Mutex<T>) -> Option<MutexGuard<'_, T>> {
    match mutex.try_lock() {
        Ok(guard) => Some(guard),
        Err(TryLockError::Poisoned(poisoned)) => Some(poisoned.into_inner()),
        Err(TryLockError::WouldBlock) => None,
    }
}
