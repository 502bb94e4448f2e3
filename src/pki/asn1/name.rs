//! Names, compared as OpenSSL does.

use super::content::tag;

/// A Name (RFC 5280, section 4.1.2.4), as it is compared.
#[derive(Debug)]
pub(in crate::pki) struct Name<'a> {
    /// As it was encoded.
    pub(in crate::pki) whole: &'a [u8],
    /// A form in which equal names are equal bytes: strings as UTF-8, ASCII letters folded, spaces
    /// trimmed and collapsed. A name's form begins with the form of every name it is below.
    pub(in crate::pki) canonical: Vec<u8>,
    /// How many attributes it has.
    pub(in crate::pki) attributes: usize,
    pub(in crate::pki) common_names: Vec<Attribute>,
    pub(in crate::pki) emails: Vec<Attribute>,
}

/// An attribute as it was read.
pub(super) struct Part<'b> {
    pub(super) oid: &'b [u8],
    pub(super) tag: u32,
    /// Of a BIT STRING.
    pub(super) unused: u8,
    pub(super) content: &'b [u8],
}

/// The value of an attribute.
#[derive(Clone, Debug)]
pub(in crate::pki) struct Attribute {
    pub(in crate::pki) tag: u32,
    pub(in crate::pki) content: Vec<u8>,
}

impl Attribute {
    /// Its characters; `None` if it has none, or not valid ones.
    pub(in crate::pki) fn text(&self) -> Option<String> {
        text(self.tag, &self.content)
    }

    #[cfg(test)]
    pub(in crate::pki) fn sample(text: &str) -> Self {
        Self { tag: tag::UTF8_STRING, content: text.into() }
    }
}

impl<'a> Name<'a> {
    /// One without attributes.
    pub(super) fn new(whole: &'a [u8]) -> Self {
        Self {
            whole,
            canonical: Vec::new(),
            attributes: 0,
            common_names: Vec::new(),
            emails: Vec::new(),
        }
    }

    /// A set of attributes follows; `None` if one is none, or has a string that is not valid in its type.
    pub(super) fn add<'b>(&mut self, set: impl Iterator<Item = Option<Part<'b>>>) -> Option<()> {
        let mut forms = Vec::with_capacity(1);
        for part in set {
            let Part { oid, tag, unused, content } = part?;
            forms.push(canonical(oid, tag, unused, content)?);
            self.attributes += 1;
            let value = || Attribute { tag, content: content.to_vec() };
            match oid {
                COMMON_NAME => self.common_names.push(value()),
                EMAIL_ADDRESS => self.emails.push(value()),
                _ => {}
            }
        }
        // A set without attributes leaves no trace.
        if !forms.is_empty() {
            forms.sort();
            append(&mut self.canonical, &forms.concat());
        }
        Some(())
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
