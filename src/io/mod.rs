//! The operating system: addresses, sockets, who is told when they are ready, and TLS on top of them. Knows nothing of
//! connections as users see them.

mod acceptor;
mod address;
mod error_code;
#[cfg(any(windows, test))]
mod loopback;
#[cfg(target_os = "linux")]
mod poller;
mod readiness;
mod scratch;
mod socket;
mod tcp_options;
mod tls_stream;

pub use acceptor::{Binding, ListenError};
pub use address::{Place, address_text, name_interfaces_by};
pub use error_code::ErrorCode;
#[cfg(windows)]
pub use loopback::{TryOnce, try_once_by};
#[cfg(target_os = "linux")]
pub use tcp_options::TcpProbe;
pub use tcp_options::{LivenessOptions, TcpState};

pub(crate) use acceptor::Acceptor;
#[cfg(windows)]
pub(crate) use loopback::before_connect;
#[cfg(target_os = "linux")]
pub(crate) use poller::{Poller, Watch};
pub(crate) use readiness::Readiness;
pub(crate) use scratch::with as with_scratch;
pub(crate) use socket::{LinkSocket, Socket};
pub(crate) use tls_stream::{Flushed, Received, Tls, TransportError, decrypt, flush, receive};
