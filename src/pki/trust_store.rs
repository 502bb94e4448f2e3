//! The certificates a context trusts.

use std::collections::HashMap;
use std::sync::Arc;

use rustls::DistinguishedName;
use rustls::pki_types::CertificateDer;

use super::certificate::Certificate;

/// Trusted certificates, parsed once per configuration and indexed by subject.
///
/// Not every one is an anchor: as in OpenSSL, a chain must end in a self-signed trusted
/// certificate unless partial chains are allowed.
#[derive(Debug, Default)]
pub struct TrustStore {
    certificates: Vec<Arc<Certificate>>,
    /// Canonical subject to positions in `certificates`, in the order given: the order decides
    /// between equally fitting issuers.
    by_subject: HashMap<Vec<u8>, Vec<usize>>,
}

impl TrustStore {
    /// Certificates that cannot be parsed and repeated ones are passed over, as OpenSSL does.
    pub fn new(ders: impl IntoIterator<Item = CertificateDer<'static>>) -> Self {
        Self::of(ders.into_iter().filter_map(|der| Certificate::parse(&der)))
    }

    /// As [`TrustStore::new`], of parsed certificates.
    pub(super) fn of(certificates: impl IntoIterator<Item = Certificate>) -> Self {
        let mut store = Self::default();
        for certificate in certificates {
            if !store.contains(&certificate) {
                let position = store.certificates.len();
                store.by_subject.entry(certificate.subject.clone()).or_default().push(position);
                store.certificates.push(Arc::new(certificate));
            }
        }
        store
    }

    /// How many certificates are trusted.
    pub fn len(&self) -> usize {
        self.certificates.len()
    }

    /// Whether nothing is trusted.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty()
    }

    /// Certificates with this canonical subject, in the order given.
    pub(super) fn with_subject(&self, subject: &[u8]) -> impl Iterator<Item = &Arc<Certificate>> {
        self.by_subject
            .get(subject)
            .into_iter()
            .flatten()
            .filter_map(|&position| self.certificates.get(position))
    }

    /// The trusted copy of `certificate`, however what is not signed is encoded.
    pub(super) fn exact(&self, certificate: &Certificate) -> Option<&Arc<Certificate>> {
        self.with_subject(&certificate.subject).find(|trusted| trusted.is(certificate))
    }

    fn contains(&self, certificate: &Certificate) -> bool {
        self.exact(certificate).is_some()
    }

    /// Subjects to name in a CertificateRequest.
    pub(crate) fn subjects(&self) -> Vec<DistinguishedName> {
        self.certificates
            .iter()
            .map(|certificate| DistinguishedName::in_sequence(&certificate.subject_content))
            .collect()
    }
}
