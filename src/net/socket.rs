use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
#[cfg(target_os = "linux")]
use std::os::fd::{AsFd, BorrowedFd};
#[cfg(unix)]
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, Socket as System};
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::liveness::LivenessOptions;

/// One end of a byte stream of the operating system.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpStream),
    /// A Unix domain socket.
    #[cfg(unix)]
    Unix(UnixStream),
}

/// Where a listener listens, or a client connects to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// An IP address and a port.
    Ip(SocketAddr),
    /// The path of a Unix domain socket.
    #[cfg(unix)]
    Path(PathBuf),
}

/// Does the same with whichever stream it is.
macro_rules! each {
    ($socket:expr, $stream:ident => $act:expr) => {
        match $socket {
            Socket::Tcp($stream) => $act,
            #[cfg(unix)]
            Socket::Unix($stream) => $act,
        }
    };
}

impl Socket {
    /// Takes a connected socket over. To be called in the context of the runtime that shall drive it.
    pub(super) fn from_system(socket: System) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        #[cfg(unix)]
        if socket.local_addr()?.is_unix() {
            return UnixStream::from_std(socket.into()).map(Self::Unix);
        }
        TcpStream::from_std(socket.into()).map(Self::Tcp)
    }

    /// Sends small writes at once. Without it the password waits for the answer to the handshake's last flight, 40 ms
    /// on many systems.
    pub(super) fn send_at_once(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            #[cfg(unix)]
            Self::Unix(_) => Ok(()),
        }
    }

    /// Has the system find out that the peer has vanished.
    pub(super) fn probe_peer(&self, liveness: LivenessOptions) -> io::Result<()> {
        match (self, liveness.schedule()) {
            (Self::Tcp(_), Some(schedule)) => self.system().set_tcp_keepalive(&schedule.into()),
            _ => Ok(()),
        }
    }

    /// Our end and the peer's, for TCP.
    pub(super) fn ends(&self) -> io::Result<Option<(SocketAddr, SocketAddr)>> {
        match self {
            Self::Tcp(stream) => Ok(Some((stream.local_addr()?, stream.peer_addr()?))),
            #[cfg(unix)]
            Self::Unix(_) => Ok(None),
        }
    }

    pub(super) fn system(&self) -> SockRef<'_> {
        each!(self, stream => SockRef::from(stream))
    }

    pub(super) async fn ready(&self, interest: Interest) -> io::Result<()> {
        each!(self, stream => stream.ready(interest).await).map(|_| ())
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_read(context, buffer))
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_write(context, bytes))
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_flush(context))
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        each!(self.get_mut(), stream => Pin::new(stream).poll_shutdown(context))
    }
}

/// The socket of an established connection.
#[derive(Debug)]
pub(super) enum LinkSocket {
    /// Tokio tells the connection's task when it is ready.
    Tokio(Socket),
    /// The JavaScript thread's event loop watches it; Tokio only while the task waits for it.
    #[cfg(target_os = "linux")]
    Plain(System),
}

impl LinkSocket {
    /// Takes the socket out of Tokio's hands.
    #[cfg(target_os = "linux")]
    pub(super) fn plain(socket: Socket) -> io::Result<Self> {
        Ok(Self::Plain(match socket {
            Socket::Tcp(stream) => stream.into_std()?.into(),
            Socket::Unix(stream) => stream.into_std()?.into(),
        }))
    }

    /// Sends FIN. It fails only when the peer has already reset the connection, which reading will tell.
    pub(super) fn shutdown(&self) {
        let _ = self.system().shutdown(Shutdown::Write);
    }

    /// Reads once, never waiting. `act` gets the socket; its `WouldBlock` means that the socket is empty now.
    pub(super) fn try_read<R>(
        &self,
        act: impl FnOnce(&mut dyn Read) -> io::Result<R>,
    ) -> io::Result<R> {
        let system = self.system();
        let act = || act(&mut &*system);
        match self {
            Self::Tokio(socket) => each!(socket, stream => stream.try_io(Interest::READABLE, act)),
            #[cfg(target_os = "linux")]
            Self::Plain(_) => act(),
        }
    }

    /// Writes once, never waiting.
    pub(super) fn try_write<R>(
        &self,
        act: impl FnOnce(&mut dyn Write) -> io::Result<R>,
    ) -> io::Result<R> {
        let system = self.system();
        let act = || act(&mut &*system);
        match self {
            Self::Tokio(socket) => each!(socket, stream => stream.try_io(Interest::WRITABLE, act)),
            #[cfg(target_os = "linux")]
            Self::Plain(_) => act(),
        }
    }

    pub(super) fn system(&self) -> SockRef<'_> {
        match self {
            Self::Tokio(socket) => socket.system(),
            #[cfg(target_os = "linux")]
            Self::Plain(system) => SockRef::from(system),
        }
    }
}

/// Waits until a connection's socket is ready.
#[derive(Debug)]
pub(super) struct Readiness<'a> {
    socket: &'a LinkSocket,
    /// A plain socket as Tokio knows it; there only while somebody waits. It borrows the descriptor: a duplicate would
    /// be a second one, and where the process has none left the connection would end.
    #[cfg(target_os = "linux")]
    registered: Option<AsyncFd<BorrowedFd<'a>>>,
}

impl<'a> Readiness<'a> {
    pub(super) fn new(socket: &'a LinkSocket) -> Self {
        Self {
            socket,
            #[cfg(target_os = "linux")]
            registered: None,
        }
    }

    /// Comes back when the socket is ready for one of `interest`. Then as much as there is must be read, and written,
    /// before this is waited for again.
    pub(super) async fn ready(&mut self, interest: Interest) -> io::Result<()> {
        match self.socket {
            LinkSocket::Tokio(socket) => socket.ready(interest).await,
            #[cfg(target_os = "linux")]
            LinkSocket::Plain(system) => {
                let registered = match &mut self.registered {
                    Some(registered) => registered,
                    none => none.insert(register(system.as_fd())?),
                };
                // Forgotten before the socket is tried, so what comes after the try is told.
                registered.ready(interest).await?.clear_ready();
                Ok(())
            }
        }
    }

    /// Nobody waits any more.
    pub(super) fn release(&mut self) {
        #[cfg(target_os = "linux")]
        {
            self.registered = None;
        }
    }
}

/// Lets Tokio watch a descriptor that stays its owner's. The borrow keeps it open and the same for as long, which is all
/// that `AsyncFd` asks for; its successor asks for the same in words, and would be `unsafe`.
#[cfg(target_os = "linux")]
#[allow(deprecated, reason = "what makes it unsound in general, a borrowed descriptor rules out")]
fn register(descriptor: BorrowedFd<'_>) -> io::Result<AsyncFd<BorrowedFd<'_>>> {
    AsyncFd::new(descriptor)
}
