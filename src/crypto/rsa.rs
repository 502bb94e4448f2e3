use std::iter::repeat_n;

use aws_lc_rs::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512,
    RSA_PSS_2048_8192_SHA256, RSA_PSS_2048_8192_SHA384, RSA_PSS_2048_8192_SHA512, RsaParameters,
};
use num_bigint::BigUint;

use super::hash::Hash;
use super::provided::provided;

/// Bits of a modulus above which OpenSSL takes no key.
const LONGEST: u64 = 16384;
/// Bits of a modulus above which OpenSSL takes no exponent of more than [`SMALL_EXPONENT`] bits.
const LONGEST_WITH_ANY: u64 = 3072;
const SMALL_EXPONENT: u64 = 64;
const INTEGER: u8 = 0x02;
const SEQUENCE: u8 = 0x30;
/// Bits of a public exponent that the provider takes.
const EXPONENT_OF_PROVIDER: u64 = 33;

/// An RSAPublicKey (RFC 8017, appendix A.1.1).
pub(super) struct Key {
    modulus: BigUint,
    exponent: BigUint,
}

/// How a signature is padded.
#[derive(Clone, Copy, Debug)]
pub(super) enum Padding {
    /// Of PKCS#1 version 1.5.
    Pkcs1,
    /// RSASSA-PSS, with a mask of the same digest and a salt as long as it.
    Pss,
}

pub(super) fn verify(
    der: &[u8],
    padding: Padding,
    hash: Hash,
    message: &[u8],
    signature: &[u8],
) -> bool {
    let Some(key) = Key::read(der) else { return false };
    if let Some(algorithm) = of_provider(padding, hash)
        && key.is_for_provider()
    {
        return provided(algorithm, der, message, signature);
    }
    let made = match padding {
        Padding::Pkcs1 => key.has_made_pkcs1(hash, message, signature),
        Padding::Pss => key.has_made_pss(hash, message, signature),
    };
    made.unwrap_or(false)
}

fn of_provider(padding: Padding, hash: Hash) -> Option<&'static RsaParameters> {
    Some(match (padding, hash) {
        (Padding::Pkcs1, Hash::Sha256) => &RSA_PKCS1_2048_8192_SHA256,
        (Padding::Pkcs1, Hash::Sha384) => &RSA_PKCS1_2048_8192_SHA384,
        (Padding::Pkcs1, Hash::Sha512) => &RSA_PKCS1_2048_8192_SHA512,
        (Padding::Pss, Hash::Sha256) => &RSA_PSS_2048_8192_SHA256,
        (Padding::Pss, Hash::Sha384) => &RSA_PSS_2048_8192_SHA384,
        (Padding::Pss, Hash::Sha512) => &RSA_PSS_2048_8192_SHA512,
        _ => return None,
    })
}

impl Key {
    pub(super) fn read(der: &[u8]) -> Option<Self> {
        let (numbers, after) = element(der, SEQUENCE)?;
        let (modulus, rest) = element(numbers, INTEGER)?;
        let (exponent, rest) = element(rest, INTEGER)?;
        let positive =
            |bytes: &[u8]| matches!(bytes, [0..=0x7f, ..]).then(|| BigUint::from_bytes_be(bytes));
        let key = Self { modulus: positive(modulus)?, exponent: positive(exponent)? };
        (rest.is_empty() && after.is_empty()).then_some(key)
    }

    fn is_for_provider(&self) -> bool {
        (2048..=8192).contains(&self.modulus.bits()) && self.exponent.bits() <= EXPONENT_OF_PROVIDER
    }

    /// What was signed (RFC 8017, section 5.2.2), as long as the modulus.
    fn open(&self, signature: &[u8]) -> Option<Vec<u8>> {
        let bits = self.modulus.bits();
        let length = usize::try_from(bits.div_ceil(8)).ok()?;
        let number = BigUint::from_bytes_be(signature);
        let usable = self.modulus.bit(0)
            && bits <= LONGEST
            && self.exponent < self.modulus
            && (bits <= LONGEST_WITH_ANY || self.exponent.bits() <= SMALL_EXPONENT)
            && signature.len() == length
            && number < self.modulus;
        if !usable {
            return None;
        }
        let opened = number.modpow(&self.exponent, &self.modulus).to_bytes_be();
        // Zero is one byte, too.
        let mut padded: Vec<u8> = repeat_n(0, length.checked_sub(opened.len())?).collect();
        padded.extend_from_slice(&opened);
        Some(padded)
    }

    /// RFC 8017, section 8.2.2.
    pub(super) fn has_made_pkcs1(
        &self,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let opened = self.open(signature)?;
        let (info, digest) = (hash.info(), hash.digest(message));
        let padding = opened.len().checked_sub(info.len() + digest.as_ref().len() + 3)?;
        let expected =
            [&[0, 1], vec![0xff; padding].as_slice(), &[0], &info, digest.as_ref()].concat();
        Some(padding >= 8 && opened == expected)
    }

    /// RFC 8017, sections 8.1.2 and 9.1.2.
    pub(super) fn has_made_pss(
        &self,
        hash: Hash,
        message: &[u8],
        signature: &[u8],
    ) -> Option<bool> {
        let opened = self.open(signature)?;
        let bits = self.modulus.bits() - 1;
        let length = usize::try_from(bits.div_ceil(8)).ok()?;
        let (lead, encoded) = opened.split_at_checked(opened.len().checked_sub(length)?)?;
        let [masked_and_digest @ .., 0xbc] = encoded else { return None };
        let split = masked_and_digest.len().checked_sub(hash.length())?;
        let (masked, digest) = masked_and_digest.split_at_checked(split)?;
        // Bits in front that belong to no number of this size.
        let unused = u32::try_from(length as u64 * 8 - bits).ok()?;
        let allowed = 0xff_u8.checked_shr(unused).unwrap_or(0);
        if lead.iter().any(|byte| *byte != 0) || masked.first()? & !allowed != 0 {
            return None;
        }
        let mask = mgf1(hash, digest, masked.len());
        let mut block: Vec<u8> = masked.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect();
        *block.first_mut()? &= allowed;
        let (zeros, rest) = block.split_at_checked(block.len().checked_sub(hash.length() + 1)?)?;
        let [1, salt @ ..] = rest else { return None };
        let inner = hash.digest(message);
        let made = hash.digest(&[&[0; 8], inner.as_ref(), salt].concat());
        Some(zeros.iter().all(|byte| *byte == 0) && made.as_ref() == digest)
    }
}

/// The content of the first element, which must have `tag`, and what follows it. As strict as the provider about lengths:
/// no longer than they need be.
fn element(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (&found, rest) = der.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(first), rest),
        0x81 | 0x82 => {
            let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            let length = bytes.iter().fold(0, |sum, &byte| (sum << 8) | usize::from(byte));
            let least = if first == 0x81 { 0x80 } else { 0x100 };
            (length >= least).then_some((length, rest))?
        }
        _ => return None,
    };
    let parts = rest.split_at_checked(length)?;
    (found == tag).then_some(parts)
}

/// RFC 8017, appendix B.2.1.
fn mgf1(hash: Hash, seed: &[u8], length: usize) -> Vec<u8> {
    let blocks = length.div_ceil(hash.length()) as u32;
    let mut mask: Vec<u8> = (0..blocks)
        .flat_map(|counter| hash.digest(&[seed, &counter.to_be_bytes()].concat()).as_ref().to_vec())
        .collect();
    mask.truncate(length);
    mask
}
