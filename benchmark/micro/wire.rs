//! What each byte that comes costs before anybody looks at it: bytes -> lines, and which lines are pongs.

#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

use divan::counter::{BytesCount, ItemsCount};
use divan::{Bencher, black_box};
use tls_json_native::wire::{Flow, LineDecoder, pong_key};

/// What the engine asks the system for at a time.
const READ: usize = 64 * 1024;

/// Plaintext of one TLS record.
const RECORD: usize = 16 * 1024;

const MIB: usize = 1024 * 1024;

/// No line is too long here.
const LIMIT: usize = 64 * MIB;

fn main() {
    divan::main();
}

/// JSON texts of so many bytes, newline included, one behind the other.
fn lines(bytes: usize, count: usize) -> Vec<u8> {
    let mut line = b"{\"text\":\"".to_vec();
    line.resize(bytes - 3, b'x');
    line.extend_from_slice(b"\"}\n");
    line.repeat(count)
}

/// Feeds the pieces to a new decoder. Returns how many lines came of them, and their bytes.
fn decode<'a>(pieces: impl Iterator<Item = &'a [u8]>) -> (usize, usize) {
    let mut decoder = LineDecoder::new(LIMIT);
    let (mut count, mut bytes) = (0, 0);
    for piece in pieces {
        decoder
            .decode(piece, |line| {
                count += 1;
                bytes += black_box(line).len();
                Flow::Continue
            })
            .unwrap();
    }
    (count, bytes)
}

/// Measures [`decode`], once it was seen to be right.
fn bench_lines<'a, I>(bencher: Bencher<'_, '_>, len: usize, count: usize, pieces: impl Fn() -> I)
where
    I: Iterator<Item = &'a [u8]>,
{
    assert_eq!(decode(pieces()), (count, len - count));
    bencher
        .counter(BytesCount::new(len))
        .counter(ItemsCount::new(count))
        .bench_local(|| decode(pieces()));
}

/// Lines of so many bytes, many in each read.
#[divan::bench(args = [50, 300, 4096])]
fn many_in_a_read(bencher: Bencher<'_, '_>, bytes: usize) {
    let count = MIB / bytes;
    let input = lines(bytes, count);
    bench_lines(bencher, input.len(), count, || input.chunks(READ));
}

/// Every read ends in the middle of a line, so that each line is put together from two.
#[divan::bench(args = [50, 300, 4096])]
fn split_at_every_read(bencher: Bencher<'_, '_>, bytes: usize) {
    let count = MIB / bytes;
    let input = lines(bytes, count);
    let (first, rest) = input.split_at(bytes / 2);
    bench_lines(bencher, input.len(), count, || std::iter::once(first).chain(rest.chunks(bytes)));
}

/// One line of so many MiB, record by record: bytes per second stay what they are as long as each is looked at once. At
/// 8 MiB the system's fresh memory shows, too; `callgrind` counts the same instructions for each byte.
#[divan::bench(args = [1, 2, 4, 8])]
fn one_long_line(bencher: Bencher<'_, '_>, mib: usize) {
    let input = lines(mib * MIB, 1);
    bench_lines(bencher, input.len(), 1, || input.chunks(RECORD));
}

/// Is asked of every line that a server gets. The last one is a pong of JavaScript's.
#[divan::bench(args = ["pong", "message", "almost"])]
fn pong(bencher: Bencher<'_, '_>, which: &str) {
    const COUNT: usize = 1000;
    let (line, expected): (&[u8], _) = match which {
        "pong" => (b"{\"__pong\":54321}", Some(54321)),
        "message" => (b"{\"seq\":1000000,\"text\":\"0:abcdefghijklmnop\"}", None),
        _ => (b"{\"__pong\":54321,\"requestId\":7}", None),
    };
    assert_eq!(pong_key(line), expected);
    bencher.counter(ItemsCount::new(COUNT)).bench_local(|| {
        for _ in 0..COUNT {
            black_box(pong_key(black_box(line)));
        }
    });
}
