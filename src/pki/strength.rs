//! What a certificate's key and signature are worth, and what verifies them.

use rustls::pki_types::SignatureVerificationAlgorithm;

use super::certificate::Certificate;
use crate::crypto;

/// Strength of a certificate signature's digest.
pub(super) fn digest_strength(certificate: &Certificate) -> u32 {
    certificate.signed_with.strength()
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
