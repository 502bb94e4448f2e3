//! What stands for sockets and TLS. Addresses and codes of errors are those of `src/io`.

#[path = "../../../../src/io/address.rs"]
mod address;
#[path = "../../../../src/io/error_code.rs"]
mod error_code;
mod poller;
mod scratch;
mod socket;
#[path = "../../../../src/io/tcp_options.rs"]
mod tcp_options;
mod tls_stream;

pub use address::{Place, address_text};
pub use error_code::ErrorCode;
pub use poller::Watch;
pub use scratch::with as with_scratch;
pub use socket::{LinkSocket, Wire};
pub use tcp_options::{TcpProbe, TcpState};
pub use tls_stream::{Flushed, Received, Tls, TransportError, decrypt, flush, receive};
