use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
#[cfg(target_os = "linux")]
use std::sync::OnceLock;

use tokio_util::sync::WaitForCancellationFuture;

#[cfg(test)]
use super::faults;
use super::late_writer::LateWriter;
#[cfg(target_os = "linux")]
use super::loop_reader::LoopReader;
use super::registry::Registry;
use super::tasks::Tasks;
use crate::connection::{Connection, Done, Peer, Terms, WatchedSocket};
use crate::events::{Failure, Inbox};
#[cfg(target_os = "linux")]
use crate::io::TcpProbe;
use crate::io::{LinkSocket, Socket};
use crate::metrics::{Tally, Totals};

/// All that belongs to one JavaScript thread, and ends with it.
pub struct ThreadEngine {
    /// What there is for the thread.
    pub inbox: Inbox,
    pub(super) registry: Registry,
    pub(super) tasks: Tasks,
    pub(super) late_writer: Arc<LateWriter>,
    #[cfg(target_os = "linux")]
    loop_reader: Option<LoopReader>,
    #[cfg(target_os = "linux")]
    tcp_probe: OnceLock<TcpProbe>,
}

impl ThreadEngine {
    /// An engine whose thread is woken by `wake`. Fails when the process may not start threads.
    ///
    /// With `reads_in_loop` the thread's own event loop watches [`ThreadEngine::descriptor`] and calls
    /// [`ThreadEngine::read_ready`]; else, and where that is not possible, other threads read.
    pub fn new(wake: Box<dyn Fn() + Send + Sync>, reads_in_loop: bool) -> io::Result<Arc<Self>> {
        #[cfg(not(target_os = "linux"))]
        let _ = reads_in_loop;
        #[cfg(target_os = "linux")]
        let loop_reader = if reads_in_loop { Some(LoopReader::new()?) } else { None };
        #[cfg(target_os = "linux")]
        let wake = match &loop_reader {
            Some(loop_reader) => loop_reader.wake_in_next_turn(wake),
            None => wake,
        };
        let engine = Arc::new(Self {
            inbox: Inbox::new(wake),
            registry: Registry::default(),
            tasks: Tasks::new()?,
            late_writer: Arc::default(),
            #[cfg(target_os = "linux")]
            loop_reader,
            #[cfg(target_os = "linux")]
            tcp_probe: OnceLock::new(),
        });
        let late_writer = Arc::clone(&engine.late_writer);
        engine.tasks.spawn_in_background(async move { late_writer.run().await });
        Ok(engine)
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
        self.registry.connection(id)
    }

    /// On the JavaScript thread: does something with a connection, if it is not gone. A fault of ours in that ends this
    /// connection, and nothing else.
    pub fn with<R>(&self, id: u32, act: impl FnOnce(&Arc<Connection>) -> R) -> Option<R> {
        let connection = self.connection(id)?;
        isolated(connection.peer(), || act(&connection))
    }

    /// What the thread's event loop is to watch, if it reads: readable when [`ThreadEngine::read_ready`] is to be called.
    #[cfg(target_os = "linux")]
    pub fn descriptor(&self) -> Option<std::os::fd::BorrowedFd<'_>> {
        self.loop_reader.as_ref().map(LoopReader::descriptor)
    }

    /// On the JavaScript thread: reads from the sockets that are ready, about a batch in all, each in its turn. Says
    /// whether [`Inbox::take`] is to be called for it.
    #[cfg(target_os = "linux")]
    pub fn read_ready(&self) -> bool {
        let Some(loop_reader) = &self.loop_reader else { return false };
        loop_reader.read_ready(&self.inbox, |id| {
            self.with(id, |connection| connection.read_now(&self.inbox)).unwrap_or(0)
        })
    }

    /// Writes what every connection has left, before the process ends.
    pub fn write_last(&self) {
        for connection in self.registry.connections() {
            isolated(connection.peer(), || connection.write_last(&self.inbox));
        }
    }

    /// What the connections of one owner have moved, those that are gone too, and what waits on those that are there.
    pub fn totals(&self, tally: &Arc<Tally>) -> Totals {
        self.registry.totals(tally)
    }

    /// Whether there is no connection, nothing to be told of one, and no task of one.
    pub fn is_idle(&self) -> bool {
        self.registry.is_empty() && self.tasks.is_empty() && self.inbox.is_idle()
    }

    /// Ends everything and waits for it: after this nothing calls `wake`.
    pub fn end(&self) {
        self.tasks.end();
        self.registry.forget_all();
    }

    pub(super) fn new_connection(&self, terms: Terms) -> Arc<Connection> {
        let connection = Connection::new(terms);
        self.registry.insert(&connection);
        connection
    }

    /// The socket of a connection whose handshake is done, for whoever is to read it.
    pub(super) fn watched_socket(&self, id: u32, socket: Socket) -> io::Result<WatchedSocket> {
        #[cfg(target_os = "linux")]
        let socket = match &self.loop_reader {
            Some(reader) => WatchedSocket::watched(LinkSocket::plain(socket)?, reader.watch(id)),
            None => WatchedSocket::unwatched(LinkSocket::Tokio(socket)),
        }
        .probed_by(self.tcp_probe());
        #[cfg(not(target_os = "linux"))]
        let socket = WatchedSocket::unwatched(LinkSocket::Tokio(socket));
        #[cfg(not(target_os = "linux"))]
        let _ = id;
        Ok(socket)
    }

    /// Says that a connection is gone, and forgets it.
    pub(super) fn close(&self, connection: &Connection, done: Done) {
        let Done { had_error, in_order, .. } = done;
        let peer = connection.peer();
        // Who is told must not find it any more, nor what waited for it in the totals.
        self.registry.forget(peer.id());
        peer.close(&self.inbox, had_error, in_order, peer.byte_counts());
    }

    /// Comes back at the end.
    pub(super) fn ended(&self) -> WaitForCancellationFuture<'_> {
        self.tasks.ended()
    }
}

/// Does something with a connection. A fault of ours in that ends this connection, and nothing else.
pub(super) fn isolated<R>(peer: &Peer, act: impl FnOnce() -> R) -> Option<R> {
    let act = || {
        #[cfg(test)]
        faults::hit("with");
        act()
    };
    match catch_unwind(AssertUnwindSafe(act)) {
        Ok(result) => Some(result),
        Err(panic) => {
            peer.fail(Failure::of_panic(&*panic));
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{OnceLock, Weak};

    use super::*;
    use crate::events::Batch;
    use crate::metrics::ByteCounts;
    use crate::sync::{Mutex, lock};

    fn connection(engine: &ThreadEngine, tally: &Arc<Tally>) -> Arc<Connection> {
        let tally = Some(Arc::clone(tally));
        let terms = Terms { max_buffered: 1000, guard: None, address: None, tally };
        engine.new_connection(terms)
    }

    fn totals(engine: &ThreadEngine, tally: &Arc<Tally>) -> [usize; 4] {
        let Totals { bytes: ByteCounts { read, written }, outbound, inbound } =
            engine.totals(tally);
        [read as usize, written as usize, outbound, inbound]
    }

    #[test]
    fn who_is_told_that_a_connection_is_gone_finds_it_forgotten() {
        let ours = Arc::new(OnceLock::<(Weak<ThreadEngine>, u32)>::new());
        let found = Arc::new(Mutex::new(Vec::new()));
        let (at_wake, look) = (Arc::clone(&ours), Arc::clone(&found));
        let wake = move || {
            if let Some((engine, id)) = at_wake.get() {
                let engine = engine.upgrade();
                lock(&look).push(engine.map(|engine| engine.connection(*id).is_some()));
            }
        };
        let engine = ThreadEngine::new(Box::new(wake), false).unwrap();
        let one = connection(&engine, &Arc::default());
        assert!(ours.set((Arc::downgrade(&engine), one.id())).is_ok());
        engine.close(&one, Done::early(false));
        assert_eq!(*lock(&found), [Some(false)]);
    }

    #[test]
    fn adds_up_the_connections_of_one_owner_and_keeps_what_the_gone_ones_moved() {
        let engine = ThreadEngine::new(Box::new(|| {}), false).unwrap();
        let [mine, others] = [Arc::default(), Arc::default()];
        let [one, two] = [(); 2].map(|()| connection(&engine, &mine));
        let other = connection(&engine, &others);
        one.peer().count_read(5);
        two.peer().count_read(7);
        other.peer().count_read(100);
        engine.write(one.id(), vec![b'1'; 10], true);
        engine.write(other.id(), vec![b'1'; 300], true);
        engine.inbox.lines(&two.peer().events, |deliver| {
            deliver(b"11"[..].into());
            deliver("é".as_bytes().into());
        });
        assert_eq!(totals(&engine, &mine), [12, 10, 10, 4]);
        engine.close(&one, Done::early(false));
        engine.registry.forget(one.id());
        assert_eq!(totals(&engine, &mine), [12, 10, 0, 4]);
        engine.inbox.take(&mut Batch::new(10));
        assert_eq!(totals(&engine, &mine), [12, 10, 0, 0]);
        assert_eq!(totals(&engine, &others), [100, 300, 300, 0]);
    }
}
