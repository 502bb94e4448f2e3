//! The engine as JavaScript threads use it, two of them in one process: handshakes, tasks and event loops on threads of
//! their own, and everything that is sent comes back. Made for ThreadSanitizer, see docs/internals/fuzzing.md.

#![cfg(target_os = "linux")]
#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "tls_workshop.rs"]
mod workshop;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use tls_json_native::engine::{DialOptions, ListenOptions, Listener, ThreadEngine, dial};
use tls_json_native::events::{Batch, Event as EngineEvent, Extra};
use tls_json_native::io::{Binding, LivenessOptions, Place};
use tls_json_native::limits::{Guard, GuardOptions};
use tls_json_native::session::{KeepaliveOptions, LoginResult, SessionOptions};
use tls_json_native::tls::{ClientContext, ClientOptions, ServerContext, ServerOptions};

use workshop::{Workshop, pair, trust};

const CLIENTS: usize = 3;
const MESSAGES: usize = 60;

/// Longer than anything here takes.
const LATE: Timespec = Timespec { tv_sec: 60, tv_nsec: 0 };

/// A thread of JavaScript with its event loop.
struct Loop {
    engine: Arc<ThreadEngine>,
    woken: Arc<OwnedFd>,
    batch: Batch,
}

/// What there is for it.
enum Event {
    Line(Vec<u8>),
    Other(EngineEvent),
}

impl Loop {
    fn new(reads_in_loop: bool) -> Self {
        let woken = eventfd(0, EventfdFlags::NONBLOCK | EventfdFlags::CLOEXEC).unwrap();
        let woken = Arc::new(woken);
        let wake = Arc::clone(&woken);
        let wake = Box::new(move || {
            rustix::io::write(&*wake, &1_u64.to_ne_bytes()).unwrap();
        });
        Self {
            engine: ThreadEngine::new(wake, reads_in_loop).unwrap(),
            woken,
            batch: Batch::new(4096),
        }
    }

    /// Waits for something to happen and gives all of it.
    fn turn(&mut self) -> Vec<(u32, Event)> {
        let descriptor = self.engine.descriptor();
        let mut watched = vec![PollFd::new(&*self.woken, PollFlags::IN)];
        watched.extend(descriptor.iter().map(|sockets| PollFd::new(sockets, PollFlags::IN)));
        assert!(poll(&mut watched, Some(&LATE)).unwrap() > 0, "nothing happens any more");
        let woken = !watched[0].revents().is_empty();
        let readable = watched.get(1).is_some_and(|fd| !fd.revents().is_empty());
        if woken {
            rustix::io::read(&*self.woken, &mut [0; 8]).unwrap();
        }
        let mut events = Vec::new();
        if woken || (readable && self.engine.read_ready()) {
            while self.pull(&mut events) {}
        }
        events
    }

    fn pull(&mut self, events: &mut Vec<(u32, Event)>) -> bool {
        let more = self.engine.inbox.take(&mut self.batch);
        let Batch { text, entries, extras, .. } = &mut self.batch;
        let mut from = 0;
        let mut extras = extras.drain(..);
        for entry in entries.iter() {
            let event = if entry.kind.is_in_text() {
                Event::Line(text[std::mem::replace(&mut from, entry.value)..entry.value].to_vec())
            } else {
                match extras.next().expect("what the entry is about") {
                    Extra::Line(line) => Event::Line(line),
                    Extra::Event(event) => Event::Other(event),
                }
            };
            events.push((entry.id, event));
        }
        more
    }

    fn accept(&self, id: u32) {
        let connection = self.engine.connection(id).expect("it waits for us");
        connection.login(&self.engine.inbox, LoginResult::Accept);
    }

    fn write(&self, id: u32, mut line: Vec<u8>, later: bool) {
        line.push(b'\n');
        self.engine.write(id, line, later);
    }
}

/// Lets everybody in and sends everything back, until all are gone.
fn serve(reads_in_loop: bool, context: ServerContext, port: &mpsc::Sender<SocketAddr>) {
    let mut this = Loop::new(reads_in_loop);
    let options = ListenOptions {
        binding: Some(Binding {
            place: Some(([127, 0, 0, 1], 0).into()),
            port: 0,
            backlog: 16,
            ipv6_only: false,
            reuse_port: false,
        }),
        context,
        handshake_timeout: Duration::from_secs(60),
        session: SessionOptions {
            keepalive: Some(KeepaliveOptions {
                interval: Duration::from_millis(5),
                timeout: Duration::from_secs(60),
            }),
            ..SessionOptions::default()
        },
        max_buffered: usize::MAX,
        guard: Arc::new(Guard::new(GuardOptions {
            max_total_buffered: usize::MAX,
            max_handshakes: 100,
            max_failed_logins: None,
        })),
        liveness: LivenessOptions::default(),
        tally: Arc::default(),
    };
    let listener = Listener::open(&this.engine, options).unwrap();
    let Some(address) = listener.place() else { panic!("it has a port") };
    port.send(address).unwrap();
    let mut lines = HashMap::new();
    let mut gone = 0;
    while gone < CLIENTS {
        for (id, event) in this.turn() {
            let count: &mut usize = lines.entry(id).or_default();
            match event {
                Event::Line(_) if *count == 0 => {
                    *count += 1;
                    this.accept(id);
                    this.write(id, b"{\"authenticated\":true}".to_vec(), false);
                }
                Event::Line(line) => {
                    *count += 1;
                    this.write(id, line, count.is_multiple_of(2));
                }
                Event::Other(EngineEvent::Closed { .. }) => gone += 1,
                Event::Other(_) => {}
            }
        }
    }
    listener.close();
    this.engine.end();
}

fn call(reads_in_loop: bool, context: &ClientContext, address: SocketAddr) {
    let mut this = Loop::new(reads_in_loop);
    for _ in 0..CLIENTS {
        let options = DialOptions {
            places: vec![Place::Ip(address)],
            local: None,
            attempt_timeout: Duration::from_secs(60),
            server_name: Some("localhost".to_owned()),
            context: context.clone(),
            liveness: LivenessOptions::default(),
            session: SessionOptions::default(),
            max_buffered: usize::MAX,
            logs_keys: false,
            tally: Arc::default(),
        };
        dial(&this.engine, options);
    }
    // Short and long ones, more in all than may wait.
    let message = |n: usize| vec![b'1'; if n.is_multiple_of(10) { 70_000 } else { 1 + n }];
    let mut lines: HashMap<u32, Vec<Vec<u8>>> = HashMap::new();
    let mut gone = 0;
    while gone < CLIENTS {
        for (id, event) in this.turn() {
            match event {
                Event::Line(line) if line.starts_with(b"{\"__ping\"") => {}
                Event::Line(line) => {
                    let lines = lines.entry(id).or_default();
                    lines.push(line);
                    if lines.len() == 1 {
                        this.accept(id);
                        (0..MESSAGES).for_each(|n| this.write(id, message(n), n.is_multiple_of(3)));
                    } else if lines.len() == 1 + MESSAGES {
                        let connection = this.engine.connection(id).unwrap();
                        connection.destroy(&this.engine.inbox);
                    }
                }
                Event::Other(EngineEvent::Verification { error, .. }) => {
                    assert!(error.is_none(), "{error:?}");
                    this.engine.connection(id).unwrap().admit(true);
                }
                Event::Other(EngineEvent::Secured { .. }) => {
                    this.write(id, b"{\"password\":1}".to_vec(), false);
                }
                Event::Other(EngineEvent::Error { error }) => panic!("{error:?}"),
                Event::Other(EngineEvent::Closed { .. }) => gone += 1,
                Event::Other(_) => {}
            }
        }
    }
    for lines in lines.values() {
        assert!(lines[1..].iter().enumerate().all(|(n, line)| *line == message(n)), "in order");
    }
    assert_eq!(lines.len(), CLIENTS);
    this.engine.end();
}

fn both(reads_in_loop: bool) {
    let workshop = Workshop::new();
    let made = workshop.readme();
    let server = ServerOptions { key_pairs: vec![pair(&[&made])], ..ServerOptions::default() };
    let server = ServerContext::new(server).unwrap();
    let client = ClientOptions { trust: trust(&[&made]), ..ClientOptions::default() };
    let client = ClientContext::new(client).unwrap();
    let (port, address) = mpsc::channel();
    let serving = thread::spawn(move || serve(reads_in_loop, server, &port));
    call(reads_in_loop, &client, address.recv().unwrap());
    serving.join().unwrap();
}

#[test]
fn everything_comes_back_where_event_loops_read() {
    both(true);
}

#[test]
fn everything_comes_back_where_tasks_read() {
    both(false);
}
