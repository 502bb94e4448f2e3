//! The engine of `tls-json-native`: newline-delimited JSON over TLS after a password.
//!
//! Imports point one way: `scripts/rooms/src.json` lists the arrows, and `docs/internals/rooms.svg` shows them.

mod binding;
pub mod connection;
mod crypto;
pub mod engine;
pub mod events;
pub mod io;
pub mod limits;
pub mod metrics;
pub mod pki;
pub mod session;
mod sync;
pub mod tls;
pub mod wire;
