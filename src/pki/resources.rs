//! Addresses and autonomous systems that a certificate may speak for (RFC 3779), as OpenSSL looks
//! at them: nobody has what his issuer does not have.

use std::cmp::Ordering;

use super::Findings;
use super::asn1::Value;
use super::certificate::Certificate;
use super::error::{INVALID_EXTENSION, UNNESTED_RESOURCE};

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

/// An ipAddrBlocks extension.
#[derive(Clone, Debug)]
pub(super) struct AddressBlocks(Vec<Family>);

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

/// The address before; the highest before the lowest.
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

impl AddressBlocks {
    /// From what `ADDRESS_BLOCKS` describes.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
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

impl Ends for Addresses {
    type End = Vec<u8>;
}

/// An autonomousSysNum extension.
#[derive(Clone, Debug)]
pub(super) struct AutonomousSystems {
    systems: Option<Share<Numbers>>,
    domains: Option<Share<Numbers>>,
}

/// An INTEGER's content, compared as OpenSSL compares them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Number {
    negative: bool,
    /// Of the value without its sign, no byte too many.
    digits: Vec<u8>,
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        let by_digits = || {
            self.digits.len().cmp(&other.digits.len()).then_with(|| self.digits.cmp(&other.digits))
        };
        match (self.negative, other.negative) {
            (false, false) => by_digits(),
            (true, true) => by_digits().reverse(),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
        }
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Number {
    fn read(value: &Value<'_>) -> Option<Self> {
        let content = value.content()?;
        let negative = content.first().is_some_and(|first| first & 0x80 != 0);
        let mut digits = content.to_vec();
        if negative {
            digits.iter_mut().for_each(|byte| *byte = !*byte);
            increment(&mut digits);
        }
        Some(Self { negative, digits: shortest(digits) })
    }

    fn next(&self) -> Self {
        let mut digits = self.digits.clone();
        if self.negative {
            let digits = shortest(before(&digits));
            return Self { negative: digits != [0], digits };
        }
        digits.insert(0, 0);
        increment(&mut digits);
        Self { negative: false, digits: shortest(digits) }
    }
}

fn increment(digits: &mut [u8]) {
    for byte in digits.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            break;
        }
    }
}

fn shortest(digits: Vec<u8>) -> Vec<u8> {
    let zeros = digits.iter().take_while(|&&byte| byte == 0).count();
    digits.get(zeros.min(digits.len().saturating_sub(1))..).unwrap_or_default().to_vec()
}

/// One number, or a range.
#[derive(Clone, Debug)]
struct Numbers {
    from: Number,
    to: Number,
}

impl Ends for Numbers {
    type End = Number;
}

impl Numbers {
    fn read(value: &Value<'_>) -> Option<Self> {
        match value {
            Value::Choice(0, one) => {
                let number = Number::read(one)?;
                Some(Self { from: number.clone(), to: number })
            }
            Value::Choice(_, range) => Some(Self {
                from: Number::read(range.field(0))?,
                to: Number::read(range.field(1))?,
            }),
            _ => None,
        }
    }
}

fn are_canonical(share: Option<&Share<Numbers>>) -> bool {
    let Some(Share::Listed(list)) = share else {
        return true;
    };
    let in_order = list.windows(2).all(|pair| match pair {
        [a, b] => a.from < b.from && a.from <= a.to && b.from <= b.to && a.to.next() < b.from,
        _ => false,
    });
    in_order && list.last().is_some_and(|last| last.from <= last.to)
}

impl AutonomousSystems {
    /// From what `AUTONOMOUS_SYSTEMS` describes.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        let share = |value: &Value<'_>| match value {
            Value::Absent => Some(None),
            value => Share::read(value, Numbers::read).map(Some),
        };
        Some(Self { systems: share(value.field(0))?, domains: share(value.field(1))? })
    }

    fn is_canonical(&self) -> bool {
        are_canonical(self.systems.as_ref()) && are_canonical(self.domains.as_ref())
    }
}

/// Both extensions, from the leaf upwards; who has none needs none.
pub(super) fn check(chain: &[impl AsRef<Certificate>], findings: &mut Findings) {
    check_systems(chain, findings);
    check_addresses(chain, findings);
}

/// What is asked for of one list, on the way upwards.
struct Wanted<'a> {
    list: Option<&'a [Numbers]>,
    inherited: bool,
}

impl<'a> Wanted<'a> {
    fn new(share: Option<&'a Share<Numbers>>) -> Self {
        match share {
            Some(Share::Listed(list)) => Self { list: Some(list), inherited: false },
            share => Self { list: None, inherited: share.is_some() },
        }
    }

    fn ask(&mut self, above: Option<&'a Share<Numbers>>, findings: &mut Findings) {
        match above {
            None if self.list.is_some() => {
                findings.add(UNNESTED_RESOURCE);
                *self = Self { list: None, inherited: false };
            }
            Some(Share::Listed(above)) => {
                let ends = |one: &Numbers| Some((one.from.clone(), one.to.clone()));
                if self.inherited || self.list.is_none_or(|list| contains(above, list, ends)) {
                    *self = Self { list: Some(above), inherited: false };
                } else {
                    findings.add(UNNESTED_RESOURCE);
                }
            }
            _ => {}
        }
    }
}

fn check_systems(chain: &[impl AsRef<Certificate>], findings: &mut Findings) {
    let mut certificates = chain.iter().map(AsRef::as_ref);
    let Some(own) = certificates.next().and_then(|leaf| leaf.extensions.systems.as_ref()) else {
        return;
    };
    findings.add_if(!own.is_canonical(), INVALID_EXTENSION);
    let mut systems = Wanted::new(own.systems.as_ref());
    let mut domains = Wanted::new(own.domains.as_ref());
    let mut top = Some(own);
    for certificate in certificates {
        top = certificate.extensions.systems.as_ref();
        let Some(above) = top else {
            let wanted = systems.list.is_some() || domains.list.is_some();
            findings.add_if(wanted, UNNESTED_RESOURCE);
            continue;
        };
        findings.add_if(!above.is_canonical(), INVALID_EXTENSION);
        systems.ask(above.systems.as_ref(), findings);
        domains.ask(above.domains.as_ref(), findings);
    }
    // An anchor inherits from nobody.
    for share in top.iter().flat_map(|top| [&top.systems, &top.domains]).flatten() {
        findings.add_if(share.is_inherited(), UNNESTED_RESOURCE);
    }
}

fn check_addresses(chain: &[impl AsRef<Certificate>], findings: &mut Findings) {
    let mut certificates = chain.iter().map(AsRef::as_ref);
    let Some(own) = certificates.next().and_then(|leaf| leaf.extensions.addresses.as_ref()) else {
        return;
    };
    findings.add_if(!own.is_canonical(), INVALID_EXTENSION);
    let mut wanted: Vec<&Family> = own.0.iter().collect();
    let mut top = Some(own);
    for certificate in certificates {
        top = certificate.extensions.addresses.as_ref();
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
