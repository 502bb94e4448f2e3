use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, OnceLock, PoisonError};

use tokio::runtime::{Builder, Handle, Runtime};

/// Handshakes are a burst of public-key arithmetic; two threads keep both cores of a small machine busy.
const HANDSHAKE_THREADS: usize = 2;

/// Most threads that move bytes: one is enough for what one JavaScript thread can parse.
const MAX_IO_THREADS: usize = 4;

/// The threads of the engine, one set for the whole process, whatever number of JavaScript threads uses them.
pub(super) struct Runtimes {
    io: Runtime,
    /// Nothing where the system starts no more threads.
    handshakes: Option<Runtime>,
}

impl Runtimes {
    /// Where established connections and listeners live.
    pub(super) fn io(&self) -> &Handle {
        self.io.handle()
    }

    /// Where handshakes are computed, at lower priority, so that a storm of them leaves traffic alone.
    pub(super) fn handshakes(&self) -> &Handle {
        self.handshakes.as_ref().unwrap_or(&self.io).handle()
    }
}

/// The process-wide runtimes, made at first use and never taken down: JavaScript threads come and go. Where they cannot be made
/// the next use tries again.
pub(super) fn runtimes() -> io::Result<&'static Runtimes> {
    static RUNTIMES: OnceLock<Runtimes> = OnceLock::new();
    // Two threads that made them at once would have one set too many.
    static MAKING: Mutex<()> = Mutex::new(());
    let _making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(runtimes) = RUNTIMES.get() {
        return Ok(runtimes);
    }
    let made = make(&build)?;
    Ok(RUNTIMES.get_or_init(|| made))
}

/// What the threads of a runtime do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Work {
    Io,
    Handshakes,
}

/// Works with what threads there are: without any for handshakes, those are computed where bytes are moved.
fn make(build: &dyn Fn(Work) -> io::Result<Runtime>) -> io::Result<Runtimes> {
    // Where the process may start no thread, Tokio panics.
    let build = |work| {
        catch_unwind(AssertUnwindSafe(|| build(work)))
            .unwrap_or_else(|_| Err(io::Error::other("the system starts no more threads")))
    };
    Ok(Runtimes { io: build(Work::Io)?, handshakes: build(Work::Handshakes).ok() })
}

fn build(work: Work) -> io::Result<Runtime> {
    let mut builder = Builder::new_multi_thread();
    match work {
        Work::Io => {
            let cores = std::thread::available_parallelism().map_or(1, usize::from);
            let threads = (cores / 2).clamp(1, MAX_IO_THREADS);
            builder.worker_threads(threads).thread_name("tls-json-io").enable_all()
        }
        Work::Handshakes => builder
            .worker_threads(HANDSHAKE_THREADS)
            .thread_name("tls-json-hs")
            .enable_time()
            .on_thread_start(lower_priority),
    }
    .build()
}

/// Linux schedules threads one by one; elsewhere the value would be the whole process's.
fn lower_priority() {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    // Without it handshakes only compete more; where a sandbox forbids it that is all that happens.
    let _ = rustix::process::setpriority_process(None, 10);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one_thread() -> io::Result<Runtime> {
        Builder::new_multi_thread().worker_threads(1).enable_all().build()
    }

    #[test]
    fn without_threads_there_is_an_error_and_no_panic() {
        let made =
            make(&|_| panic!("OS can't spawn worker thread: Resource temporarily unavailable"));
        assert!(made.err().unwrap().to_string().contains("threads"));
        let made = make(&|_| Err(io::Error::from_raw_os_error(24)));
        assert_eq!(made.err().unwrap().raw_os_error(), Some(24));
    }

    #[test]
    fn handshakes_are_computed_where_bytes_are_moved_if_there_are_no_threads_for_them() {
        let runtimes = make(&|work| match work {
            Work::Io => one_thread(),
            Work::Handshakes => panic!("OS can't spawn worker thread"),
        })
        .unwrap();
        let computed = runtimes.handshakes().spawn(async { 7 });
        assert_eq!(runtimes.io().block_on(computed).unwrap(), 7);
    }
}
