//! Takes connections on a port.

mod handshake;

use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::Duration;

use socket2::Socket as System;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::subscriptions::Subscriptions;
use super::thread_engine::ThreadEngine;
use crate::events::{Event, EventQueue};
use crate::io::{Acceptor, Binding, ListenError, LivenessOptions, Socket};
use crate::limits::Guard;
use crate::metrics::Tally;
use crate::session::SessionOptions;
use crate::sync::lock;
use crate::tls::ServerContext;

/// How long accepting pauses when the process has no file descriptor left.
const OUT_OF_DESCRIPTORS_PAUSE: Duration = Duration::from_millis(100);

/// What a listener needs to know.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Where to listen; nowhere if connections come from elsewhere, see [`Listener::adopt`].
    pub binding: Option<Binding>,
    /// Keys and rules for handshakes.
    pub context: ServerContext,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// When a peer that gives no sign counts as gone.
    pub liveness: LivenessOptions,
    /// Bounds of the connections.
    pub session: SessionOptions,
    /// Bytes that may wait for one peer.
    pub max_buffered: usize,
    /// Bounds of all connections of the server together.
    pub guard: Arc<Guard>,
    /// What its owner counts with.
    pub tally: Arc<Tally>,
}

/// A port that takes connections until it is closed.
#[derive(Debug)]
pub struct Listener {
    events: Arc<EventQueue>,
    /// What accepts connections here, if anything does; held while one is. To drop it gives the port up.
    acceptor: Mutex<Option<Acceptor>>,
    place: Option<SocketAddr>,
    /// Handshakes under way.
    handshakes: TaskTracker,
    /// Connections, from being accepted to being closed.
    peers: TaskTracker,
    /// Most connections at a time.
    max_peers: AtomicUsize,
    closed: CancellationToken,
    subscriptions: Subscriptions,
    /// For the handshakes to come.
    context: Mutex<ServerContext>,
    handshake_timeout: Duration,
    liveness: LivenessOptions,
    session: SessionOptions,
    guard: Arc<Guard>,
    max_buffered: usize,
    tally: Arc<Tally>,
}

impl Listener {
    /// Binds and listens at once, if it is to; connections are accepted by a task.
    pub fn open(
        engine: &Arc<ThreadEngine>,
        options: ListenOptions,
    ) -> Result<Arc<Self>, ListenError> {
        let acceptor = match &options.binding {
            Some(binding) => {
                let _runtime = engine.tasks.io().enter();
                Some(Acceptor::open(binding)?)
            }
            None => None,
        };
        let place = acceptor.as_ref().map(Acceptor::place).transpose().map_err(|source| {
            let unspecified = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0);
            ListenError { place: unspecified, source }
        })?;
        let listener = Arc::new(Self {
            events: EventQueue::new(),
            acceptor: Mutex::new(acceptor),
            place,
            handshakes: TaskTracker::new(),
            peers: TaskTracker::new(),
            max_peers: AtomicUsize::new(usize::MAX),
            closed: CancellationToken::new(),
            subscriptions: Subscriptions::default(),
            context: Mutex::new(options.context),
            handshake_timeout: options.handshake_timeout,
            liveness: options.liveness,
            session: options.session,
            guard: options.guard,
            max_buffered: options.max_buffered,
            tally: options.tally,
        });
        engine.tasks.spawn(Arc::clone(&listener).run(Arc::clone(engine)));
        Ok(listener)
    }

    /// Its number, which nobody else in the process has.
    pub fn id(&self) -> u32 {
        self.events.id()
    }

    /// Where it listens.
    pub fn place(&self) -> Option<SocketAddr> {
        self.place
    }

    /// Handshakes under way.
    pub fn handshakes(&self) -> usize {
        self.handshakes.len()
    }

    /// Sets how many connections may be there at a time; further ones are closed at once.
    pub fn set_max_peers(&self, most: usize) {
        self.max_peers.store(most, Ordering::Relaxed);
    }

    /// Takes a connection that was accepted elsewhere.
    pub fn adopt(self: &Arc<Self>, engine: &Arc<ThreadEngine>, socket: System) -> io::Result<()> {
        let _runtime = engine.tasks.io().enter();
        let socket = Socket::from_system(socket)?;
        self.take(engine, socket);
        Ok(())
    }

    /// What JavaScript wants to be told, or to decide.
    pub fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    /// Takes other keys and rules for the handshakes to come.
    pub fn set_context(&self, context: ServerContext) {
        *lock(&self.context) = context;
    }

    /// Leaves accepting to somebody else: gives a duplicate of the listening socket, and accepts no more by its own.
    /// Nothing if it listens nowhere.
    #[cfg(unix)]
    pub fn hand_over(&self) -> io::Result<Option<OwnedFd>> {
        let mut accepting = lock(&self.acceptor);
        let Some(acceptor) = &*accepting else { return Ok(None) };
        let descriptor = acceptor.duplicate()?;
        *accepting = None;
        Ok(Some(descriptor))
    }

    /// Leaves accepting to somebody else, who is to listen anew: the port is free when this returns.
    #[cfg(not(unix))]
    pub fn give_up(&self) {
        *lock(&self.acceptor) = None;
    }

    /// Accepts no more. The port is free when this returns; handshakes under way go on.
    pub fn close(&self) {
        *lock(&self.acceptor) = None;
        self.closed.cancel();
    }

    async fn run(self: Arc<Self>, engine: Arc<ThreadEngine>) {
        tokio::select! {
            () = self.accept_all(&engine) => {}
            () = self.closed.cancelled() => {}
            () = engine.ended() => return,
        }
        self.handshakes.close();
        tokio::select! {
            () = self.handshakes.wait() => {}
            () = engine.ended() => return,
        }
        engine.inbox.put(&self.events, Event::ListenerClosed);
    }

    /// Never comes back: closing drops it.
    async fn accept_all(self: &Arc<Self>, engine: &Arc<ThreadEngine>) {
        loop {
            let accepted = poll_fn(|context| match &*lock(&self.acceptor) {
                Some(acceptor) => acceptor.poll_accept(context),
                None => Poll::Pending,
            });
            match accepted.await {
                Ok(socket) if self.peers.len() < self.max_peers.load(Ordering::Relaxed) => {
                    // A fault with one peer is that peer's alone: the others are still accepted.
                    let _ = catch_unwind(AssertUnwindSafe(|| self.take(engine, socket)));
                }
                // One too many: it is closed at once.
                Ok(_) => self.tally.count_over_most(),
                Err(error) if is_about_one_peer(&error) => {}
                // The waiting peers stay in the backlog; a pause keeps this from spinning.
                Err(_) => sleep(OUT_OF_DESCRIPTORS_PAUSE).await,
            }
        }
    }
}

/// Whether accepting failed because of the peer at the head of the queue, who has gone.
fn is_about_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::Interrupted
            | io::ErrorKind::WouldBlock
    )
}
