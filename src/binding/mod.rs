//! The only code that knows N-API: native classes, batches, errors.
//!
//! Text crosses here, never trees of objects; JavaScript builds and reads those faster itself.

mod arguments;
mod batch;
#[cfg_attr(test, allow(dead_code, reason = "JavaScript alone calls it"))]
mod certificates;
mod contexts;
#[cfg(unix)]
mod descriptor;
mod direct;
mod engine;
#[cfg(target_os = "linux")]
mod event_loop;
mod guard;
mod listeners;
#[cfg(windows)]
mod loopback;
mod options;
mod pipes;
mod tally;
#[cfg(target_os = "linux")]
mod tcp_info;
mod zone;

use napi::{Error, Status};

use crate::events::Failure;

/// An error that JavaScript sees with this message; the files of `lib` give it its class and code.
fn error(reason: impl ToString) -> Error {
    Error::new(Status::GenericFailure, reason.to_string())
}

/// An error that JavaScript makes of a failure (`lib/engine/border.js`), as it does of those that signals carry.
fn failure(failure: &Failure) -> Error {
    match serde_json::to_string(failure) {
        Ok(json) => Error::new(Status::GenericFailure, json),
        Err(source) => error(source),
    }
}

/// The engine gets too little of the system to begin.
fn cannot_start(source: &std::io::Error) -> Error {
    failure(&Failure::Limit {
        code: "TLSJSON_CANNOT_START",
        message: format!(
            "the engine cannot start: {source}; it needs a few file descriptors and threads: raise the limit of open \
             files (ulimit -n), or that of processes (ulimit -u, pids of a container), and try again",
        ),
    })
}
