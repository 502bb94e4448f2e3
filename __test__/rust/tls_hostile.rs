//! Certificates that somebody has tampered with: whatever bytes a peer sends,
//! there is a result and no panic, and who trusts nothing trusts nobody.
//!
//! `hostile.txt` is judged in every way here; `fuzz.rs` changes it at random, and libFuzzer does.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "fuzz/mod.rs"]
mod fuzz;

use fuzz::chain::NOW;
use fuzz::pool::{Pool, certificates};
use rustls::pki_types::{CertificateDer, UnixTime};
use tls_json_native::pki::TrustStore;
use tls_json_native::pki::{Policy, Purpose, verify};

/// What is tried of one leaf; false if somebody was trusted.
fn judge(leaf: &[u8], corpus: &Pool) -> bool {
    let mut peer = vec![CertificateDer::from(leaf.to_vec())];
    peer.extend(certificates(&corpus.inters));
    peer.extend(certificates(&corpus.roots));
    let all: Vec<_> = certificates(&corpus.roots).into_iter().chain(peer.clone()).collect();
    let now = UnixTime::since_unix_epoch(NOW);
    let mut trusted = false;
    for purpose in [Purpose::Server, Purpose::Client] {
        for (security_level, allow_partial_chain) in [(0, true), (1, false), (2, true)] {
            let policy = Policy { purpose, security_level, allow_partial_chain };
            let nobody = TrustStore::default();
            assert!(verify(&peer, &nobody, policy, now).error.is_some(), "trusts nothing");
            let some = TrustStore::new(certificates(&corpus.roots));
            trusted |= verify(&peer, &some, policy, now).error.is_none();
            verify(&peer, &TrustStore::new(all.clone()), policy, now);
            verify(&peer[..1], &some, policy, now);
        }
    }
    trusted
}

#[test]
fn every_entry_of_the_corpus_gets_a_result() {
    let corpus = Pool::shared();
    let trusted = corpus.leaves.iter().filter(|leaf| judge(leaf, corpus)).count();
    assert!(trusted > 0, "the corpus has a chain that is trusted, so that all of it is looked at");
    assert!(trusted < corpus.leaves.len());
    for bytes in [&corpus.roots, &corpus.inters].into_iter().flatten() {
        judge(bytes, corpus);
    }
}

#[test]
fn truncated_anywhere_it_gets_a_result_and_no_trust() {
    let corpus = Pool::shared();
    let leaf = &corpus.leaves[0];
    for length in 0..leaf.len() {
        assert!(!judge(&leaf[..length], corpus), "{length} bytes of {}", leaf.len());
    }
}
