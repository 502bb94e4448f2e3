//! Autonomous systems, and routing domains.

use std::cmp::Ordering;

use super::super::asn1::Value;
use super::super::error::{INVALID_EXTENSION, UNNESTED_RESOURCE};
use super::super::findings::Findings;
use super::share::{Ends, Share, before, contains};

/// An autonomousSysNum extension.
#[derive(Clone, Debug)]
pub(in crate::pki) struct AutonomousSystems {
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
    pub(in crate::pki) fn read(value: &Value<'_>) -> Option<Self> {
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

/// Of each certificate of a chain, from the leaf upwards; who has none needs none.
pub(in crate::pki) fn check<'a>(
    mut chain: impl Iterator<Item = Option<&'a AutonomousSystems>>,
    findings: &mut Findings,
) {
    let Some(own) = chain.next().flatten() else {
        return;
    };
    findings.add_if(!own.is_canonical(), INVALID_EXTENSION);
    let mut systems = Wanted::new(own.systems.as_ref());
    let mut domains = Wanted::new(own.domains.as_ref());
    let mut top = Some(own);
    for next in chain {
        top = next;
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
