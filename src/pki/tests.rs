//! Each step by itself, with the function of OpenSSL (crypto/x509, 3.0) whose rule it is.

use std::sync::Arc;

use super::certificate::Certificate;
use super::error::*;
use super::extensions::{Authority, BasicConstraints, ExtendedKeyUsage, key_usage, netscape};
use super::findings::Findings;
use super::general_name::GeneralName;
use super::key::Family;
use super::name_constraints::NameConstraints;
use super::policy::{Policy, Purpose};
use super::trust_store::TrustStore;
use super::{asn1, name_checks, path, purpose, signatures, strength};

const NOW: i64 = 500;
const POLICY: Policy =
    Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: false };
const PARTIAL: Policy = Policy { allow_partial_chain: true, ..POLICY };

fn leaf() -> Certificate {
    Certificate::sample("leaf", "inter")
}

/// An authority that says so.
fn authority(subject: &str, issuer: &str) -> Certificate {
    let mut made = Certificate::sample(subject, issuer);
    made.extensions.basic_constraints = Some(BasicConstraints { ca: true, path_len: None });
    made
}

fn chain(list: &[Certificate]) -> Vec<Arc<Certificate>> {
    list.iter().cloned().map(Arc::new).collect()
}

fn found(step: impl FnOnce(&mut Findings)) -> Option<ChainError> {
    let mut findings = Findings::default();
    step(&mut findings);
    findings.last
}

fn purposes(list: &[Certificate], purpose: Purpose) -> Option<ChainError> {
    found(|findings| purpose::check(list, purpose, findings))
}

/// What came of building: subjects from the leaf on, how many are the peer's, the error.
fn built(
    peer: &[Certificate],
    trusted: &[Certificate],
    policy: Policy,
) -> (Vec<String>, usize, Option<ChainError>) {
    let trust = TrustStore::of(trusted.to_vec());
    let path::Path { chain, untrusted, error } = path::build(&chain(peer), &trust, policy, NOW);
    let subject = |one: &Arc<Certificate>| String::from_utf8_lossy(&one.subject).into_owned();
    (chain.iter().map(subject).collect(), untrusted, error)
}

#[test]
fn build_chain_prefers_what_is_trusted() {
    let (inter, root) = (authority("inter", "root"), authority("root", "root"));
    let (subjects, untrusted, error) =
        built(&[leaf(), inter.clone(), root.clone()], &[inter, root], POLICY);
    assert_eq!((subjects.join(" "), untrusted, error), ("leaf inter root".into(), 1, None));
}

#[test]
fn build_chain_takes_nothing_of_the_peer_behind_something_trusted() {
    let (inter, root) = (authority("inter", "root"), authority("root", "root"));
    let (subjects, _, error) = built(&[leaf(), root], &[inter], POLICY);
    assert_eq!((subjects.join(" "), error), ("leaf inter".into(), Some(UNABLE_TO_GET_ISSUER_CERT)));
}

#[test]
fn lookup_cert_match_wants_the_very_same_self_signed_certificate() {
    let own = authority("root", "root");
    let mut twin = own.clone();
    twin.signed = vec![1];
    let one = std::slice::from_ref(&own);
    assert_eq!(built(one, one, POLICY).2, None);
    assert_eq!(built(one, &[twin], POLICY).2, Some(DEPTH_ZERO_SELF_SIGNED_CERT));
}

#[test]
fn get_issuer_takes_the_first_that_is_valid_or_else_the_latest() {
    let dated = |der: u8, not_after| {
        let mut root = authority("root", "root");
        root.der = vec![der].into();
        root.signed = vec![der];
        root.not_after = Some(not_after);
        root
    };
    let child = authority("leaf", "root");
    let anchor = |trusted: &[Certificate]| {
        let trust = TrustStore::of(trusted.to_vec());
        let path = path::build(&chain(std::slice::from_ref(&child)), &trust, POLICY, NOW);
        path.chain.last().map(|top| top.der.to_vec())
    };
    assert_eq!(anchor(&[dated(1, 400), dated(2, 600), dated(3, 700)]), Some(vec![2]));
    assert_eq!(anchor(&[dated(1, 300), dated(2, 400), dated(3, 100)]), Some(vec![2]));
}

#[test]
fn build_chain_names_what_is_missing() {
    let (inter, root) = (authority("inter", "root"), authority("root", "root"));
    for (peer, trusted, error) in [
        (vec![leaf()], vec![], UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
        (vec![leaf(), inter.clone()], vec![], UNABLE_TO_GET_ISSUER_CERT_LOCALLY),
        (vec![leaf(), inter.clone(), root.clone()], vec![], SELF_SIGNED_CERT_IN_CHAIN),
        (vec![leaf()], vec![inter.clone()], UNABLE_TO_GET_ISSUER_CERT),
        (vec![root.clone()], vec![], DEPTH_ZERO_SELF_SIGNED_CERT),
    ] {
        assert_eq!(built(&peer, &trusted, POLICY).2, Some(error));
    }
    let partial = |peer: &[Certificate], trusted: &[Certificate]| built(peer, trusted, PARTIAL).2;
    assert_eq!(partial(&[leaf()], std::slice::from_ref(&inter)), None);
    assert_eq!(partial(&[leaf()], &[leaf()]), None, "check_trust, a trusted leaf");
    assert_eq!(partial(&[leaf()], &[root]), Some(UNABLE_TO_GET_ISSUER_CERT_LOCALLY));
}

#[test]
fn build_chain_ends_at_its_depth() {
    let mut peer = vec![Certificate::sample("0", "1")];
    peer.extend((1..200).map(|at| authority(&at.to_string(), &(at + 1).to_string())));
    assert_eq!(built(&peer, &[], POLICY).2, Some(CERT_CHAIN_TOO_LONG));
}

#[test]
fn x509_check_akid_compares_what_both_say() {
    let mut issuer = authority("inter", "root");
    let mut child = leaf();
    let says = |key_id: Option<&[u8]>, serial: Option<&[u8]>, name: Option<&[u8]>| Authority {
        key_id: key_id.map(Into::into),
        serial: serial.map(Into::into),
        issuer: name.map(Into::into),
    };
    issuer.serial = vec![7];
    for (authority, fits) in [
        (says(Some(&[1]), None, None), true),
        (says(None, Some(&[7]), None), true),
        (says(None, Some(&[8]), None), false),
        (says(None, None, Some(b"root")), true),
        (says(None, None, Some(b"inter")), false),
    ] {
        child.extensions.authority = Some(authority);
        assert_eq!(child.is_issued_by(&issuer), fits, "{:?}", child.extensions.authority);
    }
    child.extensions.authority = Some(says(Some(&[1]), None, None));
    issuer.extensions.subject_key_id = Some(vec![2]);
    assert!(!child.is_issued_by(&issuer));
}

#[test]
fn likely_issued_is_neither_by_nor_to_who_cannot_be_read() {
    let mut issuer = authority("inter", "root");
    let mut subject = leaf();
    assert!(subject.is_issued_by(&issuer));
    issuer.extensions.malformed = true;
    assert!(!subject.is_issued_by(&issuer));
    issuer.extensions.malformed = false;
    subject.extensions.malformed = true;
    assert!(!subject.is_issued_by(&issuer));
}

#[test]
fn check_sig_alg_match_goes_by_the_kind_of_key() {
    let mut issuer = authority("inter", "root");
    assert!(leaf().is_issued_by(&issuer));
    issuer.public_key.family = Family::Rsa;
    assert!(!leaf().is_issued_by(&issuer));
    assert!(Family::Rsa.signs(Family::RsaPss) && !Family::RsaPss.signs(Family::Rsa));
    assert!(!Family::Unknown.signs(Family::Unknown));
}

#[test]
fn check_ca_in_all_its_kinds() {
    let between = |change: &dyn Fn(&mut Certificate)| {
        let mut inter = Certificate::sample("inter", "root");
        change(&mut inter);
        purposes(&[leaf(), inter, authority("root", "root")], Purpose::Server)
    };
    let root = |change: &dyn Fn(&mut Certificate)| {
        let mut root = Certificate::sample("root", "root");
        change(&mut root);
        purposes(&[leaf(), root], Purpose::Server)
    };
    let ca = |ca| Some(BasicConstraints { ca, path_len: None });
    let signs = |one: &mut Certificate| one.extensions.key_usage = Some(key_usage::KEY_CERT_SIGN);
    assert_eq!(between(&|one| one.extensions.basic_constraints = ca(true)), None);
    // The purpose is looked at behind the authority, so its finding is the last.
    assert_eq!(between(&|one| one.extensions.basic_constraints = ca(false)), Some(INVALID_PURPOSE));
    assert_eq!(between(&|_| {}), Some(INVALID_PURPOSE));
    assert_eq!(between(&signs), Some(INVALID_CA));
    assert_eq!(root(&signs), None);
    assert_eq!(root(&|one| one.version_1 = true), None);
    assert_eq!(root(&|_| {}), Some(INVALID_PURPOSE));
    assert_eq!(root(&|one| one.extensions.netscape = Some(netscape::SSL_CA)), None);
    assert_eq!(root(&|one| one.extensions.netscape = Some(0x02)), Some(INVALID_PURPOSE));
    let no_sign = |one: &mut Certificate| {
        one.extensions.basic_constraints = ca(true);
        one.extensions.key_usage = Some(key_usage::KEY_ENCIPHERMENT);
    };
    assert_eq!(root(&no_sign), Some(INVALID_PURPOSE));
}

#[test]
fn check_purpose_ssl_server_and_client() {
    let judged = |purpose, change: &dyn Fn(&mut Certificate)| {
        let mut own = Certificate::sample("own", "own");
        change(&mut own);
        purposes(&[own], purpose).is_none()
    };
    let both = |change: &dyn Fn(&mut Certificate)| {
        (judged(Purpose::Server, change), judged(Purpose::Client, change))
    };
    let usage = |bits| both(&move |one| one.extensions.key_usage = Some(bits));
    assert_eq!(usage(key_usage::DIGITAL_SIGNATURE), (true, true));
    assert_eq!(usage(key_usage::KEY_AGREEMENT), (true, true));
    assert_eq!(usage(key_usage::KEY_ENCIPHERMENT), (true, false));
    assert_eq!(usage(key_usage::KEY_CERT_SIGN), (false, false));
    let extended = |server, client| {
        both(&move |one| {
            one.extensions.extended_key_usage = Some(ExtendedKeyUsage { server, client });
        })
    };
    assert_eq!(extended(true, false), (true, false));
    assert_eq!(extended(false, true), (false, true));
    assert_eq!(extended(false, false), (false, false));
    let kind = |bits| both(&move |one| one.extensions.netscape = Some(bits));
    assert_eq!(kind(netscape::SSL_SERVER), (true, false));
    assert_eq!(kind(netscape::SSL_CLIENT), (false, true));
}

#[test]
fn check_extensions_counts_only_what_is_issued_by_another_name() {
    let limited = |limit| {
        let mut top = authority("root", "root");
        top.extensions.basic_constraints =
            Some(BasicConstraints { ca: true, path_len: Some(limit) });
        top
    };
    let (inter, again) = (authority("inter", "root"), authority("inter", "inter"));
    let check = |list: &[Certificate]| purposes(list, Purpose::Server);
    assert_eq!(check(&[leaf(), inter.clone(), limited(0)]), Some(PATH_LENGTH_EXCEEDED));
    assert_eq!(check(&[leaf(), inter.clone(), limited(1)]), None);
    assert_eq!(check(&[leaf(), again, inter, limited(1)]), None);
    assert_eq!(check(&[leaf(), limited(0)]), None);
}

#[test]
fn check_extensions_refuses_what_is_critical_and_unknown_and_proxies() {
    let mut own = Certificate::sample("own", "own");
    own.extensions.unhandled = true;
    assert_eq!(purposes(&[own.clone()], Purpose::Server), Some(UNHANDLED_CRITICAL_EXTENSION));
    own.extensions.proxy = true;
    assert_eq!(purposes(&[own], Purpose::Server), Some(PROXY_CERTIFICATES_NOT_ALLOWED));
}

#[test]
fn check_auth_level_spares_the_signature_of_the_anchor() {
    let mut weak = authority("root", "root");
    weak.signed_with.oid = vec![0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1];
    let strength = |list: &[Certificate], level| {
        found(|findings| signatures::check_strength(list, level, findings))
    };
    assert_eq!(strength(&[leaf(), weak.clone()], 1), None);
    assert_eq!(strength(&[weak.clone(), authority("root", "root")], 1), Some(CA_MD_TOO_WEAK));
    assert_eq!(strength(&[weak, authority("root", "root")], 0), None);
    let mut small = authority("root", "root");
    small.public_key.bits = 80;
    assert_eq!(strength(&[leaf(), small.clone()], 1), None);
    assert_eq!(strength(&[leaf(), small.clone()], 2), Some(CA_KEY_TOO_SMALL));
    assert!(strength::is_weak(&small, 2) && !strength::is_weak(&small, 1));
}

#[test]
fn internal_verify_goes_from_the_top_downwards() {
    let verify = |list: &[Certificate], partial, now| {
        found(|findings| signatures::check(list, partial, now, findings))
    };
    let root = authority("inter", "inter");
    // The signature of a sample is never good, but time is looked at behind it.
    assert_eq!(verify(&[leaf(), root.clone()], false, NOW), Some(CERT_SIGNATURE_FAILURE));
    assert_eq!(verify(&[leaf(), root.clone()], false, 1000), Some(CERT_HAS_EXPIRED));
    assert_eq!(verify(&[leaf(), root.clone()], false, -1), Some(CERT_NOT_YET_VALID));
    assert_eq!(verify(&[leaf()], false, NOW), Some(UNABLE_TO_VERIFY_LEAF_SIGNATURE));
    assert_eq!(verify(&[leaf()], true, NOW), None, "a trusted leaf, its issuer unknown");
    for (now, error) in
        [(0, None), (999, None), (1000, Some(CERT_HAS_EXPIRED)), (-1, Some(CERT_NOT_YET_VALID))]
    {
        assert_eq!(verify(std::slice::from_ref(&root), false, now), error, "X509_cmp_time, {now}");
    }
    let mut no_sign = root;
    no_sign.extensions.key_usage = Some(key_usage::DIGITAL_SIGNATURE);
    no_sign.key_algorithm.clear();
    assert_eq!(verify(&[leaf(), no_sign], false, NOW), Some(KEYUSAGE_NO_CERTSIGN));
}

#[test]
fn check_name_constraints_exempts_intermediates_of_their_own_name() {
    let mut root = authority("root", "root");
    let value = [0x30, 9, 0xa0, 7, 0x30, 5, 0x82, 3, b'a', b'.', b'b'];
    let value = asn1::read(&asn1::x509::NAME_CONSTRAINTS, &mut &value[..]).expect("constraints");
    root.extensions.name_constraints = NameConstraints::read(&value);
    assert!(root.extensions.name_constraints.is_some());
    let named = |mut one: Certificate, name: &str| {
        one.extensions.alternative_names = vec![GeneralName::Dns(name.into())];
        one
    };
    let check = |list: &[Certificate]| found(|findings| name_checks::check(list, findings));
    assert_eq!(check(&[named(leaf(), "x.a.b"), root.clone()]), None);
    assert_eq!(check(&[named(leaf(), "c"), root.clone()]), Some(PERMITTED_VIOLATION));
    let again = named(authority("root", "root"), "c");
    assert_eq!(check(&[leaf(), again.clone(), root.clone()]), None);
    assert_eq!(check(&[again, root]), Some(PERMITTED_VIOLATION), "a leaf is never exempt");
}
