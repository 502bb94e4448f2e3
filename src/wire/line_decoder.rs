use std::borrow::Cow;

use memchr::memchr;

/// A line grew past the limit before its newline came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a line is longer than {limit} bytes")]
pub struct LineTooLong {
    /// Most bytes a line may have, its newline not counted.
    pub limit: usize,
}

/// Whether the decoder goes on to the next line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Go on.
    Continue,
    /// Leave the bytes behind this line alone.
    Stop,
}

/// Splits a byte stream into lines, looking at each byte once.
///
/// Blank lines (nothing but space, tab and carriage return) are passed over: `JSON.parse` reads nothing in them.
#[derive(Debug)]
pub struct LineDecoder {
    /// The beginning of a line whose newline has not come.
    partial: Vec<u8>,
    limit: usize,
}

impl LineDecoder {
    /// A decoder that refuses lines of more than `limit` bytes.
    pub fn new(limit: usize) -> Self {
        Self { partial: Vec::new(), limit }
    }

    /// Sets the most bytes that a line may have from now on.
    pub fn set_limit(&mut self, limit: usize) {
        self.limit = limit;
    }

    /// Bytes kept of a line whose newline has not come.
    pub fn pending(&self) -> usize {
        self.partial.len()
    }

    /// Hands each complete line, without its newline, to `deliver`. Returns how many bytes of `input` were used:
    /// all of them, unless `deliver` said [`Flow::Stop`].
    ///
    /// A line that came in one piece is borrowed from `input`; one that was put together is moved out, not copied.
    pub fn decode(
        &mut self,
        input: &[u8],
        mut deliver: impl FnMut(Cow<'_, [u8]>) -> Flow,
    ) -> Result<usize, LineTooLong> {
        let mut rest = input;
        while let Some(newline) = memchr(b'\n', rest) {
            let (head, tail) = rest.split_at(newline);
            rest = tail.get(1..).unwrap_or_default();
            self.check(head.len())?;
            let line = if self.partial.is_empty() {
                Cow::Borrowed(head)
            } else {
                self.partial.extend_from_slice(head);
                Cow::Owned(std::mem::take(&mut self.partial))
            };
            if !is_blank(&line) && deliver(line) == Flow::Stop {
                return Ok(input.len() - rest.len());
            }
        }
        self.check(rest.len())?;
        self.partial.extend_from_slice(rest);
        Ok(input.len())
    }

    fn check(&self, more: usize) -> Result<(), LineTooLong> {
        if self.partial.len().saturating_add(more) > self.limit {
            return Err(LineTooLong { limit: self.limit });
        }
        Ok(())
    }
}

fn is_blank(line: &[u8]) -> bool {
    line.iter().all(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines_of(chunks: &[&[u8]]) -> Vec<Vec<u8>> {
        let mut decoder = LineDecoder::new(1 << 20);
        let mut lines = Vec::new();
        for chunk in chunks {
            let used = decoder
                .decode(chunk, |line| {
                    lines.push(line.into_owned());
                    Flow::Continue
                })
                .unwrap();
            assert_eq!(used, chunk.len());
        }
        lines
    }

    #[test]
    fn delivers_a_line_once_when_a_chunk_ends_before_its_newline() {
        assert_eq!(lines_of(&[b"{\"a\":1}", b"\n"]), [b"{\"a\":1}"]);
        assert_eq!(lines_of(&[b"12", b"34\n"]), [b"1234"]);
    }

    #[test]
    fn passes_over_blank_lines_but_keeps_carriage_returns_of_others() {
        assert_eq!(lines_of(&[b"\n \t\r\n1\r\n\n"]), [b"1\r"]);
    }

    #[test]
    fn stops_behind_a_line_when_told_to() {
        let mut decoder = LineDecoder::new(100);
        let used = decoder.decode(b"1\n2\n", |_| Flow::Stop).unwrap();
        assert_eq!(used, 2);
        assert_eq!(decoder.pending(), 0);
    }

    #[test]
    fn takes_a_line_of_exactly_the_limit_and_refuses_one_byte_more() {
        let mut decoder = LineDecoder::new(4);
        assert_eq!(decoder.decode(b"1234\n", |_| Flow::Continue), Ok(5));
        assert_eq!(decoder.decode(b"12345\n", |_| Flow::Continue), Err(LineTooLong { limit: 4 }));
        let mut decoder = LineDecoder::new(4);
        assert_eq!(decoder.decode(b"12", |_| Flow::Continue), Ok(2));
        assert_eq!(decoder.decode(b"345", |_| Flow::Continue), Err(LineTooLong { limit: 4 }));
    }

    proptest! {
        #[test]
        fn chunk_boundaries_do_not_show(
            input in proptest::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..400),
            cuts in proptest::collection::vec(0usize..400, 0..20),
        ) {
            let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(input.len())).collect();
            cuts.sort_unstable();
            let mut chunks = Vec::new();
            let mut from = 0;
            for cut in cuts {
                chunks.push(&input[from..cut]);
                from = cut;
            }
            chunks.push(&input[from..]);
            prop_assert_eq!(lines_of(&chunks), lines_of(&[&input]));
        }
    }
}
