//! Name constraints (RFC 5280, section 4.2.1.10), as OpenSSL applies them.

use super::Findings;
use super::certificate::Certificate;
use super::der::{Elements, SEQUENCE, constructed};
use super::error::{
    ChainError, EXCLUDED_VIOLATION, PERMITTED_VIOLATION, SUBTREE_MINMAX, UNSPECIFIED,
    UNSUPPORTED_CONSTRAINT_SYNTAX, UNSUPPORTED_CONSTRAINT_TYPE,
};
use super::name::GeneralName;

/// OpenSSL's bound on names times constraints, against certificates made to keep a verifier busy.
const MAX_COMPARISONS: usize = 1 << 20;

#[derive(Clone, Debug)]
pub(super) struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Clone, Debug)]
struct Subtree {
    base: GeneralName,
    /// It has a minimum or maximum distance, which nobody supports.
    bounded: bool,
}

impl NameConstraints {
    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let mut elements = Elements::new(Elements::only(value, SEQUENCE)?);
        let permitted = subtrees(elements.optional(constructed(0))?)?;
        let excluded = subtrees(elements.optional(constructed(1))?)?;
        elements.is_empty().then_some(Self { permitted, excluded })
    }

    fn check(&self, name: &GeneralName) -> Result<(), ChainError> {
        let mut constrained = false;
        let mut permitted = false;
        for subtree in self.permitted.iter().filter(|subtree| subtree.base.is_like(name)) {
            constrained = true;
            permitted |= subtree.holds(name)?;
        }
        if constrained && !permitted {
            return Err(PERMITTED_VIOLATION);
        }
        for subtree in self.excluded.iter().filter(|subtree| subtree.base.is_like(name)) {
            if subtree.holds(name)? {
                return Err(EXCLUDED_VIOLATION);
            }
        }
        Ok(())
    }
}

fn subtrees(content: Option<&[u8]>) -> Option<Vec<Subtree>> {
    let mut elements = Elements::new(content.unwrap_or_default());
    let mut list = Vec::new();
    while !elements.is_empty() {
        let mut subtree = Elements::new(elements.expect_tag(SEQUENCE)?);
        let (tag, base) = subtree.take()?;
        list.push(Subtree { base: GeneralName::read(tag, base)?, bounded: !subtree.is_empty() });
    }
    Some(list)
}

impl Subtree {
    /// Whether `name`, which is of the base's form, lies within.
    fn holds(&self, name: &GeneralName) -> Result<bool, ChainError> {
        if self.bounded {
            return Err(SUBTREE_MINMAX);
        }
        match (&self.base, name) {
            (GeneralName::Dns(base), GeneralName::Dns(name)) => Ok(dns_within(name, base)),
            (GeneralName::Directory(base), GeneralName::Directory(name)) => {
                Ok(name.starts_with(base))
            }
            (GeneralName::Ip(base), GeneralName::Ip(name)) => ip_within(name, base),
            _ => Err(UNSUPPORTED_CONSTRAINT_TYPE),
        }
    }
}

fn dns_within(name: &[u8], base: &[u8]) -> bool {
    if base.is_empty() {
        return true;
    }
    let Some(split) = name.len().checked_sub(base.len()) else {
        return false;
    };
    let (left, right) = name.split_at(split);
    let whole_labels = left.is_empty() || base.starts_with(b".") || left.ends_with(b".");
    whole_labels && right.eq_ignore_ascii_case(base)
}

fn ip_within(address: &[u8], base: &[u8]) -> Result<bool, ChainError> {
    if !matches!(address.len(), 4 | 16) || !matches!(base.len(), 8 | 32) {
        return Err(UNSUPPORTED_CONSTRAINT_SYNTAX);
    }
    let (network, mask) = base.split_at(base.len() / 2);
    Ok(network.len() == address.len()
        && address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((address, network), mask)| address & mask == network & mask))
}

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
    let names = alternative.len() + certificate.common_names.len() + 1;
    let bounds = constraints.permitted.len() + constraints.excluded.len();
    if names.saturating_mul(bounds) > MAX_COMPARISONS {
        return Err(UNSPECIFIED);
    }
    if !certificate.subject.is_empty() {
        constraints.check(&GeneralName::Directory(certificate.subject.clone()))?;
        if certificate.has_email {
            constraints.check(&EMAIL)?;
        }
    }
    for name in alternative {
        constraints.check(name)?;
    }
    // Without a DNS name among the alternative names, the common name is taken for the host's.
    if leaf && !alternative.iter().any(|name| matches!(name, GeneralName::Dns(_))) {
        for name in certificate.common_names.iter().filter(|name| is_dns_name(name)) {
            constraints.check(&GeneralName::Dns(name.clone().into_bytes()))?;
        }
    }
    Ok(())
}

/// An rfc822Name, which is not compared.
const EMAIL: GeneralName = GeneralName::Other(1);

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
    fn dns_names_match_whole_labels() {
        for (name, base, within) in [
            ("a.example.com", "example.com", true),
            ("example.com", "example.com", true),
            ("EXAMPLE.com", "example.COM", true),
            ("badexample.com", "example.com", false),
            ("com", "example.com", false),
            ("a.example.com", ".example.com", true),
            ("example.com", ".example.com", false),
            ("anything", "", true),
        ] {
            assert_eq!(dns_within(name.as_bytes(), base.as_bytes()), within, "{name} in {base}");
        }
    }

    #[test]
    fn addresses_match_under_their_mask() {
        let network = [10, 0, 0, 0, 255, 0, 0, 0];
        assert_eq!(ip_within(&[10, 1, 2, 3], &network), Ok(true));
        assert_eq!(ip_within(&[11, 1, 2, 3], &network), Ok(false));
        assert_eq!(ip_within(&[0; 16], &network), Ok(false));
        assert_eq!(ip_within(&[10, 1, 2], &network), Err(UNSUPPORTED_CONSTRAINT_SYNTAX));
    }

    #[test]
    fn a_common_name_without_a_dot_is_no_host_name() {
        assert!(!is_dns_name("localhost"));
        assert!(!is_dns_name("a..b"));
        assert!(!is_dns_name("-a.b"));
        assert!(!is_dns_name("Lab Root.example"));
        assert!(is_dns_name("a_b.example"));
    }
}
