//! Revocation, as `check_revocation` does it with the flags that Node sets: every certificate of the
//! chain, the anchor included, needs a list, and lists are neither combined nor indirect.

use super::Findings;
use super::certificate::Certificate;
use super::error::{
    CERT_REVOKED, CRL_HAS_EXPIRED, CRL_NOT_YET_VALID, CRL_SIGNATURE_FAILURE, DIFFERENT_CRL_SCOPE,
    KEYUSAGE_NO_CRL_SIGN, UNABLE_TO_GET_CRL, UNHANDLED_CRITICAL_CRL_EXTENSION,
};
use super::extensions::key_usage;
use super::key;
use super::revocation_list::RevocationList;

/// How well a list fits a certificate, the most important first (`CRL_SCORE_…`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Score {
    understood: bool,
    in_scope: bool,
    current: bool,
    by_direct_issuer: bool,
}

/// A list that may say something about a certificate.
struct Candidate<'a> {
    list: &'a RevocationList,
    issuer: &'a Certificate,
    score: Score,
    /// It is about some reasons for revocation only.
    partial: bool,
}

/// From the leaf upwards. `lists` is `None` where revocation is not asked about.
pub(super) fn check(
    chain: &[impl AsRef<Certificate>],
    lists: Option<&[RevocationList]>,
    now: i64,
    findings: &mut Findings,
) {
    let Some(lists) = lists else {
        return;
    };
    for (depth, certificate) in chain.iter().map(AsRef::as_ref).enumerate() {
        // Proxy certificates are refused anyway, and OpenSSL asks no list about them.
        if certificate.extensions.proxy {
            continue;
        }
        let Some(found) = best(chain, depth, certificate, lists, now) else {
            findings.add(UNABLE_TO_GET_CRL);
            continue;
        };
        check_list(&found, now, findings);
        findings.add_if(found.list.unhandled, UNHANDLED_CRITICAL_CRL_EXTENSION);
        findings.add_if(found.list.revokes(&certificate.serial), CERT_REVOKED);
        // OpenSSL looks on until all reasons are known of, and Node's flags let it find no more.
        findings.add_if(found.partial || !found.score.in_scope, UNABLE_TO_GET_CRL);
    }
}

/// The list that fits best, of equals the newest (`get_crl_sk`).
fn best<'a>(
    chain: &'a [impl AsRef<Certificate>],
    depth: usize,
    certificate: &Certificate,
    lists: &'a [RevocationList],
    now: i64,
) -> Option<Candidate<'a>> {
    let mut best: Option<Candidate<'a>> = None;
    for list in lists {
        let Some(candidate) = judge(chain, depth, certificate, list, now) else {
            continue;
        };
        let rank = |one: &Candidate<'_>| (one.score, one.list.this_update);
        if best.as_ref().is_none_or(|best| rank(&candidate) > rank(best)) {
            best = Some(candidate);
        }
    }
    best
}

/// `get_crl_score`: `None` for a list that cannot be about the certificate.
fn judge<'a>(
    chain: &'a [impl AsRef<Certificate>],
    depth: usize,
    certificate: &Certificate,
    list: &'a RevocationList,
    now: i64,
) -> Option<Candidate<'a>> {
    if list.scope.invalid || list.scope.extended || list.issuer != certificate.issuer {
        return None;
    }
    let (issuer, by_direct_issuer) = issuer(chain, depth, list)?;
    let scope = scope(certificate, list);
    let score = Score {
        understood: !list.unhandled,
        in_scope: scope.is_some(),
        current: list.is_current(now),
        by_direct_issuer,
    };
    Some(Candidate { list, issuer, score, partial: scope == Some(Reasons::Some) })
}

/// `crl_akid_check`: the next certificate of the chain, or one further up that has the name.
fn issuer<'a>(
    chain: &'a [impl AsRef<Certificate>],
    depth: usize,
    list: &RevocationList,
) -> Option<(&'a Certificate, bool)> {
    let fits = |issuer: &Certificate| {
        list.authority.as_ref().is_none_or(|authority| authority.fits(issuer))
    };
    let direct = (depth + 1).min(chain.len().saturating_sub(1));
    let mut above = chain.iter().map(AsRef::as_ref).skip(direct);
    let first = above.next()?;
    if fits(first) {
        return Some((first, true));
    }
    above.find(|issuer| issuer.subject == list.issuer && fits(issuer)).map(|issuer| (issuer, false))
}

/// Which reasons for revocation a list is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reasons {
    All,
    Some,
}

/// `crl_crldp_check`: `None` for a list about other certificates.
fn scope(certificate: &Certificate, list: &RevocationList) -> Option<Reasons> {
    let scope = &list.scope;
    let authority = certificate.extensions.basic_constraints.is_some_and(|basic| basic.ca);
    let excluded = if authority { scope.only_users } else { scope.only_authorities };
    if scope.only_attributes || excluded {
        return None;
    }
    for point in certificate.extensions.distribution_points.iter().filter(|one| !one.indirect) {
        let same = match (&point.names, &scope.point) {
            (Some(names), Some(listed)) => names.iter().any(|name| listed.contains(name)),
            _ => true,
        };
        if same {
            return Some(if point.partial { Reasons::Some } else { Reasons::All });
        }
    }
    scope.point.is_none().then_some(Reasons::All)
}

/// `check_crl`: whether the list can be relied on.
fn check_list(candidate: &Candidate<'_>, now: i64, findings: &mut Findings) {
    let Candidate { list, issuer, score, .. } = candidate;
    if !list.delta {
        let no_sign = issuer.extensions.lacks_key_usage(key_usage::CRL_SIGN);
        findings.add_if(no_sign, KEYUSAGE_NO_CRL_SIGN);
        findings.add_if(!score.in_scope, DIFFERENT_CRL_SCOPE);
    }
    findings.add_if(list.is_premature(now), CRL_NOT_YET_VALID);
    findings.add_if(list.is_expired(now), CRL_HAS_EXPIRED);
    let verified = list.consistent_algorithm
        && key::algorithms_for(&list.signature_algorithm, issuer).any(|algorithm| {
            algorithm.verify_signature(&issuer.key, &list.signed, &list.signature).is_ok()
        });
    findings.add_if(!verified, CRL_SIGNATURE_FAILURE);
}

impl RevocationList {
    fn is_premature(&self, now: i64) -> bool {
        now < self.this_update
    }

    fn is_expired(&self, now: i64) -> bool {
        self.next_update.is_some_and(|next| next <= now)
    }

    fn is_current(&self, now: i64) -> bool {
        !self.is_premature(now) && !self.is_expired(now)
    }
}
