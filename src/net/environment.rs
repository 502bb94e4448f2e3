use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::connection::{Connection, Counters};
use super::inbox::Inbox;
use super::lock;
use super::runtime::{Runtimes, runtimes};
use super::signal::Signal;

/// How long the end of an environment waits for its tasks; each ends at its next await.
const END_WITHIN: Duration = Duration::from_secs(2);

/// All that belongs to one JavaScript thread, and ends with it.
pub struct Environment {
    /// What there is for the thread.
    pub inbox: Inbox,
    registry: Mutex<Registry>,
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
    pub fn new(wake: Box<dyn Fn() + Send + Sync>) -> io::Result<Arc<Self>> {
        Ok(Arc::new(Self {
            inbox: Inbox::new(wake),
            registry: Mutex::default(),
            cancel: CancellationToken::new(),
            tasks: TaskTracker::new(),
            runtimes: runtimes()?,
        }))
    }

    /// The connection with this number, if it is not gone.
    pub fn connection(&self, id: u32) -> Option<Arc<Connection>> {
        lock(&self.registry).connections.get(&id).cloned()
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

    pub(super) fn new_connection(&self) -> Arc<Connection> {
        let connection = Connection::new(self.new_id());
        lock(&self.registry).connections.insert(connection.id(), Arc::clone(&connection));
        connection
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
