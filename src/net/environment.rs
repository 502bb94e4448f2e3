use std::collections::HashMap;
use std::io;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, Counters, Terms};
use super::inbox::Inbox;
use super::link::Link;
#[cfg(target_os = "linux")]
use super::liveness::TcpProbe;
use super::lock;
#[cfg(target_os = "linux")]
use super::poller::{Poller, Watch};
use super::runtime::{Runtimes, runtimes};
use super::send_buffer::Room;
use super::signal::{Failure, Signal};
use super::socket::{LinkSocket, Socket};
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
    last_id: u32,
    connections: HashMap<u32, Arc<Connection>>,
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
        Ok(Arc::new(Self {
            inbox: Inbox::new(wake),
            registry: Mutex::default(),
            #[cfg(target_os = "linux")]
            poller,
            #[cfg(target_os = "linux")]
            tcp_probe: OnceLock::new(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
            runtimes: runtimes()?,
        }))
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
        if poller.take_alarm() {
            return true;
        }
        // JavaScript has not taken what was there before: that comes first, and bounds what waits.
        if !self.inbox.claim() {
            return false;
        }
        let mut ready = poller.ready();
        let mut budget = READ_PER_TURN;
        while budget > 0
            && let Some(id) = ready.pop_front()
        {
            if let Some(connection) = self.connection(id) {
                budget = budget.saturating_sub(connection.read_now(&self.inbox));
            }
        }
        poller.put_back(ready);
        self.inbox.settle()
    }

    /// Accepts bytes for a connection; writes them at once if they are few, the connection is free, and it need not be
    /// `later`. Says whether nothing is left to write.
    ///
    /// When too much waits for the peer, it is cut; when too much waits for all peers of a server, the one for which
    /// most waits is.
    pub fn write(&self, id: u32, bytes: Vec<u8>, later: bool) -> bool {
        let Some(connection) = self.connection(id) else { return false };
        match connection.write(&self.inbox, bytes, later) {
            Ok(all) => return all,
            Err(Room::Full { limit }) => {
                let message = format!(
                    "the peer does not read: {} bytes wait for it, and maxBufferedBytes is {limit}; \
                     send less, or wait for 'drain' while needDrain is true",
                    connection.buffered(),
                );
                let failure = Failure::Limit { code: "TLSJSON_BUFFER_FULL", message };
                connection.cut(&self.inbox, failure);
            }
            Err(Room::ServerFull { limit }) => self.cut_largest(&connection, limit),
            Err(Room::Enough) => {}
        }
        false
    }

    /// Bytes for all peers of a server are too many: the one for which most wait has caused most of it.
    fn cut_largest(&self, writer: &Arc<Connection>, limit: usize) {
        let largest = lock(&self.registry)
            .connections
            .values()
            .filter(|connection| connection.shares_guard_with(writer))
            .max_by_key(|connection| connection.buffered())
            .cloned();
        let largest = largest.as_ref().unwrap_or(writer);
        let message = format!(
            "peers do not read, this one least of all: {} bytes wait for it, and for all together more than \
             maxTotalBufferedBytes, which is {limit}; send less, or wait for 'drain' while needDrain is true",
            largest.buffered(),
        );
        largest.cut(&self.inbox, Failure::Limit { code: "TLSJSON_BUFFER_FULL", message });
        // What was accepted for the writer is still to be written.
        writer.wake();
    }

    /// Writes what every connection has left, before the process ends.
    pub fn write_last(&self) {
        let connections: Vec<_> = lock(&self.registry).connections.values().cloned().collect();
        for connection in connections {
            connection.write_last(&self.inbox);
        }
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
        lock(&self.registry).connections.clear();
    }

    pub(super) fn runtimes(&self) -> &'static Runtimes {
        self.runtimes
    }

    pub(super) fn new_id(&self) -> u32 {
        let mut registry = lock(&self.registry);
        registry.last_id = registry.last_id.wrapping_add(1);
        registry.last_id
    }

    pub(super) fn new_connection(&self, terms: Terms) -> Arc<Connection> {
        let connection = Connection::new(self.new_id(), terms);
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
        Ok(Link::new(LinkSocket::Tokio(socket), tls, options))
    }

    /// Says that a connection is gone, and forgets it.
    pub(super) fn close(&self, connection: &Connection, had_error: bool) {
        self.inbox.unpause(&connection.inbound);
        let Counters { read, written } = connection.counters();
        connection.signal(&self.inbox, Signal::Closed { had_error, read, written });
        self.forget(connection.id());
    }

    pub(super) fn forget(&self, id: u32) {
        lock(&self.registry).connections.remove(&id);
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
