use std::io;
#[cfg(target_os = "linux")]
use std::os::fd::{AsFd, BorrowedFd};

use tokio::io::Interest;
#[cfg(target_os = "linux")]
use tokio::io::unix::AsyncFd;

use super::socket::LinkSocket;

/// Waits until a connection's socket is ready.
#[derive(Debug)]
pub(crate) struct Readiness<'a> {
    socket: &'a LinkSocket,
    /// A plain socket as Tokio knows it; there only while somebody waits. It borrows the descriptor: a duplicate would
    /// be a second one, and where the process has none left the connection would end.
    #[cfg(target_os = "linux")]
    registered: Option<AsyncFd<BorrowedFd<'a>>>,
}

impl<'a> Readiness<'a> {
    pub(crate) fn new(socket: &'a LinkSocket) -> Self {
        Self {
            socket,
            #[cfg(target_os = "linux")]
            registered: None,
        }
    }

    /// Comes back when the socket is ready for one of `interest`. Then as much as there is must be read, and written,
    /// before this is waited for again.
    pub(crate) async fn ready(&mut self, interest: Interest) -> io::Result<()> {
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
    pub(crate) fn release(&mut self) {
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
