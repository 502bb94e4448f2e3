//! What threads share data by. `__test__/rust/concurrency.rs` puts loom's in its place and tries every order.

pub(super) use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
pub(super) use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};
pub(super) use tokio::sync::Notify;
