use super::super::asn1::Value;

/// What an issuer has is inherited, or listed.
#[derive(Clone, Debug)]
pub(super) enum Share<T> {
    Inherited,
    Listed(Vec<T>),
}

impl<T> Share<T> {
    pub(super) fn read(
        value: &Value<'_>,
        element: impl Fn(&Value<'_>) -> Option<T>,
    ) -> Option<Self> {
        match value {
            Value::Choice(0, _) => Some(Self::Inherited),
            Value::Choice(_, list) => {
                list.elements().iter().map(element).collect::<Option<_>>().map(Self::Listed)
            }
            _ => None,
        }
    }

    pub(super) fn is_inherited(&self) -> bool {
        matches!(self, Self::Inherited)
    }
}

/// Whether each of `child`, in order, lies within one of `parent`.
pub(super) fn contains<T>(
    parent: &[T],
    child: &[T],
    ends: impl Fn(&T) -> Option<(T::End, T::End)>,
) -> bool
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
pub(super) trait Ends {
    type End: Ord;
}

/// The number before; the highest before the lowest.
pub(super) fn before(address: &[u8]) -> Vec<u8> {
    let mut before = address.to_vec();
    for byte in before.iter_mut().rev() {
        *byte = byte.wrapping_sub(1);
        if *byte != 0xff {
            break;
        }
    }
    before
}
