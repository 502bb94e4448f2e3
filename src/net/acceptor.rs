//! Sockets that listen: binding as libuv does, and taking connections.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::os::fd::{AsFd, OwnedFd};
use std::task::{Context, Poll};

use socket2::{Domain, Protocol, SockRef, Socket as System, Type};
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::net::UnixListener;

use super::socket::{Place, Socket};

/// Where to listen, and how.
#[derive(Debug, Clone)]
pub struct Binding {
    /// Where; without it on every address, IPv6 and IPv4, as Node does.
    pub place: Option<Place>,
    /// The port when no place is given; 0 lets the system choose.
    pub port: u16,
    /// How many connections may wait to be accepted.
    pub backlog: i32,
    /// Whether an IPv6 socket refuses IPv4 peers.
    pub ipv6_only: bool,
}

/// Why listening failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {place:?}: {source}")]
pub struct ListenError {
    /// The place that was tried last.
    pub place: Place,
    /// What the system said.
    pub source: io::Error,
}

/// A listening socket.
#[derive(Debug)]
pub(super) enum Acceptor {
    Tcp(TcpListener),
    #[cfg(unix)]
    Unix(UnixListener, std::path::PathBuf),
}

impl Acceptor {
    /// Binds and listens. To be called in the context of the runtime that shall accept.
    pub(super) fn open(binding: &Binding) -> Result<Self, ListenError> {
        match &binding.place {
            Some(place) => Self::open_at(place, binding)
                .map_err(|source| ListenError { place: place.clone(), source }),
            None => Self::open_anywhere(binding),
        }
    }

    fn open_anywhere(binding: &Binding) -> Result<Self, ListenError> {
        let any6 = Place::Ip(SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), binding.port));
        match Self::open_at(&any6, binding) {
            // No IPv6 on this machine: Node takes IPv4 then.
            Err(error) if error.kind() != io::ErrorKind::AddrInUse => {
                let any4 = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
                let any4 = Place::Ip(SocketAddr::new(any4, binding.port));
                Self::open_at(&any4, binding).map_err(|source| ListenError { place: any4, source })
            }
            outcome => outcome.map_err(|source| ListenError { place: any6, source }),
        }
    }

    fn open_at(place: &Place, binding: &Binding) -> io::Result<Self> {
        match place {
            Place::Ip(at) => {
                let socket =
                    System::new(Domain::for_address(*at), Type::STREAM, Some(Protocol::TCP))?;
                if at.is_ipv6() {
                    socket.set_only_v6(binding.ipv6_only)?;
                }
                // As libuv does, so that a restarted server gets its port at once. On Windows the option means
                // something else.
                #[cfg(unix)]
                socket.set_reuse_address(true)?;
                socket.set_nonblocking(true)?;
                socket.bind(&(*at).into())?;
                socket.listen(binding.backlog)?;
                Ok(Self::Tcp(TcpListener::from_std(socket.into())?))
            }
            #[cfg(unix)]
            Place::Path(path) => {
                let socket = System::new(Domain::UNIX, Type::STREAM, None)?;
                socket.set_nonblocking(true)?;
                socket.bind(&socket2::SockAddr::unix(path)?).map_err(as_libuv)?;
                socket.listen(binding.backlog)?;
                Ok(Self::Unix(UnixListener::from_std(socket.into())?, path.clone()))
            }
        }
    }

    /// Where it listens.
    pub(super) fn place(&self) -> io::Result<Place> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Place::Ip),
            #[cfg(unix)]
            Self::Unix(_, path) => Ok(Place::Path(path.clone())),
        }
    }

    /// The next connection.
    pub(super) fn poll_accept(&self, context: &mut Context<'_>) -> Poll<io::Result<Socket>> {
        match self {
            Self::Tcp(listener) => {
                listener.poll_accept(context).map_ok(|(stream, _)| Socket::Tcp(stream))
            }
            #[cfg(unix)]
            Self::Unix(listener, _) => {
                listener.poll_accept(context).map_ok(|(stream, _)| Socket::Unix(stream))
            }
        }
    }

    /// The listening socket once more, for somebody else to accept by.
    #[cfg(unix)]
    pub(super) fn duplicate(&self) -> io::Result<OwnedFd> {
        match self {
            Self::Tcp(listener) => listener.as_fd().try_clone_to_owned(),
            Self::Unix(listener, _) => listener.as_fd().try_clone_to_owned(),
        }
    }

    /// Gives the place up at once, although a task still waits for connections.
    pub(super) fn shut(&self) {
        match self {
            // A listening socket that is shut down gives its port up. Where the platform does not know that, the port
            // is free a moment later, when the task lets go.
            Self::Tcp(listener) => {
                let _ = SockRef::from(listener).shutdown(std::net::Shutdown::Both);
            }
            #[cfg(unix)]
            Self::Unix(_, path) => {
                // As libuv does on closing; that it is gone already is no harm.
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// libuv says `EACCES` where a folder of the path is not there, as on Windows.
#[cfg(unix)]
fn as_libuv(error: io::Error) -> io::Error {
    match error.kind() {
        io::ErrorKind::NotFound => {
            io::Error::from_raw_os_error(rustix::io::Errno::ACCESS.raw_os_error())
        }
        _ => error,
    }
}
