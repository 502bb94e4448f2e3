//! Bytes <-> lines: the framing of the protocol, without I/O and without a clock.
//!
//! A message is one JSON text before a `\n` (0x0A), in UTF-8. Nothing here reads the JSON: V8 does.

mod address;
mod line_decoder;
mod pong;

pub use address::{Addressed, take_id};
pub use line_decoder::{Flow, LineDecoder, LineTooLong};
pub use pong::{ping_line, pong_key};
