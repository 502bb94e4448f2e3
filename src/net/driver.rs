use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::io::Interest;
use tokio::time::{Instant, sleep_until, timeout};

use super::connection::Connection;
use super::environment::Environment;
use super::link::{Done, Link, Next};
use super::signal::{Failure, Signal};
use super::socket::Socket;
use super::transport::{self, Received};
use crate::session::SessionOptions;

/// How long bytes of a peer that does not know yet that we have gone are read away.
const LINGER: Duration = Duration::from_secs(1);

/// Runs `work`, then says that the connection is gone, also when `work` panicked.
pub(super) async fn supervise(
    environment: Arc<Environment>,
    connection: Arc<Connection>,
    work: impl Future<Output = Done>,
) {
    let mut work = pin!(work);
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
                let message = panic_message(&*panic);
                let error = Failure::Internal { message };
                connection.signal(&environment.inbox, Signal::Error { error });
                Done { had_error: true, linger: false }
            }
        },
        () = environment.ended() => return,
    };
    environment.close(&connection, done.had_error);
    if done.linger
        && let Some(link) = connection.link()
    {
        tokio::select! {
            _ = timeout(LINGER, read_away(&link.socket)) => {}
            () = environment.ended() => {}
        }
    }
}

/// Moves an established connection's bytes until it ends.
pub(super) async fn drive(
    environment: &Environment,
    connection: &Connection,
    socket: Socket,
    tls: rustls::Connection,
    options: &SessionOptions,
) -> Done {
    let Some(link) = connection.establish(Link::new(socket, tls, options)) else {
        return Done { had_error: true, linger: false };
    };
    link.begin(connection, &environment.inbox);
    let mut timer = pin!(sleep_until(Instant::now()));
    loop {
        let (read, write, deadline) = match link.step(connection, &environment.inbox) {
            Next::Wait { read, write, deadline } => (read, write, deadline),
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
        tokio::select! {
            // An error here shows again in the read or write that follows.
            _ = ready(&link.socket, interest), if interest.is_some() => {}
            () = connection.inbound.wakeup.notified() => {}
            () = timer.as_mut(), if deadline.is_some() => {}
        }
    }
}

async fn ready(socket: &Socket, interest: Option<Interest>) {
    if let Some(interest) = interest {
        let _ = socket.ready(interest).await;
    }
}

async fn read_away(socket: &Socket) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        match transport::receive(socket, &mut buffer) {
            Ok(Received::Eof) | Err(_) => return,
            Ok(Received::Bytes(_)) => {}
            Ok(Received::Last(_) | Received::Nothing) => {
                if socket.ready(Interest::READABLE).await.is_err() {
                    return;
                }
            }
        }
        tokio::task::yield_now().await;
    }
}

fn panic_message(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("unknown");
    format!("the engine failed on this connection: {text}")
}
