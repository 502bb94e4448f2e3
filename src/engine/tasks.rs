use std::io;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio_util::sync::{CancellationToken, WaitForCancellationFuture};
use tokio_util::task::TaskTracker;

use super::runtime::{Runtimes, runtimes};

/// How long the end waits for tasks; each ends at its next await.
const END_WITHIN: Duration = Duration::from_secs(2);

/// The tasks of one JavaScript thread, which end with it.
pub(super) struct Tasks {
    cancel: CancellationToken,
    tracked: TaskTracker,
    runtimes: &'static Runtimes,
}

impl Tasks {
    /// Fails when the process may not start threads.
    pub(super) fn new() -> io::Result<Self> {
        let (cancel, tracked) = (CancellationToken::new(), TaskTracker::new());
        Ok(Self { cancel, tracked, runtimes: runtimes()? })
    }

    /// Where established connections and listeners live.
    pub(super) fn io(&self) -> &Handle {
        self.runtimes.io()
    }

    /// Where handshakes are computed.
    pub(super) fn handshakes(&self) -> &Handle {
        self.runtimes.handshakes()
    }

    /// Starts a task that the end waits for, and that is to end with it.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracked.spawn_on(task, self.io());
    }

    /// Starts one that calls nobody, so that nobody has to wait for it, and that is no sign of use.
    pub(super) fn spawn_in_background(&self, task: impl Future<Output = ()> + Send + 'static) {
        let cancel = self.cancel.clone();
        self.io().spawn(async move {
            tokio::select! {
                () = task => {}
                () = cancel.cancelled() => {}
            }
        });
    }

    pub(super) fn is_empty(&self) -> bool {
        self.tracked.is_empty()
    }

    /// Comes back at the end.
    pub(super) fn ended(&self) -> WaitForCancellationFuture<'_> {
        self.cancel.cancelled()
    }

    /// Ends all of them and waits for it.
    pub(super) fn end(&self) {
        self.cancel.cancel();
        self.tracked.close();
        let tracked = self.tracked.clone();
        self.io().block_on(async move {
            // A task that is stuck must not keep the process from ending.
            let _ = tokio::time::timeout(END_WITHIN, tracked.wait()).await;
        });
    }
}
