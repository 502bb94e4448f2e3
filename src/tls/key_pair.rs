//! A certificate chain and its key, and the choice among several.

use std::fmt;
use std::sync::Arc;

use rustls::client::ResolvesClientCert;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, SubjectPublicKeyInfoDer};
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::{CertifiedKey, Signer, SigningKey};
use rustls::{SignatureAlgorithm, SignatureScheme};

use super::context_error::ContextError;
use super::own_certificate::OwnCertificate;
use crate::pki::Certificate;
use crate::pki::TrustStore;

/// A certificate chain, leaf first, and the leaf's private key.
pub struct KeyPair {
    /// As given by the user; a lone leaf is completed from the trust store, as OpenSSL does.
    pub chain: Vec<CertificateDer<'static>>,
    /// PKCS#8 DER.
    pub key: PrivateKeyDer<'static>,
}

impl fmt::Debug for KeyPair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyPair").field("chain", &self.chain.len()).finish_non_exhaustive()
    }
}

/// The key pairs of one context; the first that the peer can verify is used.
///
/// rustls' own resolvers are not used because their constructors parse the certificate with webpki,
/// which refuses X.509 version 1.
#[derive(Debug)]
pub(super) struct KeyPairs(Vec<Arc<CertifiedKey>>);

impl KeyPairs {
    /// Loads every key, to sign with one of `schemes` if there are any; a pair without certificates is passed over, and so is one whose key is of
    /// another type than its certificate: Node builds that context too, and its handshakes find no
    /// usable key.
    pub(super) fn new(
        pairs: Vec<KeyPair>,
        trust: &TrustStore,
        provider: &CryptoProvider,
        schemes: &[SignatureScheme],
    ) -> Result<Self, ContextError> {
        let mut keys = Vec::with_capacity(pairs.len());
        for KeyPair { chain, key } in pairs {
            let Some(first) = chain.first() else { continue };
            let leaf = Certificate::parse(first);
            let key = provider
                .key_provider
                .load_private_key(key)
                .map_err(|_| ContextError::UnsupportedKey(describe(leaf.as_ref())))?;
            if let (Some(leaf), Some(public)) = (&leaf, key.public_key())
                && !leaf.has_key_type_of(&public)
            {
                continue;
            }
            let chain = match leaf {
                Some(leaf) if chain.len() == 1 => trust.complete(leaf),
                _ => chain,
            };
            let key = if schemes.is_empty() {
                key
            } else {
                Arc::new(RestrictedKey { key, schemes: schemes.to_vec() })
            };
            keys.push(Arc::new(CertifiedKey::new(chain, key)));
        }
        Ok(Self(keys))
    }

    /// Whether which one is used depends on the peer.
    pub(super) fn is_choice(&self) -> bool {
        self.0.len() > 1
    }

    /// What is used, or stands ready, where the peer has not made a choice: the last, as in OpenSSL.
    pub(super) fn ready(&self) -> Option<OwnCertificate> {
        self.0.last().cloned().map(OwnCertificate)
    }

    fn pick(&self, schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.0.iter().find(|pair| pair.key.choose_scheme(schemes).is_some()).cloned()
    }
}

impl ResolvesServerCert for KeyPairs {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let schemes = hello.signature_schemes();
        // rustls leaves none when no cipher suite is shared, and says so if it is given a key.
        if schemes.is_empty() { self.0.first().cloned() } else { self.pick(schemes) }
    }
}

impl ResolvesClientCert for KeyPairs {
    fn resolve(&self, _: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.pick(schemes)
    }

    fn has_certs(&self) -> bool {
        !self.0.is_empty()
    }
}

/// A key that signs only as it is told to.
#[derive(Debug)]
struct RestrictedKey {
    key: Arc<dyn SigningKey>,
    /// In order of preference.
    schemes: Vec<SignatureScheme>,
}

impl SigningKey for RestrictedKey {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        self.schemes
            .iter()
            .filter(|scheme| offered.contains(scheme))
            .find_map(|scheme| self.key.choose_scheme(&[*scheme]))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        self.key.public_key()
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        self.key.algorithm()
    }
}

fn describe(leaf: Option<&Certificate>) -> String {
    leaf.map_or_else(|| "unreadable".to_owned(), Certificate::key_name)
}
