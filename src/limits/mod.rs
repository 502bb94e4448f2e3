//! What a server holds against its peers, and how much may wait for one of them.

mod guard;
mod send_buffer;

pub use guard::{Guard, GuardOptions, Handshake};
pub use send_buffer::HIGH_WATER;

pub(crate) use guard::Admission;
pub(crate) use send_buffer::{SendBuffer, SharedText};
