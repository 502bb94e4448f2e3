use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::acceptor::{Acceptor, Binding, ListenError};
use super::driver::{drive, supervise};
use super::environment::Environment;
use super::inbox::Inbound;
use super::signal::{Endpoint, Failure, Negotiated, Signal, describe};
use super::socket::{Place, Socket};
use crate::session::SessionOptions;
use crate::tls::{self, ServerContext};

/// How long accepting pauses when the process has no file descriptor left.
const OUT_OF_DESCRIPTORS_PAUSE: Duration = Duration::from_millis(100);

/// Failed handshakes that may wait for a JavaScript thread that does not keep up.
const MAX_WAITING_ERRORS: usize = 1024;

/// What a listener needs to know.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Where to listen.
    pub binding: Binding,
    /// Keys and rules for handshakes.
    pub context: ServerContext,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// Bounds of the connections.
    pub session: SessionOptions,
}

/// A port that takes connections until it is closed.
#[derive(Debug)]
pub struct Listener {
    inbound: Arc<Inbound>,
    acceptor: Acceptor,
    place: Place,
    closed: CancellationToken,
    /// Whether somebody listens for failed handshakes.
    reports_errors: AtomicBool,
    options: ListenOptions,
}

impl Listener {
    /// Binds and listens at once; connections are accepted by a task.
    pub fn open(
        environment: &Arc<Environment>,
        options: ListenOptions,
    ) -> Result<Arc<Self>, ListenError> {
        let runtime = environment.runtimes().io().enter();
        let acceptor = Acceptor::open(&options.binding)?;
        drop(runtime);
        let place = acceptor.place().map_err(|source| {
            let unspecified = SocketAddr::new(IpAddr::V6(Ipv6Addr::UNSPECIFIED), 0);
            ListenError { place: Place::Ip(unspecified), source }
        })?;
        let listener = Arc::new(Self {
            inbound: Inbound::new(environment.new_id()),
            acceptor,
            place,
            closed: CancellationToken::new(),
            reports_errors: AtomicBool::new(false),
            options,
        });
        environment.spawn(Arc::clone(&listener).accept_all(Arc::clone(environment)));
        Ok(listener)
    }

    /// Its number, unique in its environment.
    pub fn id(&self) -> u32 {
        self.inbound.id()
    }

    /// Where it listens.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Says whether failed handshakes are to be told.
    pub fn report_errors(&self, wanted: bool) {
        self.reports_errors.store(wanted, Ordering::Relaxed);
    }

    /// Accepts no more. The port is free when this returns; handshakes under way go on.
    pub fn close(&self) {
        self.acceptor.shut();
        self.closed.cancel();
    }

    async fn accept_all(self: Arc<Self>, environment: Arc<Environment>) {
        let handshakes = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.acceptor.accept() => accepted,
                () = self.closed.cancelled() => break,
                () = environment.ended() => return,
            };
            match accepted {
                Ok(socket) => {
                    let token = handshakes.token();
                    let listener = Arc::clone(&self);
                    let environment_of_peer = Arc::clone(&environment);
                    environment.spawn(async move {
                        listener.greet(environment_of_peer, socket, token).await;
                    });
                }
                Err(error) => {
                    if self.closed.is_cancelled() {
                        break;
                    }
                    if !is_about_one_peer(&error) {
                        // The waiting peers stay in the backlog; a pause keeps this from spinning.
                        tokio::select! {
                            () = sleep(OUT_OF_DESCRIPTORS_PAUSE) => {}
                            () = self.closed.cancelled() => break,
                            () = environment.ended() => return,
                        }
                    }
                }
            }
        }
        handshakes.close();
        tokio::select! {
            () = handshakes.wait() => {}
            () = environment.ended() => return,
        }
        environment.inbox.signal(&self.inbound, Signal::ListenerClosed);
    }

    async fn greet(
        self: Arc<Self>,
        environment: Arc<Environment>,
        socket: Socket,
        under_way: tokio_util::task::task_tracker::TaskTrackerToken,
    ) {
        // Both fail only for a peer that has gone; the handshake tells.
        let _ = socket.send_at_once();
        let (local, remote) = socket
            .ends()
            .ok()
            .flatten()
            .map(|(local, remote)| (Endpoint::from(local), Endpoint::from(remote)))
            .unzip();
        let context = self.options.context.clone();
        let time = self.options.handshake_timeout;
        let handshake = AbortOnDropHandle::new(
            environment
                .runtimes()
                .handshakes()
                .spawn(async move { timeout(time, tls::accept(&context, socket)).await }),
        );
        let outcome = tokio::select! {
            outcome = handshake => outcome,
            () = environment.ended() => return,
        };
        let accepted = match outcome {
            Ok(Ok(Ok(accepted))) => accepted,
            Ok(Ok(Err(error))) => {
                return self.report(&environment, remote, Failure::of_server(error));
            }
            Ok(Err(_)) => return self.report(&environment, remote, Failure::Timeout),
            Err(panic) => {
                let message = format!("the engine failed in a handshake: {panic}");
                return self.report(&environment, remote, Failure::Internal { message });
            }
        };
        let connection = environment.new_connection();
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
                error,
                chain,
            },
        );
        drop(under_way);
        let session = self.options.session.clone();
        drop(self);
        let work = {
            let environment = Arc::clone(&environment);
            let connection = Arc::clone(&connection);
            async move {
                let tls = accepted.connection.into();
                drive(&environment, &connection, accepted.stream, tls, &session).await
            }
        };
        supervise(environment, connection, work).await;
    }

    fn report(&self, environment: &Environment, remote: Option<Endpoint>, error: Failure) {
        if self.reports_errors.load(Ordering::Relaxed) {
            let signal = Signal::ClientError { remote, error };
            environment.inbox.signal_if_room(&self.inbound, signal, MAX_WAITING_ERRORS);
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
