//! Enough DER to read revocation lists.

/// Universal tags, with the constructed bit where it belongs.
#[cfg(test)]
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const ENUMERATED: u8 = 0x0a;
pub(super) const SEQUENCE: u8 = 0x30;

/// Context-specific tag `number`.
pub(super) const fn context(number: u8) -> u8 {
    0x80 | number
}

/// Context-specific constructed tag `number`.
pub(super) const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// Elements one after another. Every method gives `None` for what is not DER.
#[derive(Clone, Debug)]
pub(super) struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    pub(super) fn new(input: &'a [u8]) -> Self {
        Self(input)
    }

    /// The content of the one element with `tag` that `input` consists of.
    pub(super) fn only(input: &'a [u8], tag: u8) -> Option<&'a [u8]> {
        let mut elements = Self(input);
        let content = elements.expect_tag(tag)?;
        elements.is_empty().then_some(content)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tag and content of the next element.
    pub(super) fn take(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        // Tag numbers above 30 occur in no extension read here.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (&first, rest) = rest.split_first()?;
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x83 => {
                let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
                let length =
                    bytes.iter().fold(0_usize, |sum, &byte| (sum << 8) | usize::from(byte));
                (length, rest)
            }
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }

    /// The content of the next element, which must have `tag`.
    pub(super) fn expect_tag(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.take().and_then(|(found, content)| (found == tag).then_some(content))
    }

    /// The content of the next element if it has `tag`; outer `None` is malformed input.
    pub(super) fn optional(&mut self, tag: u8) -> Option<Option<&'a [u8]>> {
        if self.0.first() == Some(&tag) { self.expect_tag(tag).map(Some) } else { Some(None) }
    }
}

/// The first two bytes of a BIT STRING's bits, most significant first: as many as key usages need.
pub(super) fn bits(content: &[u8]) -> Option<[u8; 2]> {
    let (&unused, bits) = content.split_first()?;
    if unused > 7 {
        return None;
    }
    let mut bits = bits.iter().copied();
    Some([bits.next().unwrap_or(0), bits.next().unwrap_or(0)])
}
