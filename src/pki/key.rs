//! Public keys and signature algorithms: what they are, how strong they are, and as the provider
//! wants them written.

use super::asn1::{Value, read, tag, x509};

/// What a public key is, or what kind of key makes a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Family {
    Rsa,
    /// A key good for PSS only; as a signature, PSS by any RSA key.
    RsaPss,
    Ec,
    Ed25519,
    Ed448,
    Dsa,
    Unknown,
}

impl Family {
    /// Whether a key of this family can have made a signature of that one.
    pub(super) fn signs(self, signature: Self) -> bool {
        self != Self::Unknown
            && (self == signature || (self == Self::Rsa && signature == Self::RsaPss))
    }
}

/// A public key. One that OpenSSL cannot decode is of an unknown family.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) family: Family,
    /// Strength in bits, by NIST SP 800-57 as OpenSSL computes it.
    pub(super) bits: u32,
    /// An elliptic curve given by its equation, not by its name.
    pub(super) explicit_curve: bool,
    /// The content of its AlgorithmIdentifier, in the one form that the provider knows.
    pub(super) algorithm: Vec<u8>,
    /// Likewise the content of its bit string.
    pub(super) content: Vec<u8>,
}

impl Key {
    /// From what `PUBLIC_KEY` describes.
    pub(super) fn read(key: &Value<'_>) -> Option<Self> {
        let algorithm = key.field(0);
        let oid = algorithm.field(0).content()?;
        let parameters = algorithm.field(1);
        let content = key.field(1).content()?;
        let mut this = Self {
            family: family_of_key(oid),
            bits: 0,
            explicit_curve: false,
            algorithm: object(oid),
            content: content.to_vec(),
        };
        let sound = match this.family {
            Family::Rsa | Family::RsaPss => this.read_rsa(content),
            Family::Ec => this.read_curve(parameters, content),
            Family::Ed25519 => {
                this.bits = 128;
                !parameters.is_present() && content.len() == 32
            }
            Family::Ed448 => {
                this.bits = 224;
                !parameters.is_present() && content.len() == 57
            }
            // By the size of the key alone; the provider verifies no DSA signature in any case.
            Family::Dsa => {
                this.bits = integer_strength(content.len() * 8);
                true
            }
            Family::Unknown => false,
        };
        if !sound {
            (this.family, this.bits) = (Family::Unknown, 0);
        }
        Some(this)
    }

    /// Parameters do not count for a key that is not restricted.
    fn read_rsa(&mut self, mut content: &[u8]) -> bool {
        let Ok(key) = read(&x509::RSA_PUBLIC_KEY, &mut content) else {
            return false;
        };
        let (Some(modulus), Some(exponent)) = (key.field(0).content(), key.field(1).content())
        else {
            return false;
        };
        self.bits = integer_strength(bit_length(modulus));
        if self.family == Family::Rsa {
            self.algorithm.extend_from_slice(&[0x05, 0]);
        }
        self.content = encode(0x30, &[unsigned(modulus), unsigned(exponent)].concat());
        true
    }

    fn read_curve(&mut self, parameters: &Value<'_>, point: &[u8]) -> bool {
        let Value::Plain { tag, content, .. } = parameters else {
            return false;
        };
        match *tag {
            tag::OBJECT => {
                self.algorithm.extend(object(content));
                let Some((bits, size)) = curve(content) else {
                    // Unknown here, and to OpenSSL perhaps.
                    return true;
                };
                self.bits = bits;
                match point {
                    [2 | 3, x @ ..] => x.len() == size,
                    [4 | 6 | 7, both @ ..] => both.len() == 2 * size,
                    _ => false,
                }
            }
            tag::SEQUENCE => {
                self.explicit_curve = true;
                true
            }
            _ => false,
        }
    }
}

/// How many bits a number has.
fn bit_length(number: &[u8]) -> usize {
    let digits = number.iter().skip_while(|&&byte| byte == 0).copied().collect::<Vec<_>>();
    let unused = digits.first().map_or(0, |first| first.leading_zeros() as usize);
    digits.len() * 8 - unused
}

/// A number that is not negative, in DER.
fn unsigned(number: &[u8]) -> Vec<u8> {
    let digits: Vec<u8> = number.iter().skip_while(|&&byte| byte == 0).copied().collect();
    let padded = digits.first().is_none_or(|first| first & 0x80 != 0);
    encode(0x02, &if padded { [&[0], &digits[..]].concat() } else { digits })
}

/// An OBJECT IDENTIFIER, in DER.
pub(super) fn object(oid: &[u8]) -> Vec<u8> {
    encode(0x06, oid)
}

/// One element in DER.
pub(super) fn encode(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let short = length.iter().skip_while(|&&byte| byte == 0).copied().collect::<Vec<_>>();
    let mut element = vec![tag];
    match short.as_slice() {
        [] => element.push(0),
        [one @ ..=0x7f] => element.push(*one),
        many => {
            element.push(0x80 | many.len() as u8);
            element.extend_from_slice(many);
        }
    }
    element.extend_from_slice(content);
    element
}

/// Strength of RSA and finite-field keys: the levels that are asked for, each with the size from
/// which on OpenSSL's formula, rounded as it rounds, gives it.
fn integer_strength(size: usize) -> u32 {
    match size {
        13914.. => 256,
        6947.. => 192,
        2671.. => 128,
        1963.. => 112,
        920.. => 80,
        _ => 0,
    }
}

/// Half the order of the curve, and the bytes of a coordinate.
fn curve(curve: &[u8]) -> Option<(u32, usize)> {
    Some(match curve {
        // 1.2.840.10045.3.1.1, P-192
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1] => (96, 24),
        // 1.2.840.10045.3.1.7, P-256
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7] => (128, 32),
        // 1.3.132.0.x
        [0x2b, 0x81, 0x04, 0, 33] => (112, 28),
        [0x2b, 0x81, 0x04, 0, 10] => (128, 32),
        [0x2b, 0x81, 0x04, 0, 34] => (192, 48),
        [0x2b, 0x81, 0x04, 0, 35] => (260, 66),
        _ => return None,
    })
}

fn family_of_key(oid: &[u8]) -> Family {
    match oid {
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1] => Family::Rsa,
        [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10] => Family::RsaPss,
        [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1] => Family::Ec,
        [0x2b, 0x65, 0x70] => Family::Ed25519,
        [0x2b, 0x65, 0x71] => Family::Ed448,
        [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1] => Family::Dsa,
        _ => Family::Unknown,
    }
}

/// A signature's algorithm.
#[derive(Clone, Debug)]
pub(super) struct Algorithm {
    pub(super) oid: Vec<u8>,
    /// Type, unused bits and content.
    parameters: Option<(u32, u8, Vec<u8>)>,
}

impl Algorithm {
    /// From what `ALGORITHM` describes.
    pub(super) fn read(value: &Value<'_>) -> Option<Self> {
        let oid = value.field(0).content()?.to_vec();
        let parameters = match value.field(1) {
            Value::Plain { tag, unused, content } => Some((*tag, *unused, content.to_vec())),
            _ => None,
        };
        Some(Self { oid, parameters })
    }

    /// Whether both are the same (`X509_ALGOR_cmp`), however they are encoded.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.oid == other.oid && self.parameters == other.parameters
    }

    /// What kind of key makes its signatures.
    pub(super) fn family(&self) -> Family {
        match self.oid.as_slice() {
            RSA_PSS => Family::RsaPss,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2..=5 | 11..=14] => Family::Rsa,
            [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1] | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1..=4] => {
                Family::Ec
            }
            [0x2b, 0x65, 0x70] => Family::Ed25519,
            [0x2b, 0x65, 0x71] => Family::Ed448,
            [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] | [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1 | 2] => {
                Family::Dsa
            }
            _ => Family::Unknown,
        }
    }

    /// The content of the AlgorithmIdentifier in the one form that the provider knows. Only PSS has
    /// parameters that count.
    pub(super) fn known_form(&self) -> Vec<u8> {
        let mut form = object(&self.oid);
        match self.family() {
            Family::Rsa => form.extend_from_slice(&[0x05, 0]),
            Family::RsaPss => {
                let digest = self.pss_digest().filter(|digest| digest.is_usual);
                form = digest.and_then(|digest| known_pss(digest.size)).unwrap_or_default();
            }
            _ => {}
        }
        form
    }

    fn pss_digest(&self) -> Option<PssDigest> {
        let Some((tag::SEQUENCE, _, whole)) = &self.parameters else {
            return None;
        };
        PssDigest::read(&read(&x509::PSS_PARAMETERS, &mut whole.as_slice()).ok()?)
    }

    /// Strength of its digest, as OpenSSL rates it (`x509_sig_info_init`).
    pub(super) fn strength(&self) -> u32 {
        match self.oid.as_slice() {
            RSA_PSS => self.pss_digest().map_or(0, |digest| match digest.size {
                20 => 63,
                size => size * 4,
            }),
            // MD2, MD4, MD5
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2..=4] => 39,
            // SHA-1 with RSA, ECDSA, DSA: collisions have been made.
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5]
            | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]
            | [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3] => 63,
            // SHA-224, SHA-256, SHA-384, SHA-512 with RSA and ECDSA
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14]
            | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1]
            | [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1] => 112,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11]
            | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2]
            | [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2]
            | [0x2b, 0x65, 0x70] => 128,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12]
            | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3] => 192,
            [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13]
            | [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4] => 256,
            [0x2b, 0x65, 0x71] => 224,
            _ => 0,
        }
    }
}

/// A PSS signature's digest.
#[derive(Debug)]
struct PssDigest {
    /// In bytes.
    size: u32,
    /// The mask is made with the same digest, the salt is as long as it, and the trailer is the one.
    is_usual: bool,
}

impl PssDigest {
    fn read(parameters: &Value<'_>) -> Option<Self> {
        let size = digest_size(parameters.field(0))?;
        let mask = match parameters.field(1) {
            Value::Absent => 20,
            mask => {
                let Value::Plain { content, .. } = mask.field(1) else {
                    return None;
                };
                let digest = read(&x509::ALGORITHM, &mut &**content).ok()?;
                match mask.field(0).content()? {
                    MGF1 => digest_size(&digest)?,
                    _ => return None,
                }
            }
        };
        let salt = parameters.field(2).content().unwrap_or(&[20]);
        let trailer = parameters.field(3).content().unwrap_or(&[1]);
        let is_usual = mask == size && salt == [size as u8] && trailer == [1];
        Some(Self { size, is_usual })
    }
}

/// In bytes; of SHA-1 where none is named.
fn digest_size(algorithm: &Value<'_>) -> Option<u32> {
    match algorithm.field(0).content() {
        None | Some([0x2b, 0x0e, 3, 2, 26]) => Some(20),
        Some([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4]) => Some(28),
        Some([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]) => Some(32),
        Some([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2]) => Some(48),
        Some([0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3]) => Some(64),
        Some(_) => None,
    }
}

/// How the provider writes PSS with a digest of this size.
fn known_pss(size: u32) -> Option<Vec<u8>> {
    use rustls::pki_types::alg_id::{RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512};
    match size {
        32 => Some(RSA_PSS_SHA256.to_vec()),
        48 => Some(RSA_PSS_SHA384.to_vec()),
        64 => Some(RSA_PSS_SHA512.to_vec()),
        _ => None,
    }
}

const RSA_PSS: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10];
const MGF1: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8];
