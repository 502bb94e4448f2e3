//! The types of X.509, in OpenSSL's words where they differ from the standard's.

use super::content::tag;
use super::template::{Field, Item, Tagging};

const fn field(item: &'static Item) -> Field {
    Field { tagging: Tagging::None, optional: false, item }
}

const fn optional(item: &'static Item) -> Field {
    Field { tagging: Tagging::None, optional: true, item }
}

const fn implicit(number: u32, item: &'static Item) -> Field {
    Field { tagging: Tagging::Implicit(number), optional: false, item }
}

const fn implicit_optional(number: u32, item: &'static Item) -> Field {
    Field { tagging: Tagging::Implicit(number), optional: true, item }
}

const fn explicit(number: u32, item: &'static Item) -> Field {
    Field { tagging: Tagging::Explicit(number), optional: false, item }
}

const fn explicit_optional(number: u32, item: &'static Item) -> Field {
    Field { tagging: Tagging::Explicit(number), optional: true, item }
}

const BOOLEAN: Item = Item::Plain(tag::BOOLEAN);
const INTEGER: Item = Item::Plain(tag::INTEGER);
const OBJECT: Item = Item::Plain(tag::OBJECT);
const IA5_STRING: Item = Item::Plain(tag::IA5_STRING);
const NULL: Item = Item::Plain(tag::NULL);
const TIME: Item = Item::OneOf(&[tag::UTC_TIME, tag::GENERALIZED_TIME]);

/// keyUsage and Netscape's type.
pub(in crate::pki) const BIT_STRING: Item = Item::Plain(tag::BIT_STRING);
/// A subjectKeyIdentifier.
pub(in crate::pki) const OCTET_STRING: Item = Item::Plain(tag::OCTET_STRING);

/// The types of an attribute's value (`B_ASN1_PRINTABLE`), among them those without a name.
const PRINTABLE: Item = Item::OneOf(&[
    tag::BIT_STRING,
    7,
    8,
    9,
    11,
    tag::UTF8_STRING,
    13,
    14,
    15,
    tag::SEQUENCE,
    tag::NUMERIC_STRING,
    tag::PRINTABLE_STRING,
    tag::T61_STRING,
    tag::IA5_STRING,
    tag::UNIVERSAL_STRING,
    29,
    tag::BMP_STRING,
]);

const DIRECTORY_STRING: Item = Item::OneOf(&[
    tag::UTF8_STRING,
    tag::PRINTABLE_STRING,
    tag::T61_STRING,
    tag::UNIVERSAL_STRING,
    tag::BMP_STRING,
]);

const ATTRIBUTE: Item = Item::Sequence(&[field(&OBJECT), field(&PRINTABLE)]);
const RDN: Item = Item::Repeated(tag::SET, &ATTRIBUTE);
/// What a Name consists of.
const RDNS: Item = Item::Repeated(tag::SEQUENCE, &RDN);
const NAME: Item = Item::Name(&RDNS);

/// OID, parameters.
pub(in crate::pki) const ALGORITHM: Item = Item::Sequence(&[field(&OBJECT), optional(&Item::Any)]);

/// Algorithm, key.
pub(in crate::pki) const PUBLIC_KEY: Item =
    Item::Sequence(&[field(&ALGORITHM), field(&BIT_STRING)]);

/// OID, critical, value.
const EXTENSION: Item = Item::Sequence(&[field(&OBJECT), optional(&BOOLEAN), field(&OCTET_STRING)]);

const VALIDITY: Item = Item::Sequence(&[field(&TIME), field(&TIME)]);
const EXTENSIONS: Item = Item::Repeated(tag::SEQUENCE, &EXTENSION);

/// Version, serial, signature, issuer, validity, subject, key, two unique identifiers, extensions.
const SIGNED: Item = Item::Sequence(&[
    explicit_optional(0, &INTEGER),
    field(&INTEGER),
    field(&ALGORITHM),
    field(&NAME),
    field(&VALIDITY),
    field(&NAME),
    field(&PUBLIC_KEY),
    implicit_optional(1, &BIT_STRING),
    implicit_optional(2, &BIT_STRING),
    explicit_optional(3, &EXTENSIONS),
]);

/// The signed part, the algorithm of the signature, the signature.
pub(in crate::pki) const CERTIFICATE: Item =
    Item::Sequence(&[field(&SIGNED), field(&ALGORITHM), field(&BIT_STRING)]);

/// Modulus, exponent.
pub(in crate::pki) const RSA_PUBLIC_KEY: Item =
    Item::Sequence(&[field(&Item::Unsigned), field(&Item::Unsigned)]);

/// Digest, mask generation, length of the salt, trailer.
pub(in crate::pki) const PSS_PARAMETERS: Item = Item::Sequence(&[
    explicit_optional(0, &ALGORITHM),
    explicit_optional(1, &ALGORITHM),
    explicit_optional(2, &INTEGER),
    explicit_optional(3, &INTEGER),
]);

/// CA, path length.
pub(in crate::pki) const BASIC_CONSTRAINTS: Item =
    Item::Sequence(&[optional(&BOOLEAN), optional(&INTEGER)]);

/// OIDs.
pub(in crate::pki) const EXTENDED_KEY_USAGE: Item = Item::Repeated(tag::SEQUENCE, &OBJECT);

const PROXY_POLICY: Item = Item::Sequence(&[field(&OBJECT), optional(&OCTET_STRING)]);
/// Path length, policy.
pub(in crate::pki) const PROXY_CERT_INFO: Item =
    Item::Sequence(&[optional(&INTEGER), field(&PROXY_POLICY)]);

/// Type, value.
const OTHER_NAME: Item = Item::Sequence(&[field(&OBJECT), explicit(0, &Item::Any)]);
const EDI_PARTY_NAME: Item =
    Item::Sequence(&[explicit_optional(0, &DIRECTORY_STRING), explicit(1, &DIRECTORY_STRING)]);
const X400_ADDRESS: Item = Item::Plain(tag::SEQUENCE);

/// By the tag number.
pub(in crate::pki) const GENERAL_NAME: Item = Item::Choice(&[
    implicit(0, &OTHER_NAME),
    implicit(1, &IA5_STRING),
    implicit(2, &IA5_STRING),
    implicit(3, &X400_ADDRESS),
    explicit(4, &NAME),
    implicit(5, &EDI_PARTY_NAME),
    implicit(6, &IA5_STRING),
    implicit(7, &OCTET_STRING),
    implicit(8, &OBJECT),
]);

/// A subjectAltName.
pub(in crate::pki) const GENERAL_NAMES: Item = Item::Repeated(tag::SEQUENCE, &GENERAL_NAME);

/// Key, issuer's names, serial.
pub(in crate::pki) const AUTHORITY_KEY_ID: Item = Item::Sequence(&[
    implicit_optional(0, &OCTET_STRING),
    implicit_optional(1, &GENERAL_NAMES),
    implicit_optional(2, &INTEGER),
]);

/// Base, minimum, maximum.
const SUBTREE: Item = Item::Sequence(&[
    field(&GENERAL_NAME),
    implicit_optional(0, &INTEGER),
    implicit_optional(1, &INTEGER),
]);
const SUBTREES: Item = Item::Repeated(tag::SEQUENCE, &SUBTREE);
/// Permitted, excluded.
pub(in crate::pki) const NAME_CONSTRAINTS: Item =
    Item::Sequence(&[implicit_optional(0, &SUBTREES), implicit_optional(1, &SUBTREES)]);

const RELATIVE_NAME: Item = Item::Repeated(tag::SET, &ATTRIBUTE);
const POINT_NAME: Item = Item::Choice(&[implicit(0, &GENERAL_NAMES), implicit(1, &RELATIVE_NAME)]);
/// Name, reasons, issuer of the list.
const DISTRIBUTION_POINT: Item = Item::Sequence(&[
    explicit_optional(0, &POINT_NAME),
    implicit_optional(1, &BIT_STRING),
    implicit_optional(2, &GENERAL_NAMES),
]);
pub(in crate::pki) const DISTRIBUTION_POINTS: Item =
    Item::Repeated(tag::SEQUENCE, &DISTRIBUTION_POINT);

/// Both ends.
const ADDRESS_RANGE: Item = Item::Sequence(&[field(&BIT_STRING), field(&BIT_STRING)]);
/// A prefix, or a range.
const ADDRESSES: Item = Item::Choice(&[field(&BIT_STRING), field(&ADDRESS_RANGE)]);
const ADDRESS_LIST: Item = Item::Repeated(tag::SEQUENCE, &ADDRESSES);
/// Inherited, or listed.
const ADDRESS_CHOICE: Item = Item::Choice(&[field(&NULL), field(&ADDRESS_LIST)]);
/// Family, addresses.
const ADDRESS_FAMILY: Item = Item::Sequence(&[field(&OCTET_STRING), field(&ADDRESS_CHOICE)]);
/// RFC 3779, section 2.
pub(in crate::pki) const ADDRESS_BLOCKS: Item = Item::Repeated(tag::SEQUENCE, &ADDRESS_FAMILY);

/// Both ends.
const NUMBER_RANGE: Item = Item::Sequence(&[field(&INTEGER), field(&INTEGER)]);
/// One, or a range.
const NUMBERS: Item = Item::Choice(&[field(&INTEGER), field(&NUMBER_RANGE)]);
const NUMBER_LIST: Item = Item::Repeated(tag::SEQUENCE, &NUMBERS);
/// Inherited, or listed.
const NUMBER_CHOICE: Item = Item::Choice(&[field(&NULL), field(&NUMBER_LIST)]);
/// RFC 3779, section 3: autonomous systems, routing domains.
pub(in crate::pki) const AUTONOMOUS_SYSTEMS: Item =
    Item::Sequence(&[explicit_optional(0, &NUMBER_CHOICE), explicit_optional(1, &NUMBER_CHOICE)]);
