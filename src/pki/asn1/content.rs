//! What the content of a type has to be (`asn1_ex_c2i`).

use std::borrow::Cow;

use super::ber::Malformed;

/// Universal tag numbers.
pub(crate) mod tag {
    pub(crate) const BOOLEAN: u32 = 1;
    pub(crate) const INTEGER: u32 = 2;
    pub(crate) const BIT_STRING: u32 = 3;
    pub(crate) const OCTET_STRING: u32 = 4;
    pub(crate) const NULL: u32 = 5;
    pub(crate) const OBJECT: u32 = 6;
    pub(crate) const ENUMERATED: u32 = 10;
    pub(crate) const UTF8_STRING: u32 = 12;
    pub(crate) const SEQUENCE: u32 = 16;
    pub(crate) const SET: u32 = 17;
    pub(crate) const NUMERIC_STRING: u32 = 18;
    pub(crate) const PRINTABLE_STRING: u32 = 19;
    pub(crate) const T61_STRING: u32 = 20;
    pub(crate) const IA5_STRING: u32 = 22;
    pub(crate) const UTC_TIME: u32 = 23;
    pub(crate) const GENERALIZED_TIME: u32 = 24;
    pub(crate) const VISIBLE_STRING: u32 = 26;
    pub(crate) const UNIVERSAL_STRING: u32 = 28;
    pub(crate) const BMP_STRING: u32 = 30;
}

/// The content as it is kept; of a BIT STRING without its first byte, which is returned, and with
/// zeros in the unused bits.
pub(super) fn check(tag: u32, content: Cow<'_, [u8]>) -> Result<(u8, Cow<'_, [u8]>), Malformed> {
    let sound = match tag {
        tag::BIT_STRING => return bits(content),
        tag::BOOLEAN => content.len() == 1,
        tag::NULL => content.is_empty(),
        tag::INTEGER | tag::ENUMERATED => is_minimal(&content),
        tag::OBJECT => is_object(&content),
        tag::BMP_STRING => content.len().is_multiple_of(2),
        tag::UNIVERSAL_STRING => content.len().is_multiple_of(4),
        _ => true,
    };
    if sound { Ok((0, content)) } else { Err(Malformed) }
}

/// Whether a time has fewer characters than one to the second with a `Z`, which OpenSSL reads before 3.2 only.
pub(crate) fn is_short_time(tag: u32, content: &[u8]) -> bool {
    match tag {
        tag::UTC_TIME => content.len() < 13,
        tag::GENERALIZED_TIME => content.len() < 15,
        _ => false,
    }
}

fn bits(mut content: Cow<'_, [u8]>) -> Result<(u8, Cow<'_, [u8]>), Malformed> {
    let &unused = content.first().ok_or(Malformed)?;
    if unused > 7 {
        return Err(Malformed);
    }
    let mask = 0xff << unused;
    if let [_, .., last] = *content
        && last & !mask != 0
        && let Some(last) = content.to_mut().last_mut()
    {
        *last &= mask;
    }
    let bits = match content {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(1..).unwrap_or_default()),
        Cow::Owned(mut bytes) => {
            bytes.remove(0);
            Cow::Owned(bytes)
        }
    };
    Ok((unused, bits))
}

/// Two's complement without a byte too many.
fn is_minimal(content: &[u8]) -> bool {
    match content {
        [] => false,
        [0, second, ..] => second & 0x80 != 0,
        [0xff, rest @ ..] if rest.iter().any(|&byte| byte != 0) => {
            rest.first().is_some_and(|second| second & 0x80 == 0)
        }
        _ => true,
    }
}

/// Arcs end, and begin without a zero too many.
fn is_object(content: &[u8]) -> bool {
    let ends = content.last().is_some_and(|last| last & 0x80 == 0);
    let mut begins = true;
    ends && content.iter().all(|&byte| {
        let padded = begins && byte == 0x80;
        begins = byte & 0x80 == 0;
        !padded
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(tag: u32, content: &[u8]) -> Option<(u8, Vec<u8>)> {
        check(tag, content.into()).ok().map(|(unused, content)| (unused, content.into_owned()))
    }

    #[test]
    fn integers_are_minimal() {
        for (content, sound) in [
            (&[][..], false),
            (&[0], true),
            (&[0, 0x7f], false),
            (&[0, 0x80], true),
            (&[0xff], true),
            (&[0xff, 0x80], false),
            (&[0xff, 0x7f], true),
            (&[0xff, 0], true),
        ] {
            assert_eq!(kept(tag::INTEGER, content).is_some(), sound, "{content:?}");
        }
    }

    #[test]
    fn unused_bits_are_zeros() {
        assert_eq!(kept(tag::BIT_STRING, &[3, 0xff, 0xff]), Some((3, vec![0xff, 0xf8])));
        assert_eq!(kept(tag::BIT_STRING, &[7]), Some((7, vec![])));
        assert_eq!(kept(tag::BIT_STRING, &[8, 0]), None);
        assert_eq!(kept(tag::BIT_STRING, &[]), None);
    }

    #[test]
    fn objects_have_whole_arcs() {
        for (content, sound) in [
            (&[][..], false),
            (&[0x55, 4, 3], true),
            (&[0x55, 4, 0x83], false),
            (&[0x80, 1], false),
            (&[0x55, 0x80, 1], false),
            (&[0x55, 0x81, 0x80, 1], true),
        ] {
            assert_eq!(kept(tag::OBJECT, content).is_some(), sound, "{content:?}");
        }
    }

    #[test]
    fn short_times_have_no_seconds() {
        for (tag, text, short) in [
            (tag::UTC_TIME, "7001010000Z", true),
            (tag::UTC_TIME, "700101000000Z", false),
            (tag::GENERALIZED_TIME, "700101000000Z", true),
            (tag::GENERALIZED_TIME, "19700101000000Z", false),
            (tag::UTF8_STRING, "", false),
        ] {
            assert_eq!(is_short_time(tag, text.as_bytes()), short, "{text}");
        }
    }

    #[test]
    fn other_types_have_their_lengths() {
        assert_eq!(kept(tag::BOOLEAN, &[1]), Some((0, vec![1])));
        assert_eq!(kept(tag::BOOLEAN, &[0, 0]), None);
        assert_eq!(kept(tag::NULL, &[0]), None);
        assert_eq!(kept(tag::BMP_STRING, &[0]), None);
        assert_eq!(kept(tag::UNIVERSAL_STRING, &[0, 0]), None);
        assert_eq!(kept(tag::UTC_TIME, &[]), Some((0, vec![])));
    }
}
