//! Many connections: listeners, dialers, and the task that drives each connection.
//!
//! A [`ThreadEngine`] belongs to one JavaScript thread and ends with it. Its inbox gathers what all of its connections have
//! for that thread.

mod dialer;
mod driver;
mod external;
#[cfg(test)]
mod fault_tests;
#[cfg(test)]
mod faults;
#[cfg(test)]
mod judging_tests;
mod late_writer;
mod listener;
#[cfg(target_os = "linux")]
mod liveness;
#[cfg(target_os = "linux")]
mod loop_reader;
mod registry;
mod runtime;
mod subscriptions;
mod tasks;
mod thread_engine;
mod writing;

pub use dialer::{DialOptions, Local, dial};
pub use listener::{ListenOptions, Listener};
pub use subscriptions::Subscriptions;
pub use thread_engine::ThreadEngine;
