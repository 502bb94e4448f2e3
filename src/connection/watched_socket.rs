use crate::io::{LinkSocket, TcpState};
#[cfg(target_os = "linux")]
use crate::io::{TcpProbe, Watch};

/// A connection's socket, and how the JavaScript thread's event loop is told to watch it, where it can.
#[derive(Debug)]
pub(crate) struct WatchedSocket {
    pub(crate) socket: LinkSocket,
    #[cfg(target_os = "linux")]
    watch: Option<Watch>,
    /// How the system is asked what it knows.
    #[cfg(target_os = "linux")]
    probe: Option<TcpProbe>,
}

impl WatchedSocket {
    /// One that tasks alone read.
    pub(crate) fn unwatched(socket: LinkSocket) -> Self {
        Self {
            socket,
            #[cfg(target_os = "linux")]
            watch: None,
            #[cfg(target_os = "linux")]
            probe: None,
        }
    }

    /// One that the event loop may read.
    #[cfg(target_os = "linux")]
    pub(crate) fn watched(socket: LinkSocket, watch: Watch) -> Self {
        Self { watch: Some(watch), ..Self::unwatched(socket) }
    }

    /// The same, with a way to ask what the system knows of it.
    #[cfg(target_os = "linux")]
    pub(crate) fn probed_by(self, probe: Option<TcpProbe>) -> Self {
        Self { probe, ..self }
    }

    /// What the system knows of it, if it tells.
    pub(super) fn tcp_state(&self) -> Option<TcpState> {
        #[cfg(target_os = "linux")]
        return self.socket.tcp_state(self.probe?);
        #[cfg(not(target_os = "linux"))]
        None
    }

    /// Whether the event loop may read it.
    #[cfg(target_os = "linux")]
    pub(super) fn is_watchable(&self) -> bool {
        self.watch.is_some()
    }

    /// Has the event loop watch the socket, or no longer. Says whether it does now.
    pub(super) fn watch(&self, wanted: bool) -> bool {
        #[cfg(target_os = "linux")]
        if let (Some(watch), LinkSocket::Plain(socket)) = (&self.watch, &self.socket) {
            return watch.set(socket, wanted);
        }
        #[cfg(not(target_os = "linux"))]
        let _ = wanted;
        false
    }
}
