//! Certificates of anybody: a result always, no panic, and no trust without a reason.
//!
//! Input: how to judge; then entries behind [`SEPARATOR`], each a letter for its kind and DER, or one byte that
//! chooses from the pool.

use std::time::Duration;

use rustls::pki_types::UnixTime;
use tls_json_native::pki::TrustStore;
use tls_json_native::pki::{Policy, Purpose, verify};

use super::input::Input;
use super::pool::{Pool, certificates, signed_part};

/// Stands between entries, so that what is put in or taken out of one leaves the others alone.
pub const SEPARATOR: &[u8] = b"\n--\n";

/// After what the pool begins, before what it ends.
pub const NOW: Duration = Duration::from_secs(1_800_000_000);

/// What one input says.
#[derive(Debug)]
struct Case {
    policy: Policy,
    peer: Vec<Vec<u8>>,
    anchors: Vec<Vec<u8>>,
}

impl Case {
    fn read(data: &[u8]) -> Self {
        let pool = Pool::shared();
        let mut input = Input::new(data);
        let choice = input.byte();
        let policy = Policy {
            purpose: if choice & 1 == 0 { Purpose::Server } else { Purpose::Client },
            security_level: (choice >> 1) % 6,
            allow_partial_chain: choice & 0x80 != 0,
        };
        let mut this = Self { policy, peer: Vec::new(), anchors: Vec::new() };
        for entry in split(input.rest()) {
            let Some((kind, der)) = entry.split_first() else { continue };
            let (list, known) = match kind % 4 {
                0 => (&mut this.peer, &pool.leaves),
                1 => (&mut this.peer, &pool.inters),
                2 => (&mut this.anchors, &pool.roots),
                // The letter of revocation lists, in the corpus.
                _ => continue,
            };
            list.push(match der {
                [which] => known[usize::from(*which) % known.len()].clone(),
                der => der.to_vec(),
            });
        }
        this
    }
}

pub fn run(data: &[u8]) {
    let Case { policy, peer, anchors } = Case::read(data);
    let pool = Pool::shared();
    let now = UnixTime::since_unix_epoch(NOW);
    let peer = certificates(&peer);

    let nobody = TrustStore::default();
    assert!(verify(&peer, &nobody, policy, now).error.is_some(), "trusts nothing");

    // Whoever else is trusted besides: the peer's own certificates, perhaps.
    let all = certificates(&pool.roots).into_iter().chain(certificates(&anchors));
    let any = TrustStore::new(all.clone());
    let verification = verify(&peer, &any, policy, now);
    if verification.error.is_none() {
        assert_eq!(verification.path.first(), peer.first(), "the leaf is whom the result is about");
        let anchor = verification.path.last();
        assert!(all.clone().any(|trusted| Some(&trusted) == anchor), "ends in what is trusted");
        let lax = Policy { security_level: 0, ..policy };
        assert!(verify(&peer, &any, lax, now).error.is_none(), "strictness adds trust");
    }

    // Only the pool's own roots: nobody is trusted for what their keys have not signed.
    let roots = TrustStore::new(certificates(&pool.roots));
    if verify(&peer, &roots, policy, now).error.is_none() {
        let signed = peer.first().and_then(|leaf| signed_part(leaf));
        assert!(signed.is_some_and(|part| Pool::signed().contains(&part)), "a forgery is trusted");
    }
}

fn split(mut bytes: &[u8]) -> Vec<&[u8]> {
    let mut entries = Vec::new();
    while let Some(at) = bytes.windows(SEPARATOR.len()).position(|window| window == SEPARATOR) {
        entries.push(&bytes[..at]);
        bytes = &bytes[at + SEPARATOR.len()..];
    }
    entries.push(bytes);
    entries
}

/// An input that shows a leaf of the pool, or other DER in its place, with all that belongs to it.
pub fn showing(leaf: &[u8]) -> Vec<u8> {
    let pool = Pool::shared();
    let mut input = vec![0];
    let entries = [("l", leaf.to_vec()), ("i", pool.inters[0].clone())];
    for (at, (kind, der)) in entries.into_iter().enumerate() {
        if at > 0 {
            input.extend_from_slice(SEPARATOR);
        }
        input.extend_from_slice(kind.as_bytes());
        input.extend_from_slice(&der);
    }
    input
}
