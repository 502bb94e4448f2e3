use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::client::ResolvesClientCert;
use rustls::server::{ClientHello, ResolvesServerCert};
use rustls::sign::CertifiedKey;

use super::gate::Control;
use super::key_pair::KeyPairs;
use super::own_certificate::OwnCertificate;

/// The key pairs of a context for one connection: records which one is used.
#[derive(Debug)]
pub(super) struct RecordingResolver {
    pub(super) keys: Arc<KeyPairs>,
    pub(super) control: Arc<Control>,
}

impl RecordingResolver {
    fn record(&self, pair: Option<Arc<CertifiedKey>>) -> Option<Arc<CertifiedKey>> {
        if let Some(pair) = &pair {
            self.control.use_own(OwnCertificate(Arc::clone(pair)));
        }
        pair
    }
}

impl ResolvesServerCert for RecordingResolver {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        self.record(ResolvesServerCert::resolve(&*self.keys, hello))
    }
}

impl ResolvesClientCert for RecordingResolver {
    fn resolve(&self, hints: &[&[u8]], schemes: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        self.record(ResolvesClientCert::resolve(&*self.keys, hints, schemes))
    }

    fn has_certs(&self) -> bool {
        self.keys.has_certs()
    }
}
