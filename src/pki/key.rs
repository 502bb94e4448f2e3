//! Public keys and signature algorithms: their families and their strength.

use rustls::pki_types::SignatureVerificationAlgorithm;
use x509_parser::public_key::PublicKey;
use x509_parser::x509::{AlgorithmIdentifier, SubjectPublicKeyInfo};

use super::certificate::Certificate;
use crate::crypto;

/// What a public key is, or what kind of key makes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Rsa,
    /// A key good for PSS only; as a signature, PSS by any RSA key.
    RsaPss,
    Ec,
    Ed25519,
    Ed448,
    Dsa,
    Unknown,
}

impl Family {
    /// Whether a key of this family can have made a signature of that one.
    pub(super) fn signs(self, signature: Self) -> bool {
        self != Self::Unknown
            && (self == signature || (self == Self::Rsa && signature == Self::RsaPss))
    }
}

/// Strength in bits, by NIST SP 800-57 as OpenSSL computes it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key {
    pub(super) family: Family,
    pub(super) bits: u32,
    /// An elliptic curve given by its equation, not by its name.
    pub(super) explicit_curve: bool,
}

impl Key {
    pub(super) fn read(spki: &SubjectPublicKeyInfo<'_>) -> Self {
        let family = family_of_key(spki.algorithm.algorithm.as_bytes());
        let parameters = spki.algorithm.parameters.as_ref();
        let bits = match family {
            Family::Rsa | Family::RsaPss => match spki.parsed() {
                Ok(PublicKey::RSA(key)) => integer_strength(key.key_size()),
                _ if family == Family::RsaPss => 112,
                _ => 0,
            },
            Family::Ec => parameters
                .and_then(|parameters| parameters.as_oid().ok())
                .map_or(0, |curve| curve_strength(curve.as_bytes())),
            Family::Ed25519 => 128,
            Family::Ed448 => 224,
            // By the size of the key alone; the provider verifies no DSA signature in any case.
            Family::Dsa => integer_strength(spki.subject_public_key.data.len() * 8),
            Family::Unknown => 0,
        };
        let explicit_curve = family == Family::Ec
            && parameters.is_some_and(|parameters| parameters.as_oid().is_err());
        Self { family, bits, explicit_curve }
    }
}

/// Strength of RSA and finite-field keys; between the sizes in use, the one below.
fn integer_strength(size: usize) -> u32 {
    match size {
        15360.. => 256,
        8192.. => 200,
        7680.. => 192,
        6144.. => 176,
        4096.. => 152,
        3072.. => 128,
        2048.. => 112,
        1024.. => 80,
        _ => 0,
    }
}

/// Half the order of the curve.
fn curve_strength(curve: &[u8]) -> u32 {
    match curve {
        // 1.2.840.10045.3.1.1, P-192
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1] => 96,
        // 1.2.840.10045.3.1.7, P-256
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => 128,
        // 1.3.132.0.x
        [0x2b, 0x81, 0x04, 0, 33] => 112,
        [0x2b, 0x81, 0x04, 0, 10] => 128,
        [0x2b, 0x81, 0x04, 0, 34] => 192,
        [0x2b, 0x81, 0x04, 0, 35] => 260,
        _ => 0,
    }
}

fn family_of_key(oid: &[u8]) -> Family {
    match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1] => Family::Rsa,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => Family::RsaPss,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => Family::Ec,
        [0x2b, 0x65, 0x70] => Family::Ed25519,
        [0x2b, 0x65, 0x71] => Family::Ed448,
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => Family::Dsa,
        _ => Family::Unknown,
    }
}

/// What kind of key makes signatures of this algorithm.
pub(super) fn family_of_signature(algorithm: &AlgorithmIdentifier<'_>) -> Family {
    match algorithm.algorithm.as_bytes() {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => Family::RsaPss,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2..=5 | 11..=14] => Family::Rsa,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1..=4] => {
            Family::Ec
        }
        [0x2b, 0x65, 0x70] => Family::Ed25519,
        [0x2b, 0x65, 0x71] => Family::Ed448,
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] | [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1 | 2] => {
            Family::Dsa
        }
        _ => Family::Unknown,
    }
}

/// Strength of a certificate signature's digest, as OpenSSL rates it.
pub(super) fn digest_strength(certificate: &Certificate) -> u32 {
    match certificate.signature_oid.as_slice() {
        // MD2, MD4, MD5
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2..=4] => 39,
        // SHA-1 with RSA, ECDSA, DSA: collisions have been made.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]
        | [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => 63,
        // SHA-224
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14]
        | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1] => 112,
        // PSS names its digest in parameters: those the provider verifies are strong.
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] if !is_verifiable(certificate) => 63,
        _ => 128,
    }
}

/// Whether the provider verifies signatures of this algorithm, with whatever key.
fn is_verifiable(certificate: &Certificate) -> bool {
    crypto::algorithms()
        .all
        .iter()
        .any(|algorithm| algorithm.signature_alg_id().as_ref() == certificate.signature_algorithm)
}

/// The provider's algorithms for a signature by `issuer`, given the content of its
/// AlgorithmIdentifier; empty if it has none.
pub(super) fn algorithms_for(
    signature_algorithm: &[u8],
    issuer: &Certificate,
) -> impl Iterator<Item = &'static dyn SignatureVerificationAlgorithm> {
    crypto::algorithms().all.iter().copied().filter(move |algorithm| {
        algorithm.signature_alg_id().as_ref() == signature_algorithm
            && algorithm.public_key_alg_id().as_ref() == issuer.key_algorithm
    })
}

/// Whether a key is below the bits that a security level demands.
pub(super) fn is_weak(certificate: &Certificate, level: u8) -> bool {
    certificate.public_key.bits < minimum(level)
}

/// Bits demanded by OpenSSL's security levels.
pub(super) fn minimum(level: u8) -> u32 {
    match level {
        0 => 0,
        1 => 80,
        2 => 112,
        3 => 128,
        4 => 192,
        _ => 256,
    }
}
