//! Signatures and validity of a chain's certificates.

use super::certificate::Certificate;
use super::error::{
    CA_KEY_TOO_SMALL, CA_MD_TOO_WEAK, CERT_HAS_EXPIRED, CERT_NOT_YET_VALID, CERT_SIGNATURE_FAILURE,
    ERROR_IN_CERT_NOT_AFTER_FIELD, ERROR_IN_CERT_NOT_BEFORE_FIELD, KEYUSAGE_NO_CERTSIGN,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE, UNSUPPORTED_SIGNATURE_ALGORITHM,
};
use super::extensions::key_usage;
use super::findings::Findings;
use super::strength;

/// Keys of issuers and digests of signatures; the anchor's own signature counts for nothing.
pub(super) fn check_strength(
    chain: &[impl AsRef<Certificate>],
    level: u8,
    findings: &mut Findings,
) {
    for (depth, certificate) in chain.iter().map(AsRef::as_ref).enumerate() {
        findings.add_if(depth > 0 && strength::is_weak(certificate, level), CA_KEY_TOO_SMALL);
        findings.add_if(
            depth + 1 < chain.len()
                && strength::digest_strength(certificate) < strength::minimum(level),
            CA_MD_TOO_WEAK,
        );
    }
}

/// Signatures and validity, from the top downwards. The top's own signature is not verified: it is
/// trusted for being in the store, or an error was already found.
pub(super) fn check(
    chain: &[impl AsRef<Certificate>],
    allow_partial_chain: bool,
    now: i64,
    findings: &mut Findings,
) {
    let Some((top, below)) = chain.split_last() else {
        return;
    };
    let top = top.as_ref();
    if top.self_signed() || allow_partial_chain {
        check_time(top, now, findings);
    } else if below.is_empty() {
        findings.add(UNABLE_TO_VERIFY_LEAF_SIGNATURE);
        check_time(top, now, findings);
    }
    let mut issuer = top;
    for subject in below.iter().map(AsRef::as_ref).rev() {
        let no_certsign = issuer.extensions.lacks_key_usage(key_usage::KEY_CERT_SIGN);
        findings.add_if(no_certsign, KEYUSAGE_NO_CERTSIGN);
        check_signature(subject, issuer, findings);
        check_time(subject, now, findings);
        issuer = subject;
    }
}

fn check_signature(subject: &Certificate, issuer: &Certificate, findings: &mut Findings) {
    let mut algorithms = strength::algorithms_for(&subject.signature_algorithm, issuer).peekable();
    if algorithms.peek().is_none() {
        // A key or digest already found too weak is the better reason.
        if findings.last.is_none() {
            findings.add(UNSUPPORTED_SIGNATURE_ALGORITHM);
        }
        return;
    }
    let valid = subject.consistent_algorithm
        && algorithms.any(|algorithm| {
            algorithm.verify_signature(&issuer.key, &subject.signed, &subject.signature).is_ok()
        });
    findings.add_if(!valid, CERT_SIGNATURE_FAILURE);
}

fn check_time(certificate: &Certificate, now: i64, findings: &mut Findings) {
    match certificate.not_before {
        Some(from) => findings.add_if(now < from, CERT_NOT_YET_VALID),
        None => findings.add(ERROR_IN_CERT_NOT_BEFORE_FIELD),
    }
    match certificate.not_after {
        Some(to) => findings.add_if(now >= to, CERT_HAS_EXPIRED),
        None => findings.add(ERROR_IN_CERT_NOT_AFTER_FIELD),
    }
}
