use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::Connection;
use super::environment::Environment;
use super::link::{Done, Next};
use super::liveness::{LivenessOptions, vanished};
use super::signal::{Failure, Signal};
use super::socket::{LinkSocket, Readiness, Socket};
use super::transport::{self, Received};
use crate::session::SessionOptions;

/// How long bytes of a peer that does not know yet that we have gone are read away.
const LINGER: Duration = Duration::from_secs(1);

/// How much is read away of a peer whose handshake failed. It may be anybody.
const STRANGERS_BYTES: usize = 256 * 1024;

/// How much is read away of a peer whose connection we have ended: more than is under way in most networks.
const PEERS_BYTES: usize = 8 * 1024 * 1024;

/// Runs `work`, then says that the connection is gone, also when `work` panicked.
pub(super) fn supervise(
    environment: Arc<Environment>,
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
                    environment.inbox.end(&connection.inbound, Signal::Error { error });
                    Done::early(true)
                }
            },
            () = environment.ended() => return,
        };
        environment.close(&connection, done);
        if done.linger
            && let Some(link) = connection.link()
        {
            tokio::select! {
                _ = timeout(LINGER, read_away(&link.socket, PEERS_BYTES)) => {}
                () = environment.ended() => {}
            }
        }
    }
}

/// Gives a connection what its handshake has led to.
pub(super) fn establish(
    environment: &Environment,
    connection: &Connection,
    socket: Socket,
    tls: rustls::Connection,
    options: &SessionOptions,
) -> Result<(), Failure> {
    let link = environment
        .link(connection, socket, tls, options)
        .map_err(|error| Failure::system("read", &error))?;
    connection.establish(link);
    Ok(())
}

/// Moves an established connection's bytes until it ends.
pub(super) async fn drive(
    environment: &Environment,
    connection: &Connection,
    liveness: LivenessOptions,
) -> Done {
    let Some(link) = connection.link() else {
        return Done::early(true);
    };
    link.begin(connection, &environment.inbox);
    let mut readiness = Readiness::new(&link.socket);
    let mut timer = pin!(sleep_until(Instant::now()));
    let mut vanished = pin!(vanished(&link.socket, liveness, environment));
    loop {
        let (read, write, deadline) = match link.step(connection, &environment.inbox) {
            Next::Wait { again: true, .. } => {
                tokio::task::yield_now().await;
                continue;
            }
            Next::Wait { read, write, deadline, .. } => (read, write, deadline),
            Next::Done(done) => return done,
        };
        if let Some(deadline) = deadline
            && timer.deadline().into_std() != deadline
        {
            timer.as_mut().reset(Instant::from_std(deadline));
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
                    link.give_up(connection, &environment.inbox, error);
                }
            }
            () = connection.inbound.wakeup.notified() => {}
            () = timer.as_mut(), if deadline.is_some() => {}
            error = vanished.as_mut() => link.give_up(connection, &environment.inbox, error),
        }
    }
}

async fn ready(readiness: &mut Readiness<'_>, interest: Option<Interest>) -> io::Result<()> {
    match interest {
        Some(interest) => readiness.ready(interest).await,
        None => Ok(()),
    }
}

/// Parts with a peer whose handshake failed. What was said last, an alert perhaps, reaches it: to close a socket with
/// unread input makes the system reset the connection, and the reset may overtake the alert.
pub(super) async fn see_off(environment: &Environment, socket: Socket) {
    let socket = LinkSocket::Tokio(socket);
    socket.shutdown();
    tokio::select! {
        _ = timeout(LINGER, read_away(&socket, STRANGERS_BYTES)) => {}
        () = environment.ended() => {}
    }
}

/// Comes back at the peer's end, or after so many bytes.
async fn read_away(socket: &LinkSocket, most: usize) {
    let mut readiness = Readiness::new(socket);
    let mut buffer = vec![0; 16 * 1024];
    let mut left = most;
    while left > 0 {
        match transport::receive(socket, &mut buffer) {
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
