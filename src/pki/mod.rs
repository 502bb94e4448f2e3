//! Whether a certificate chain is trusted, as OpenSSL 3 decides it and Node names it.
//!
//! The order of work is that of `X509_verify_cert` with Node's callback, which never stops it: a
//! later finding replaces an earlier one, so the code a user sees depends on the order. A pure
//! function of the chain, the trust store, the policy and the time.
//!
//! Left out, and refused where refusing is possible: policies, proxy certificates, constraints on
//! internationalized mailboxes. Revocation is not asked about: who asks has Node's own TLS.

mod asn1;
mod certificate;
mod error;
mod extensions;
mod general_name;
mod key;
mod name;
mod name_constraints;
mod path;
mod purpose;
mod resources;
mod signatures;
#[cfg(test)]
mod tests;
mod time;
mod trust_store;

use std::sync::Arc;

use rustls::pki_types::{CertificateDer, UnixTime};

pub(crate) use certificate::Certificate;
pub use error::ChainError;
pub use trust_store::TrustStore;

use path::Path;

/// What the peer's certificate is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A TLS server (judged by a client).
    Server,
    /// A TLS client (judged by a server).
    Client,
}

/// What a chain is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// What the peer's certificate is to be good for.
    pub purpose: Purpose,
    /// OpenSSL's: 0 anything, then 80, 112, 128, 192 and 256 bits.
    pub security_level: u8,
    /// Whether any trusted certificate ends a chain, not only a self-signed one.
    pub allow_partial_chain: bool,
}

/// The verdict on a chain.
#[derive(Clone, Debug)]
pub struct Verdict {
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
) -> Verdict {
    let parsed: Option<Vec<_>> =
        peer.iter().map(|der| Certificate::parse(der).map(Arc::new)).collect();
    match parsed {
        Some(parsed) => verify_parsed(parsed, trust, policy, now),
        None => Verdict {
            error: Some(error::UNSPECIFIED),
            path: peer.first().map(|leaf| leaf.clone().into_owned()).into_iter().collect(),
        },
    }
}

/// The verdict on a peer that sent no certificate.
pub(crate) fn no_certificate() -> Verdict {
    Verdict { error: Some(error::UNABLE_TO_GET_ISSUER_CERT), path: Vec::new() }
}

/// As [`verify`], for parsed certificates.
pub(crate) fn verify_parsed(
    peer: Vec<Arc<Certificate>>,
    trust: &TrustStore,
    policy: Policy,
    now: UnixTime,
) -> Verdict {
    let Some(leaf) = peer.first() else {
        return no_certificate();
    };
    let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
    let mut findings = Findings::default();
    if key::is_weak(leaf, policy.security_level) {
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
    name_constraints::check(&chain, &mut findings);
    resources::check(&chain, &mut findings);
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
    Verdict {
        error: findings.last,
        path: chain.iter().map(|certificate| certificate.der.clone()).collect(),
    }
}

/// What was found, of which Node reports the last.
#[derive(Debug, Default)]
struct Findings {
    last: Option<ChainError>,
}

impl Findings {
    fn add(&mut self, error: ChainError) {
        self.last = Some(error);
    }

    fn add_if(&mut self, found: bool, error: ChainError) {
        if found {
            self.add(error);
        }
    }
}
