//! Reading ASN.1 as OpenSSL's `d2i` functions do: BER where they take BER, DER where they insist on it.
//!
//! [`ber`] reads headers and strings, [`content`] judges the content of a type, [`template`] reads
//! what a table of [`x509`] describes.

mod ber;
mod content;
mod name;
mod template;
pub(super) mod x509;

pub(super) use content::{is_short_time, tag};
pub(super) use name::{Attribute, Name};
pub(super) use template::{Item, Value, read};
