use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::{Duration, Instant};

use tokio::io::Interest;
use tokio::time::{sleep_until, timeout};
use tokio_util::task::AbortOnDropHandle;

#[cfg(target_os = "linux")]
use super::liveness::Lookout;
use super::thread_engine::ThreadEngine;
use crate::connection::{Connection, Done, Link, Next};
use crate::events::{Event, Failure};
use crate::io::{LinkSocket, LivenessOptions, Readiness, Received, Socket, receive};
use crate::session::SessionOptions;

/// How long bytes of a peer that does not know yet that we have gone are read away.
const LINGER: Duration = Duration::from_secs(1);

/// How much is read away of a peer whose handshake failed. It may be anybody.
const UNAUTHENTICATED_BYTES: usize = 256 * 1024;

/// How much is read away of a peer whose connection we have ended: more than is under way in most networks.
const PEERS_BYTES: usize = 8 * 1024 * 1024;

/// Runs `work`, then says that the connection is gone, also when `work` panicked.
pub(super) fn supervise(
    engine: Arc<ThreadEngine>,
    connection: Arc<Connection>,
    work: impl Future<Output = Done> + Send + 'static,
) -> impl Future<Output = ()> + Send {
    // As an argument of an async function it would take its room twice.
    let mut work = Box::pin(work);
    async move {
        let outcome = std::future::poll_fn(|context| {
            match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
                Ok(Poll::Pending) => Poll::Pending,
                Ok(Poll::Ready(done)) => Poll::Ready(Ok(done)),
                Err(panic) => Poll::Ready(Err(panic)),
            }
        });
        let done = tokio::select! {
            outcome = outcome => match outcome {
                Ok(done) => done,
                Err(panic) => {
                    let error = Failure::of_panic(&*panic);
                    engine.inbox.end(&connection.peer().events, Event::Error { error });
                    Done::early(true)
                }
            },
            () = engine.ended() => return,
        };
        engine.close(&connection, done);
        if done.linger {
            // Large, and over soon: a connection that is there must not carry room for it.
            Box::pin(linger(&engine, &connection)).await;
        }
    }
}

/// Parts with a peer that may still be sending.
async fn linger(engine: &ThreadEngine, connection: &Connection) {
    let Some(link) = connection.link() else { return };
    tokio::select! {
        _ = timeout(LINGER, read_away(link.socket(), PEERS_BYTES)) => {}
        () = engine.ended() => {}
    }
}

/// Computes a handshake on the threads for that, until this is dropped.
pub(super) fn compute<T, H>(
    engine: &ThreadEngine,
    handshake: H,
) -> impl Future<Output = Result<T, Failure>> + Send + use<T, H>
where
    T: Send + 'static,
    H: Future<Output = T> + Send + 'static,
{
    let task = AbortOnDropHandle::new(engine.tasks.handshakes().spawn(handshake));
    async move {
        task.await.map_err(|panic| {
            let message = format!("the engine failed in a handshake: {panic}");
            Failure::Internal { message }
        })
    }
}

/// Gives a connection what its handshake has led to.
pub(super) fn establish(
    engine: &ThreadEngine,
    connection: &Connection,
    socket: Socket,
    tls: rustls::Connection,
    options: &SessionOptions,
) -> Result<(), Failure> {
    let socket = engine
        .watched_socket(connection.id(), socket)
        .map_err(|error| Failure::system("read", &error))?;
    connection.establish(Link::new(connection.peer(), socket, tls, options));
    Ok(())
}

/// Moves an established connection's bytes until it ends.
pub(super) async fn drive(
    engine: &ThreadEngine,
    connection: &Connection,
    liveness: LivenessOptions,
) -> Done {
    let Some(link) = connection.link() else {
        return Done::early(true);
    };
    link.begin(&engine.inbox);
    let mut readiness = Readiness::new(link.socket());
    // One for all that is due: each would cost a hundred bytes for as long as the connection is there.
    let mut timer = pin!(sleep_until(Instant::now().into()));
    #[cfg(target_os = "linux")]
    let mut lookout = Lookout::new(liveness, engine.tcp_probe());
    // Nothing here tells.
    #[cfg(not(target_os = "linux"))]
    let _ = liveness;
    loop {
        #[cfg(target_os = "linux")]
        if let Err(error) = lookout.look(link.socket(), Instant::now()) {
            link.give_up(&engine.inbox, error);
        }
        let (read, write, deadline) = match link.step(&engine.inbox) {
            Next::Wait { again: true, .. } => {
                tokio::task::yield_now().await;
                continue;
            }
            Next::Wait { read, write, deadline, .. } => (read, write, deadline),
            Next::Done(done) => return done,
        };
        #[cfg(target_os = "linux")]
        let deadline = deadline.into_iter().chain(lookout.due()).min();
        if let Some(deadline) = deadline
            && timer.deadline().into_std() != deadline
        {
            timer.as_mut().reset(deadline.into());
        }
        let interest = match (read, write) {
            (true, true) => Some(Interest::READABLE | Interest::WRITABLE),
            (true, false) => Some(Interest::READABLE),
            (false, true) => Some(Interest::WRITABLE),
            (false, false) => None,
        };
        if interest.is_none() {
            readiness.release();
        }
        tokio::select! {
            outcome = ready(&mut readiness, interest), if interest.is_some() => {
                if let Err(error) = outcome {
                    link.give_up(&engine.inbox, error);
                }
            }
            () = connection.peer().events.wakeup.notified() => {}
            () = timer.as_mut(), if deadline.is_some() => {}
        }
    }
}

async fn ready(readiness: &mut Readiness<'_>, interest: Option<Interest>) -> io::Result<()> {
    match interest {
        // Boxed, as mostly the event loop reads and nobody waits here: a connection must not carry room for it.
        Some(interest) => Box::pin(readiness.ready(interest)).await,
        None => Ok(()),
    }
}

/// Parts with a peer whose handshake failed. What was said last, an alert perhaps, reaches it: to close a socket with
/// unread input makes the system reset the connection, and the reset may overtake the alert.
pub(super) async fn drain_after_alert(engine: &ThreadEngine, socket: Socket) {
    let socket = LinkSocket::Tokio(socket);
    socket.shutdown();
    tokio::select! {
        _ = timeout(LINGER, read_away(&socket, UNAUTHENTICATED_BYTES)) => {}
        () = engine.ended() => {}
    }
}

/// Comes back at the peer's end, or after so many bytes.
async fn read_away(socket: &LinkSocket, most: usize) {
    let mut readiness = Readiness::new(socket);
    let mut buffer = vec![0; 16 * 1024];
    let mut left = most;
    while left > 0 {
        match receive(socket, &mut buffer) {
            Ok(Received::Eof) | Err(_) => return,
            Ok(Received::Bytes(count)) => left = left.saturating_sub(count),
            Ok(Received::Last(count)) => {
                left = left.saturating_sub(count);
                if readiness.ready(Interest::READABLE).await.is_err() {
                    return;
                }
            }
            Ok(Received::Nothing) => {
                if readiness.ready(Interest::READABLE).await.is_err() {
                    return;
                }
            }
        }
        tokio::task::yield_now().await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Peer, Terms};

    #[test]
    fn what_a_connection_holds_while_nothing_happens_is_little() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let terms = Terms { max_buffered: 1000, guard: None, address: None, tally: None };
        let connection = engine.new_connection(terms);
        let driving = drive(&engine, &connection, LivenessOptions::default());
        let supervising =
            supervise(Arc::clone(&engine), Arc::clone(&connection), async { Done::early(false) });
        let sizes = [size_of_val(&driving), size_of_val(&supervising), size_of::<Peer>()];
        let most = [480, 144, 160];
        assert!(sizes.iter().zip(most).all(|(size, most)| *size <= most), "{sizes:?}");
    }
}
