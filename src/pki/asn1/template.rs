//! Reading by a table, as `asn1_item_embed_d2i` does.

use std::borrow::Cow;

use super::ber::{self, Class, Header, Malformed};
use super::content::{check, is_short_time, tag};
use super::name::{Name, Part};

/// A type.
#[derive(Debug)]
pub(in crate::pki) enum Item {
    /// A universal type.
    Plain(u32),
    /// An INTEGER of which only the bytes count, without a sign (`BIGNUM`).
    Unsigned,
    /// Any type; constructed ones and those of other classes are kept as they are encoded.
    Any,
    /// One of several universal types.
    OneOf(&'static [u32]),
    Sequence(&'static [Field]),
    /// The first of which the tag fits.
    Choice(&'static [Field]),
    /// SEQUENCE OF or SET OF, by the universal tag.
    Repeated(u32, &'static Item),
    /// A Name, of what is described; it has to have a canonical form.
    Name(&'static Item),
}

/// A part of a type.
#[derive(Debug)]
pub(in crate::pki) struct Field {
    pub(in crate::pki) tagging: Tagging,
    pub(in crate::pki) optional: bool,
    pub(in crate::pki) item: &'static Item,
}

/// A context-specific tag.
#[derive(Clone, Copy, Debug)]
pub(in crate::pki) enum Tagging {
    None,
    /// In place of the type's own.
    Implicit(u32),
    /// Around it.
    Explicit(u32),
}

/// What was read.
#[derive(Debug)]
pub(in crate::pki) enum Value<'a> {
    /// An optional field is not there.
    Absent,
    Plain {
        tag: u32,
        /// Of a BIT STRING.
        unused: u8,
        content: Cow<'a, [u8]>,
    },
    Sequence {
        /// As it was encoded.
        whole: &'a [u8],
        fields: Vec<Value<'a>>,
    },
    Choice(usize, Box<Value<'a>>),
    Repeated(Vec<Value<'a>>),
    Name(Box<Name<'a>>),
}

impl<'a> Value<'a> {
    pub(in crate::pki) fn is_present(&self) -> bool {
        !matches!(self, Self::Absent)
    }

    /// The content of a plain type.
    pub(in crate::pki) fn content(&self) -> Option<&[u8]> {
        match self {
            Self::Plain { content, .. } => Some(content),
            _ => None,
        }
    }

    /// The fields of a SEQUENCE; none of what is not there.
    pub(in crate::pki) fn fields(&self) -> &[Value<'a>] {
        match self {
            Self::Sequence { fields, .. } => fields,
            _ => &[],
        }
    }

    /// Field `at`.
    pub(in crate::pki) fn field(&self, at: usize) -> &Value<'a> {
        self.fields().get(at).unwrap_or(&Self::Absent)
    }

    /// The elements of SEQUENCE OF or SET OF; none of what is not there.
    pub(in crate::pki) fn elements(&self) -> &[Value<'a>] {
        match self {
            Self::Repeated(list) => list,
            _ => &[],
        }
    }
}

/// Reads what `input` begins with, and leaves there what follows.
pub(in crate::pki) fn read<'a>(item: &Item, input: &mut &'a [u8]) -> Result<Value<'a>, Malformed> {
    item_at(item, None, false, input)?.ok_or(Malformed)
}

/// `None` if `optional` and the tag is another one.
fn item_at<'a>(
    item: &Item,
    implicit: Option<u32>,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<Value<'a>>, Malformed> {
    match item {
        Item::Plain(own) => plain(*own, implicit, optional, input),
        Item::Unsigned => {
            let Some((header, _)) = expect(implicit, tag::INTEGER, optional, input)? else {
                return Ok(None);
            };
            if header.constructed {
                return Err(Malformed);
            }
            let content = take(header.length, input)?;
            Ok(Some(Value::Plain { tag: tag::INTEGER, unused: 0, content: content.into() }))
        }
        Item::Any => any(input).map(Some),
        Item::OneOf(tags) => {
            let header = ber::header(&mut &**input)?;
            if header.class != Class::Universal || !tags.contains(&header.tag) {
                return if optional { Ok(None) } else { Err(Malformed) };
            }
            plain(header.tag, None, false, input)
        }
        Item::Sequence(fields) => sequence(fields, implicit, optional, input),
        Item::Choice(fields) => {
            for (at, field) in fields.iter().enumerate() {
                if let Some(value) = field_at(field, true, input)? {
                    return Ok(Some(Value::Choice(at, Box::new(value))));
                }
            }
            if optional { Ok(None) } else { Err(Malformed) }
        }
        Item::Repeated(own, element) => repeated(*own, element, implicit, optional, input),
        Item::Name(sets) => {
            let whole = *input;
            let Some(sets) = item_at(sets, implicit, optional, input)? else {
                return Ok(None);
            };
            let whole = behind(whole, input);
            name(whole, &sets).map(|name| Some(Value::Name(Box::new(name)))).ok_or(Malformed)
        }
    }
}

/// `None` for a string that is not valid in its type.
fn name<'a>(whole: &'a [u8], sets: &Value<'_>) -> Option<Name<'a>> {
    let mut name = Name::new(whole);
    for set in sets.elements() {
        let parts = set.elements().iter().map(|attribute| {
            let oid = attribute.field(0).content()?;
            let Value::Plain { tag, unused, content } = attribute.field(1) else {
                return None;
            };
            Some(Part { oid, tag: *tag, unused: *unused, content })
        });
        name.add(parts)?;
    }
    Some(name)
}

/// `None` if `optional` and the tag is another one.
fn field_at<'a>(
    field: &Field,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<Value<'a>>, Malformed> {
    match field.tagging {
        Tagging::None => item_at(field.item, None, optional, input),
        Tagging::Implicit(tag) => item_at(field.item, Some(tag), optional, input),
        Tagging::Explicit(tag) => {
            let Some((header, _)) = expect(Some(tag), tag, optional, input)? else {
                return Ok(None);
            };
            if !header.constructed {
                return Err(Malformed);
            }
            let (mut content, rest) = input.split_at_checked(header.length).ok_or(Malformed)?;
            let value = item_at(field.item, None, false, &mut content)?;
            end(&header, &mut content, false)?;
            *input = if header.indefinite { content } else { rest };
            Ok(value)
        }
    }
}

/// Takes a header with a context-specific tag if there is one, or else with a universal one, and
/// returns it with the bytes from it on; `None` if `optional` and the tag is another one.
fn expect<'a>(
    context: Option<u32>,
    universal: u32,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<(Header, &'a [u8])>, Malformed> {
    let whole = *input;
    let mut rest = *input;
    let header = ber::header(&mut rest)?;
    let wanted = match context {
        Some(tag) => (Class::Context, tag),
        None => (Class::Universal, universal),
    };
    if (header.class, header.tag) != wanted {
        return if optional { Ok(None) } else { Err(Malformed) };
    }
    *input = rest;
    Ok(Some((header, whole)))
}

fn take<'a>(length: usize, input: &mut &'a [u8]) -> Result<&'a [u8], Malformed> {
    let (content, rest) = input.split_at_checked(length).ok_or(Malformed)?;
    *input = rest;
    Ok(content)
}

/// What of `whole` lies before `rest`, which is its end.
fn behind<'a>(whole: &'a [u8], rest: &[u8]) -> &'a [u8] {
    whole.get(..whole.len().saturating_sub(rest.len())).unwrap_or_default()
}

/// Checks that the content of a SEQUENCE or an explicit tag is at its end.
fn end(header: &Header, content: &mut &[u8], ended: bool) -> Result<(), Malformed> {
    let sound = match header.indefinite {
        true => ended || ber::end_of_contents(content),
        false => content.is_empty(),
    };
    if sound { Ok(()) } else { Err(Malformed) }
}

fn plain<'a>(
    own: u32,
    implicit: Option<u32>,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<Value<'a>>, Malformed> {
    let Some((header, whole)) = expect(implicit, own, optional, input)? else {
        return Ok(None);
    };
    let content = match own {
        tag::SEQUENCE | tag::SET => {
            if !header.constructed {
                return Err(Malformed);
            }
            ber::skip(&header, input)?;
            Cow::Borrowed(behind(whole, input))
        }
        _ if !header.constructed => Cow::Borrowed(take(header.length, input)?),
        tag::NULL | tag::BOOLEAN | tag::OBJECT | tag::INTEGER | tag::ENUMERATED => {
            return Err(Malformed);
        }
        _ => Cow::Owned(ber::collect(&header, input)?),
    };
    let (unused, content) = check(own, content)?;
    Ok(Some(Value::Plain { tag: own, unused, content }))
}

/// The tag of a value of another class than the universal one.
const OTHER: u32 = u32::MAX;

fn any<'a>(input: &mut &'a [u8]) -> Result<Value<'a>, Malformed> {
    let whole = *input;
    let mut rest = *input;
    let header = ber::header(&mut rest)?;
    if header.class == Class::Universal {
        let value = plain(header.tag, None, false, input)?.ok_or(Malformed)?;
        return match &value {
            // The stricter of OpenSSL's versions is followed.
            Value::Plain { tag, content, .. } if is_short_time(*tag, content) => Err(Malformed),
            _ => Ok(value),
        };
    }
    ber::skip(&header, &mut rest)?;
    *input = rest;
    Ok(Value::Plain { tag: OTHER, unused: 0, content: behind(whole, input).into() })
}

fn sequence<'a>(
    fields: &[Field],
    implicit: Option<u32>,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<Value<'a>>, Malformed> {
    let Some((header, whole)) = expect(implicit, tag::SEQUENCE, optional, input)? else {
        return Ok(None);
    };
    if !header.constructed {
        return Err(Malformed);
    }
    let (mut content, rest) = input.split_at_checked(header.length).ok_or(Malformed)?;
    let mut values = Vec::with_capacity(fields.len());
    let mut ended = false;
    let last = fields.len().saturating_sub(1);
    for (at, field) in fields.iter().enumerate() {
        ended = ended || at_end(&header, &mut content)?;
        // What is left must be the last field, wherever it is optional.
        let value = match ended || content.is_empty() {
            true if !field.optional => return Err(Malformed),
            true => None,
            false => field_at(field, field.optional && at < last, &mut content)?,
        };
        values.push(value.unwrap_or(Value::Absent));
    }
    end(&header, &mut content, ended)?;
    *input = if header.indefinite { content } else { rest };
    Ok(Some(Value::Sequence { whole: behind(whole, input), fields: values }))
}

/// Takes an end-of-contents, which may only be where the length is indefinite.
fn at_end(header: &Header, content: &mut &[u8]) -> Result<bool, Malformed> {
    let ended = ber::end_of_contents(content);
    if ended && !header.indefinite { Err(Malformed) } else { Ok(ended) }
}

/// OpenSSL does not mind whether it is marked as constructed.
fn repeated<'a>(
    own: u32,
    element: &Item,
    implicit: Option<u32>,
    optional: bool,
    input: &mut &'a [u8],
) -> Result<Option<Value<'a>>, Malformed> {
    let Some((header, _)) = expect(implicit, own, optional, input)? else {
        return Ok(None);
    };
    let (mut content, rest) = input.split_at_checked(header.length).ok_or(Malformed)?;
    let mut list = Vec::new();
    let mut ended = false;
    while !content.is_empty() {
        ended = at_end(&header, &mut content)?;
        if ended {
            break;
        }
        list.push(read(element, &mut content)?);
    }
    if header.indefinite && !ended {
        return Err(Malformed);
    }
    *input = if header.indefinite { content } else { rest };
    Ok(Some(Value::Repeated(list)))
}
