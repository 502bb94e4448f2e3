//! Cryptography: the provider of rustls, and what of aws-lc-rs rustls does not pass on.
//!
//! Below certificates and TLS: [`crate::pki`] verifies chains with it, [`crate::tls`] handshakes.

mod ecdsa;
mod groups;
mod hash;
mod provided;
mod provider;
mod rsa;
mod signatures;
#[cfg(test)]
mod tests;

pub(crate) use provider::{select, signature_schemes};
pub(crate) use signatures::{RSA_PSS_KEY_SCHEMES, algorithms};
