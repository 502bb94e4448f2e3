use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::Uint8Array;
use napi_derive::napi;

use super::error;
use super::options::{ContextOptions, KeyPairOptions, versions};
use crate::tls;

/// Certificates that chains may end in, parsed once.
#[napi]
pub struct TrustStore {
    pub(super) store: Arc<tls::TrustStore>,
}

#[napi]
impl TrustStore {
    /// Takes certificates in DER; what does not parse is left out, as OpenSSL does.
    #[napi(constructor, catch_unwind)]
    pub fn new(certificates: Vec<Uint8Array>) -> Self {
        let certificates = certificates.into_iter().map(|der| der.to_vec().into());
        Self { store: Arc::new(tls::TrustStore::new(certificates)) }
    }
}

/// What a server's handshakes need, made once per listening server.
#[napi]
pub struct ServerContext {
    pub(super) context: tls::ServerContext,
}

#[napi]
impl ServerContext {
    /// Fails with a message that names the key which cannot be used.
    #[napi(constructor, catch_unwind)]
    pub fn new(trust: &TrustStore, options: ContextOptions) -> Result<Self> {
        let context = tls::ServerContext::new(tls::ServerOptions {
            versions: versions(&options)?,
            key_pairs: key_pairs(options.key_pairs),
            trust: Arc::clone(&trust.store),
            request_cert: options.request_cert,
            name_trusted: options.name_trusted,
            reject_unauthorized: options.reject_unauthorized,
            security_level: options.security_level,
            allow_partial_chain: options.allow_partial_chain,
            alpn_protocols: names(options.alpn_protocols),
            cipher_suites: options.cipher_suites,
            groups: options.groups,
            signature_schemes: options.signature_schemes,
            honor_cipher_order: options.honor_cipher_order,
        });
        Ok(Self { context: context.map_err(error)? })
    }
}

/// What a client's handshakes need, made once per set of option values.
#[napi]
pub struct ClientContext {
    pub(super) context: tls::ClientContext,
}

#[napi]
impl ClientContext {
    /// Fails with a message that names the key which cannot be used.
    #[napi(constructor, catch_unwind)]
    pub fn new(trust: &TrustStore, options: ContextOptions) -> Result<Self> {
        let context = tls::ClientContext::new(tls::ClientOptions {
            versions: versions(&options)?,
            key_pairs: key_pairs(options.key_pairs),
            trust: Arc::clone(&trust.store),
            security_level: options.security_level,
            allow_partial_chain: options.allow_partial_chain,
            alpn_protocols: names(options.alpn_protocols),
            cipher_suites: options.cipher_suites,
            groups: options.groups,
            signature_schemes: options.signature_schemes,
        });
        Ok(Self { context: context.map_err(error)? })
    }
}

fn names(protocols: Vec<Uint8Array>) -> Vec<Vec<u8>> {
    protocols.into_iter().map(|name| name.to_vec()).collect()
}

fn key_pairs(pairs: Vec<KeyPairOptions>) -> Vec<tls::KeyPair> {
    pairs
        .into_iter()
        .map(|pair| tls::KeyPair {
            chain: pair.chain.into_iter().map(|der| der.to_vec().into()).collect(),
            key: rustls::pki_types::PrivatePkcs8KeyDer::from(pair.key.to_vec()).into(),
        })
        .collect()
}
