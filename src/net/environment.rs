mod writing;

use std::collections::HashMap;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
#[cfg(target_os = "linux")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, Counters, Terms};
use super::guard::{Guard, Handshake};
use super::inbox::{Inbound, Inbox};
use super::late_writer::LateWriter;
use super::link::{Done, Link};
#[cfg(target_os = "linux")]
use super::liveness::TcpProbe;
use super::lock;
use super::piped::Outgoing;
#[cfg(target_os = "linux")]
use super::poller::{Poller, Watch};
use super::runtime::{Runtimes, runtimes};
use super::signal::{Failure, Signal};
use super::socket::{LinkSocket, Socket};
use super::tally::{Tally, Totals};
use crate::session::SessionOptions;

/// How long the end of an environment waits for its tasks; each ends at its next await.
const END_WITHIN: Duration = Duration::from_secs(2);

/// Bytes read in one turn of the JavaScript thread's event loop: about what it takes in one batch.
#[cfg(target_os = "linux")]
const READ_PER_TURN: usize = 64 * 1024;

/// All that belongs to one JavaScript thread, and ends with it.
pub struct Environment {
    /// What there is for the thread.
    pub inbox: Inbox,
    late_writer: Arc<LateWriter>,
    registry: Mutex<Registry>,
    #[cfg(target_os = "linux")]
    poller: Option<Arc<Poller>>,
    #[cfg(target_os = "linux")]
    tcp_probe: OnceLock<TcpProbe>,
    cancel: CancellationToken,
    tasks: TaskTracker,
    runtimes: &'static Runtimes,
}

#[derive(Default)]
struct Registry {
    connections: HashMap<u32, Arc<Connection>>,
    /// Of the connections that JavaScript carries.
    outgoing: HashMap<u32, Arc<Outgoing>>,
}

impl Environment {
    /// An environment whose thread is woken by `wake`. Fails when the process may not start threads.
    ///
    /// With `reads_in_loop` the thread's own event loop watches [`Environment::descriptor`] and calls
    /// [`Environment::read_ready`]; else, and where that is not possible, other threads read.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>, reads_in_loop: bool) -> io::Result<Arc<Self>> {
        #[cfg(not(target_os = "linux"))]
        let _ = reads_in_loop;
        #[cfg(target_os = "linux")]
        let poller = if reads_in_loop { Some(Poller::new()?) } else { None };
        #[cfg(target_os = "linux")]
        let wake = match &poller {
            Some(poller) => wake_in_next_turn(Arc::clone(poller), wake),
            None => wake,
        };
        let environment = Arc::new(Self {
            inbox: Inbox::new(wake),
            late_writer: Arc::default(),
            registry: Mutex::default(),
            #[cfg(target_os = "linux")]
            poller,
            #[cfg(target_os = "linux")]
            tcp_probe: OnceLock::new(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
            runtimes: runtimes()?,
        });
        environment.write_late();
        Ok(environment)
    }

    fn write_late(&self) {
        let (late_writer, cancel) = (Arc::clone(&self.late_writer), self.cancel.clone());
        // Not among the tasks: it calls nobody, so nobody has to wait for it, and it is no sign of use.
        self.runtimes.io().spawn(async move {
            tokio::select! {
                () = late_writer.run() => {}
                () = cancel.cancelled() => {}
            }
        });
    }

    /// How the system is asked whether a peer acknowledges anything. Counts once, for the connections to come.
    #[cfg(target_os = "linux")]
    pub fn probe_peers_by(&self, probe: TcpProbe) {
        // It is the same each time.
        let _ = self.tcp_probe.set(probe);
    }

    #[cfg(target_os = "linux")]
    pub(super) fn tcp_probe(&self) -> Option<TcpProbe> {
        self.tcp_probe.get().copied()
    }

    /// The connection with this number, if it is not gone.
    pub fn connection(&self, id: u32) -> Option<Arc<Connection>> {
        lock(&self.registry).connections.get(&id).cloned()
    }

    /// On the JavaScript thread: does something with a connection, if it is not gone. A fault of ours in that ends this
    /// connection, and nothing else.
    pub fn with<R>(&self, id: u32, act: impl FnOnce(&Arc<Connection>) -> R) -> Option<R> {
        let connection = self.connection(id)?;
        let act = || {
            #[cfg(test)]
            super::faults::hit("with");
            act(&connection)
        };
        match catch_unwind(AssertUnwindSafe(act)) {
            Ok(result) => Some(result),
            Err(panic) => {
                connection.fail(Failure::of_panic(&*panic));
                None
            }
        }
    }

    /// How many connections there are.
    #[cfg(test)]
    pub(super) fn connections(&self) -> usize {
        lock(&self.registry).connections.len()
    }

    /// What the thread's event loop is to watch, if it reads: readable when [`Environment::read_ready`] is to be called.
    #[cfg(target_os = "linux")]
    pub fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.poller.as_deref().map(Poller::descriptor)
    }

    /// On the JavaScript thread: reads from the sockets that are ready, about a batch in all, each in its turn. Says
    /// whether [`Inbox::take`] is to be called for it.
    #[cfg(target_os = "linux")]
    pub fn read_ready(&self) -> bool {
        let Some(poller) = &self.poller else { return false };
        let alarmed = poller.take_alarm();
        if !self.inbox.claim() {
            return alarmed;
        }
        let mut ready = poller.ready();
        let mut budget = READ_PER_TURN;
        while budget > 0
            && let Some(id) = ready.pop_front()
        {
            let read = self.with(id, |connection| connection.read_now(&self.inbox));
            budget = budget.saturating_sub(read.unwrap_or(0));
        }
        poller.put_back(ready);
        self.inbox.settle() || alarmed
    }

    /// A handshake that JavaScript carries; returns the number under which a `ClientError` tells it to give way.
    pub fn begin_handshake(self: &Arc<Self>, guard: &Arc<Guard>) -> (u32, Handshake) {
        let inbound = Inbound::piped(&self.inbox);
        let id = inbound.id();
        let environment = Arc::downgrade(self);
        let error = guard.too_many_handshakes();
        let handshake = guard.begin_handshake(move || {
            if let Some(environment) = environment.upgrade() {
                environment.inbox.signal(
                    &inbound,
                    Signal::ClientError { remote: None, error, keys: Vec::new() },
                );
            }
        });
        (id, handshake)
    }

    /// What waits for a peer that JavaScript carries counts from now on, until it is forgotten.
    pub(super) fn enlist(&self, id: u32, outgoing: Arc<Outgoing>) {
        lock(&self.registry).outgoing.insert(id, outgoing);
    }

    /// Writes what every connection has left, before the process ends.
    pub fn write_last(&self) {
        let ids: Vec<_> = lock(&self.registry).connections.keys().copied().collect();
        for id in ids {
            self.with(id, |connection| connection.write_last(&self.inbox));
        }
    }

    /// Whether there is no connection, nothing to be told of one, and no task of one.
    pub fn is_idle(&self) -> bool {
        let registry = lock(&self.registry);
        registry.connections.is_empty()
            && registry.outgoing.is_empty()
            && self.tasks.is_empty()
            && self.inbox.is_idle()
    }

    /// Ends everything and waits for it: after this nothing calls `wake`.
    pub fn end(&self) {
        self.cancel.cancel();
        self.tasks.close();
        let tasks = self.tasks.clone();
        self.runtimes.io().block_on(async move {
            // A task that is stuck must not keep the process from ending.
            let _ = tokio::time::timeout(END_WITHIN, tasks.wait()).await;
        });
        *lock(&self.registry) = Registry::default();
    }

    pub(super) fn runtimes(&self) -> &'static Runtimes {
        self.runtimes
    }

    pub(super) fn new_connection(&self, terms: Terms) -> Arc<Connection> {
        let connection = Connection::new(terms);
        lock(&self.registry).connections.insert(connection.id(), Arc::clone(&connection));
        connection
    }

    /// The link of a connection whose handshake is done.
    pub(super) fn link(
        &self,
        connection: &Connection,
        socket: Socket,
        tls: rustls::Connection,
        options: &SessionOptions,
    ) -> io::Result<Link> {
        #[cfg(target_os = "linux")]
        if let Some(poller) = &self.poller {
            let watch = Watch::new(Arc::clone(poller), connection.id());
            return Ok(Link::new(LinkSocket::plain(socket)?, Some(watch), tls, options));
        }
        #[cfg(target_os = "linux")]
        return Ok(Link::new(LinkSocket::Tokio(socket), None, tls, options));
        #[cfg(not(target_os = "linux"))]
        {
            let _ = connection;
            Ok(Link::new(LinkSocket::Tokio(socket), tls, options))
        }
    }

    /// Says that a connection is gone, and forgets it.
    pub(super) fn close(&self, connection: &Connection, done: Done) {
        let Done { had_error, in_order, .. } = done;
        let Counters { read, written } = connection.counters();
        let closed = Signal::Closed { had_error, in_order, read, written };
        self.inbox.end(&connection.inbound, closed);
        self.forget(connection.id());
    }

    pub(super) fn forget(&self, id: u32) {
        let mut registry = lock(&self.registry);
        if let Some(connection) = registry.connections.remove(&id) {
            // Under the lock, so that its bytes are never missing and never counted twice.
            connection.tally().add(connection.counters());
        }
        registry.outgoing.remove(&id);
    }

    /// What the connections of one owner have moved, those that are gone too, and what waits on those that are there.
    pub fn totals(&self, tally: &Arc<Tally>) -> Totals {
        let registry = lock(&self.registry);
        let mut totals = Totals { bytes: tally.gone(), outbound: 0, inbound: 0 };
        for connection in registry.connections.values() {
            if Arc::ptr_eq(connection.tally(), tally) {
                let Counters { read, written } = connection.counters();
                totals.bytes.read += read;
                totals.bytes.written += written;
                totals.outbound += connection.buffered();
                totals.inbound += connection.inbound.waiting();
            }
        }
        totals
    }

    /// Starts a task that ends with the environment.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.spawn_on(task, self.runtimes.io());
    }

    /// Comes back when the environment ends.
    pub(super) async fn ended(&self) {
        self.cancel.cancelled().await;
    }
}

/// What the thread itself causes is told to it in the next turn of its loop, as libuv does: a refused connection, for
/// one, after the immediates of the turn in which it was begun.
#[cfg(target_os = "linux")]
fn wake_in_next_turn(
    poller: Arc<Poller>,
    wake: Box<dyn Fn() + Send + Sync>,
) -> Box<dyn Fn() + Send + Sync> {
    let own = std::thread::current().id();
    Box::new(move || {
        if std::thread::current().id() == own {
            poller.set_alarm();
        } else {
            wake();
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn connection(environment: &Environment, tally: &Arc<Tally>) -> Arc<Connection> {
        let terms = Terms { max_buffered: 1000, guard: None, peer: None, tally: Arc::clone(tally) };
        environment.new_connection(terms)
    }

    fn totals(environment: &Environment, tally: &Arc<Tally>) -> [usize; 4] {
        let Totals { bytes: Counters { read, written }, outbound, inbound } =
            environment.totals(tally);
        [read as usize, written as usize, outbound, inbound]
    }

    #[test]
    fn adds_up_the_connections_of_one_owner_and_keeps_what_the_gone_ones_moved() {
        let environment = Environment::new(Box::new(|| {}), false).unwrap();
        let [mine, others] = [Arc::default(), Arc::default()];
        let [one, two] = [(); 2].map(|()| connection(&environment, &mine));
        let other = connection(&environment, &others);
        one.count_read(5);
        two.count_read(7);
        other.count_read(100);
        environment.write(one.id(), vec![b'1'; 10], true);
        environment.write(other.id(), vec![b'1'; 300], true);
        environment.inbox.lines(&two.inbound, |deliver| {
            deliver(b"11"[..].into());
            deliver("é".as_bytes().into());
        });
        assert_eq!(totals(&environment, &mine), [12, 10, 10, 4]);
        environment.close(&one, Done::early(false));
        environment.forget(one.id());
        assert_eq!(totals(&environment, &mine), [12, 10, 0, 4]);
        environment.inbox.take(&mut crate::net::Batch::new(10));
        assert_eq!(totals(&environment, &mine), [12, 10, 0, 0]);
        assert_eq!(totals(&environment, &others), [100, 300, 300, 0]);
    }
}
