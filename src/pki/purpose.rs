//! What the certificates of a chain may be used for.

use super::certificate::Certificate;
use super::error::{
    EC_KEY_EXPLICIT_PARAMS, INVALID_CA, INVALID_PURPOSE, PATH_LENGTH_EXCEEDED,
    PROXY_CERTIFICATES_NOT_ALLOWED, UNHANDLED_CRITICAL_EXTENSION, UNSPECIFIED,
};
use super::extensions::{key_usage, netscape};
use super::findings::Findings;
use super::key::Family;
use super::policy::Purpose;

/// How sure it is that a certificate is a CA's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Authority {
    No,
    /// Basic constraints say so.
    Yes,
    /// A self-signed version 1 certificate, or one whose key usage allows signing.
    Perhaps,
    /// Only Netscape's type says so.
    Netscape,
}

/// Extensions, purposes and path lengths, from the leaf upwards.
pub(super) fn check(chain: &[impl AsRef<Certificate>], purpose: Purpose, findings: &mut Findings) {
    let mut intermediates = 0;
    for (depth, certificate) in chain.iter().map(AsRef::as_ref).enumerate() {
        let extensions = &certificate.extensions;
        let leaf = depth == 0;
        findings.add_if(extensions.unhandled, UNHANDLED_CRITICAL_EXTENSION);
        findings.add_if(extensions.proxy, PROXY_CERTIFICATES_NOT_ALLOWED);
        if !leaf {
            // A root may be a CA by custom; an intermediate must say so.
            let invalid = match authority(certificate) {
                Authority::No => true,
                Authority::Yes => false,
                Authority::Perhaps | Authority::Netscape => depth + 1 < chain.len(),
            };
            findings.add_if(invalid, INVALID_CA);
        }
        if chain.len() > 1 {
            let key = &certificate.public_key;
            findings.add_if(key.family == Family::Unknown, UNSPECIFIED);
            findings.add_if(key.explicit_curve, EC_KEY_EXPLICIT_PARAMS);
        }
        findings.add_if(!suits(certificate, purpose, leaf), INVALID_PURPOSE);
        let exceeded = depth > 1
            && extensions
                .basic_constraints
                .and_then(|constraints| constraints.path_len)
                .is_some_and(|limit| intermediates > limit);
        findings.add_if(exceeded, PATH_LENGTH_EXCEEDED);
        if !leaf && !certificate.self_issued() {
            intermediates += 1;
        }
    }
}

fn authority(certificate: &Certificate) -> Authority {
    let extensions = &certificate.extensions;
    if certificate.is_malformed() || extensions.lacks_key_usage(key_usage::KEY_CERT_SIGN) {
        return Authority::No;
    }
    match extensions.basic_constraints {
        Some(constraints) if constraints.ca => Authority::Yes,
        Some(_) => Authority::No,
        None if certificate.version_1 && certificate.self_signed() => Authority::Perhaps,
        None if extensions.key_usage.is_some() => Authority::Perhaps,
        None if extensions.netscape.is_some_and(|kind| kind & netscape::ANY_CA != 0) => {
            Authority::Netscape
        }
        None => Authority::No,
    }
}

fn suits(certificate: &Certificate, purpose: Purpose, leaf: bool) -> bool {
    let extensions = &certificate.extensions;
    // OpenSSL calls it an error, and passes over it.
    if certificate.is_malformed() {
        return true;
    }
    let extended = extensions.extended_key_usage.is_none_or(|usage| match purpose {
        Purpose::Server => usage.server,
        Purpose::Client => usage.client,
    });
    if !extended {
        return false;
    }
    if !leaf {
        return match authority(certificate) {
            Authority::No => false,
            Authority::Yes | Authority::Perhaps => true,
            Authority::Netscape => !extensions.lacks_netscape(netscape::SSL_CA),
        };
    }
    let (usage, kind) = match purpose {
        Purpose::Server => (
            key_usage::DIGITAL_SIGNATURE | key_usage::KEY_ENCIPHERMENT | key_usage::KEY_AGREEMENT,
            netscape::SSL_SERVER,
        ),
        Purpose::Client => {
            (key_usage::DIGITAL_SIGNATURE | key_usage::KEY_AGREEMENT, netscape::SSL_CLIENT)
        }
    };
    !extensions.lacks_key_usage(usage) && !extensions.lacks_netscape(kind)
}
