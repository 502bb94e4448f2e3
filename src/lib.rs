//! The engine of `tls-json-native`: newline-delimited JSON over TLS after a password.
//!
//! Imports point one way: `binding -> net -> session -> wire`, with `tls` below `net`.

mod binding;
pub mod net;
pub mod session;
pub mod tls;
pub mod wire;
