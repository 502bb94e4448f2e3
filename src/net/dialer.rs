use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpSocket;
#[cfg(unix)]
use tokio::net::UnixStream;
use tokio::time::timeout;
use tokio_util::task::AbortOnDropHandle;

use super::connection::Connection;
use super::driver::{drive, supervise};
use super::environment::Environment;
use super::link::Done;
use super::signal::{Endpoint, Failure, Negotiated, Signal, describe};
use super::socket::{Place, Socket};
use crate::session::SessionOptions;
use crate::tls::{self, Admitted, ClientContext};

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
    /// Bounds of the connection.
    pub session: SessionOptions,
}

/// Starts to connect. What comes of it arrives in the environment's inbox.
pub fn dial(environment: &Arc<Environment>, options: DialOptions) -> Arc<Connection> {
    let connection = environment.new_connection();
    let work = {
        let environment = Arc::clone(environment);
        let connection = Arc::clone(&connection);
        async move {
            match establish(&environment, &connection, &options).await {
                Ok((socket, tls)) => {
                    drive(&environment, &connection, socket, tls, &options.session).await
                }
                Err(None) => Done { had_error: false, linger: false },
                Err(Some(error)) => {
                    connection.signal(&environment.inbox, Signal::Error { error });
                    Done { had_error: true, linger: false }
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
    environment: &Environment,
    connection: &Connection,
    options: &DialOptions,
) -> Result<(Socket, rustls::Connection), Option<Failure>> {
    let socket = tokio::select! {
        outcome = connect(options) => outcome.map_err(Some)?,
        () = connection.destroyed() => return Err(None),
    };
    let fail = |error: io::Error| Some(Failure::system("connect", &error));
    let (local, remote) = socket
        .ends()
        .map_err(fail)?
        .map(|(local, remote)| (Endpoint::from(local), Endpoint::from(remote)))
        .unzip();
    connection.signal(&environment.inbox, Signal::Connect { local, remote });

    let context = options.context.clone();
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
    };
    let pending = match outcome {
        Ok(outcome) => outcome.map_err(|error| Some(Failure::of_client(error)))?,
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
    let Admitted { stream, connection: tls, parameters } =
        pending.admit().await.map_err(|error| Some(Failure::of_client(error)))?;
    let parameters = Box::new(Negotiated::from(&parameters));
    connection.signal(&environment.inbox, Signal::Secured { parameters });
    Ok((stream, tls.into()))
}

/// Tries one address after the other.
async fn connect(options: &DialOptions) -> Result<Socket, Failure> {
    let mut failures = Vec::new();
    let mut places = options.places.iter().peekable();
    while let Some(place) = places.next() {
        let attempt = connect_to(place, options.local);
        let outcome = if places.peek().is_some() {
            timeout(options.attempt_timeout, attempt)
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        } else {
            attempt.await
        };
        match outcome {
            Ok(socket) => return Ok(socket),
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

async fn connect_to(place: &Place, local: Option<SocketAddr>) -> io::Result<Socket> {
    let socket = match place {
        Place::Ip(address) => {
            let socket =
                if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
            if let Some(local) = local {
                socket.bind(local)?;
            }
            Socket::Tcp(socket.connect(*address).await?)
        }
        #[cfg(unix)]
        Place::Path(path) => Socket::Unix(UnixStream::connect(path).await?),
    };
    socket.send_at_once()?;
    Ok(socket)
}
