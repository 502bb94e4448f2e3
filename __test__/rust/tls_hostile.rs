//! Certificates and revocation lists that somebody has tampered with: whatever bytes a peer sends,
//! there is a verdict and no panic, and who trusts nothing trusts nobody.
//!
//! `hostile.txt` is the corpus: a kind and the DER in hexadecimal on each line. It is replayed and
//! changed a little in every test run; to change it for longer:
//!
//! ```sh
//! TLSJSON_FUZZ_SECONDS=600 cargo test --release --test tls_hostile -- --nocapture
//! ```

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::{CertificateDer, UnixTime};
use tls_json_native::tls::TrustStore;
use tls_json_native::tls::verdict::{Policy, Purpose, verify};

/// Changes in an ordinary test run.
const USUAL_ROUNDS: usize = 3000;

/// What a peer sends and what a user trusts.
#[derive(Clone, Default)]
struct Corpus {
    leaves: Vec<Vec<u8>>,
    inters: Vec<Vec<u8>>,
    roots: Vec<Vec<u8>>,
    lists: Vec<Vec<u8>>,
}

impl Corpus {
    fn read() -> Self {
        let mut this = Self::default();
        for line in include_str!("hostile.txt").lines() {
            let (kind, hex) = line.split_once(' ').expect("a kind and hexadecimal");
            let bytes = (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect();
            match kind {
                "leaf" => this.leaves.push(bytes),
                "inter" => this.inters.push(bytes),
                "root" => this.roots.push(bytes),
                "list" => this.lists.push(bytes),
                other => panic!("no kind of entry: {other}"),
            }
        }
        this
    }
}

/// What is tried of one leaf; false if somebody was trusted.
fn judge(leaf: &[u8], corpus: &Corpus) -> bool {
    let ders = |list: &[Vec<u8>]| -> Vec<CertificateDer<'static>> {
        list.iter().map(|der| der.clone().into()).collect()
    };
    let mut peer = vec![CertificateDer::from(leaf.to_vec())];
    peer.extend(ders(&corpus.inters));
    peer.extend(ders(&corpus.roots));
    let all: Vec<_> = ders(&corpus.roots).into_iter().chain(peer.clone()).collect();
    // After what the corpus begins, before what it ends.
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
    let mut trusted = false;
    for purpose in [Purpose::Server, Purpose::Client] {
        for (security_level, allow_partial_chain) in [(0, true), (1, false), (2, true)] {
            let policy = Policy { purpose, security_level, allow_partial_chain };
            for lists in [false, true] {
                let with = |store: TrustStore| {
                    if lists { store.with_revocation_lists(&corpus.lists) } else { store }
                };
                let nobody = with(TrustStore::default());
                assert!(verify(&peer, &nobody, policy, now).error.is_some(), "trusts nothing");
                let some = with(TrustStore::new(ders(&corpus.roots)));
                trusted |= verify(&peer, &some, policy, now).error.is_none();
                verify(&peer, &with(TrustStore::new(all.clone())), policy, now);
                verify(&peer[..1], &some, policy, now);
            }
        }
    }
    trusted
}

/// A little of what [`judge`] tries, chosen by `choice`: many changes are worth more than many
/// verdicts on each.
fn glance(leaf: &[u8], corpus: &Corpus, choice: usize) {
    let ders = |list: &[Vec<u8>]| -> Vec<CertificateDer<'static>> {
        list.iter().map(|der| der.clone().into()).collect()
    };
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_800_000_000));
    let policy = Policy {
        purpose: if choice & 1 == 0 { Purpose::Server } else { Purpose::Client },
        security_level: if choice & 2 == 0 { 0 } else { 1 },
        allow_partial_chain: choice & 4 == 0,
    };
    let mut peer = vec![CertificateDer::from(leaf.to_vec())];
    peer.extend(ders(&corpus.inters));
    let mut store =
        TrustStore::new(ders(&corpus.roots).into_iter().chain(peer.iter().take(1).cloned()));
    if choice & 8 == 0 {
        store = store.with_revocation_lists(&corpus.lists);
    }
    verify(&peer, &store, policy, now);
    if choice & 16 == 0 {
        assert!(verify(&peer, &TrustStore::default(), policy, now).error.is_some());
    }
}

/// Numbers that look random; xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 11).unwrap() % bound.max(1)
    }

    fn byte(&mut self) -> u8 {
        const TELLING: [u8; 12] =
            [0, 1, 0x7f, 0x80, 0x81, 0x82, 0x84, 0xff, 0x30, 0x31, 0xa0, 0xa3];
        if self.below(2) == 0 {
            TELLING[self.below(TELLING.len())]
        } else {
            u8::try_from(self.below(256)).unwrap()
        }
    }

    fn change(&mut self, bytes: &mut Vec<u8>, other: &[u8]) {
        let at = self.below(bytes.len());
        let length = 1 + self.below(8);
        let end = (at + length).min(bytes.len());
        match self.below(7) {
            _ if bytes.is_empty() => bytes.push(self.byte()),
            0 | 1 => bytes[at] ^= 1 << self.below(8),
            2 => bytes[at] = self.byte(),
            3 => bytes.truncate(at),
            4 => drop(bytes.drain(at..end)),
            5 => {
                let again = bytes[at..end].to_vec();
                bytes.splice(at..at, again);
            }
            _ => {
                let from = self.below(other.len());
                let piece = &other[from..(from + length * 4).min(other.len())];
                let end = (at + piece.len()).min(bytes.len());
                bytes.splice(at..end, piece.iter().copied());
            }
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Changes one entry or more and judges; panics with what was changed if the verdict does.
fn round(random: &mut Random, original: &Corpus) {
    let mut corpus = original.clone();
    let mut leaf = original.leaves[random.below(original.leaves.len())].clone();
    let other = original.leaves[random.below(original.leaves.len())].clone();
    for _ in 0..=random.below(3) {
        let lists = [&mut corpus.inters, &mut corpus.roots, &mut corpus.lists];
        match random.below(5) {
            0 | 1 => random.change(&mut leaf, &other),
            kind => {
                let list = lists.into_iter().nth(kind - 2).unwrap();
                let at = random.below(list.len());
                random.change(&mut list[at], &other);
            }
        }
    }
    let choice = random.below(32);
    if catch_unwind(AssertUnwindSafe(|| glance(&leaf, &corpus, choice))).is_err() {
        let entries = |kind: &str, list: &[Vec<u8>]| -> String {
            list.iter().map(|der| format!("{kind} {}\n", hex(der))).collect()
        };
        panic!(
            "add to hostile.txt:\n{}{}{}{}",
            entries("leaf", &[leaf]),
            entries("inter", &corpus.inters),
            entries("root", &corpus.roots),
            entries("list", &corpus.lists),
        );
    }
}

#[test]
fn every_entry_of_the_corpus_gets_a_verdict() {
    let corpus = Corpus::read();
    let trusted = corpus.leaves.iter().filter(|leaf| judge(leaf, &corpus)).count();
    assert!(trusted > 0, "the corpus has a chain that is trusted, so that all of it is looked at");
    assert!(trusted < corpus.leaves.len());
    for bytes in [&corpus.roots, &corpus.inters, &corpus.lists].into_iter().flatten() {
        judge(bytes, &corpus);
    }
}

#[test]
fn truncated_anywhere_it_gets_a_verdict_and_no_trust() {
    let corpus = Corpus::read();
    let leaf = &corpus.leaves[0];
    for length in 0..leaf.len() {
        assert!(!judge(&leaf[..length], &corpus), "{length} bytes of {}", leaf.len());
    }
}

#[test]
fn changed_at_random_it_gets_a_verdict() {
    let corpus = Corpus::read();
    let seconds = std::env::var("TLSJSON_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok());
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    let seed = now.as_secs() | 1;
    println!("seed {seed}");
    let mut random = Random(seed);
    let end = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
    let mut rounds = 0_usize;
    while end.map_or(rounds < USUAL_ROUNDS, |end| Instant::now() < end) {
        round(&mut random, &corpus);
        rounds += 1;
    }
    println!("{rounds} rounds");
}
