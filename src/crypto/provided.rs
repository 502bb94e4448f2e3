use aws_lc_rs::signature::{UnparsedPublicKey, VerificationAlgorithm};

/// Whether the provider finds the signature good.
pub(super) fn provided(
    algorithm: &'static dyn VerificationAlgorithm,
    key: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    UnparsedPublicKey::new(algorithm, key).verify(message, signature).is_ok()
}
