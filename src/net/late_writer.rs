use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::connection::Connection;
use super::lock;

/// How long JavaScript has to write by itself what it has queued, at least; at most twice that. To look more often would
/// take time from the threads that do the work.
const PATIENCE: Duration = Duration::from_millis(4);

/// After so many looks in vain nobody looks any more. To be woken costs more than to look.
const LOOKS_IN_VAIN: u32 = 10;

/// Writes what JavaScript has queued to write it later, together with more, and then had no time to: its thread may be
/// in the middle of long work.
#[derive(Debug, Default)]
pub(super) struct LateWriter {
    queued: Mutex<Vec<Arc<Connection>>>,
    wakeup: Notify,
    awake: AtomicBool,
}

impl LateWriter {
    /// Has an eye on a connection that JavaScript has queued something for.
    pub(super) fn watch(&self, connection: Arc<Connection>) {
        lock(&self.queued).push(connection);
        if !self.awake.swap(true, Ordering::AcqRel) {
            self.wakeup.notify_one();
        }
    }

    /// Does the work, for ever.
    pub(super) async fn run(&self) {
        loop {
            self.wakeup.notified().await;
            self.look_until_idle().await;
        }
    }

    async fn look_until_idle(&self) {
        let mut watched: Vec<Arc<Connection>> = Vec::new();
        let mut in_vain = 0;
        loop {
            sleep(PATIENCE).await;
            for connection in std::mem::take(&mut watched) {
                connection.wake_if_queued();
            }
            watched = std::mem::take(&mut *lock(&self.queued));
            in_vain = if watched.is_empty() { in_vain + 1 } else { 0 };
            if in_vain < LOOKS_IN_VAIN {
                continue;
            }
            self.awake.store(false, Ordering::Release);
            // What came in between has woken nobody.
            let missed = !lock(&self.queued).is_empty();
            if !missed || self.awake.swap(true, Ordering::AcqRel) {
                return;
            }
        }
    }
}
