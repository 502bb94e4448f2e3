use std::sync::OnceLock;

use tokio::runtime::{Builder, Handle, Runtime};

/// Handshakes are a burst of public-key arithmetic; two threads keep both cores of a small machine busy.
const HANDSHAKE_THREADS: usize = 2;

/// Most threads that move bytes: one is enough for what one JavaScript thread can parse.
const MAX_IO_THREADS: usize = 4;

/// The threads of the engine, one set for the whole process, whatever number of environments uses them.
pub(super) struct Runtimes {
    io: Runtime,
    handshakes: Runtime,
}

impl Runtimes {
    /// Where established connections and listeners live.
    pub(super) fn io(&self) -> &Handle {
        self.io.handle()
    }

    /// Where handshakes are computed, at lower priority, so that a storm of them leaves traffic alone.
    pub(super) fn handshakes(&self) -> &Handle {
        self.handshakes.handle()
    }
}

/// The process-wide runtimes, made at first use and never taken down: environments come and go.
pub(super) fn runtimes() -> std::io::Result<&'static Runtimes> {
    static RUNTIMES: OnceLock<Runtimes> = OnceLock::new();
    if let Some(runtimes) = RUNTIMES.get() {
        return Ok(runtimes);
    }
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let io = Builder::new_multi_thread()
        .worker_threads((cores / 2).clamp(1, MAX_IO_THREADS))
        .thread_name("tls-json-io")
        .enable_all()
        .build()?;
    let handshakes = Builder::new_multi_thread()
        .worker_threads(HANDSHAKE_THREADS)
        .thread_name("tls-json-hs")
        .enable_time()
        .on_thread_start(lower_priority)
        .build()?;
    Ok(RUNTIMES.get_or_init(|| Runtimes { io, handshakes }))
}

/// Linux schedules threads one by one; elsewhere the value would be the whole process's.
fn lower_priority() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // Without it handshakes only compete more; where a sandbox forbids it that is all that happens.
    let _ = rustix::process::setpriority_process(None, 10);
}
