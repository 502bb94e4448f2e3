//! Building a path from the leaf to a trust anchor, trusted certificates first.

use std::sync::Arc;

use super::certificate::Certificate;
use super::error::{
    CERT_CHAIN_TOO_LONG, ChainError, DEPTH_ZERO_SELF_SIGNED_CERT, SELF_SIGNED_CERT_IN_CHAIN,
    UNABLE_TO_GET_ISSUER_CERT, UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
};
use super::key::Family;
use super::policy::Policy;
use super::trust_store::TrustStore;

/// OpenSSL's default depth: certificates between the leaf and the anchor, and one more.
const MAX_LENGTH: usize = 101;

/// A chain as far as it could be built.
pub(super) struct Path {
    /// Leaf first.
    pub(super) chain: Vec<Arc<Certificate>>,
    /// How many, from the leaf on, come from the peer and not from the trust store.
    pub(super) untrusted: usize,
    /// Why it does not end in a trust anchor.
    pub(super) error: Option<ChainError>,
}

/// `peer` has at least a leaf.
pub(super) fn build(
    peer: &[Arc<Certificate>],
    trust: &TrustStore,
    policy: Policy,
    now: i64,
) -> Path {
    let mut chain: Vec<Arc<Certificate>> = peer.iter().take(1).cloned().collect();
    let mut untrusted = chain.len();
    while let Some(current) = chain.last().cloned() {
        let room = chain.len() <= MAX_LENGTH;
        let anchor =
            if room { best(trust.with_subject(&current.issuer), &current, now) } else { None };
        if let Some(issuer) = anchor {
            if !current.self_signed() {
                let done = issuer.self_signed() || policy.allow_partial_chain;
                chain.push(Arc::clone(issuer));
                if done {
                    return Path { chain, untrusted, error: None };
                }
                continue;
            }
            // Only the very same certificate: one with the same name and another key is an
            // impostor, and nobody verifies a self-signature.
            if issuer.is(&current) {
                chain.pop();
                untrusted = untrusted.min(chain.len());
                chain.push(Arc::clone(issuer));
                return Path { chain, untrusted, error: None };
            }
        }
        // Below a trusted certificate, the peer's are no longer looked at.
        if untrusted < chain.len() || current.self_signed() || !room {
            break;
        }
        let unused = peer.iter().skip(1).filter(|one| !chain.iter().any(|used| used.is(one)));
        match best(unused, &current, now).cloned() {
            Some(issuer) => {
                chain.push(issuer);
                untrusted += 1;
            }
            None => break,
        }
    }
    if policy.allow_partial_chain
        && untrusted == chain.len()
        && let Some(leaf) = chain.first()
        && trust.exact(leaf).is_some()
    {
        return Path { chain, untrusted: 0, error: None };
    }
    let error = failure(&chain, untrusted);
    Path { chain, untrusted, error: Some(error) }
}

/// The first issuer valid now, or else the one that expired last.
fn best<'a>(
    candidates: impl Iterator<Item = &'a Arc<Certificate>>,
    subject: &Certificate,
    now: i64,
) -> Option<&'a Arc<Certificate>> {
    let mut latest: Option<&Arc<Certificate>> = None;
    for issuer in candidates.filter(|issuer| subject.is_issued_by(issuer)) {
        if issuer.is_valid_at(now) {
            return Some(issuer);
        }
        if latest.is_none_or(|latest| issuer.not_after > latest.not_after) {
            latest = Some(issuer);
        }
    }
    latest
}

/// Whether somebody with the name of `certificate`'s issuer cannot be read. OpenSSL passes over him, but leaves an
/// error behind, of which a server's handshake then fails.
pub(super) fn meets_unreadable(
    certificate: &Certificate,
    peer: &[Arc<Certificate>],
    trust: &TrustStore,
) -> bool {
    let others = peer.iter().skip(1).filter(|one| one.subject == certificate.issuer);
    trust
        .with_subject(&certificate.issuer)
        .chain(others)
        .any(|one| one.is_malformed() || one.public_key.family == Family::Unknown)
}

fn failure(chain: &[Arc<Certificate>], untrusted: usize) -> ChainError {
    if chain.len() > MAX_LENGTH {
        return CERT_CHAIN_TOO_LONG;
    }
    match chain {
        [only] if only.self_signed() => DEPTH_ZERO_SELF_SIGNED_CERT,
        [.., top] if top.self_signed() => SELF_SIGNED_CERT_IN_CHAIN,
        _ if untrusted < chain.len() => UNABLE_TO_GET_ISSUER_CERT,
        _ => UNABLE_TO_GET_ISSUER_CERT_LOCALLY,
    }
}
