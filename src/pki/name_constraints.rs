//! Name constraints (RFC 5280, section 4.2.1.10), as OpenSSL applies them.

use super::asn1::Value;
use super::error::{
    ChainError, EXCLUDED_VIOLATION, PERMITTED_VIOLATION, SUBTREE_MINMAX,
    UNSUPPORTED_CONSTRAINT_TYPE, UNSUPPORTED_NAME_SYNTAX,
};
use super::general_name::GeneralName;

#[derive(Clone, Debug)]
pub(super) struct NameConstraints {
    permitted: Vec<Subtree>,
    excluded: Vec<Subtree>,
}

#[derive(Clone, Debug)]
struct Subtree {
    base: GeneralName,
    /// It has a maximum distance, or a minimum that is not 0, which nobody supports.
    bounded: bool,
}

impl NameConstraints {
    /// From what `NAME_CONSTRAINTS` describes.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        let subtrees = |value: &Value<'_>| -> Option<Vec<_>> {
            value.elements().iter().map(Subtree::read).collect()
        };
        Some(Self { permitted: subtrees(value.field(0))?, excluded: subtrees(value.field(1))? })
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.permitted.len() + self.excluded.len()
    }

    pub(super) fn check(&self, name: &GeneralName) -> Result<(), ChainError> {
        let mut constrained = false;
        let mut permitted = false;
        for subtree in self.permitted.iter().filter(|subtree| subtree.base.is_like(name)) {
            subtree.check_bounds()?;
            constrained = true;
            // Behind a match, nothing is compared any more.
            permitted = permitted || subtree.holds(name, true)?;
        }
        if constrained && !permitted {
            return Err(PERMITTED_VIOLATION);
        }
        for subtree in self.excluded.iter().filter(|subtree| subtree.base.is_like(name)) {
            subtree.check_bounds()?;
            if subtree.holds(name, false)? {
                return Err(EXCLUDED_VIOLATION);
            }
        }
        Ok(())
    }
}

impl Subtree {
    fn read(value: &Value<'_>) -> Option<Self> {
        let [base, minimum, maximum] = value.fields() else {
            return None;
        };
        let bounded =
            maximum.is_present() || minimum.content().is_some_and(|minimum| minimum != [0]);
        Some(Self { base: GeneralName::read(base)?, bounded })
    }

    fn check_bounds(&self) -> Result<(), ChainError> {
        if self.bounded { Err(SUBTREE_MINMAX) } else { Ok(()) }
    }

    /// Whether `name`, which is of the base's form, lies within; `surely` if all versions of OpenSSL have to say so.
    fn holds(&self, name: &GeneralName, surely: bool) -> Result<bool, ChainError> {
        match (&self.base, name) {
            (GeneralName::Dns(base), GeneralName::Dns(name)) => Ok(dns_within(name, base)),
            (GeneralName::Directory(base), GeneralName::Directory(name)) => {
                Ok(name.starts_with(base))
            }
            (GeneralName::Ip(base), GeneralName::Ip(name)) => ip_within(name, base),
            (GeneralName::Email(base), GeneralName::Email(name)) => email_within(name, base),
            (GeneralName::Uri(base), GeneralName::Uri(name)) => uri_within(name, base, surely),
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
        return Err(UNSUPPORTED_NAME_SYNTAX);
    }
    let (network, mask) = base.split_at(base.len() / 2);
    Ok(network.len() == address.len()
        && address
            .iter()
            .zip(network)
            .zip(mask)
            .all(|((address, network), mask)| address & mask == network & mask))
}

/// What lies before and behind the last of `separator`.
fn split_last(text: &[u8], separator: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().rposition(|&byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// A host below a name that begins with a dot.
fn is_below(host: &[u8], base: &[u8]) -> bool {
    host.len() > base.len()
        && host.get(host.len() - base.len()..).is_some_and(|end| end.eq_ignore_ascii_case(base))
}

/// A base is a mailbox, a host, or what lies below one; only a mailbox's local part is compared by
/// its letters' case.
fn email_within(name: &[u8], base: &[u8]) -> Result<bool, ChainError> {
    let (local, host) = split_last(name, b'@').ok_or(UNSUPPORTED_NAME_SYNTAX)?;
    let base_host = match split_last(base, b'@') {
        None if base.starts_with(b".") => return Ok(is_below(name, base)),
        None => base,
        Some(([], base_host)) => base_host,
        Some((base_local, _)) if base_local.len() != local.len() => return Ok(false),
        Some((base_local, _)) if base_local.contains(&0) || local.contains(&0) => {
            return Err(UNSUPPORTED_NAME_SYNTAX);
        }
        Some((base_local, _)) if base_local != local => return Ok(false),
        Some((_, base_host)) => base_host,
    };
    Ok(host.eq_ignore_ascii_case(base_host))
}

/// In OpenSSL 3.0 and in later versions the host is another part of some URIs.
fn uri_within(name: &[u8], base: &[u8], surely: bool) -> Result<bool, ChainError> {
    let within = |host: &[u8]| {
        if base.starts_with(b".") { is_below(host, base) } else { host.eq_ignore_ascii_case(base) }
    };
    let hosts = [old_host(name), recent_host(name)].map(|host| match host {
        Some([]) | None => Err(UNSUPPORTED_NAME_SYNTAX),
        Some(host) => Ok(within(host)),
    });
    let [old, recent] = hosts;
    let (old, recent) = (old?, recent?);
    Ok(if surely { old && recent } else { old || recent })
}

fn position(text: &[u8], wanted: u8) -> Option<usize> {
    text.iter().position(|&byte| byte == wanted)
}

/// The host ends at the first colon, or else at the first slash.
fn old_host(uri: &[u8]) -> Option<&[u8]> {
    let host = uri.get(position(uri, b':')?..)?.strip_prefix(b"://")?;
    let end = position(host, b':').or_else(|| position(host, b'/'));
    host.get(..end.unwrap_or(host.len()))
}

/// Behind a user, and up to a port, path, query or fragment, which have to be well-formed
/// (`OSSL_parse_url`). What follows a NUL is not looked at.
fn recent_host(uri: &[u8]) -> Option<&[u8]> {
    let uri = uri.split(|&byte| byte == 0).next()?;
    let (scheme, rest) = uri.split_at(uri.windows(3).position(|three| three == b"://")?);
    let (first, others) = scheme.split_first()?;
    let sound = first.is_ascii_alphabetic()
        && others.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(byte));
    let rest = rest.get(3..).filter(|_| sound)?;
    let host = rest.get(position(rest, b'@').map_or(0, |at| at + 1)..)?;
    let end = match host {
        [b'[', ..] => position(host, b']')? + 1,
        _ => host.iter().position(|byte| b":/?#".contains(byte)).unwrap_or(host.len()),
    };
    let (host, mut behind) = host.split_at(end);
    if let Some(port) = behind.strip_prefix(b":") {
        let digits = port.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let (number, path) = port.split_at(digits);
        str::from_utf8(number).ok()?.parse::<u16>().ok()?;
        behind = path;
    }
    matches!(behind, [] | [b'/' | b'?' | b'#', ..]).then_some(host)
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
        assert_eq!(ip_within(&[10, 1, 2], &network), Err(UNSUPPORTED_NAME_SYNTAX));
    }

    #[test]
    fn hosts_of_uris_are_those_of_every_version() {
        for (uri, surely, perhaps) in [
            ("https://www.example.com/x", Some(true), Some(true)),
            ("https://www.example.com:99/x", Some(true), Some(true)),
            ("https://www.example.com", Some(true), Some(true)),
            ("https://www.example.org", Some(false), Some(false)),
            ("https://u:p@www.example.com/", Some(false), Some(true)),
            ("https://www.example.com?x", Some(false), Some(true)),
            ("https://www.example.com/@x.org/", Some(false), Some(true)),
            ("https://[::1]/", Some(false), Some(false)),
            ("1https://www.example.com/", None, None),
            ("://www.example.com/", None, None),
            ("https:www.example.com", None, None),
            ("https://www.example.com:x/", None, None),
            ("https://www.example.com:65536/", None, None),
            ("https:///x", None, None),
            ("", None, None),
        ] {
            let within = |surely| uri_within(uri.as_bytes(), b".example.com", surely).ok();
            assert_eq!((within(true), within(false)), (surely, perhaps), "{uri}");
        }
    }
}
