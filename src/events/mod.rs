//! The way of lines and events to JavaScript: each connection has a queue, the inbox of a JavaScript thread lists those
//! in which something waits, and a batch takes it across.

mod batch;
mod event;
mod failure;
mod fair_share;
mod id;
mod inbox;
mod queue;

pub use batch::{Batch, Entry, EntryKind, Extra};
pub use event::{Endpoint, Event, Negotiated};
pub use failure::{Failure, LocalEnd, Openssl};
pub use inbox::Inbox;

pub(crate) use event::describe;
#[cfg(test)]
pub(crate) use fair_share::{MAX_TOGETHER, ONE_READ};
pub(crate) use queue::{EventQueue, ReadGate};
