use std::sync::Arc;

use rustls::pki_types::{CertificateDer, UnixTime};

use super::certificate::Certificate;
use super::error::{self, ChainError};
use super::findings::Findings;
use super::path::{self, Path};
use super::policy::{Policy, Purpose};
use super::resources::{check_addresses, check_systems};
use super::trust_store::TrustStore;
use super::{name_checks, purpose, signatures, strength};

/// What the verification of a chain comes to.
#[derive(Clone, Debug)]
pub struct VerificationResult {
    /// `None`: trusted.
    pub error: Option<ChainError>,
    /// The chain that was judged, leaf first: up to and including the trust anchor, or as far as
    /// it could be built.
    pub path: Vec<CertificateDer<'static>>,
}

/// Judges `peer`, which is what the peer sent, leaf first and the others in any order.
///
/// A certificate that cannot be parsed is never trusted; one with an extension that cannot be is in no
/// chain, so that only a policy that takes any trusted certificate for an anchor can trust it.
pub fn verify(
    peer: &[CertificateDer<'_>],
    trust: &TrustStore,
    policy: Policy,
    now: UnixTime,
) -> VerificationResult {
    let parsed: Option<Vec<_>> =
        peer.iter().map(|der| Certificate::parse(der).map(Arc::new)).collect();
    match parsed {
        Some(parsed) => verify_parsed(parsed, trust, policy, now),
        None => VerificationResult {
            error: Some(error::UNSPECIFIED),
            path: peer.first().map(|leaf| leaf.clone().into_owned()).into_iter().collect(),
        },
    }
}

/// The result for a peer that sent no certificate.
pub(crate) fn no_certificate() -> VerificationResult {
    VerificationResult { error: Some(error::UNABLE_TO_GET_ISSUER_CERT), path: Vec::new() }
}

/// As [`verify`], for parsed certificates.
pub(crate) fn verify_parsed(
    peer: Vec<Arc<Certificate>>,
    trust: &TrustStore,
    policy: Policy,
    now: UnixTime,
) -> VerificationResult {
    let Some(leaf) = peer.first() else {
        return no_certificate();
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let mut findings = Findings::default();
    if strength::is_weak(leaf, policy.security_level) {
        findings.add(error::EE_KEY_TOO_SMALL);
    }
    let Path { chain, untrusted, error } = path::build(&peer, trust, policy, now);
    // A finding on the leaf's key outlives a missing trust anchor, in OpenSSL too.
    if let Some(error) = error
        && findings.last.is_none()
    {
        findings.add(error);
    }
    purpose::check(&chain, policy.purpose, &mut findings);
    signatures::check_strength(&chain, policy.security_level, &mut findings);
    signatures::check(&chain, policy.allow_partial_chain, now, &mut findings);
    name_checks::check(&chain, &mut findings);
    let extensions = || chain.iter().map(|certificate| &certificate.extensions);
    check_systems(extensions().map(|one| one.systems.as_ref()), &mut findings);
    check_addresses(extensions().map(|one| one.addresses.as_ref()), &mut findings);
    // Whatever else was found: without a trusted certificate there is no trust.
    if untrusted >= chain.len() && findings.last.is_none() {
        findings.add(error::UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    }
    let unreadable = policy.purpose == Purpose::Client
        && chain.iter().any(|one| path::meets_unreadable(one, &peer, trust));
    // Also where it is in no chain, and with every OpenSSL: one that is sent is not read by some.
    let unreadable = unreadable || peer.iter().any(|one| one.short_time);
    if unreadable && findings.last.is_none() {
        findings.add(error::UNSPECIFIED);
    }
    VerificationResult {
        error: findings.last,
        path: chain.iter().map(|certificate| certificate.der.clone()).collect(),
    }
}

impl TrustStore {
    /// What a server sends for a lone leaf: the chain as far as this store can build it, up to and
    /// including the root, whatever else may be wrong with it.
    pub(crate) fn complete(&self, leaf: Certificate) -> Vec<CertificateDer<'static>> {
        let policy =
            Policy { purpose: Purpose::Server, security_level: 0, allow_partial_chain: false };
        verify_parsed(vec![Arc::new(leaf)], self, policy, UnixTime::now()).path
    }
}
