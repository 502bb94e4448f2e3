use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
#[cfg(unix)]
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use socket2::Socket as System;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::acceptor::{Acceptor, Binding, ListenError};
use super::connection::{Choice, Connection, Terms};
use super::driver::{drive, see_off, supervise};
use super::environment::Environment;
use super::guard::{Guard, Handshake, Limit};
use super::inbox::Inbound;
use super::liveness::LivenessOptions;
use super::lock;
use super::signal::{Endpoint, Failure, Negotiated, Signal, describe};
use super::socket::{Place, Socket};
use super::tally::Tally;
use super::wishes::Wishes;
use crate::session::SessionOptions;
use crate::tls::{self, Accepted, HandshakeError, KeyLines, ServerContext};

/// How long accepting pauses when the process has no file descriptor left.
const OUT_OF_DESCRIPTORS_PAUSE: Duration = Duration::from_millis(100);

/// Failed handshakes that may wait for a JavaScript thread that does not keep up.
const MAX_WAITING_ERRORS: usize = 1024;

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
    inbound: Arc<Inbound>,
    acceptor: Option<Acceptor>,
    /// Whether connections are accepted here; held while one is.
    accepting: Mutex<bool>,
    place: Option<Place>,
    /// Handshakes under way.
    handshakes: TaskTracker,
    /// Connections, from being accepted to being closed.
    peers: TaskTracker,
    /// Most connections at a time.
    max_peers: AtomicUsize,
    closed: CancellationToken,
    wishes: Wishes,
    /// For the handshakes to come.
    context: Mutex<ServerContext>,
    handshake_timeout: Duration,
    liveness: LivenessOptions,
    session: SessionOptions,
    guard: Arc<Guard>,
    max_buffered: usize,
    tally: Arc<Tally>,
}

/// A handshake under way, from being accepted on.
struct UnderWay {
    /// Until it is dropped the listener is not closed.
    tracked: TaskTrackerToken,
    /// Until it is dropped it counts for the limit of handshakes.
    guarded: Handshake,
    /// Told when it is to give way to a later one.
    give_way: CancellationToken,
}

impl Listener {
    /// Binds and listens at once, if it is to; connections are accepted by a task.
    pub fn open(
        environment: &Arc<Environment>,
        options: ListenOptions,
    ) -> Result<Arc<Self>, ListenError> {
        let acceptor = match &options.binding {
            Some(binding) => {
                let _runtime = environment.runtimes().io().enter();
                Some(Acceptor::open(binding)?)
            }
            None => None,
        };
        let place = acceptor.as_ref().map(Acceptor::place).transpose().map_err(|source| {
            let unspecified = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0);
            ListenError { place: Place::Ip(unspecified), source }
        })?;
        let listener = Arc::new(Self {
            inbound: Inbound::new(environment.new_id()),
            acceptor,
            accepting: Mutex::new(true),
            place,
            handshakes: TaskTracker::new(),
            peers: TaskTracker::new(),
            max_peers: AtomicUsize::new(usize::MAX),
            closed: CancellationToken::new(),
            wishes: Wishes::default(),
            context: Mutex::new(options.context),
            handshake_timeout: options.handshake_timeout,
            liveness: options.liveness,
            session: options.session,
            guard: options.guard,
            max_buffered: options.max_buffered,
            tally: options.tally,
        });
        environment.spawn(Arc::clone(&listener).run(Arc::clone(environment)));
        Ok(listener)
    }

    /// Its number, unique in its environment.
    pub fn id(&self) -> u32 {
        self.inbound.id()
    }

    /// Where it listens.
    pub fn place(&self) -> Option<&Place> {
        self.place.as_ref()
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
    pub fn adopt(
        self: &Arc<Self>,
        environment: &Arc<Environment>,
        socket: System,
    ) -> io::Result<()> {
        let _runtime = environment.runtimes().io().enter();
        let socket = Socket::from_system(socket)?;
        self.take(environment, socket);
        Ok(())
    }

    /// What JavaScript wants to be told, or to decide.
    pub fn wishes(&self) -> &Wishes {
        &self.wishes
    }

    /// Takes other keys and rules for the handshakes to come.
    pub fn set_context(&self, context: ServerContext) {
        *lock(&self.context) = context;
    }

    /// Leaves accepting to somebody else: gives a duplicate of the listening socket, and accepts no more by its own.
    /// Nothing if it listens nowhere.
    #[cfg(unix)]
    pub fn hand_over(&self) -> io::Result<Option<OwnedFd>> {
        let Some(acceptor) = &self.acceptor else { return Ok(None) };
        let descriptor = acceptor.duplicate()?;
        *lock(&self.accepting) = false;
        Ok(Some(descriptor))
    }

    /// Accepts no more. The port is free when this returns; handshakes under way go on.
    pub fn close(&self) {
        if let Some(acceptor) = &self.acceptor {
            acceptor.shut();
        }
        self.closed.cancel();
    }

    async fn run(self: Arc<Self>, environment: Arc<Environment>) {
        tokio::select! {
            () = self.accept_all(&environment) => {}
            () = self.closed.cancelled() => {}
            () = environment.ended() => return,
        }
        self.handshakes.close();
        tokio::select! {
            () = self.handshakes.wait() => {}
            () = environment.ended() => return,
        }
        environment.inbox.signal(&self.inbound, Signal::ListenerClosed);
    }

    /// Never comes back: closing drops it.
    async fn accept_all(self: &Arc<Self>, environment: &Arc<Environment>) {
        let Some(acceptor) = &self.acceptor else { return std::future::pending().await };
        loop {
            let accepted = poll_fn(|context| {
                let accepting = lock(&self.accepting);
                if *accepting { acceptor.poll_accept(context) } else { Poll::Pending }
            });
            match accepted.await {
                Ok(socket) if self.peers.len() < self.max_peers.load(Ordering::Relaxed) => {
                    // A fault with one peer is that peer's alone: the others are still accepted.
                    let _ = catch_unwind(AssertUnwindSafe(|| self.take(environment, socket)));
                }
                // One too many: it is closed at once.
                Ok(_) => self.tally.count_over_most(),
                Err(error) if is_about_one_peer(&error) => {}
                // The waiting peers stay in the backlog; a pause keeps this from spinning.
                Err(_) => sleep(OUT_OF_DESCRIPTORS_PAUSE).await,
            }
        }
    }

    fn take(self: &Arc<Self>, environment: &Arc<Environment>, socket: Socket) {
        #[cfg(test)]
        super::faults::hit("take");
        let peer = socket.ends().ok().flatten().map(|(_, remote)| remote.ip());
        if self.guard.refuses(peer, Instant::now()) {
            // Closed at once, before it costs anything.
            return self.tally.count_barred();
        }
        let give_way = CancellationToken::new();
        let under_way = UnderWay {
            tracked: self.handshakes.token(),
            // Here, in the order of arrival: tasks may begin in another.
            guarded: self.guard.begin_handshake({
                let give_way = give_way.clone();
                move || give_way.cancel()
            }),
            give_way,
        };
        let peer = self.peers.token();
        let listener = Arc::clone(self);
        let environment_of_peer = Arc::clone(environment);
        environment.spawn(async move {
            listener.greet(environment_of_peer, socket, under_way).await;
            drop(peer);
        });
    }

    async fn greet(
        self: Arc<Self>,
        environment: Arc<Environment>,
        socket: Socket,
        under_way: UnderWay,
    ) {
        let UnderWay { tracked, guarded, give_way } = under_way;
        // All three fail only for a peer that has gone; the handshake tells.
        let _ = socket.send_at_once();
        let _ = socket.probe_peer(self.liveness);
        let ends = socket.ends().ok().flatten();
        let peer = ends.map(|(_, remote)| remote.ip());
        let (local, remote) =
            ends.map(|(local, remote)| (Endpoint::from(local), Endpoint::from(remote))).unzip();
        let connection = environment.new_connection(Terms {
            max_buffered: self.max_buffered,
            guard: Some(Arc::clone(&self.guard)),
            peer,
            tally: Arc::clone(&self.tally),
        });
        let _registered = Registered { environment: &environment, id: connection.id() };
        #[cfg(test)]
        super::faults::hit("greet");
        let guard = Arc::clone(&self.guard);
        let asks = self.wishes.peers();
        if asks || self.wishes.connections() {
            let signal = Signal::Connection {
                listener: self.id(),
                asks,
                local: local.clone(),
                remote: remote.clone(),
            };
            connection.signal(&environment.inbox, signal);
        }
        let lines = self.wishes.keys().then(Arc::<KeyLines>::default);
        let keys = || lines.as_deref().map(KeyLines::take).unwrap_or_default();
        let handshake = AbortOnDropHandle::new(environment.runtimes().handshakes().spawn(
            Arc::clone(&self).shake_hands(
                Arc::clone(&environment),
                Arc::clone(&connection),
                socket,
                remote.clone(),
                Wanted { asks, lines: lines.clone() },
            ),
        ));
        let outcome = tokio::select! {
            outcome = handshake => outcome.unwrap_or_else(|panic| {
                let message = format!("the engine failed in a handshake: {panic}");
                Err((Some(Failure::Internal { message }), None))
            }),
            () = give_way.cancelled() => Err((Some(guard.too_many_handshakes()), None)),
            () = environment.ended() => return,
        };
        let accepted = match outcome {
            Ok(accepted) => accepted,
            Err((failure, socket)) => {
                environment.forget(connection.id());
                if failure == Some(Failure::Timeout) {
                    guard.count(Limit::HandshakeTimeout);
                }
                drop(guarded);
                if let Some(failure) = failure {
                    self.tally.count_failed_handshake(&failure);
                    self.report(&environment, remote, failure, keys());
                }
                drop((tracked, self));
                if let Some(socket) = socket {
                    see_off(&environment, socket).await;
                }
                return;
            }
        };
        let requested = accepted.verdict.is_some();
        let (error, chain) = match accepted.verdict {
            Some(verdict) => describe(verdict),
            None => (None, Vec::new()),
        };
        connection.signal(
            &environment.inbox,
            Signal::Secure {
                listener: self.id(),
                local,
                remote,
                parameters: Box::new(Negotiated::from(&accepted.parameters)),
                requested,
                error: error.map(Box::new),
                chain,
                keys: keys(),
            },
        );
        connection.shown(accepted.own);
        drop((tracked, guarded));
        let session = self.session.clone();
        let liveness = self.liveness;
        drop(self);
        let work = {
            let environment = Arc::clone(&environment);
            let connection = Arc::clone(&connection);
            async move {
                let tls = accepted.connection.into();
                drive(&environment, &connection, accepted.stream, tls, &session, liveness).await
            }
        };
        supervise(Arc::clone(&environment), connection, work).await;
    }

    /// The handshake with a new peer. One that failed says why, unless JavaScript has refused the peer, and gives the
    /// socket back, unless the peer has gone.
    async fn shake_hands(
        self: Arc<Self>,
        environment: Arc<Environment>,
        connection: Arc<Connection>,
        mut socket: Socket,
        remote: Option<Endpoint>,
        Wanted { asks, lines }: Wanted,
    ) -> Result<Accepted<Socket>, (Option<Failure>, Option<Socket>)> {
        #[cfg(test)]
        super::faults::hit("handshake");
        let work = async {
            if asks && !connection.answered().await {
                return Err(Unmet::Refused);
            }
            self.negotiate(&environment, &connection, &mut socket, remote, lines).await
        };
        match timeout(self.handshake_timeout, work).await {
            Ok(Ok(Accepted { connection, parameters, verdict, own, .. })) => {
                Ok(Accepted { stream: socket, connection, parameters, verdict, own })
            }
            Ok(Err(Unmet::Failed(error))) => {
                let gone =
                    matches!(error, HandshakeError::Io { .. } | HandshakeError::UnexpectedEof);
                Err((Some(Failure::of_server(error)), (!gone).then_some(socket)))
            }
            Ok(Err(Unmet::Refused)) => Err((None, None)),
            Ok(Err(Unmet::Gone)) => Err((Some(Failure::Hangup), None)),
            Err(_) => Err((Some(Failure::Timeout), Some(socket))),
        }
    }

    async fn negotiate<'a>(
        &self,
        environment: &Environment,
        connection: &Connection,
        socket: &'a mut Socket,
        remote: Option<Endpoint>,
        lines: Option<Arc<KeyLines>>,
    ) -> Result<Accepted<&'a mut Socket>, Unmet> {
        let greeting = wanted(connection, tls::greet(socket)).await?;
        let context = if self.wishes.asks_about(&greeting.hello) {
            let signal = Signal::hello(self.id(), remote, &greeting.hello);
            connection.signal(&environment.inbox, signal);
            match connection.chosen().await {
                Choice::Accept(context) => context,
                Choice::Refuse => return Err(Unmet::Refused),
                Choice::Gone => return Err(Unmet::Gone),
            }
        } else {
            lock(&self.context).clone()
        };
        let context = match lines {
            Some(lines) => context.with_key_lines(lines),
            None => context,
        };
        wanted(connection, greeting.accept(&context)).await
    }

    fn report(
        &self,
        environment: &Environment,
        remote: Option<Endpoint>,
        error: Failure,
        keys: Vec<String>,
    ) {
        if self.wishes.errors() || !keys.is_empty() {
            let signal = Signal::ClientError { remote, error, keys };
            environment.inbox.signal_if_room(&self.inbound, signal, MAX_WAITING_ERRORS);
        }
    }
}

/// A connection in its environment's registry: it leaves with the connection's task, also when that fails.
struct Registered<'a> {
    environment: &'a Environment,
    id: u32,
}

impl Drop for Registered<'_> {
    fn drop(&mut self) {
        self.environment.forget(self.id);
    }
}

/// What JavaScript wants of a handshake.
struct Wanted {
    /// To say before it whether the peer is wanted.
    asks: bool,
    /// To be told the secrets: they are put here.
    lines: Option<Arc<KeyLines>>,
}

/// Why there was no handshake.
enum Unmet {
    Failed(HandshakeError),
    /// JavaScript has refused the peer, and told why.
    Refused,
    /// JavaScript has destroyed the connection.
    Gone,
}

/// Goes on as long as JavaScript wants the connection.
async fn wanted<T>(
    connection: &Connection,
    work: impl Future<Output = Result<T, HandshakeError>>,
) -> Result<T, Unmet> {
    tokio::select! {
        outcome = work => outcome.map_err(Unmet::Failed),
        () = connection.destroyed() => Err(Unmet::Gone),
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
