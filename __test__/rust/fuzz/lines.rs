//! The line decoder: how the bytes are cut into chunks does not show, and no byte is copied twice.
//!
//! Input: the limit; how many chunk lengths; those lengths, used in turn; the stream.

use std::borrow::Cow;

use tls_json_native::wire::{Flow, LineDecoder, LineTooLong};

use super::input::Input;

/// From this on the first byte means a limit that no stream reaches.
const UNLIMITED: u8 = 192;

pub fn run(data: &[u8]) {
    let mut input = Input::new(data);
    let limit = match input.byte() {
        UNLIMITED.. => usize::MAX,
        small => usize::from(small),
    };
    let lengths = usize::from(input.byte() % 16);
    let lengths = input.bytes(lengths);
    let stream = input.rest();

    let expected = split(stream, limit);
    assert_eq!(decode(&[stream], limit, Flow::Continue), expected, "in one piece");
    assert_eq!(decode(&chunks(stream, lengths), limit, Flow::Continue), expected, "in chunks");
    assert_eq!(decode(&chunks(stream, lengths), limit, Flow::Stop), expected, "line by line");
    let single: Vec<_> = stream.chunks(1).collect();
    assert_eq!(decode(&single, limit, Flow::Continue), expected, "byte by byte");
}

/// The lines, bytes kept of an unfinished one, and whether one was too long.
type Outcome = (Vec<Vec<u8>>, Result<usize, LineTooLong>);

/// What is to come out, said in the simplest way.
fn split(stream: &[u8], limit: usize) -> Outcome {
    let mut lines = Vec::new();
    let mut pieces = stream.split(|&byte| byte == b'\n').peekable();
    while let Some(piece) = pieces.next() {
        if piece.len() > limit {
            return (lines, Err(LineTooLong { limit }));
        }
        if pieces.peek().is_none() {
            return (lines, Ok(piece.len()));
        }
        if piece.iter().any(|byte| !b" \t\r".contains(byte)) {
            lines.push(piece.to_vec());
        }
    }
    unreachable!("splitting gives at least one piece");
}

fn chunks<'a>(stream: &'a [u8], lengths: &[u8]) -> Vec<&'a [u8]> {
    let mut chunks = Vec::new();
    let mut rest = stream;
    for &length in lengths.iter().cycle() {
        if rest.is_empty() {
            break;
        }
        // An empty chunk would not end the loop.
        let (chunk, tail) = rest.split_at(usize::from(length).max(1).min(rest.len()));
        chunks.push(chunk);
        rest = tail;
    }
    chunks.push(rest);
    chunks
}

fn decode(chunks: &[&[u8]], limit: usize, flow: Flow) -> Outcome {
    let mut decoder = LineDecoder::new(limit);
    let mut lines = Vec::new();
    for chunk in chunks {
        let mut rest = *chunk;
        loop {
            let unfinished = decoder.pending();
            let mut first = true;
            let outcome = decoder.decode(rest, |line| {
                // Only a line that began in an earlier chunk may be put together; all others are seen where they are.
                let may_be_joined = std::mem::take(&mut first) && unfinished > 0;
                assert!(may_be_joined || matches!(line, Cow::Borrowed(_)));
                lines.push(line.into_owned());
                flow
            });
            match outcome {
                Ok(used) if used == rest.len() => break,
                Ok(used) => {
                    assert!(flow == Flow::Stop && used > 0, "stopped without being told to");
                    rest = &rest[used..];
                }
                Err(error) => return (lines, Err(error)),
            }
        }
    }
    (lines, Ok(decoder.pending()))
}
