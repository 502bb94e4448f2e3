//! Headers, and strings in parts (`ASN1_get_object`, `asn1_collect`, `asn1_find_end`).

/// The bytes are not what they have to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::pki) struct Malformed;

/// How deep strings in parts may lie in one another.
const MAX_STRING_NEST: usize = 5;

/// The class of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Universal,
    Context,
    Other,
}

/// A tag and a length.
#[derive(Clone, Copy, Debug)]
pub(super) struct Header {
    pub(super) class: Class,
    pub(super) tag: u32,
    pub(super) constructed: bool,
    /// The content ends with an end-of-contents, not after a number of bytes.
    pub(super) indefinite: bool,
    /// Of the content; if it is indefinite, all that is left.
    pub(super) length: usize,
}

/// Takes the next header. Lengths need not be minimal, nor need tags; content has to be there.
pub(super) fn header(input: &mut &[u8]) -> Result<Header, Malformed> {
    let (&first, mut rest) = input.split_first().ok_or(Malformed)?;
    let class = match first >> 6 {
        0 => Class::Universal,
        2 => Class::Context,
        _ => Class::Other,
    };
    let constructed = first & 0x20 != 0;
    let mut tag = u32::from(first & 0x1f);
    if tag == 0x1f {
        tag = 0;
        loop {
            let (&byte, behind) = rest.split_first().ok_or(Malformed)?;
            rest = behind;
            tag = tag << 7 | u32::from(byte & 0x7f);
            if byte & 0x80 == 0 {
                break;
            }
            if tag > i32::MAX as u32 >> 7 {
                return Err(Malformed);
            }
        }
    }
    let (&first, behind) = rest.split_first().ok_or(Malformed)?;
    rest = behind;
    let indefinite = first == 0x80;
    let length = match first {
        0x80 => rest.len(),
        0..=0x7f => usize::from(first),
        _ => long_length(usize::from(first & 0x7f), &mut rest)?,
    };
    if (indefinite && !constructed) || length > rest.len() {
        return Err(Malformed);
    }
    *input = rest;
    Ok(Header { class, tag, constructed, indefinite, length })
}

/// A length of `count` bytes. OpenSSL wants one more byte to be there, whatever the length is.
fn long_length(count: usize, rest: &mut &[u8]) -> Result<usize, Malformed> {
    if rest.len() <= count {
        return Err(Malformed);
    }
    let (bytes, behind) = rest.split_at_checked(count).ok_or(Malformed)?;
    *rest = behind;
    bytes
        .iter()
        .try_fold(0_usize, |sum, &byte| sum.checked_mul(256)?.checked_add(usize::from(byte)))
        .ok_or(Malformed)
}

/// Takes an end-of-contents if it is next.
pub(super) fn end_of_contents(input: &mut &[u8]) -> bool {
    match input {
        [0, 0, rest @ ..] => {
            *input = rest;
            true
        }
        _ => false,
    }
}

/// Takes the content of a string in parts, whatever the tags of the parts are.
pub(super) fn collect(header: &Header, input: &mut &[u8]) -> Result<Vec<u8>, Malformed> {
    let mut whole = Vec::new();
    collect_into(&mut whole, header, input, 0)?;
    Ok(whole)
}

fn collect_into(
    whole: &mut Vec<u8>,
    header: &Header,
    input: &mut &[u8],
    depth: usize,
) -> Result<(), Malformed> {
    let (mut content, behind) = input.split_at_checked(header.length).ok_or(Malformed)?;
    let mut ended = !header.indefinite;
    while !content.is_empty() {
        if end_of_contents(&mut content) {
            if ended {
                return Err(Malformed);
            }
            ended = true;
            break;
        }
        let part = self::header(&mut content)?;
        if part.constructed {
            if depth >= MAX_STRING_NEST {
                return Err(Malformed);
            }
            collect_into(whole, &part, &mut content, depth + 1)?;
        } else {
            let (bytes, rest) = content.split_at_checked(part.length).ok_or(Malformed)?;
            whole.extend_from_slice(bytes);
            content = rest;
        }
    }
    *input = if header.indefinite { content } else { behind };
    if ended { Ok(()) } else { Err(Malformed) }
}

/// Takes the content of an element that is kept as it is encoded.
pub(super) fn skip(header: &Header, input: &mut &[u8]) -> Result<(), Malformed> {
    if !header.indefinite {
        *input = input.get(header.length..).ok_or(Malformed)?;
        return Ok(());
    }
    let mut open = 1_usize;
    while open > 0 {
        if end_of_contents(input) {
            open -= 1;
            continue;
        }
        let inner = self::header(input)?;
        if inner.indefinite {
            open += 1;
        } else {
            *input = input.get(inner.length..).ok_or(Malformed)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_may_be_longer_than_they_need_be() {
        for (bytes, length) in [
            (&[2, 1, 5][..], Some(1)),
            (&[2, 0x81, 1, 5], Some(1)),
            (&[2, 0x84, 0, 0, 0, 1, 5], Some(1)),
            (&[2, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 1, 5], Some(1)),
            (&[2, 0], Some(0)),
            // OpenSSL looks for a byte behind a long length.
            (&[2, 0x81, 0], None),
            (&[2, 0x81, 0, 9], Some(0)),
            (&[2, 2, 5], None),
            (&[2], None),
            (&[], None),
            // Only what consists of elements can end with an end-of-contents.
            (&[2, 0x80, 0, 0], None),
            (&[0x30, 0x80, 0, 0], Some(2)),
        ] {
            let mut input = bytes;
            let read = header(&mut input);
            assert_eq!(read.as_ref().ok().map(|header| header.length), length, "{bytes:?}");
        }
    }

    #[test]
    fn tags_may_be_longer_than_they_need_be() {
        let tag = |mut bytes: &[u8]| header(&mut bytes).ok().map(|header| header.tag);
        assert_eq!(tag(&[0x1f, 2, 0]), Some(2));
        assert_eq!(tag(&[0x1f, 0x80, 2, 0]), Some(2));
        assert_eq!(tag(&[0x1f, 0x81, 2, 0]), Some(130));
        assert_eq!(tag(&[0x1f, 0x8f, 0xff, 0xff, 0xff, 0x7f, 0]), None);
        assert_eq!(tag(&[0x1f, 0x81]), None);
    }

    #[test]
    fn strings_in_parts_become_whole() {
        let mut input = &[0x24, 0x80, 4, 1, 1, 0x24, 3, 4, 1, 2, 0, 0, 9][..];
        let outer = header(&mut input).expect("a header");
        assert_eq!(collect(&outer, &mut input), Ok(vec![1, 2]));
        assert_eq!(input, [9]);
        for bytes in [&[0x24, 0x80, 4, 1, 1][..], &[0x24, 5, 4, 1, 1, 0, 0]] {
            let mut input = bytes;
            let outer = header(&mut input).expect("a header");
            assert_eq!(collect(&outer, &mut input), Err(Malformed), "{bytes:?}");
        }
        let mut deep = vec![4, 0];
        for _ in 0..7 {
            deep = [&[0x24, deep.len() as u8][..], &deep].concat();
        }
        let mut input = &deep[..];
        let outer = header(&mut input).expect("a header");
        assert_eq!(collect(&outer, &mut input), Err(Malformed));
    }
}
