//! Addresses.

use super::super::asn1::Value;
use super::super::error::{INVALID_EXTENSION, UNNESTED_RESOURCE};
use super::super::findings::Findings;
use super::share::{Ends, Share, before, contains};

/// An ipAddrBlocks extension.
#[derive(Clone, Debug)]
pub(in crate::pki) struct AddressBlocks(Vec<Family>);

#[derive(Clone, Debug)]
struct Family {
    /// An address family, and perhaps a subsequent one.
    number: Vec<u8>,
    addresses: Share<Addresses>,
}

#[derive(Clone, Debug)]
enum Addresses {
    Prefix(Bits),
    Range(Bits, Bits),
}

#[derive(Clone, Debug)]
struct Bits {
    unused: u8,
    bytes: Vec<u8>,
}

impl Bits {
    fn read(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Plain { unused, content, .. } => {
                Some(Self { unused: *unused, bytes: content.to_vec() })
            }
            _ => None,
        }
    }

    /// The lowest address that begins so, or the highest.
    fn expand(&self, size: usize, fill: u8) -> Option<Vec<u8>> {
        let mut address = self.bytes.clone();
        if address.len() > size {
            return None;
        }
        if let Some(last) = address.last_mut() {
            *last |= fill & !(0xff << self.unused);
        }
        address.resize(size, fill);
        Some(address)
    }
}

impl Addresses {
    fn read(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Choice(0, prefix) => Bits::read(prefix).map(Self::Prefix),
            Value::Choice(_, range) => {
                Some(Self::Range(Bits::read(range.field(0))?, Bits::read(range.field(1))?))
            }
            _ => None,
        }
    }

    /// Both ends.
    fn ends(&self, size: usize) -> Option<(Vec<u8>, Vec<u8>)> {
        let (from, to) = match self {
            Self::Prefix(prefix) => (prefix, prefix),
            Self::Range(from, to) => (from, to),
        };
        Some((from.expand(size, 0)?, to.expand(size, 0xff)?))
    }

    /// Whether it is a range for which there is a prefix; ends are in order.
    fn should_be_prefix(&self, (from, to): &(Vec<u8>, Vec<u8>)) -> bool {
        let mut pairs = from.iter().zip(to).skip_while(|(from, to)| from == to);
        let whole = |(from, to): (&u8, &u8)| *from == 0 && *to == 0xff;
        matches!(self, Self::Range(..))
            && pairs.next().is_none_or(|(from, to)| {
                let mask = from ^ to;
                let suffix = mask & mask.wrapping_add(1) == 0;
                suffix && from & mask == 0 && to & mask == mask && pairs.all(whole)
            })
    }
}

impl Family {
    fn read(value: &Value<'_>) -> Option<Self> {
        Some(Self {
            number: value.field(0).content()?.to_vec(),
            addresses: Share::read(value.field(1), Addresses::read)?,
        })
    }

    /// Bytes of an address.
    fn size(&self) -> usize {
        match self.number.as_slice() {
            [0, 1, ..] => 4,
            [0, 2, ..] => 16,
            _ => 0,
        }
    }

    fn is_canonical(&self) -> bool {
        let Share::Listed(list) = &self.addresses else {
            return true;
        };
        let size = self.size();
        let in_order = list.windows(2).all(|pair| {
            let [a, b] = pair else { return false };
            let (Some(a_ends), Some(b_ends)) = (a.ends(size), b.ends(size)) else {
                return false;
            };
            a_ends.0 <= a_ends.1
                && b_ends.0 <= b_ends.1
                && a_ends.0 < b_ends.0
                && a_ends.1 < before(&b_ends.0)
                && !a.should_be_prefix(&a_ends)
        });
        let ends_well = match list.last() {
            Some(last @ Addresses::Range(..)) => last
                .ends(size)
                .is_some_and(|ends| ends.0 <= ends.1 && !last.should_be_prefix(&ends)),
            last => last.is_some(),
        };
        matches!(self.number.len(), 2 | 3) && in_order && ends_well
    }
}

impl AddressBlocks {
    /// From what `ADDRESS_BLOCKS` describes.
    pub(in crate::pki) fn read(value: &Value<'_>) -> Option<Self> {
        value.elements().iter().map(Family::read).collect::<Option<_>>().map(Self)
    }

    fn is_canonical(&self) -> bool {
        let in_order = self.0.windows(2).all(|pair| match pair {
            [a, b] => {
                matches!(a.number.len(), 2 | 3)
                    && matches!(b.number.len(), 2 | 3)
                    && a.number < b.number
            }
            _ => false,
        });
        in_order && self.0.iter().all(Family::is_canonical)
    }

    fn find(&self, number: &[u8]) -> Option<&Family> {
        self.0.iter().find(|family| family.number == number)
    }
}

impl Ends for Addresses {
    type End = Vec<u8>;
}

/// Of each certificate of a chain, from the leaf upwards; who has none needs none.
pub(in crate::pki) fn check<'a>(
    mut chain: impl Iterator<Item = Option<&'a AddressBlocks>>,
    findings: &mut Findings,
) {
    let Some(own) = chain.next().flatten() else {
        return;
    };
    findings.add_if(!own.is_canonical(), INVALID_EXTENSION);
    let mut wanted: Vec<&Family> = own.0.iter().collect();
    let mut top = Some(own);
    for next in chain {
        top = next;
        let Some(above) = top else {
            let listed = wanted.iter().any(|family| !family.addresses.is_inherited());
            findings.add_if(listed, UNNESTED_RESOURCE);
            continue;
        };
        findings.add_if(!above.is_canonical(), INVALID_EXTENSION);
        for family in &mut wanted {
            match (above.find(&family.number), &family.addresses) {
                (None, Share::Listed(_)) => {
                    findings.add(UNNESTED_RESOURCE);
                    break;
                }
                (Some(parent), share) => {
                    let Share::Listed(has) = &parent.addresses else { continue };
                    let size = family.size();
                    let ends = |one: &Addresses| one.ends(size);
                    match share {
                        Share::Listed(wants) if !contains(has, wants, ends) => {
                            findings.add(UNNESTED_RESOURCE);
                        }
                        _ => *family = parent,
                    }
                }
                (None, Share::Inherited) => {}
            }
        }
    }
    // An anchor inherits from nobody.
    for family in top.iter().flat_map(|top| &top.0) {
        let asked = wanted.iter().any(|wanted| wanted.number == family.number);
        findings.add_if(asked && family.addresses.is_inherited(), UNNESTED_RESOURCE);
    }
}
