//! What stands for sockets and TLS. Addresses are those of `src/io`.

#[path = "../../../../src/io/address.rs"]
mod address;
mod poller;
mod scratch;
mod socket;
mod tls_stream;

pub use address::{Place, address_text};
pub use poller::Watch;
pub use scratch::with as with_scratch;
pub use socket::{LinkSocket, Wire};
pub use tls_stream::{Flushed, Received, Tls, TransportError, decrypt, flush, receive};
