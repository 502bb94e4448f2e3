//! Mailbox and link: what JavaScript leaves for a connection is done, whoever holds the link at the time.

use std::sync::Arc;

use loom::thread::{self, JoinHandle};

use crate::session::{Chunk, LoginResult, SessionOptions};

use crate::connection::{Connection, Link, Next, Terms, WatchedSocket};
use crate::events::Event;
use crate::io::{LinkSocket, Tls, Watch, Wire};
use crate::javascript::JavaScript;
use crate::limits::{Guard, GuardOptions, HIGH_WATER};

/// A connection, the wire behind its socket, and whether the event loop looks at that.
struct Ends {
    connection: Arc<Connection>,
    wire: Arc<Wire>,
    watch: Watch,
}

impl Ends {
    fn new(javascript: &JavaScript) -> Self {
        Self::guarded(javascript, None)
    }

    /// Those of a server.
    fn of_server(javascript: &JavaScript) -> Self {
        let guard = Guard::new(GuardOptions {
            max_total_buffered: usize::MAX,
            max_handshakes: 1,
            max_failed_logins: None,
        });
        Self::guarded(javascript, Some(Arc::new(guard)))
    }

    fn guarded(javascript: &JavaScript, guard: Option<Arc<Guard>>) -> Self {
        let terms = Terms { max_buffered: usize::MAX, guard, address: None, tally: None };
        Self {
            connection: Connection::new(terms),
            wire: Arc::default(),
            watch: Watch::new(&javascript.woken),
        }
    }

    /// A thread that does what `driver.rs` does, with nothing to wait for but what JavaScript leaves; until we have
    /// ended our side.
    fn drive(&self, javascript: &JavaScript) -> JoinHandle<()> {
        let (connection, wire) = (Arc::clone(&self.connection), Arc::clone(&self.wire));
        let (inbox, watch) = (Arc::clone(&javascript.inbox), self.watch.clone());
        thread::spawn(move || {
            let socket = LinkSocket::Plain(Arc::clone(&wire));
            let socket = WatchedSocket::watched(socket, watch);
            let link = Link::new(connection.peer(), socket, Tls, &SessionOptions::default());
            connection.establish(link);
            let link = connection.link().expect("established");
            link.begin(&inbox);
            loop {
                match link.step(&inbox) {
                    Next::Done(_) => return,
                    Next::Wait { again: true, .. } => {}
                    Next::Wait { .. } if *wire.ended.lock().unwrap() => return,
                    // The socket is ready.
                    Next::Wait { read: true, .. } if !wire.incoming.lock().unwrap().is_empty() => {}
                    Next::Wait { .. } => connection.peer().events.wakeup.wait(),
                }
            }
        })
    }

    /// What `ThreadEngine::read_ready` does as long as the socket is watched and has something.
    fn read_ready(&self, javascript: &mut JavaScript) {
        while self.watch.is_on() && !self.wire.incoming.lock().unwrap().is_empty() {
            if javascript.inbox.claim() {
                self.connection.read_now(&javascript.inbox);
                javascript.inbox.settle();
            }
            javascript.pull();
        }
    }
}

fn write(connection: &Connection, javascript: &JavaScript, bytes: &[u8], later: bool) {
    let written = connection.write(&javascript.inbox, [Chunk::from(bytes.to_vec()).into()], later);
    written.unwrap_or_else(|full| panic!("{full:?}"));
}

/// JavaScript writes and ends its side while the task begins and works.
pub fn what_is_posted_is_done() {
    let javascript = JavaScript::new();
    let ends = Ends::new(&javascript);
    let task = ends.drive(&javascript);
    write(&ends.connection, &javascript, b"a", false);
    write(&ends.connection, &javascript, b"b", false);
    ends.connection.end();
    task.join().unwrap();
    assert_eq!(*ends.wire.sent.lock().unwrap(), b"ab");
    assert_eq!(ends.connection.buffered(), 0);
}

/// JavaScript destroys the connection: it ends, and what was accepted before is written.
pub fn a_destroyed_connection_ends() {
    let javascript = JavaScript::new();
    let ends = Ends::new(&javascript);
    let task = ends.drive(&javascript);
    write(&ends.connection, &javascript, b"a", true);
    ends.connection.destroy(&javascript.inbox);
    task.join().unwrap();
    assert_eq!(*ends.wire.sent.lock().unwrap(), b"a");
    assert!(*ends.wire.ended.lock().unwrap(), "we have ended our side");
}

/// The event loop reads while the task is at work: what has come is read by one of them, once.
pub fn what_has_come_is_read() {
    let mut javascript = JavaScript::new();
    let ends = Ends::new(&javascript);
    ends.wire.incoming.lock().unwrap().push_back(b"1\n".to_vec());
    let task = ends.drive(&javascript);
    while javascript.lines.is_empty() {
        javascript.turn();
        ends.read_ready(&mut javascript);
    }
    ends.connection.destroy(&javascript.inbox);
    task.join().unwrap();
    assert_eq!(javascript.lines, [b"1"]);
}

/// A client is let in while the server's task goes on: what it sent behind its login is read, whoever is at work.
pub fn who_is_let_in_is_read() {
    let mut javascript = JavaScript::new();
    let ends = Ends::of_server(&javascript);
    ends.wire.incoming.lock().unwrap().extend([b"1\n".to_vec(), b"2\n".to_vec()]);
    let task = ends.drive(&javascript);
    while javascript.lines.is_empty() {
        javascript.turn();
    }
    ends.connection.login(&javascript.inbox, LoginResult::Accept);
    loop {
        ends.read_ready(&mut javascript);
        if javascript.lines.len() > 1 {
            break;
        }
        javascript.turn();
    }
    ends.connection.destroy(&javascript.inbox);
    task.join().unwrap();
    assert_eq!(javascript.lines, [b"1", b"2"]);
}

/// A socket that the system does not let the event loop watch is read by the connection's task.
pub fn what_cannot_be_watched_is_read() {
    let mut javascript = JavaScript::new();
    let mut ends = Ends::new(&javascript);
    ends.watch = Watch::refused(&javascript.woken);
    ends.wire.incoming.lock().unwrap().push_back(b"1\n".to_vec());
    let task = ends.drive(&javascript);
    while javascript.lines.is_empty() {
        javascript.turn();
    }
    ends.connection.destroy(&javascript.inbox);
    task.join().unwrap();
    assert_eq!(javascript.lines, [b"1"]);
}

/// More than a turn writes is written in several, by whoever has the link, until all is.
pub fn much_is_written_in_turns() {
    let javascript = JavaScript::new();
    let ends = Ends::new(&javascript);
    let task = ends.drive(&javascript);
    for byte in [1, 2, 3] {
        write(&ends.connection, &javascript, &vec![byte; 600 * 1024], true);
    }
    ends.connection.end();
    task.join().unwrap();
    assert_eq!(ends.wire.sent.lock().unwrap().len(), 1800 * 1024);
    assert_eq!(ends.connection.buffered(), 0);
}

/// A sender that looks at `needDrain` and waits for 'drain' goes on in the end, and is told once, when nothing waits.
pub fn a_sender_is_relieved() {
    let mut javascript = JavaScript::new();
    let ends = Ends::new(&javascript);
    write(&ends.connection, &javascript, &[0], true);
    let task = ends.drive(&javascript);
    write(&ends.connection, &javascript, &[0; HIGH_WATER], true);
    // Above high water until the task has come to it, which tells.
    while drains(&javascript) == 0 {
        javascript.turn();
    }
    assert_eq!(ends.connection.buffered(), 0, "told to go on while bytes wait");
    ends.connection.destroy(&javascript.inbox);
    task.join().unwrap();
    javascript.pull();
    assert_eq!(drains(&javascript), 1);
}

fn drains(javascript: &JavaScript) -> usize {
    let relieved = |event: &&Event| matches!(event, Event::Drain { relieved: true, .. });
    javascript.events.iter().filter(relieved).count()
}
