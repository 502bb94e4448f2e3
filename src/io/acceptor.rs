//! Sockets that listen: binding as libuv does, and taking connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, Socket as System, Type};
use tokio::net::TcpListener;

use super::socket::Socket;

/// Where to listen, and how. Paths are not among it: on those Node listens, and hands over what it accepts.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where; without it on every address, IPv6 and IPv4, as Node does.
    pub place: Option<SocketAddr>,
    /// The port when no place is given; 0 lets the system choose.
    pub port: u16,
    /// How many connections may wait to be accepted.
    pub backlog: i32,
    /// Whether an IPv6 socket refuses IPv4 peers.
    pub ipv6_only: bool,
    /// Whether others may listen on the port too, and the system shares connections out.
    pub reuse_port: bool,
}

/// Why listening failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place}: {source}")]
pub struct ListenError {
    /// The place that was tried last.
    pub place: SocketAddr,
    /// What the system said.
    pub source: io::Error,
}

/// A listening socket. To drop it gives the port up.
#[derive(Debug)]
pub(crate) struct Acceptor(TcpListener);

impl Acceptor {
    /// Binds and listens. To be called in the context of the runtime that shall accept.
    pub(crate) fn open(binding: &Binding) -> Result<Self, ListenError> {
        match binding.place {
            Some(place) => {
                Self::open_at(place, binding).map_err(|source| ListenError { place, source })
            }
            None => Self::open_anywhere(binding),
        }
    }

    fn open_anywhere(binding: &Binding) -> Result<Self, ListenError> {
        let any6 = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), binding.port);
        match Self::open_at(any6, binding) {
            // No IPv6 on this machine: Node takes IPv4 then.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                let any4 = SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), binding.port);
                Self::open_at(any4, binding).map_err(|source| ListenError { place: any4, source })
            }
            outcome => outcome.map_err(|source| ListenError { place: any6, source }),
        }
    }

    fn open_at(place: SocketAddr, binding: &Binding) -> io::Result<Self> {
        let socket = System::new(Domain::for_address(place), Type::STREAM, Some(Protocol::TCP))?;
        if place.is_ipv6() {
            socket.set_only_v6(binding.ipv6_only)?;
        }
        // As libuv does, so that a restarted server gets its port at once. On Windows the option means something else.
        #[cfg(unix)]
        socket.set_reuse_address(true)?;
        if binding.reuse_port {
            share_port(&socket)?;
        }
        socket.set_nonblocking(true)?;
        socket.bind(&place.into())?;
        socket.listen(binding.backlog)?;
        Ok(Self(TcpListener::from_std(socket.into())?))
    }

    /// Where it listens.
    pub(crate) fn place(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// The next connection.
    pub(crate) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Socket>> {
        self.0.poll_accept(context).map_ok(|(stream, _)| Socket::Tcp(stream))
    }

    /// The listening socket once more, for somebody else to accept by.
    #[cfg(unix)]
    pub(crate) fn duplicate(&self) -> io::Result<OwnedFd> {
        self.0.as_fd().try_clone_to_owned()
    }
}

/// Only where the system shares the connections out: elsewhere libuv refuses, and so does this.
#[cfg(any(target_os = "android", target_os = "linux"))]
fn share_port(socket: &System) -> io::Result<()> {
    socket.set_reuse_port(true)
}

#[cfg(all(unix, not(any(target_os = "android", target_os = "linux"))))]
fn share_port(_: &System) -> io::Result<()> {
    Err(io::Error::from_raw_os_error(rustix::io::Errno::NOTSUP.raw_os_error()))
}

#[cfg(not(unix))]
fn share_port(_: &System) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
