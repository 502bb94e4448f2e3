//! TLS: the handshake on both roles, what may be written before the peer is accepted, and the
//! verification of the peer's certificate chain.
//!
//! The result is OpenSSL's, as Node reports it, not webpki's: README users run version 1 and
//! `CA:TRUE` self-signed certificates, which webpki refuses, and webpki accepts chains that OpenSSL
//! refuses. So rustls checks only the handshake signature here; [`crate::pki`] judges the chain while
//! a gate holds back the last flight of the handshake, which tokio-rustls drives.
//!
//! The host-name check is not made here: it is Node's own, run in JavaScript on
//! [`VerificationResult::path`], between [`connect`] and [`Pending::admit`].

mod context;
mod context_error;
mod error;
mod gate;
mod handshake;
mod key_lines;
mod key_pair;
mod observing_verifier;
mod own_certificate;
mod parameters;
mod recording_resolver;
mod signature;

pub use context::{ClientContext, ClientOptions, ServerContext, ServerOptions, Version};
pub use context_error::ContextError;
pub use error::{HandshakeError, OpensslError, Syscall, openssl_error, recent_openssl_error};
pub use handshake::{
    Accepted, Admitted, Hello, Pending, ReceivedHello, accept, connect, receive_hello,
};
pub use key_lines::KeyLines;
pub use key_pair::KeyPair;
pub use own_certificate::OwnCertificate;
pub use parameters::{Cipher, Parameters};

pub use crate::pki::{ChainError, TrustStore, VerificationResult};
