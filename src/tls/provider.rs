//! The cryptography behind rustls, chosen at compile time.

use std::sync::{Arc, LazyLock};

use rustls::SignatureScheme;
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};

#[cfg(not(any(feature = "ring", feature = "aws-lc-rs")))]
compile_error!("choose a crypto provider: feature `ring` (default) or `aws-lc-rs`");

/// TLS cipher suites in the order of Node's default list, which differs from rustls' own: a server
/// prefers AES-128 over AES-256 in TLS 1.2, and ChaCha20 comes last there.
const DEFAULT_ORDER: [u16; 9] =
    [0x1302, 0x1303, 0x1301, 0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca8, 0xcca9];

/// The provider as compiled in. Never the process default: another addon may have set that one.
pub(super) fn base() -> CryptoProvider {
    #[cfg(feature = "ring")]
    return rustls::crypto::ring::default_provider();
    #[cfg(not(feature = "ring"))]
    return rustls::crypto::aws_lc_rs::default_provider();
}

/// A provider reduced to `suites` and `groups` (IANA numbers), in their order. Empty means Node's
/// default order, numbers the provider does not know are passed over.
pub(super) fn select(suites: &[u16], groups: &[u16]) -> Arc<CryptoProvider> {
    let mut provider = base();
    let order = if suites.is_empty() { &DEFAULT_ORDER[..] } else { suites };
    provider.cipher_suites = order
        .iter()
        .filter_map(|&wanted| {
            provider.cipher_suites.iter().find(|suite| u16::from(suite.suite()) == wanted).copied()
        })
        .collect();
    if !groups.is_empty() {
        provider.kx_groups = groups
            .iter()
            .filter_map(|&wanted| {
                provider.kx_groups.iter().find(|group| u16::from(group.name()) == wanted).copied()
            })
            .collect();
    }
    Arc::new(provider)
}

/// Those of `schemes` (IANA numbers) that the provider can verify, in their order.
pub(super) fn signature_schemes(schemes: &[u16]) -> Vec<SignatureScheme> {
    let known = signature_algorithms().supported_schemes();
    schemes
        .iter()
        .filter_map(|&wanted| known.iter().find(|scheme| u16::from(**scheme) == wanted).copied())
        .collect()
}

/// The certificate and handshake signatures the provider can verify.
pub(crate) fn signature_algorithms() -> WebPkiSupportedAlgorithms {
    static ALGORITHMS: LazyLock<WebPkiSupportedAlgorithms> =
        LazyLock::new(|| base().signature_verification_algorithms);
    *ALGORITHMS
}
