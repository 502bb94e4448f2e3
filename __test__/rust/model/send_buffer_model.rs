//! What waits for peers: the sum over connections is exact, and who was told to wait is told when to go on.

use std::sync::Arc;

use loom::thread;

use super::guard::{Guard, GuardOptions};
use super::send_buffer::{HIGH_WATER, SendBuffer};
use super::sync::{Mutex, Notify};
use super::{lock, try_lock};

fn guard() -> Arc<Guard> {
    Arc::new(Guard::new(GuardOptions {
        max_total_buffered: 100,
        max_handshakes: 1,
        max_failed_logins: None,
    }))
}

/// Two connections of a server: bytes come, go and are dropped with their connection.
pub fn the_sum_is_exact() {
    let guard = guard();
    let tasks = [60, 40].map(|bytes| {
        let buffer = SendBuffer::new(usize::MAX, Some(Arc::clone(&guard)));
        thread::spawn(move || {
            buffer.add(bytes);
            buffer.remove(bytes / 2);
        })
    });
    for task in tasks {
        task.join().unwrap();
    }
    assert!(guard.add_buffered(100), "nothing waits any more");
    assert!(!guard.add_buffered(1));
}
