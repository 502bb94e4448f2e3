//! One connection: what it is to everybody else (`Peer`), what is said on it (`Conversation`), and its two kinds of
//! transport: the engine's TLS and socket (`Link`), and one outside it, Node's own TLS (`ExternalConnection`).

mod conversation;
mod external;
#[cfg(test)]
mod fair_share_tests;
mod handle;
mod link;
mod mailbox;
mod peer;
mod reading;
mod state;
mod watched_socket;
mod work;

pub use external::{ExternalConnection, ExternalNext, ExternalOptions};
pub use handle::Connection;

pub(crate) use link::Link;
pub(crate) use mailbox::{Choice, Piece};
pub(crate) use peer::{Peer, Terms};
pub(crate) use state::{Done, Next};
pub(crate) use watched_socket::WatchedSocket;
