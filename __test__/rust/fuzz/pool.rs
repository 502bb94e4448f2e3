use std::collections::HashSet;
use std::sync::OnceLock;

use rustls::pki_types::CertificateDer;

/// Certificates that belong together, each odd in its own way: `hostile.txt`, a kind and the DER
/// in hexadecimal on each line.
#[derive(Debug, Clone, Default)]
pub struct Pool {
    pub leaves: Vec<Vec<u8>>,
    pub inters: Vec<Vec<u8>>,
    pub roots: Vec<Vec<u8>>,
}

impl Pool {
    pub fn read() -> Self {
        let mut this = Self::default();
        for line in include_str!("../hostile.txt").lines() {
            let (kind, hex) = line.split_once(' ').expect("a kind and hexadecimal");
            let bytes = (0..hex.len())
                .step_by(2)
                .map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap())
                .collect();
            match kind {
                "leaf" => this.leaves.push(bytes),
                "inter" => this.inters.push(bytes),
                "root" => this.roots.push(bytes),
                other => panic!("no kind of entry: {other}"),
            }
        }
        this
    }

    /// The one that all runs share.
    pub fn shared() -> &'static Self {
        static POOL: OnceLock<Pool> = OnceLock::new();
        POOL.get_or_init(Self::read)
    }

    /// What the keys of the pool have signed: the signed part of every certificate.
    pub fn signed() -> &'static HashSet<Vec<u8>> {
        static SIGNED: OnceLock<HashSet<Vec<u8>>> = OnceLock::new();
        SIGNED.get_or_init(|| {
            let pool = Self::shared();
            [&pool.leaves, &pool.inters, &pool.roots]
                .into_iter()
                .flatten()
                .map(|der| signed_part(der).expect("a certificate"))
                .collect()
        })
    }
}

/// The signed part of a certificate.
pub fn signed_part(der: &[u8]) -> Option<Vec<u8>> {
    let (_, certificate) = element(der)?;
    let (whole, _) = element(certificate)?;
    Some(whole.to_vec())
}

/// The first element: all of it, and its content.
fn element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (begin, length) = match *der.get(1)? {
        short @ 0..=0x7f => (2, usize::from(short)),
        long => {
            let digits = der.get(2..2 + usize::from(long & 0x7f))?;
            let length = digits.iter().try_fold(0_usize, |sum, &digit| {
                sum.checked_mul(256)?.checked_add(usize::from(digit))
            })?;
            (2 + digits.len(), length)
        }
    };
    let end = begin.checked_add(length)?;
    Some((der.get(..end)?, der.get(begin..end)?))
}

pub fn certificates(ders: &[Vec<u8>]) -> Vec<CertificateDer<'static>> {
    ders.iter().map(|der| der.clone().into()).collect()
}
