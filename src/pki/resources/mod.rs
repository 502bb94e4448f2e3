//! Addresses and autonomous systems that a certificate may speak for (RFC 3779), as OpenSSL looks
//! at them: nobody has what his issuer does not have.

mod addresses;
mod systems;

pub(super) use addresses::AddressBlocks;
pub(super) use systems::AutonomousSystems;

use super::Findings;
use super::asn1::Value;
use super::certificate::Certificate;

/// What an issuer has is inherited, or listed.
#[derive(Clone, Debug)]
enum Share<T> {
    Inherited,
    Listed(Vec<T>),
}

impl<T> Share<T> {
    fn read(value: &Value<'_>, element: impl Fn(&Value<'_>) -> Option<T>) -> Option<Self> {
        match value {
            Value::Choice(0, _) => Some(Self::Inherited),
            Value::Choice(_, list) => {
                list.elements().iter().map(element).collect::<Option<_>>().map(Self::Listed)
            }
            _ => None,
        }
    }

    fn is_inherited(&self) -> bool {
        matches!(self, Self::Inherited)
    }
}

/// Whether each of `child`, in order, lies within one of `parent`.
fn contains<T>(parent: &[T], child: &[T], ends: impl Fn(&T) -> Option<(T::End, T::End)>) -> bool
where
    T: Ends,
{
    let mut candidates = parent.iter().peekable();
    child.iter().all(|child| {
        let Some((from, to)) = ends(child) else {
            return false;
        };
        while let Some(&candidate) = candidates.peek() {
            match ends(candidate) {
                None => return false,
                Some((_, end)) if end < to => {
                    candidates.next();
                }
                Some((begin, _)) => return begin <= from,
            }
        }
        false
    })
}

/// What has a lower and an upper end.
trait Ends {
    type End: Ord;
}

/// The number before; the highest before the lowest.
fn before(address: &[u8]) -> Vec<u8> {
    let mut before = address.to_vec();
    for byte in before.iter_mut().rev() {
        *byte = byte.wrapping_sub(1);
        if *byte != 0xff {
            break;
        }
    }
    before
}

/// Both extensions, from the leaf upwards; who has none needs none.
pub(super) fn check(chain: &[impl AsRef<Certificate>], findings: &mut Findings) {
    systems::check(chain, findings);
    addresses::check(chain, findings);
}
