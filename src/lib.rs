//! The engine of `tls-json-native`: newline-delimited JSON over TLS after a password.
//!
//! Imports point one way: `binding -> net -> session -> wire`, and `net -> tls -> pki -> crypto`.

mod binding;
mod crypto;
pub mod net;
pub mod pki;
pub mod session;
pub mod tls;
pub mod wire;
