use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::sleep;

use crate::connection::Peer;
use crate::sync::lock;

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
    new: Mutex<Vec<Weak<Peer>>>,
    wakeup: Notify,
    awake: AtomicBool,
}

/// Who is looked after, as long as it is there.
struct Watched {
    peer: Weak<Peer>,
    /// The number of the mail that waited at the last look.
    seen: Option<u64>,
    in_vain: u32,
}

impl LateWriter {
    /// Has an eye on a connection that JavaScript has queued something for.
    pub(super) fn watch(&self, peer: &Arc<Peer>) {
        if peer.is_watched.swap(true, Ordering::AcqRel) {
            return;
        }
        lock(&self.new).push(Arc::downgrade(peer));
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
            watched.extend(new.into_iter().map(|peer| {
                let seen = peer.upgrade().and_then(|peer| peer.waiting_mail());
                Watched { peer, seen, in_vain: 0 }
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
            watched.retain_mut(|Watched { peer, seen, in_vain }| {
                let Some(peer) = peer.upgrade() else { return false };
                let waiting = peer.waiting_mail();
                let before = std::mem::replace(seen, waiting);
                if waiting.is_some() && waiting == before {
                    peer.wake();
                    patience = PATIENCE;
                }
                *in_vain = if waiting.is_some() { 0 } else { *in_vain + 1 };
                *in_vain < LOOKS_IN_VAIN || !is_idle(&peer)
            });
        }
    }
}

/// Whether nothing waits, so that whoever queues something has it looked after anew.
fn is_idle(peer: &Peer) -> bool {
    peer.is_watched.store(false, Ordering::Release);
    // What was queued in between has told nobody.
    peer.waiting_mail().is_none() || peer.is_watched.swap(true, Ordering::AcqRel)
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::connection::{Piece, Terms};
    use crate::events::EventQueue;
    use crate::session::Chunk;

    fn peer() -> Arc<Peer> {
        let terms = Terms { max_buffered: 1000, guard: None, address: None, tally: None };
        Peer::new(EventQueue::new(), terms)
    }

    /// JavaScript leaves a message for the peer.
    fn leave(late_writer: &LateWriter, peer: &Arc<Peer>) {
        peer.queue([Piece::from(Chunk::from(b"{}\n".to_vec()))]);
        late_writer.watch(peer);
    }

    async fn is_woken(peer: &Peer, within: Duration) -> bool {
        timeout(within, peer.events.wakeup.notified()).await.is_ok()
    }

    #[tokio::test(start_paused = true)]
    async fn writes_what_waits_and_lets_alone_what_javascript_writes_in_time() {
        let peer = peer();
        let late_writer = Arc::new(LateWriter::default());
        let running = Arc::clone(&late_writer);
        let task = tokio::spawn(async move { running.run().await });

        leave(&late_writer, &peer);
        assert!(is_woken(&peer, 2 * PATIENCE).await);

        // Whenever it is looked at something waits, but each time something else.
        for _ in 0..200 {
            assert!(peer.take_mail().is_some());
            leave(&late_writer, &peer);
            sleep(PATIENCE / 4).await;
        }
        assert!(!is_woken(&peer, Duration::ZERO).await);
        assert!(is_woken(&peer, 2 * TRUST).await);

        // Nobody looks any more, so that the next has to say so.
        assert!(peer.take_mail().is_some());
        sleep(TRUST * (LOOKS_IN_VAIN + 2)).await;
        assert!(!peer.is_watched.load(Ordering::Acquire));
        leave(&late_writer, &peer);
        assert!(is_woken(&peer, 2 * PATIENCE).await);
        task.abort();
    }

    #[test]
    fn holds_on_to_nobody() {
        let late_writer = LateWriter::default();
        let peer = peer();
        let before = Arc::strong_count(&peer);
        leave(&late_writer, &peer);
        assert_eq!(Arc::strong_count(&peer), before);
    }
}
