//! The engine of `tls-json-native`: newline-delimited JSON over TLS after a password.
//!
//! Imports point one way: `binding -> net -> session -> wire`, and `net -> tls -> pki`.

mod binding;
pub mod net;
pub mod pki;
pub mod session;
pub mod tls;
pub mod wire;
