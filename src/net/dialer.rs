use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, SockAddr, Socket as System, Type};
use tokio::io::Interest;
use tokio::time::{sleep, timeout};
use tokio_util::task::AbortOnDropHandle;

use super::connection::{Connection, Terms};
use super::driver::{self, drive, see_off, supervise};
use super::environment::Environment;
use super::link::Done;
use super::liveness::LivenessOptions;
use super::signal::{Endpoint, Failure, Negotiated, Signal, describe};
use super::socket::{Place, Socket};
use super::tally::Tally;
use crate::session::{SessionError, SessionOptions};
use crate::tls::{self, Admitted, ClientContext, HandshakeError, KeyLines};

/// Where and how to connect.
#[derive(Debug, Clone)]
pub struct DialOptions {
    /// The addresses of the host, in the order in which they are tried, or a path.
    pub places: Vec<Place>,
    /// Our end, if it is to be a certain one.
    pub local: Option<SocketAddr>,
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

/// Starts to connect. What comes of it arrives in the environment's inbox.
///
/// The first address is tried before this returns: a refusal on this machine is known at once, without waking anybody.
pub fn dial(environment: &Arc<Environment>, options: DialOptions) -> Arc<Connection> {
    let terms = Terms {
        max_buffered: options.max_buffered,
        guard: None,
        peer: None,
        tally: Arc::clone(&options.tally),
    };
    let connection = environment.new_connection(terms);
    let first = options.places.first().map(|place| Attempt::begin(place, options.local));
    if let (Some(Err(error)), [place]) = (&first, options.places.as_slice()) {
        let error = Failure::system_at("connect", error, place);
        environment.inbox.end(&connection.inbound, Signal::Error { error });
        environment.close(&connection, Done::early(true));
        return connection;
    }
    let liveness = options.liveness;
    // Large, and over soon: a connection that is there must not go on carrying it.
    let establishing =
        Box::pin(establish(Arc::clone(environment), Arc::clone(&connection), options, first));
    let work = {
        let environment = Arc::clone(environment);
        let connection = Arc::clone(&connection);
        async move {
            match establishing.await {
                Ok(()) => drive(&environment, &connection, liveness).await,
                Err(None) => Done::early(false),
                Err(Some(error)) => {
                    environment.inbox.end(&connection.inbound, Signal::Error { error });
                    Done::early(true)
                }
            }
        }
    };
    environment.spawn(supervise(Arc::clone(environment), Arc::clone(&connection), work));
    connection
}

/// Connects, shakes hands, and waits until JavaScript says that this is the right server.
/// `Err(None)` when JavaScript does not want the connection any more: it has its reasons and told them already.
async fn establish(
    environment: Arc<Environment>,
    connection: Arc<Connection>,
    options: DialOptions,
    first: Option<io::Result<Attempt>>,
) -> Result<(), Option<Failure>> {
    #[cfg(test)]
    super::faults::hit("dial");
    let socket = tokio::select! {
        outcome = connect(&options, first) => outcome.map_err(Some)?,
        () = connection.destroyed() => return Err(None),
    };
    // They are unknown only of a server that has gone already; the handshake tells.
    let (local, remote) = socket
        .ends()
        .ok()
        .flatten()
        .map(|(local, remote)| (Endpoint::from(local), Endpoint::from(remote)))
        .unzip();
    connection.signal(&environment.inbox, Signal::Connect { local, remote });

    let lines = options.logs_keys.then(Arc::<KeyLines>::default);
    let tell_keys = || {
        let lines = lines.as_deref().map(KeyLines::take).unwrap_or_default();
        if !lines.is_empty() {
            connection.signal(&environment.inbox, Signal::KeyLog { lines });
        }
    };
    let context = match &lines {
        Some(lines) => options.context.clone().with_key_lines(Arc::clone(lines)),
        None => options.context.clone(),
    };
    let server_name = options.server_name.clone();
    let handshake = AbortOnDropHandle::new(
        environment
            .runtimes()
            .handshakes()
            .spawn(async move { tls::connect(&context, server_name.as_deref(), socket).await }),
    );
    let outcome = tokio::select! {
        outcome = handshake => outcome,
        () = connection.destroyed() => return Err(None),
        error = silence(&options.session) => return Err(Some(Failure::of_limit(error))),
    };
    tell_keys();
    let pending = match outcome {
        Ok(Ok(pending)) => pending,
        Ok(Err((error, socket))) => {
            if let HandshakeError::Tls { .. } = error {
                let here = Arc::clone(&environment);
                environment.spawn(async move { see_off(&here, socket).await });
            }
            return Err(Some(Failure::of_client(error)));
        }
        Err(panic) => {
            let message = format!("the engine failed in a handshake: {panic}");
            return Err(Some(Failure::Internal { message }));
        }
    };

    let (error, chain) = describe(pending.verdict.clone());
    connection.signal(&environment.inbox, Signal::Verdict { error, chain });
    if !connection.answered().await {
        return Err(None);
    }
    let admitted = pending.admit().await;
    tell_keys();
    let Admitted { stream, connection: tls, parameters, own } =
        admitted.map_err(|error| Some(Failure::of_client(error)))?;
    connection.shown(own);
    let parameters = Box::new(Negotiated::from(&parameters));
    connection.signal(&environment.inbox, Signal::Secured { parameters });
    driver::establish(&environment, &connection, stream, tls.into(), &options.session).map_err(Some)
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
    mut first: Option<io::Result<Attempt>>,
) -> Result<Socket, Failure> {
    let mut failures = Vec::new();
    let mut places = options.places.iter().peekable();
    while let Some(place) = places.next() {
        let begun = first.take().unwrap_or_else(|| Attempt::begin(place, options.local));
        let outcome = match begun {
            Err(error) => Err(error),
            Ok(attempt) if places.peek().is_some() => {
                timeout(options.attempt_timeout, attempt.finish())
                    .await
                    .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            }
            Ok(attempt) => attempt.finish().await,
        };
        match outcome {
            Ok(socket) => {
                // It fails only for a server that has gone already; the handshake tells.
                let _ = socket.probe_peer(options.liveness);
                return Ok(socket);
            }
            Err(error) => failures.push(Failure::system_at("connect", &error, place)),
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

/// A socket that is connecting.
#[derive(Debug)]
struct Attempt(System);

impl Attempt {
    /// Fails when it is known at once that the peer cannot be reached.
    fn begin(place: &Place, local: Option<SocketAddr>) -> io::Result<Self> {
        let (domain, address) = match place {
            Place::Ip(at) => (Domain::for_address(*at), SockAddr::from(*at)),
            #[cfg(unix)]
            Place::Path(path) => (Domain::UNIX, SockAddr::unix(path)?),
        };
        let socket = System::new(domain, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        if let Some(local) = local {
            socket.bind(&local.into())?;
        }
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

/// Whether a connection that could not be made at once is still being made.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    error.kind() == io::ErrorKind::WouldBlock
}
