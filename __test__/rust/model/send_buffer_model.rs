//! What waits for peers: the sum over connections is exact, and who was told to wait is told when to go on.

use std::sync::Arc;

use loom::thread;

use crate::limits::{Guard, GuardOptions, SendBuffer};
use crate::session::Bytes;

fn guard() -> Arc<Guard> {
    Arc::new(Guard::new(GuardOptions {
        max_total_buffered: 100,
        max_handshakes: 1,
        max_failed_logins: None,
    }))
}

/// Connections of a server: bytes come, go and are dropped with their connection; one is cut meanwhile.
pub fn the_sum_is_exact() {
    let guard = guard();
    let tasks = [60, 40].map(|bytes| {
        let buffer = SendBuffer::new(usize::MAX, Some(Arc::clone(&guard)));
        thread::spawn(move || {
            buffer.add(Bytes::own(bytes));
            buffer.remove(Bytes::own(bytes / 2));
        })
    });
    for task in tasks {
        task.join().unwrap();
    }
    let buffer = Arc::new(SendBuffer::new(usize::MAX, Some(Arc::clone(&guard))));
    buffer.add(Bytes::own(50));
    let writing = Arc::clone(&buffer);
    let task = thread::spawn(move || writing.remove(Bytes::own(20)));
    assert!(buffer.disconnect());
    task.join().unwrap();
    assert_eq!(guard.buffered(), 0, "nothing waits any more");
}
