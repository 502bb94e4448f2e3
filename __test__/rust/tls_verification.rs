//! The verification of certificate chains, row by row, against expectations and against Node itself.

#![allow(
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

// A table reads as a table.
#[path = "tls_rows.rs"]
#[rustfmt::skip]
mod rows;
#[path = "tls_table.rs"]
mod table;
#[path = "tls_workshop.rs"]
mod workshop;

use std::process::Command;
use std::time::Duration;

use rows::rows;
use rustls::pki_types::{CertificateDer, UnixTime};
use table::{EXPIRED, NOT_YET, OK, Row};
use tls_json_native::pki::{Policy, Purpose, TrustStore, VerificationResult, verify};
use workshop::{CA, LEAF, Made, PAST, README, Spec, Workshop, ders};

#[test]
fn every_row_gets_its_result() {
    let workshop = Workshop::new();
    let mut wrong = Vec::new();
    for row in rows(&workshop) {
        let VerificationResult { error, path } = row.verify(UnixTime::now());
        let got = error.map(|error| (error.code, error.message));
        if got != row.want {
            wrong.push(format!("{}: {got:?}, not {:?}", row.name, row.want));
        }
        assert_eq!(path.first(), row.chain.first().map(|leaf| &leaf.der), "{}", row.name);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn node_comes_to_the_same_results() {
    let workshop = Workshop::new();
    let rows: Vec<Row> = rows(&workshop).into_iter().filter(|row| row.as_node).collect();
    let own = workshop.readme();
    let cases: Vec<_> = rows
        .iter()
        .map(|row| {
            let list =
                |made: &[Made]| made.iter().map(|made| base64(&made.der)).collect::<Vec<_>>();
            serde_json::json!({
                "chain": list(&row.chain),
                "key": row.chain[0].key,
                "ca": list(&row.ca),
                "purpose": if row.policy.purpose == Purpose::Client { "client" } else { "server" },
                "partial": row.policy.allow_partial_chain,
                "level": row.policy.security_level,
            })
        })
        .collect();
    let file = workshop.path().join("cases.json");
    let all = serde_json::json!({ "rows": cases, "key": own.key, "cert": base64(&own.der) });
    std::fs::write(&file, all.to_string()).unwrap();
    let oracle = concat!(env!("CARGO_MANIFEST_DIR"), "/__test__/rust/tls-oracle.js");
    let output = Command::new("node").arg(oracle).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let results: Vec<serde_json::Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.len(), rows.len());
    let mut wrong = Vec::new();
    for (row, node) in rows.iter().zip(results) {
        let ours = row.verify(UnixTime::now()).error;
        let code = ours.as_ref().map(|error| error.code);
        // Later versions append a hint to some messages.
        let same_message = match (&ours, node["message"].as_str()) {
            (Some(error), Some(message)) => message.starts_with(error.message),
            _ => true,
        };
        if node["code"].as_str() != code || !same_message {
            wrong.push(format!("{}: Node {node}, ours {ours:?}", row.name));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_path_is_leaf_to_anchor() {
    let w = Workshop::new();
    let root = w.own("/CN=Root", CA);
    let inter = w.issue(&root, "/CN=Inter", CA);
    let leaf = w.issue(&inter, "/CN=localhost", LEAF);
    let extra = w.own("/CN=Extra", CA);
    let policy = Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: false };
    let path = |chain: &[&Made], ca: &[&Made]| {
        verify(&ders(chain), &TrustStore::new(ders(ca)), policy, UnixTime::now()).path
    };
    assert_eq!(path(&[&leaf, &extra, &inter], &[&root]), ders(&[&leaf, &inter, &root]));
    assert_eq!(path(&[&leaf, &extra, &inter], &[]), ders(&[&leaf, &inter]));
    assert_eq!(path(&[&leaf], &[&inter, &root]), ders(&[&leaf, &inter, &root]));
}

#[test]
fn validity_is_from_the_first_second_to_before_the_last() {
    let w = Workshop::new();
    let made = w.make(&Spec {
        subject: "/CN=localhost",
        extensions: README,
        dates: Some(PAST),
        ..Spec::default()
    });
    let trust = TrustStore::new(ders(&[&made]));
    let policy = Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: false };
    // 2020-01-01 and 2021-01-01.
    let (from, to) = (1_577_836_800, 1_609_459_200);
    for (second, want) in
        [(from - 1, NOT_YET), (from, OK), (to - 1, OK), (to, EXPIRED), (u64::MAX, EXPIRED)]
    {
        let now = UnixTime::since_unix_epoch(Duration::from_secs(second));
        let error = verify(&ders(&[&made]), &trust, policy, now).error;
        assert_eq!(error.map(|error| (error.code, error.message)), want, "at {second}");
    }
}

#[test]
fn what_cannot_be_parsed_is_never_trusted() {
    let w = Workshop::new();
    let readme = w.readme();
    let error_of = |chain: &[CertificateDer<'_>], ca: &CertificateDer<'static>, partial| {
        let policy =
            Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: partial };
        verify(chain, &TrustStore::new([ca.clone()]), policy, UnixTime::now()).error
    };
    let judge =
        |chain: &[CertificateDer<'_>], ca: &CertificateDer<'static>| error_of(chain, ca, false);
    let mut trailing = readme.der.to_vec();
    trailing.push(0);
    for broken in [vec![], vec![0x30], readme.der[..100].to_vec(), trailing] {
        let broken = CertificateDer::from(broken);
        for partial in [false, true] {
            assert!(error_of(std::slice::from_ref(&broken), &broken, partial).is_some());
            assert!(
                error_of(&[readme.der.clone(), broken.clone()], &readme.der, partial).is_some()
            );
        }
    }
    assert!(judge(&[], &readme.der).is_some());
    let mut der = readme.der.to_vec();
    let authority = [0x06, 3, 0x55, 0x1d, 35, 0x04];
    let at = der.windows(authority.len()).position(|bytes| bytes == authority).unwrap();
    assert_eq!(der[at + 7], 0x30);
    der[at + 7] = 0x31;
    let malformed = CertificateDer::from(der);
    assert!(judge(std::slice::from_ref(&malformed), &malformed).is_some());
    // Where any trusted certificate is an anchor, OpenSSL trusts the very one whatever its extensions say.
    assert!(error_of(std::slice::from_ref(&malformed), &malformed, true).is_none());
    // OpenSSL minds the repetition only of what it reads.
    let twice = "1.2.3.4.5.6=ASN1:NULL\n1.2.3.4.5.7=ASN1:NULL\n\
        extendedKeyUsage=serverAuth\n2.5.29.38=DER:300a06082b06010505070301";
    let twice = w.own("/CN=localhost", twice);
    assert_eq!(judge(&ders(&[&twice]), &twice.der), None);
    for (oid, other, trusted) in
        [(&[6, 5, 0x2a, 3, 4, 5, 7][..], 6, true), (&[6, 3, 0x55, 0x1d, 38], 37, false)]
    {
        let mut der = twice.der.to_vec();
        let at = der.windows(oid.len()).position(|bytes| bytes == oid).unwrap();
        der[at + oid.len() - 1] = other;
        let repeated = CertificateDer::from(der);
        assert_eq!(judge(std::slice::from_ref(&repeated), &repeated).is_none(), trusted);
    }
    for extension in [
        "2.5.29.19=ASN1:NULL",
        "2.5.29.15=ASN1:NULL",
        "2.5.29.37=DER:3003020100",
        "2.5.29.17=DER:3003",
        "2.5.29.30=DER:3003a100ff",
    ] {
        let made = w.own("/CN=localhost", extension);
        assert!(judge(&ders(&[&made]), &made.der).is_some(), "{extension}");
    }
}

#[test]
fn no_change_of_a_byte_makes_a_chain_trusted_that_was_not() {
    let w = Workshop::new();
    let root = w.own("/CN=Root", CA);
    let leaf = w.issue(&root, "/CN=localhost", LEAF);
    let trust = TrustStore::new(ders(&[&root]));
    let policy = Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: false };
    for position in 0..leaf.der.len() {
        for bit in [0x01, 0x80] {
            let mut der = leaf.der.to_vec();
            der[position] ^= bit;
            let error = verify(&[der.into()], &trust, policy, UnixTime::now()).error;
            assert!(error.is_some(), "byte {position}, bit {bit:#x}");
        }
    }
}

fn base64(der: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    der.chunks(3)
        .flat_map(|chunk| {
            let group = chunk.iter().fold(0_u32, |sum, &byte| (sum << 8) | u32::from(byte))
                << (8 * (3 - chunk.len()));
            (0..4).map(move |digit| {
                if digit > chunk.len() {
                    '='
                } else {
                    char::from(LETTERS[(group >> (18 - 6 * digit)) as usize & 63])
                }
            })
        })
        .collect()
}
