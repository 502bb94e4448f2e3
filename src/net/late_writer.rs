use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use super::connection::Connection;
use super::lock;

/// How long JavaScript has to write by itself what it has queued, at least; at most twice that.
const PATIENCE: Duration = Duration::from_millis(4);

/// The same for a thread that always does so in time. To look more often would take time from the threads that do the
/// work.
const TRUST: Duration = Duration::from_millis(32);

/// A connection for which nothing was queued at so many looks is looked after no more. To be woken for it again costs more
/// than to look.
const LOOKS_IN_VAIN: u32 = 10;

/// Writes what JavaScript has queued to write it later, together with more, and then had no time to: its thread may be
/// in the middle of long work.
#[derive(Debug, Default)]
pub(super) struct LateWriter {
    /// Those that are to be looked after from the next look on.
    new: Mutex<Vec<Weak<Connection>>>,
    wakeup: Notify,
    awake: AtomicBool,
}

/// Who is looked after, as long as it is there.
struct Watched {
    connection: Weak<Connection>,
    /// The number of the mail that waited at the last look.
    seen: Option<u64>,
    in_vain: u32,
}

impl LateWriter {
    /// Has an eye on a connection that JavaScript has queued something for.
    pub(super) fn watch(&self, connection: &Arc<Connection>) {
        if connection.is_watched.swap(true, Ordering::AcqRel) {
            return;
        }
        lock(&self.new).push(Arc::downgrade(connection));
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
        let mut watched: Vec<Watched> = Vec::new();
        let mut patience = PATIENCE;
        loop {
            let new = std::mem::take(&mut *lock(&self.new));
            watched.extend(new.into_iter().map(|connection| {
                let seen = connection.upgrade().and_then(|connection| connection.waiting_mail());
                Watched { connection, seen, in_vain: 0 }
            }));
            if watched.is_empty() {
                self.awake.store(false, Ordering::Release);
                // What came in between has woken nobody.
                let missed = !lock(&self.new).is_empty();
                if !missed || self.awake.swap(true, Ordering::AcqRel) {
                    return;
                }
                continue;
            }
            sleep(patience).await;
            patience = (2 * patience).min(TRUST);
            watched.retain_mut(|Watched { connection, seen, in_vain }| {
                let Some(connection) = connection.upgrade() else { return false };
                let waiting = connection.waiting_mail();
                let before = std::mem::replace(seen, waiting);
                if waiting.is_some() && waiting == before {
                    connection.wake();
                    patience = PATIENCE;
                }
                *in_vain = if waiting.is_some() { 0 } else { *in_vain + 1 };
                *in_vain < LOOKS_IN_VAIN || !is_idle(&connection)
            });
        }
    }
}

/// Whether nothing waits, so that whoever queues something has it looked after anew.
fn is_idle(connection: &Connection) -> bool {
    connection.is_watched.store(false, Ordering::Release);
    // What was queued in between has told nobody.
    connection.waiting_mail().is_none() || connection.is_watched.swap(true, Ordering::AcqRel)
}
