use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::pin::Pin;
use std::task::{Context, Poll};

use socket2::{SockRef, Socket as System};
use tokio::io::{AsyncRead, AsyncWrite, Interest, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::tcp_options::LivenessOptions;
#[cfg(target_os = "linux")]
use super::tcp_options::{TcpProbe, TcpState};

/// One end of a byte stream of the operating system.
#[derive(Debug)]
pub enum Socket {
    /// TCP.
    Tcp(TcpStream),
    /// A Unix domain socket.
    #[cfg(unix)]
    Unix(UnixStream),
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
    pub(crate) fn from_system(socket: System) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        #[cfg(unix)]
        if socket.local_addr()?.is_unix() {
            return UnixStream::from_std(socket.into()).map(Self::Unix);
        }
        TcpStream::from_std(socket.into()).map(Self::Tcp)
    }

    /// Sends small writes at once. Without it the password waits for the answer to the handshake's last flight, 40 ms
    /// on many systems.
    pub(crate) fn send_at_once(&self) -> io::Result<()> {
        match self {
            Self::Tcp(stream) => stream.set_nodelay(true),
            #[cfg(unix)]
            Self::Unix(_) => Ok(()),
        }
    }

    /// Has the system find out that the peer has vanished.
    pub(crate) fn probe_peer(&self, liveness: LivenessOptions) -> io::Result<()> {
        match (self, liveness.schedule()) {
            (Self::Tcp(_), Some(schedule)) => self.system().set_tcp_keepalive(&schedule.into()),
            _ => Ok(()),
        }
    }

    /// Our end and the peer's, for TCP.
    pub(crate) fn ends(&self) -> io::Result<Option<(SocketAddr, SocketAddr)>> {
        match self {
            Self::Tcp(stream) => Ok(Some((stream.local_addr()?, stream.peer_addr()?))),
            #[cfg(unix)]
            Self::Unix(_) => Ok(None),
        }
    }

    pub(crate) fn system(&self) -> SockRef<'_> {
        each!(self, stream => SockRef::from(stream))
    }

    pub(crate) async fn ready(&self, interest: Interest) -> io::Result<()> {
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
pub(crate) enum LinkSocket {
    /// Tokio tells the connection's task when it is ready.
    Tokio(Socket),
    /// The JavaScript thread's event loop watches it; Tokio only while the task waits for it.
    #[cfg(target_os = "linux")]
    Plain(System),
}

impl LinkSocket {
    /// Takes the socket out of Tokio's hands.
    #[cfg(target_os = "linux")]
    pub(crate) fn plain(socket: Socket) -> io::Result<Self> {
        Ok(Self::Plain(match socket {
            Socket::Tcp(stream) => stream.into_std()?.into(),
            Socket::Unix(stream) => stream.into_std()?.into(),
        }))
    }

    /// Sends FIN. It fails only when the peer has already reset the connection, which reading will tell.
    pub(crate) fn shutdown(&self) {
        let _ = self.system().shutdown(Shutdown::Write);
    }

    /// What the system knows, if this is TCP.
    #[cfg(target_os = "linux")]
    pub(crate) fn tcp_state(&self, probe: TcpProbe) -> Option<TcpState> {
        probe(self.system().as_fd())
    }

    /// Reads once, never waiting. `act` gets the socket; its `WouldBlock` means that the socket is empty now.
    pub(crate) fn try_read<R>(
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
    pub(crate) fn try_write<R>(
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

    pub(crate) fn system(&self) -> SockRef<'_> {
        match self {
            Self::Tokio(socket) => socket.system(),
            #[cfg(target_os = "linux")]
            Self::Plain(system) => SockRef::from(system),
        }
    }
}
