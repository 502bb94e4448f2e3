//! The only code that knows N-API: native classes, batches, errors.
//!
//! Text crosses here, never trees of objects; JavaScript builds and reads those faster itself.

mod batch;
mod contexts;
#[cfg(unix)]
mod descriptor;
mod engine;
#[cfg(target_os = "linux")]
mod event_loop;
mod guard;
mod options;
mod pipes;
mod tally;
#[cfg(target_os = "linux")]
mod tcp_info;
mod zone;

use napi::{Error, Status};

/// An error that JavaScript sees with this message; the files of `lib` give it its class and code.
fn error(reason: impl ToString) -> Error {
    Error::new(Status::GenericFailure, reason.to_string())
}
