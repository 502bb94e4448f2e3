//! The inbox: what is ready is either being taken or JavaScript has been woken for it, and a reader that has stopped
//! is told when to go on.

use std::borrow::Cow;
use std::sync::Arc;

use loom::thread;

use crate::events::{EventQueue, Inbox, ReadGate};
use crate::javascript::JavaScript;

/// Two of these are more than may wait.
const LARGE: usize = 130 * 1024;

fn put(inbox: &Inbox, queue: &Arc<EventQueue>, line: Vec<u8>) {
    inbox.lines(queue, |deliver| deliver(Cow::Owned(line)));
}

/// Two connections' tasks hand over lines; each is taken once, in its connection's order.
pub fn two_tasks_and_javascript() {
    let mut javascript = JavaScript::new();
    let tasks = [1_u8, 2].map(|id| {
        let inbox = Arc::clone(&javascript.inbox);
        thread::spawn(move || {
            let queue = EventQueue::new();
            for n in 0..2 {
                put(&inbox, &queue, vec![id, n]);
            }
        })
    });
    while javascript.lines.len() < 4 {
        javascript.turn();
    }
    for task in tasks {
        task.join().unwrap();
    }
    for id in [1, 2] {
        let of_one: Vec<_> = javascript.lines.iter().filter(|line| line[0] == id).collect();
        assert_eq!(of_one, [&[id, 0], &[id, 1]]);
    }
}

/// The JavaScript thread reads by itself, as its event loop does, while a task hands over lines.
pub fn a_claim_and_a_task() {
    let mut javascript = JavaScript::new();
    let inbox = Arc::clone(&javascript.inbox);
    let task = thread::spawn(move || {
        let queue = EventQueue::new();
        put(&inbox, &queue, vec![1]);
        put(&inbox, &queue, vec![2]);
    });
    let own = EventQueue::new();
    for n in [3, 4] {
        // Who has been woken takes first, and reads later.
        while !javascript.inbox.claim() {
            javascript.turn();
        }
        put(&javascript.inbox, &own, vec![n]);
        if javascript.inbox.settle() {
            javascript.pull();
        }
    }
    while javascript.lines.len() < 4 {
        javascript.turn();
    }
    task.join().unwrap();
    assert!(!javascript.take(), "nothing more");
}

/// A task stops reading when too much waits, and has all through in the end; even when JavaScript, which writes on the
/// same connection, has asked in between whether the socket is to be read.
pub fn a_starved_reader() {
    let mut javascript = JavaScript::new();
    let queue = EventQueue::new();
    let task = {
        let (inbox, queue) = (Arc::clone(&javascript.inbox), Arc::clone(&queue));
        thread::spawn(move || {
            for _ in 0..3 {
                while queue.read_gate() != ReadGate::Open {
                    queue.wakeup.wait();
                }
                put(&inbox, &queue, vec![0; LARGE]);
            }
        })
    };
    while javascript.lines.len() < 3 {
        javascript.woken.wait();
        while javascript.take() {
            queue.read_gate();
        }
    }
    task.join().unwrap();
}

/// JavaScript pauses a connection and goes on: nothing is lost in between.
pub fn a_pause() {
    let mut javascript = JavaScript::new();
    let queue = EventQueue::new();
    let task = {
        let (inbox, queue) = (Arc::clone(&javascript.inbox), Arc::clone(&queue));
        thread::spawn(move || {
            for n in 0..2 {
                while queue.read_gate() != ReadGate::Open {
                    queue.wakeup.wait();
                }
                put(&inbox, &queue, vec![n]);
            }
        })
    };
    queue.pause();
    javascript.inbox.unpause(&queue);
    while javascript.lines.len() < 2 {
        javascript.turn();
    }
    task.join().unwrap();
    assert_eq!(javascript.lines, [[0], [1]]);
}
