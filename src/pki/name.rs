//! Names, compared as OpenSSL does.

use super::asn1::{Value, tag};

/// A Name (RFC 5280, section 4.1.2.4), as it is compared.
#[derive(Debug)]
pub(super) struct Name<'a> {
    /// As it was encoded.
    pub(super) whole: &'a [u8],
    /// A form in which equal names are equal bytes: strings as UTF-8, ASCII letters folded, spaces
    /// trimmed and collapsed. A name's form begins with the form of every name it is below.
    pub(super) canonical: Vec<u8>,
    /// How many attributes it has.
    pub(super) attributes: usize,
    pub(super) common_names: Vec<Attribute>,
    pub(super) emails: Vec<Attribute>,
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    pub(super) tag: u32,
    pub(super) content: Vec<u8>,
}

impl Attribute {
    /// Its characters; `None` if it has none, or not valid ones.
    pub(super) fn text(&self) -> Option<String> {
        text(self.tag, &self.content)
    }

    #[cfg(test)]
    pub(super) fn sample(text: &str) -> Self {
        Self { tag: tag::UTF8_STRING, content: text.into() }
    }
}

impl<'a> Name<'a> {
    /// From what `RDNS` describes; `None` for a string that is not valid in its type.
    pub(super) fn read(whole: &'a [u8], sets: &Value<'_>) -> Option<Self> {
        let mut name = Self {
            whole,
            canonical: Vec::new(),
            attributes: 0,
            common_names: Vec::new(),
            emails: Vec::new(),
        };
        for set in sets.elements() {
            let mut forms = Vec::with_capacity(1);
            for attribute in set.elements() {
                let oid = attribute.field(0).content()?;
                let Value::Plain { tag, unused, content } = attribute.field(1) else {
                    return None;
                };
                forms.push(canonical(oid, *tag, *unused, content)?);
                name.attributes += 1;
                let value = || Attribute { tag: *tag, content: content.to_vec() };
                match oid {
                    COMMON_NAME => name.common_names.push(value()),
                    EMAIL_ADDRESS => name.emails.push(value()),
                    _ => {}
                }
            }
            // A set without attributes leaves no trace.
            if !forms.is_empty() {
                forms.sort();
                append(&mut name.canonical, &forms.concat());
            }
        }
        Some(name)
    }
}

/// The form of an attribute. Which types are converted is OpenSSL's choice (`ASN1_MASK_CANON`).
fn canonical(oid: &[u8], tag: u32, unused: u8, content: &[u8]) -> Option<Vec<u8>> {
    let mut form = Vec::with_capacity(oid.len() + content.len() + 16);
    append(&mut form, oid);
    match tag {
        tag::UTF8_STRING
        | tag::BMP_STRING
        | tag::UNIVERSAL_STRING
        | tag::PRINTABLE_STRING
        | tag::T61_STRING
        | tag::IA5_STRING
        | tag::VISIBLE_STRING => {
            form.push(1);
            append(&mut form, &fold(&text(tag, content)?));
        }
        _ => {
            form.extend([0, unused]);
            append(&mut form, &tag.to_be_bytes());
            append(&mut form, content);
        }
    }
    Some(form)
}

fn append(form: &mut Vec<u8>, bytes: &[u8]) {
    form.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    form.extend_from_slice(bytes);
}

/// A string's characters (`ASN1_STRING_to_UTF8`); `None` if they are not valid, or the type has none.
fn text(tag: u32, content: &[u8]) -> Option<String> {
    match tag {
        tag::UTF8_STRING => str::from_utf8(content).ok().map(str::to_owned),
        tag::NUMERIC_STRING
        | tag::PRINTABLE_STRING
        | tag::T61_STRING
        | tag::IA5_STRING
        | tag::UTC_TIME
        | tag::GENERALIZED_TIME
        | tag::VISIBLE_STRING => Some(content.iter().map(|&byte| char::from(byte)).collect()),
        // Without pairs of surrogates.
        tag::BMP_STRING => match content.as_chunks::<2>() {
            (units, []) => units
                .iter()
                .map(|unit| char::from_u32(u32::from(u16::from_be_bytes(*unit))))
                .collect(),
            _ => None,
        },
        tag::UNIVERSAL_STRING => match content.as_chunks::<4>() {
            (points, []) => {
                points.iter().map(|point| char::from_u32(u32::from_be_bytes(*point))).collect()
            }
            _ => None,
        },
        _ => None,
    }
}

fn fold(text: &str) -> Vec<u8> {
    let space = |c: char| matches!(c, ' ' | '\t'..='\r');
    text.split(space)
        .filter(|word| !word.is_empty())
        .map(str::to_ascii_lowercase)
        .collect::<Vec<_>>()
        .join(" ")
        .into_bytes()
}

/// 2.5.4.3
const COMMON_NAME: &[u8] = &[0x55, 4, 3];
/// 1.2.840.113549.1.9.1
const EMAIL_ADDRESS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1];
