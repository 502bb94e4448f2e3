//! The names of a chain's certificates, against the constraints of those above them.

use super::asn1::tag;
use super::certificate::Certificate;
use super::error::{ChainError, UNSPECIFIED, UNSUPPORTED_NAME_SYNTAX};
use super::findings::Findings;
use super::general_name::GeneralName;
use super::name_constraints::NameConstraints;

/// OpenSSL's bound on names times constraints, against certificates made to keep a verifier busy.
const MAX_COMPARISONS: usize = 1 << 20;

/// Every certificate against the constraints of all above it; intermediates issued under their own
/// name are exempt.
pub(super) fn check(chain: &[impl AsRef<Certificate>], findings: &mut Findings) {
    for (depth, certificate) in chain.iter().map(AsRef::as_ref).enumerate().rev() {
        if depth > 0 && certificate.self_issued() {
            continue;
        }
        for above in chain.iter().map(AsRef::as_ref).skip(depth + 1).rev() {
            let Some(constraints) = &above.extensions.name_constraints else {
                continue;
            };
            if let Err(error) = check_names(certificate, depth == 0, constraints) {
                findings.add(error);
            }
        }
    }
}

fn check_names(
    certificate: &Certificate,
    leaf: bool,
    constraints: &NameConstraints,
) -> Result<(), ChainError> {
    let alternative = &certificate.extensions.alternative_names;
    let names = alternative.len() + certificate.attributes;
    if names.saturating_mul(constraints.len()) > MAX_COMPARISONS {
        return Err(UNSPECIFIED);
    }
    if certificate.attributes > 0 {
        constraints.check(&GeneralName::Directory(certificate.subject.clone()))?;
        for email in &certificate.emails {
            if email.tag != tag::IA5_STRING {
                return Err(UNSUPPORTED_NAME_SYNTAX);
            }
            constraints.check(&GeneralName::Email(email.content.clone()))?;
        }
    }
    for name in alternative {
        constraints.check(name)?;
    }
    // Without a DNS name among the alternative names, the common name is taken for the host's.
    if leaf && !alternative.iter().any(|name| matches!(name, GeneralName::Dns(_))) {
        for name in &certificate.common_names {
            // OpenSSL takes it for a lack of memory.
            let text = name.text().ok_or(UNSPECIFIED)?;
            let text = text.trim_end_matches('\0');
            if text.contains('\0') {
                return Err(UNSUPPORTED_NAME_SYNTAX);
            }
            if is_dns_name(text) {
                constraints.check(&GeneralName::Dns(text.into()))?;
            }
        }
    }
    Ok(())
}

/// Whether a common name looks like a host name of two or more labels.
fn is_dns_name(name: &str) -> bool {
    let labels: Vec<&str> = name.split('.').collect();
    labels.len() > 1
        && labels.iter().all(|label| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_common_name_without_a_dot_is_no_host_name() {
        assert!(!is_dns_name("localhost"));
        assert!(!is_dns_name("a..b"));
        assert!(!is_dns_name("-a.b"));
        assert!(!is_dns_name("Lab Root.example"));
        assert!(is_dns_name("a_b.example"));
    }
}
