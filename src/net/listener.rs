use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::{AbortOnDropHandle, TaskTracker};

use super::driver::{drive, supervise};
use super::environment::Environment;
use super::inbox::Inbound;
use super::signal::{Endpoint, Failure, Negotiated, Signal, describe};
use crate::session::SessionOptions;
use crate::tls::{self, ServerContext};

/// How long accepting pauses when the process has no file descriptor left.
const OUT_OF_DESCRIPTORS_PAUSE: Duration = Duration::from_millis(100);

/// Failed handshakes that may wait for a JavaScript thread that does not keep up.
const MAX_WAITING_ERRORS: usize = 1024;

/// What a listener needs to know.
#[derive(Debug, Clone)]
pub struct ListenOptions {
    /// Where to listen; without it on every address, IPv6 and IPv4, as Node does.
    pub address: Option<IpAddr>,
    /// The port; 0 lets the system choose.
    pub port: u16,
    /// How many connections may wait to be accepted.
    pub backlog: i32,
    /// Whether an IPv6 socket refuses IPv4 peers.
    pub ipv6_only: bool,
    /// Keys and rules for handshakes.
    pub context: ServerContext,
    /// How long a handshake may take.
    pub handshake_timeout: Duration,
    /// Bounds of the connections.
    pub session: SessionOptions,
}

/// Why listening failed.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address} port {port}: {source}")]
pub struct ListenError {
    /// The address that was tried last.
    pub address: IpAddr,
    /// The port.
    pub port: u16,
    /// What the system said.
    pub source: io::Error,
}

/// A port that takes connections until it is closed.
#[derive(Debug)]
pub struct Listener {
    inbound: Arc<Inbound>,
    socket: Arc<TcpListener>,
    local: SocketAddr,
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
        let (socket, address) = bind(&options)?;
        let fail = |source| ListenError { address, port: options.port, source };
        let runtime = environment.runtimes().io().enter();
        let socket = TcpListener::from_std(socket.into()).map_err(fail)?;
        drop(runtime);
        let local = socket.local_addr().map_err(fail)?;
        let listener = Arc::new(Self {
            inbound: Inbound::new(environment.new_id()),
            socket: Arc::new(socket),
            local,
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
    pub fn local(&self) -> SocketAddr {
        self.local
    }

    /// Says whether failed handshakes are to be told.
    pub fn report_errors(&self, wanted: bool) {
        self.reports_errors.store(wanted, Ordering::Relaxed);
    }

    /// Accepts no more. The port is free when this returns; handshakes under way go on.
    pub fn close(&self) {
        // A listening socket that is shut down gives its port up although the accepting task still holds it.
        // Where the platform does not know that, the port is free a moment later, when the task lets go.
        let _ = SockRef::from(&*self.socket).shutdown(std::net::Shutdown::Both);
        self.closed.cancel();
    }

    async fn accept_all(self: Arc<Self>, environment: Arc<Environment>) {
        let handshakes = TaskTracker::new();
        loop {
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                () = self.closed.cancelled() => break,
                () = environment.ended() => return,
            };
            match accepted {
                Ok((socket, remote)) => {
                    let token = handshakes.token();
                    let listener = Arc::clone(&self);
                    let environment_of_peer = Arc::clone(&environment);
                    environment.spawn(async move {
                        listener.greet(environment_of_peer, socket, remote, token).await;
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
        socket: TcpStream,
        remote: SocketAddr,
        under_way: tokio_util::task::task_tracker::TaskTrackerToken,
    ) {
        // It fails only for a peer that has gone; the handshake tells.
        let _ = socket.set_nodelay(true);
        let local = socket.local_addr().unwrap_or(self.local);
        let context = self.options.context.clone();
        let time = self.options.handshake_timeout;
        let handshake = AbortOnDropHandle::new(environment.runtimes().handshakes().spawn(
            async move { timeout(time, tls::accept(&context, socket)).await },
        ));
        let outcome = tokio::select! {
            outcome = handshake => outcome,
            () = environment.ended() => return,
        };
        let accepted = match outcome {
            Ok(Ok(Ok(accepted))) => accepted,
            Ok(Ok(Err(error))) => return self.report(&environment, remote, Failure::of_server(error)),
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
                local: local.into(),
                remote: remote.into(),
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

    fn report(&self, environment: &Environment, remote: SocketAddr, error: Failure) {
        if self.reports_errors.load(Ordering::Relaxed) {
            let signal = Signal::ClientError { remote: Some(Endpoint::from(remote)), error };
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

fn bind(options: &ListenOptions) -> Result<(Socket, IpAddr), ListenError> {
    let any6 = IpAddr::V6(Ipv6Addr::UNSPECIFIED);
    let address = options.address.unwrap_or(any6);
    let outcome = match bind_to(address, options) {
        // No IPv6 on this machine: Node takes IPv4 then.
        Err(error) if options.address.is_none() && error.kind() != io::ErrorKind::AddrInUse => {
            let any4 = IpAddr::V4(Ipv4Addr::UNSPECIFIED);
            bind_to(any4, options).map(|socket| (socket, any4))
        }
        outcome => outcome.map(|socket| (socket, address)),
    };
    outcome.map_err(|source| ListenError { address, port: options.port, source })
}

fn bind_to(address: IpAddr, options: &ListenOptions) -> io::Result<Socket> {
    let at = SocketAddr::new(address, options.port);
    let socket = Socket::new(Domain::for_address(at), Type::STREAM, Some(Protocol::TCP))?;
    if at.is_ipv6() {
        socket.set_only_v6(options.ipv6_only)?;
    }
    // As libuv does, so that a restarted server gets its port at once. On Windows the option means something else.
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&at.into())?;
    socket.listen(options.backlog)?;
    Ok(socket)
}
