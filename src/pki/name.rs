//! Names, compared as OpenSSL does.

use x509_parser::prelude::FromDer;
use x509_parser::x509::X509Name;

use super::der::{Elements, constructed, context};

/// ASN.1 string types that are compared by their characters (X.680, clause 8.4).
const UTF8: u32 = 12;
const PRINTABLE: u32 = 19;
const T61: u32 = 20;
const IA5: u32 = 22;
const VISIBLE: u32 = 26;
const UNIVERSAL: u32 = 28;
const BMP: u32 = 30;

/// A form in which equal names are equal bytes: strings as UTF-8, ASCII letters folded, spaces
/// trimmed and collapsed. A name's form begins with the form of every name it is below.
///
/// `None` for a string that is not valid in its type.
pub(super) fn canonical(name: &X509Name<'_>) -> Option<Vec<u8>> {
    let mut form = Vec::new();
    for set in name.iter_rdn() {
        let mut attributes = set
            .iter()
            .map(|attribute| {
                let value = attribute.attr_value();
                let mut bytes = Vec::new();
                append(&mut bytes, attribute.attr_type().as_bytes());
                match text(value.tag().0, value.data)? {
                    Some(text) => {
                        bytes.push(1);
                        append(&mut bytes, &fold(&text));
                    }
                    None => {
                        bytes.push(0);
                        append(&mut bytes, &value.tag().0.to_be_bytes());
                        append(&mut bytes, value.data);
                    }
                }
                Some(bytes)
            })
            .collect::<Option<Vec<_>>>()?;
        attributes.sort();
        append(&mut form, &attributes.concat());
    }
    Some(form)
}

/// As [`canonical`], from the DER of a Name.
pub(super) fn canonical_der(der: &[u8]) -> Option<Vec<u8>> {
    match X509Name::from_der(der) {
        Ok(([], name)) => canonical(&name),
        _ => None,
    }
}

fn append(form: &mut Vec<u8>, bytes: &[u8]) {
    form.extend_from_slice(&u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    form.extend_from_slice(bytes);
}

/// A string's characters; inner `None` for a type that is no string.
pub(super) fn text(tag: u32, data: &[u8]) -> Option<Option<String>> {
    Some(Some(match tag {
        UTF8 => str::from_utf8(data).ok()?.to_owned(),
        PRINTABLE | T61 | IA5 | VISIBLE => data.iter().map(|&byte| char::from(byte)).collect(),
        BMP => {
            let (units, []) = data.as_chunks::<2>() else {
                return None;
            };
            let units: Vec<u16> = units.iter().map(|unit| u16::from_be_bytes(*unit)).collect();
            String::from_utf16(&units).ok()?
        }
        UNIVERSAL => {
            let (points, []) = data.as_chunks::<4>() else {
                return None;
            };
            points
                .iter()
                .map(|point| char::from_u32(u32::from_be_bytes(*point)))
                .collect::<Option<String>>()?
        }
        _ => return Some(None),
    }))
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

/// A GeneralName (RFC 5280, section 4.2.1.6), as far as names are judged here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GeneralName {
    Dns(Vec<u8>),
    /// An address, or in a constraint an address and a mask.
    Ip(Vec<u8>),
    /// In canonical form.
    Directory(Vec<u8>),
    /// A form that cannot be judged, by its tag number.
    Other(u8),
}

impl GeneralName {
    /// From a tag and its content; `None` if it is not well-formed.
    pub(super) fn read(tag: u8, content: &[u8]) -> Option<Self> {
        const DNS: u8 = context(2);
        const DIRECTORY: u8 = constructed(4);
        const IP: u8 = context(7);
        Some(match tag {
            DNS => Self::Dns(content.to_vec()),
            DIRECTORY => Self::Directory(canonical_der(content)?),
            IP => Self::Ip(content.to_vec()),
            _ if tag & 0xc0 == 0x80 && tag & 0x1f <= 8 => Self::Other(tag & 0x1f),
            _ => return None,
        })
    }

    /// The elements of a GeneralNames.
    pub(super) fn read_all(content: &[u8]) -> Option<Vec<Self>> {
        let mut elements = Elements::new(content);
        let mut names = Vec::new();
        while !elements.is_empty() {
            let (tag, content) = elements.take()?;
            names.push(Self::read(tag, content)?);
        }
        Some(names)
    }

    /// Whether both are of one form, so that a constraint of one applies to the other.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Other(a), Self::Other(b)) => a == b,
            _ => std::mem::discriminant(self) == std::mem::discriminant(other),
        }
    }
}
