//! A connection from being accepted to being driven.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::task_tracker::TaskTrackerToken;

use super::Listener;
use crate::connection::{Choice, Connection, Done, Terms};
use crate::engine::driver::{compute, drain_after_alert, drive, establish, supervise};
#[cfg(test)]
use crate::engine::faults;
use crate::engine::thread_engine::ThreadEngine;
use crate::events::{Endpoint, Event, Failure, Negotiated, describe};
use crate::io::Socket;
use crate::limits::Handshake;
use crate::metrics::Limit;
use crate::sync::lock;
use crate::tls::{self, Accepted, HandshakeError, KeyLines, Parameters, VerificationResult};

/// Failed handshakes that may wait for a JavaScript thread that does not keep up.
const MAX_WAITING_ERRORS: usize = 1024;

/// A handshake under way, from being accepted on.
struct UnderWay {
    /// Until it is dropped the listener is not closed.
    tracked: TaskTrackerToken,
    /// Until it is dropped it counts for the limit of connections: no longer than JavaScript knows it, for how we part
    /// with the peer is our own affair.
    peer: TaskTrackerToken,
    /// Until it is dropped it counts for the limit of handshakes.
    guarded: Handshake,
    /// Told when it is to give way to a later one.
    give_way: CancellationToken,
}

impl Listener {
    pub(super) fn take(self: &Arc<Self>, engine: &Arc<ThreadEngine>, socket: Socket) {
        #[cfg(test)]
        faults::hit("take");
        // They are unknown only of a peer that has gone; the handshake tells.
        let ends = socket.ends().ok().flatten();
        if self.guard.refuses(ends.map(|(_, remote)| remote.ip()), Instant::now()) {
            // Closed at once, before it costs anything.
            return self.tally.count_barred();
        }
        let give_way = CancellationToken::new();
        let under_way = UnderWay {
            tracked: self.handshakes.token(),
            peer: self.peers.token(),
            // Here, in the order of arrival: tasks may begin in another.
            guarded: self.guard.begin_handshake({
                let give_way = give_way.clone();
                move || give_way.cancel()
            }),
            give_way,
        };
        let liveness = self.liveness;
        // Large, and over soon: a connection that is there must not go on carrying it.
        let receiving =
            Box::pin(Arc::clone(self).receive(Arc::clone(engine), socket, ends, under_way));
        engine.tasks.spawn(async move {
            if let Some((registered, peer)) = receiving.await {
                let Registered { engine, connection } = &registered;
                let work = {
                    let engine = Arc::clone(engine);
                    let connection = Arc::clone(connection);
                    async move {
                        let done = drive(&engine, &connection, liveness).await;
                        drop(peer);
                        done
                    }
                };
                supervise(Arc::clone(engine), Arc::clone(connection), work).await;
            }
        });
    }

    /// Everything before the connection is established. If it comes to that, its beginning is in the inbox.
    async fn receive(
        self: Arc<Self>,
        engine: Arc<ThreadEngine>,
        socket: Socket,
        ends: Option<(SocketAddr, SocketAddr)>,
        under_way: UnderWay,
    ) -> Option<(Registered, TaskTrackerToken)> {
        let UnderWay { tracked, peer: counted, guarded, give_way } = under_way;
        // Both fail only for a peer that has gone; the handshake tells.
        let _ = socket.send_at_once();
        let _ = socket.probe_peer(self.liveness);
        let newcomer = self.register(&engine, ends);
        #[cfg(test)]
        faults::hit("receive");
        self.announce(&newcomer);
        let connection = newcomer.connection();
        let handshake = compute(
            &engine,
            Arc::clone(&self).handshake(
                Arc::clone(&engine),
                Arc::clone(connection),
                socket,
                newcomer.remote.clone(),
                newcomer.wanted.clone(),
            ),
        );
        let outcome = tokio::select! {
            outcome = handshake => outcome.unwrap_or_else(|fault| Err((Some(fault), None))),
            () = give_way.cancelled() => Err((Some(self.guard.too_many_handshakes()), None)),
            () = engine.ended() => return None,
        };
        match outcome {
            Ok(Accepted { stream, connection: tls, parameters, verification, own }) => {
                self.tell_secure(&newcomer, &parameters, verification);
                connection.shown(own);
                drop((tracked, guarded));
                let established = establish(&engine, connection, stream, tls.into(), &self.session);
                if let Err(error) = established {
                    connection.peer().put(&engine.inbox, Event::Error { error });
                    drop(counted);
                    engine.close(connection, Done::early(true));
                    return None;
                }
                Some((newcomer.registered, counted))
            }
            Err((failure, socket)) => {
                if failure == Some(Failure::Timeout) {
                    self.guard.count(Limit::HandshakeTimeout);
                }
                drop(guarded);
                let done = Done::early(failure.is_some());
                if let Some(failure) = failure {
                    self.tally.count_failed_handshake(&failure);
                    self.tell_failure(&newcomer, failure);
                }
                drop(counted);
                // Who knows of it learns that it is gone.
                if newcomer.is_announced {
                    engine.close(connection, done);
                } else {
                    engine.registry.forget(connection.id());
                }
                drop((tracked, self));
                if let Some(socket) = socket {
                    drain_after_alert(&engine, socket).await;
                }
                None
            }
        }
    }

    fn register(
        &self,
        engine: &Arc<ThreadEngine>,
        ends: Option<(SocketAddr, SocketAddr)>,
    ) -> Newcomer {
        let address = ends.map(|(_, remote)| remote.ip());
        let (local, remote) = Endpoint::both(ends);
        let connection = engine.new_connection(Terms {
            max_buffered: self.max_buffered,
            guard: Some(Arc::clone(&self.guard)),
            address,
            tally: Some(Arc::clone(&self.tally)),
        });
        let asks = self.subscriptions.peers();
        Newcomer {
            registered: Registered { engine: Arc::clone(engine), connection },
            local,
            remote,
            is_announced: asks || self.subscriptions.connections(),
            wanted: Wanted {
                asks,
                lines: self.subscriptions.keys().then(Arc::<KeyLines>::default),
            },
        }
    }

    fn announce(&self, newcomer: &Newcomer) {
        if newcomer.is_announced {
            newcomer.tell(Event::Connection {
                listener: self.id(),
                asks: newcomer.wanted.asks,
                local: newcomer.local.clone(),
                remote: newcomer.remote.clone(),
            });
        }
    }

    fn tell_secure(
        &self,
        newcomer: &Newcomer,
        parameters: &Parameters,
        verification: Option<VerificationResult>,
    ) {
        let requested = verification.is_some();
        let (error, chain) = verification.map(describe).unwrap_or_default();
        newcomer.tell(Event::Secure {
            listener: self.id(),
            local: newcomer.local.clone(),
            remote: newcomer.remote.clone(),
            parameters: Box::new(Negotiated::from(parameters)),
            requested,
            error: error.map(Box::new),
            chain,
            keys: newcomer.keys(),
        });
    }

    fn tell_failure(&self, newcomer: &Newcomer, error: Failure) {
        let keys = newcomer.keys();
        let refused = matches!(error, Failure::Refused { .. });
        if self.subscriptions.errors() || refused || !keys.is_empty() {
            let event = Event::ClientError { remote: newcomer.remote.clone(), error, keys };
            let inbox = &newcomer.registered.engine.inbox;
            inbox.put_if_room(&self.events, event, MAX_WAITING_ERRORS);
        }
    }

    /// The handshake with a new peer. One that failed says why, unless JavaScript has refused the peer, and gives the
    /// socket back, unless the peer has gone.
    async fn handshake(
        self: Arc<Self>,
        engine: Arc<ThreadEngine>,
        connection: Arc<Connection>,
        mut socket: Socket,
        remote: Option<Endpoint>,
        Wanted { asks, lines }: Wanted,
    ) -> Result<Accepted<Socket>, (Option<Failure>, Option<Socket>)> {
        #[cfg(test)]
        faults::hit("handshake");
        let work = async {
            if asks && !connection.peer().answered().await {
                return Err(HandshakeEnd::Refused);
            }
            self.negotiate(&engine, &connection, &mut socket, remote, lines).await
        };
        match timeout(self.handshake_timeout, work).await {
            Ok(Ok(Accepted { connection, parameters, verification, own, .. })) => {
                Ok(Accepted { stream: socket, connection, parameters, verification, own })
            }
            Ok(Err(HandshakeEnd::Failed(error))) => {
                let gone =
                    matches!(error, HandshakeError::Io { .. } | HandshakeError::UnexpectedEof);
                Err((Some(Failure::of_server(error)), (!gone).then_some(socket)))
            }
            Ok(Err(HandshakeEnd::Refused)) => Err((None, None)),
            Ok(Err(HandshakeEnd::Gone)) => Err((Some(Failure::Hangup), None)),
            Err(_) => Err((Some(Failure::Timeout), Some(socket))),
        }
    }

    async fn negotiate<'a>(
        &self,
        engine: &ThreadEngine,
        connection: &Connection,
        socket: &'a mut Socket,
        remote: Option<Endpoint>,
        lines: Option<Arc<KeyLines>>,
    ) -> Result<Accepted<&'a mut Socket>, HandshakeEnd> {
        let received = wanted(connection, tls::receive_hello(socket)).await?;
        let context = if self.subscriptions.asks_about(&received.hello) {
            let event = Event::hello(self.id(), remote, &received.hello);
            connection.peer().put(&engine.inbox, event);
            match connection.peer().chosen().await {
                Choice::Accept(context) => *context,
                Choice::Refuse => return Err(HandshakeEnd::Refused),
                Choice::Gone => return Err(HandshakeEnd::Gone),
            }
        } else {
            lock(&self.context).clone()
        };
        let context = match lines {
            Some(lines) => context.with_key_lines(lines),
            None => context,
        };
        wanted(connection, received.accept(&context)).await
    }
}

/// A connection in its engine's registry: it leaves with the connection's task, also when that fails.
struct Registered {
    engine: Arc<ThreadEngine>,
    connection: Arc<Connection>,
}

impl Drop for Registered {
    fn drop(&mut self) {
        self.engine.registry.forget(self.connection.id());
    }
}

/// A peer whose handshake is under way.
struct Newcomer {
    registered: Registered,
    local: Option<Endpoint>,
    remote: Option<Endpoint>,
    /// Whether JavaScript knows of it already.
    is_announced: bool,
    wanted: Wanted,
}

impl Newcomer {
    fn connection(&self) -> &Arc<Connection> {
        &self.registered.connection
    }

    fn tell(&self, event: Event) {
        self.connection().peer().put(&self.registered.engine.inbox, event);
    }

    /// The secrets so far, if somebody listens for them.
    fn keys(&self) -> Vec<String> {
        self.wanted.lines.as_deref().map(KeyLines::take).unwrap_or_default()
    }
}

/// What JavaScript wants of a handshake.
#[derive(Clone)]
struct Wanted {
    /// To say before it whether the peer is wanted.
    asks: bool,
    /// To be told the secrets: they are put here.
    lines: Option<Arc<KeyLines>>,
}

/// Why there was no handshake.
enum HandshakeEnd {
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
) -> Result<T, HandshakeEnd> {
    tokio::select! {
        outcome = work => outcome.map_err(HandshakeEnd::Failed),
        () = connection.peer().destroyed() => Err(HandshakeEnd::Gone),
    }
}
