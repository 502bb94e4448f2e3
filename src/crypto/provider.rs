use std::sync::Arc;

use rustls::SignatureScheme;
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::default_provider;

use super::{groups, signatures};

/// TLS cipher suites in the order of Node's default list, which differs from rustls' own: a server
/// prefers AES-128 over AES-256 in TLS 1.2, and ChaCha20 comes last there.
const DEFAULT_ORDER: [u16; 9] =
    [0x1302, 0x1303, 0x1301, 0xc02f, 0xc02b, 0xc030, 0xc02c, 0xcca9, 0xcca8];

/// A provider reduced to `suites` and `groups` (IANA numbers), in their order. Empty means OpenSSL
/// 3.0's defaults, numbers the provider does not know are passed over.
pub(crate) fn select(suites: &[u16], groups: &[u16]) -> Arc<CryptoProvider> {
    // Never the process default: another addon may have set that one.
    let mut provider = default_provider();
    let order = if suites.is_empty() { &DEFAULT_ORDER[..] } else { suites };
    provider.cipher_suites = order
        .iter()
        .filter_map(|&wanted| {
            provider.cipher_suites.iter().find(|suite| u16::from(suite.suite()) == wanted).copied()
        })
        .collect();
    provider.kx_groups = if groups.is_empty() {
        groups::USUAL.to_vec()
    } else {
        groups.iter().copied().filter_map(groups::numbered).collect()
    };
    provider.signature_verification_algorithms = signatures::algorithms();
    Arc::new(provider)
}

/// Those of `schemes` (IANA numbers) that can be verified, in their order.
pub(crate) fn signature_schemes(schemes: &[u16]) -> Vec<SignatureScheme> {
    let known = signatures::algorithms().supported_schemes();
    schemes
        .iter()
        .filter_map(|&wanted| known.iter().find(|scheme| u16::from(**scheme) == wanted).copied())
        .collect()
}
