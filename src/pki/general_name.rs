//! Alternative names.

use super::asn1::Value;

/// A GeneralName (RFC 5280, section 4.2.1.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum GeneralName {
    /// Of a type.
    Other(Vec<u8>),
    Email(Vec<u8>),
    Dns(Vec<u8>),
    /// In canonical form.
    Directory(Vec<u8>),
    Uri(Vec<u8>),
    /// An address, or in a constraint an address and a mask.
    Ip(Vec<u8>),
    /// A form that is compared with nothing, by its tag number.
    Rare(usize),
}

impl GeneralName {
    /// From what `GENERAL_NAME` describes.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        let Value::Choice(number, value) = value else {
            return None;
        };
        let bytes = || value.content().map(<[u8]>::to_vec);
        Some(match (number, &**value) {
            (0, other) => Self::Other(other.field(0).content()?.to_vec()),
            (1, _) => Self::Email(bytes()?),
            (2, _) => Self::Dns(bytes()?),
            (4, Value::Name(name)) => Self::Directory(name.canonical.clone()),
            (6, _) => Self::Uri(bytes()?),
            (7, _) => Self::Ip(bytes()?),
            (&number, _) => Self::Rare(number),
        })
    }

    /// From what `GENERAL_NAMES` describes.
    pub(super) fn read_all(value: &Value<'_>) -> Option<Vec<Self>> {
        value.elements().iter().map(Self::read).collect()
    }

    /// Whether a constraint of this form applies to `name`.
    pub(super) fn is_like(&self, name: &Self) -> bool {
        match (self, name) {
            (Self::Other(a), Self::Other(b)) => a == b,
            (Self::Rare(a), Self::Rare(b)) => a == b,
            // An internationalized mailbox (RFC 8398) is an e-mail address.
            (Self::Email(_), Self::Other(kind)) => kind == SMTP_UTF8_MAILBOX,
            _ => std::mem::discriminant(self) == std::mem::discriminant(name),
        }
    }
}

/// 1.3.6.1.5.5.7.8.9
const SMTP_UTF8_MAILBOX: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 8, 9];
