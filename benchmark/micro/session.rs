//! What a session adds to its lines, and what the outbox costs between `send` and rustls.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use std::borrow::Cow;
use std::time::{Duration, Instant};

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use tls_json_native::session::{KeepaliveOptions, LoginResult, Outbox, Session, SessionOptions};

/// Plaintext of one TLS record.
const RECORD: usize = 16 * 1024;

/// What rustls takes before it wants to write.
const WRITER: usize = 64 * 1024;

fn main() {
    divan::main();
}

/// A session whose peer is in.
fn open(options: &SessionOptions) -> Session {
    let now = Instant::now();
    let mut session = Session::new(options, now);
    let mut ignore = |_: Cow<'_, [u8]>| {};
    session.receive(b"{}\n", now, &mut ignore).unwrap();
    session.login(LoginResult::Accept, now, &mut ignore).unwrap();
    session
}

/// Of a server, which looks for pongs, and hears its peers' silence.
fn server() -> SessionOptions {
    let long = Duration::from_secs(3600);
    SessionOptions {
        login_timeout: Some(long),
        keepalive: Some(KeepaliveOptions { interval: long, timeout: long }),
        silence: Some(long),
        ..SessionOptions::default()
    }
}

fn receive(session: &mut Session, record: &[u8], now: Instant) -> usize {
    let mut count = 0;
    let mut deliver = |line: Cow<'_, [u8]>| {
        black_box(&line);
        count += 1;
    };
    session.receive(record, now, &mut deliver).unwrap();
    count
}

fn bench_record(bencher: Bencher<'_, '_>, options: &SessionOptions, bytes: usize) {
    let mut line = vec![b'1'; bytes - 1];
    line.push(b'\n');
    let count = RECORD / bytes;
    let record = line.repeat(count);
    let mut session = open(options);
    let now = Instant::now();
    assert_eq!(receive(&mut session, &record, now), count);
    bencher
        .counter(BytesCount::new(record.len()))
        .counter(ItemsCount::new(count))
        .bench_local(|| receive(&mut session, black_box(&record), now));
}

/// A record full of lines of so many bytes, of a client.
#[divan::bench(args = [50, 300, 4096])]
fn record_of_a_client(bencher: Bencher<'_, '_>, bytes: usize) {
    bench_record(bencher, &SessionOptions::default(), bytes);
}

/// The same of a server: no line is a pong.
#[divan::bench(args = [50, 300, 4096])]
fn record_of_a_server(bencher: Bencher<'_, '_>, bytes: usize) {
    bench_record(bencher, &server(), bytes);
}

/// Gives away what is in the outbox as `net::transport::flush` does. Returns how many bytes it was.
fn empty(outbox: &mut Outbox) -> usize {
    let mut taken = 0;
    while !outbox.is_empty() {
        let front = black_box(outbox.front());
        let count = front.len().min(WRITER);
        outbox.advance(count);
        taken += count;
    }
    taken
}

fn push_and_empty(texts: Vec<Vec<u8>>) -> usize {
    let mut outbox = Outbox::default();
    for text in texts {
        outbox.push(text);
    }
    empty(&mut outbox)
}

fn bench_outbox(bencher: Bencher<'_, '_>, bytes: usize, count: usize) {
    let texts = || vec![vec![b'x'; bytes]; count];
    assert_eq!(push_and_empty(texts()), bytes * count);
    bencher
        .counter(BytesCount::new(bytes * count))
        .counter(ItemsCount::new(count))
        .with_inputs(texts)
        .bench_local_values(push_and_empty);
}

/// A megabyte waits, in texts of so many bytes: as they are handed over when the connection is busy, from one message
/// to a whole tick.
#[divan::bench(args = [50, 300, 2048, 16384])]
fn outbox_of_many(bencher: Bencher<'_, '_>, bytes: usize) {
    bench_outbox(bencher, bytes, 1024 * 1024 / bytes);
}

/// One text of so many MiB. It is not copied: what shows is the allocator, which keeps a small one and unmaps a large
/// one.
#[divan::bench(args = [1, 8])]
fn outbox_of_one(bencher: Bencher<'_, '_>, mib: usize) {
    bench_outbox(bencher, mib * 1024 * 1024, 1);
}

/// Each text leaves before the next one comes: a connection that is not busy.
#[divan::bench(args = [50, 300, 2048, 16384])]
fn outbox_in_turn(bencher: Bencher<'_, '_>, bytes: usize) {
    const COUNT: usize = 64;
    let take_turns = |texts: Vec<Vec<u8>>| {
        let mut outbox = Outbox::default();
        let mut taken = 0;
        for text in texts {
            outbox.push(text);
            taken += empty(&mut outbox);
        }
        taken
    };
    let texts = || vec![vec![b'x'; bytes]; COUNT];
    assert_eq!(take_turns(texts()), bytes * COUNT);
    bencher
        .counter(BytesCount::new(bytes * COUNT))
        .counter(ItemsCount::new(COUNT))
        .with_inputs(texts)
        .bench_local_values(take_turns);
}
