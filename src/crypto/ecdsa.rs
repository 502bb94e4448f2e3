use std::fmt;

use aws_lc_rs::digest::{Algorithm, Digest, SHA256, SHA384, SHA512};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256K1_SHA256_ASN1, ECDSA_P384_SHA384_ASN1,
    ECDSA_P521_SHA512_ASN1, EcdsaVerificationAlgorithm, UnparsedPublicKey,
};
use rustls::pki_types::{AlgorithmIdentifier, alg_id};

use super::hash::Hash;

/// An elliptic curve, with a digest that the provider takes on it.
pub(super) struct Curve {
    /// The content of a key's AlgorithmIdentifier.
    pub(super) key: AlgorithmIdentifier,
    algorithm: &'static EcdsaVerificationAlgorithm,
    digest: &'static Algorithm,
}

pub(super) static P256: Curve =
    Curve { key: alg_id::ECDSA_P256, algorithm: &ECDSA_P256_SHA256_ASN1, digest: &SHA256 };
pub(super) static P384: Curve =
    Curve { key: alg_id::ECDSA_P384, algorithm: &ECDSA_P384_SHA384_ASN1, digest: &SHA384 };
pub(super) static P521: Curve =
    Curve { key: alg_id::ECDSA_P521, algorithm: &ECDSA_P521_SHA512_ASN1, digest: &SHA512 };
/// secp256k1
pub(super) static P256K1: Curve =
    Curve { key: alg_id::ECDSA_P256K1, algorithm: &ECDSA_P256K1_SHA256_ASN1, digest: &SHA256 };

impl fmt::Debug for Curve {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.algorithm.fmt(f)
    }
}

impl Curve {
    /// ECDSA signs a number made of the digest's first bits, as many as the curve has. So every digest can be brought to
    /// the length of the provider's: by leaving off its end, or by zeros in front.
    pub(super) fn verify(&self, key: &[u8], hash: Hash, message: &[u8], signature: &[u8]) -> bool {
        // A point, as OpenSSL takes it; the provider would also take other encodings of a key.
        if !matches!(key, [2..=4 | 6 | 7, ..]) {
            return false;
        }
        let digest = hash.digest(message);
        let length = self.digest.output_len();
        let kept = digest.as_ref().get(..length).unwrap_or(digest.as_ref());
        let mut number = vec![0; length.saturating_sub(kept.len())];
        number.extend_from_slice(kept);
        Digest::import_less_safe(&number, self.digest).is_ok_and(|digest| {
            UnparsedPublicKey::new(self.algorithm, key).verify_digest(&digest, signature).is_ok()
        })
    }
}
