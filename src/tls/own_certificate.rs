use std::sync::Arc;

use rustls::sign::CertifiedKey;

/// A certificate of ours that a connection uses.
#[derive(Clone, Debug)]
pub struct OwnCertificate(pub(super) Arc<CertifiedKey>);

impl OwnCertificate {
    /// DER.
    pub fn der(&self) -> &[u8] {
        self.0.cert.first().map(AsRef::as_ref).unwrap_or_default()
    }
}
