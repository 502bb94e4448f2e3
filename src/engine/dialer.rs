use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket as System, Type};
use tokio::io::Interest;
use tokio::time::{sleep, timeout};

use super::driver::{self, compute, drain_after_alert, drive, supervise};
#[cfg(test)]
use super::faults;
use super::thread_engine::ThreadEngine;
use crate::connection::{Connection, Done, Terms};
use crate::events::{Endpoint, Event, Failure, Negotiated, describe};
#[cfg(windows)]
use crate::io::before_connect;
use crate::io::{LivenessOptions, Place, Socket};
use crate::metrics::Tally;
use crate::session::{SessionError, SessionOptions};
use crate::tls::{self, Admitted, ClientContext, HandshakeError, KeyLines};

/// Where and how to connect.
#[derive(Debug, Clone)]
pub struct DialOptions {
    /// The addresses of the host, in the order in which they are tried, or a path.
    pub places: Vec<Place>,
    /// Our end, if it is to be a certain one.
    pub local: Option<Local>,
    /// How long one address is tried when another is left. Node's `autoSelectFamilyAttemptTimeout`.
    pub attempt_timeout: Duration,
    /// The name sent to the server (SNI); without it none is sent.
    pub server_name: Option<String>,
    /// Trust and keys.
    pub context: ClientContext,
    /// When a server that gives no sign counts as gone.
    pub liveness: LivenessOptions,
    /// Bounds of the connection.
    pub session: SessionOptions,
    /// Bytes that may wait for the server.
    pub max_buffered: usize,
    /// What its owner counts with.
    pub tally: Arc<Tally>,
    /// Whether somebody listens for the connection's secrets.
    pub logs_keys: bool,
}

/// Where our end is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Local {
    /// Any address of the peer's family if there is none.
    pub address: Option<IpAddr>,
    /// 0 for any.
    pub port: u16,
}

impl Local {
    /// For a connection to `peer`.
    fn towards(self, peer: SocketAddr) -> SocketAddr {
        let any = match peer {
            SocketAddr::V4(_) => IpAddr::from(Ipv4Addr::UNSPECIFIED),
            SocketAddr::V6(_) => IpAddr::from(Ipv6Addr::UNSPECIFIED),
        };
        SocketAddr::new(self.address.unwrap_or(any), self.port)
    }
}

/// Starts to connect. What comes of it arrives in the engine's inbox.
///
/// The first address is tried before this returns: a refusal on this machine is known at once, without waking anybody.
pub fn dial(engine: &Arc<ThreadEngine>, options: DialOptions) -> Arc<Connection> {
    let terms = Terms {
        max_buffered: options.max_buffered,
        guard: None,
        address: None,
        tally: Some(Arc::clone(&options.tally)),
    };
    let connection = engine.new_connection(terms);
    let first = options.places.first().map(|place| Attempt::begin(place, options.local));
    if let (Some(Err(error)), [_]) = (&first, options.places.as_slice()) {
        engine.inbox.end(&connection.peer().events, Event::Error { error: error.clone() });
        engine.close(&connection, Done::early(true));
        return connection;
    }
    let liveness = options.liveness;
    // Large, and over soon: a connection that is there must not go on carrying it.
    let establishing =
        Box::pin(establish(Arc::clone(engine), Arc::clone(&connection), options, first));
    let work = {
        let engine = Arc::clone(engine);
        let connection = Arc::clone(&connection);
        async move {
            match establishing.await {
                Ok(()) => drive(&engine, &connection, liveness).await,
                Err(None) => Done::early(false),
                Err(Some(error)) => {
                    engine.inbox.end(&connection.peer().events, Event::Error { error });
                    Done::early(true)
                }
            }
        }
    };
    engine.tasks.spawn(supervise(Arc::clone(engine), Arc::clone(&connection), work));
    connection
}

/// Connects, shakes hands, and waits until JavaScript says that this is the right server.
/// `Err(None)` when JavaScript does not want the connection any more: it has its reasons and told them already.
async fn establish(
    engine: Arc<ThreadEngine>,
    connection: Arc<Connection>,
    options: DialOptions,
    first: Option<Result<Attempt, Failure>>,
) -> Result<(), Option<Failure>> {
    #[cfg(test)]
    faults::hit("dial");
    let socket = tokio::select! {
        outcome = connect(&options, first) => outcome.map_err(Some)?,
        () = connection.peer().destroyed() => return Err(None),
    };
    // They are unknown only of a server that has gone already; the handshake tells.
    let (local, remote) = Endpoint::both(socket.ends().ok().flatten());
    connection.peer().put(&engine.inbox, Event::Connect { local, remote });

    let lines = options.logs_keys.then(Arc::<KeyLines>::default);
    let tell_keys = || {
        let lines = lines.as_deref().map(KeyLines::take).unwrap_or_default();
        if !lines.is_empty() {
            connection.peer().put(&engine.inbox, Event::KeyLog { lines });
        }
    };
    let context = match &lines {
        Some(lines) => options.context.clone().with_key_lines(Arc::clone(lines)),
        None => options.context.clone(),
    };
    let server_name = options.server_name.clone();
    let handshake =
        compute(
            &engine,
            async move { tls::connect(&context, server_name.as_deref(), socket).await },
        );
    let outcome = tokio::select! {
        outcome = handshake => outcome,
        () = connection.peer().destroyed() => return Err(None),
        error = silence(&options.session) => return Err(Some(Failure::of_limit(error))),
    };
    tell_keys();
    let pending = match outcome.map_err(Some)? {
        Ok(pending) => pending,
        Err((error, socket)) => {
            if let HandshakeError::Tls { .. } = error {
                let here = Arc::clone(&engine);
                engine.tasks.spawn(async move { drain_after_alert(&here, socket).await });
            }
            return Err(Some(Failure::of_client(error)));
        }
    };

    let (error, chain) = describe(pending.verification.clone());
    connection.peer().put(&engine.inbox, Event::Verification { error, chain });
    if !connection.peer().answered().await {
        return Err(None);
    }
    let admitted = pending.admit().await;
    tell_keys();
    let Admitted { stream, connection: tls, parameters, own } =
        admitted.map_err(|error| Some(Failure::of_client(error)))?;
    connection.shown(own);
    let parameters = Box::new(Negotiated::from(&parameters));
    connection.peer().put(&engine.inbox, Event::Secured { parameters });
    driver::establish(&engine, &connection, stream, tls.into(), &options.session).map_err(Some)
}

/// Comes back when a server that has said nothing to the end of its handshake is to be left.
async fn silence(options: &SessionOptions) -> SessionError {
    match options.silence {
        Some(limit) => {
            sleep(limit).await;
            SessionError::Silence { limit }
        }
        None => std::future::pending().await,
    }
}

/// Tries one address after the other; the first attempt has begun.
async fn connect(
    options: &DialOptions,
    mut first: Option<Result<Attempt, Failure>>,
) -> Result<Socket, Failure> {
    let mut failures = Vec::new();
    let mut places = options.places.iter().peekable();
    while let Some(place) = places.next() {
        let begun = first.take().unwrap_or_else(|| Attempt::begin(place, options.local));
        let outcome = match begun {
            Err(failure) => Err(failure),
            Ok(attempt) => {
                let connecting = attempt.finish();
                let outcome = if places.peek().is_some() {
                    timeout(options.attempt_timeout, connecting)
                        .await
                        .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
                } else {
                    connecting.await
                };
                outcome.map_err(|error| refused(&error, place, options.local))
            }
        };
        match outcome {
            Ok(socket) => {
                // It fails only for a server that has gone already; the handshake tells.
                let _ = socket.probe_peer(options.liveness);
                return Ok(socket);
            }
            Err(failure) => failures.push(failure),
        }
    }
    match failures.pop() {
        Some(failure) if failures.is_empty() => Err(failure),
        Some(last) => {
            failures.push(last);
            Err(Failure::Aggregate { errors: failures })
        }
        None => Err(Failure::Internal { message: "no address to connect to".to_owned() }),
    }
}

/// A connection that was not made.
fn refused(error: &io::Error, place: &Place, local: Option<Local>) -> Failure {
    let failure = Failure::system_at("connect", error, place);
    match (place, local) {
        (Place::Ip(peer), Some(local)) if local.port != 0 => {
            failure.coming_from(local.towards(*peer))
        }
        _ => failure,
    }
}

/// A socket that is connecting.
#[derive(Debug)]
struct Attempt(System);

impl Attempt {
    /// Fails when it is known at once that the peer cannot be reached.
    fn begin(place: &Place, local: Option<Local>) -> Result<Self, Failure> {
        let socket =
            Self::open(place).map_err(|error| Failure::system_at("connect", &error, place))?;
        if let (Place::Ip(peer), Some(local)) = (place, local) {
            let local = local.towards(*peer);
            bind(&socket, local, *peer)
                .map_err(|error| Failure::system_at("bind", &error, &Place::Ip(local)))?;
        }
        Self::connect(socket, place).map_err(|error| refused(&error, place, local))
    }

    fn open(place: &Place) -> io::Result<System> {
        let domain = match place {
            Place::Ip(at) => Domain::for_address(*at),
            #[cfg(unix)]
            Place::Path(_) => Domain::UNIX,
        };
        let socket = System::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        Ok(socket)
    }

    fn connect(socket: System, place: &Place) -> io::Result<Self> {
        let address = match place {
            #[cfg(not(windows))]
            Place::Ip(at) => SockAddr::from(*at),
            #[cfg(windows)]
            Place::Ip(at) => SockAddr::from(before_connect(&socket, *at)),
            #[cfg(unix)]
            // The only fault is its length, of which libuv says this.
            Place::Path(path) => {
                SockAddr::unix(path).map_err(|_| io::Error::from(rustix::io::Errno::INVAL))?
            }
        };
        match socket.connect(&address) {
            Err(error) if !is_under_way(&error) => Err(error),
            // This machine's own refusal is here already, although the call says that it is under way.
            _ => socket.take_error()?.map_or(Ok(Self(socket)), Err),
        }
    }

    async fn finish(self) -> io::Result<Socket> {
        let socket = Socket::from_system(self.0)?;
        socket.ready(Interest::WRITABLE).await?;
        if let Some(error) = socket.system().take_error()? {
            return Err(error);
        }
        socket.send_at_once()?;
        Ok(socket)
    }
}

/// Takes our end, as libuv does: also a port whose last connection has only just ended. On Windows the option would let
/// several programs have one port. An address of the other family is refused as libuv refuses it.
fn bind(socket: &System, local: SocketAddr, peer: SocketAddr) -> io::Result<()> {
    if local.is_ipv4() != peer.is_ipv4() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    #[cfg(unix)]
    socket.set_reuse_address(true)?;
    socket.bind(&local.into())
}

/// Whether a connection that could not be made at once is still being made.
fn is_under_way(error: &io::Error) -> bool {
    // `EAGAIN` is none: so a Unix domain socket says that too many wait for its server already.
    #[cfg(unix)]
    return error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error());
    #[cfg(not(unix))]
    return error.kind() == io::ErrorKind::WouldBlock;
}
