use aws_lc_rs::digest;

/// A digest that signatures are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    /// DER of a DigestInfo (RFC 8017, section 9.2) up to the digest, which follows.
    pub(super) fn info(self) -> Vec<u8> {
        let length = self.length() as u8;
        let last = match self {
            Self::Sha1 => {
                let oid = [0x06, 0x05, 0x2b, 0x0e, 3, 2, 26];
                return [&[0x30, 0x21, 0x30, 9], &oid[..], &[5, 0, 4, length]].concat();
            }
            Self::Sha224 => 4,
            Self::Sha256 => 1,
            Self::Sha384 => 2,
            Self::Sha512 => 3,
        };
        let oid = [0x06, 0x09, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, last];
        [&[0x30, 17 + length, 0x30, 13], &oid[..], &[5, 0, 4, length]].concat()
    }

    /// In bytes.
    pub(super) fn length(self) -> usize {
        self.algorithm().output_len()
    }

    pub(super) fn digest(self, message: &[u8]) -> digest::Digest {
        digest::digest(self.algorithm(), message)
    }

    fn algorithm(self) -> &'static digest::Algorithm {
        match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha224 => &digest::SHA224,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        }
    }
}
