//! Signatures of certificates and handshakes: with every digest and size of key that OpenSSL takes, which is more than
//! rustls' own list has. Verification only, of public values.

use aws_lc_rs::signature::ED25519;
use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, alg_id,
};

use super::ecdsa::{Curve, P256, P256K1, P384, P521};
use super::hash::Hash;
use super::provided::provided;
use super::rsa::{self, Padding};

/// A kind of key and how it signs.
#[derive(Debug)]
struct Algorithm {
    /// The content of the key's AlgorithmIdentifier.
    key: AlgorithmIdentifier,
    /// The content of the signature's.
    signature: AlgorithmIdentifier,
    method: Method,
}

#[derive(Debug)]
enum Method {
    Rsa(Padding, Hash),
    Ecdsa(&'static Curve, Hash),
    Ed25519,
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        let valid = match self.method {
            Method::Rsa(padding, hash) => rsa::verify(key, padding, hash, message, signature),
            Method::Ecdsa(curve, hash) => curve.verify(key, hash, message, signature),
            Method::Ed25519 => provided(&ED25519, key, message, signature),
        };
        if valid { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}

/// An identifier without parameters.
const fn id(content: &'static [u8]) -> AlgorithmIdentifier {
    AlgorithmIdentifier::from_slice(content)
}

const fn pkcs1(signature: AlgorithmIdentifier, hash: Hash) -> Algorithm {
    Algorithm { key: alg_id::RSA_ENCRYPTION, signature, method: Method::Rsa(Padding::Pkcs1, hash) }
}

const fn pss(key: AlgorithmIdentifier, signature: AlgorithmIdentifier, hash: Hash) -> Algorithm {
    Algorithm { key, signature, method: Method::Rsa(Padding::Pss, hash) }
}

const fn ecdsa(curve: &'static Curve, hash: Hash) -> Algorithm {
    let signature = match hash {
        Hash::Sha1 => id(&[6, 7, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1]),
        Hash::Sha224 => id(&[6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1]),
        Hash::Sha256 => alg_id::ECDSA_SHA256,
        Hash::Sha384 => alg_id::ECDSA_SHA384,
        Hash::Sha512 => alg_id::ECDSA_SHA512,
    };
    Algorithm { key: curve.key, signature, method: Method::Ecdsa(curve, hash) }
}

/// PKCS#1's sha1WithRSAEncryption and sha224WithRSAEncryption.
const RSA_SHA1: AlgorithmIdentifier =
    id(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5, 5, 0]);
const RSA_SHA224: AlgorithmIdentifier =
    id(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14, 5, 0]);
/// A key for PSS only, with whatever digest.
const RSA_PSS_KEY: AlgorithmIdentifier = id(&[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10]);

static RSA_PKCS1: [Algorithm; 5] = [
    pkcs1(RSA_SHA1, Hash::Sha1),
    pkcs1(RSA_SHA224, Hash::Sha224),
    pkcs1(alg_id::RSA_PKCS1_SHA256, Hash::Sha256),
    pkcs1(alg_id::RSA_PKCS1_SHA384, Hash::Sha384),
    pkcs1(alg_id::RSA_PKCS1_SHA512, Hash::Sha512),
];
static RSA_PSS: [Algorithm; 3] = [
    pss(alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA256, Hash::Sha256),
    pss(alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA384, Hash::Sha384),
    pss(alg_id::RSA_ENCRYPTION, alg_id::RSA_PSS_SHA512, Hash::Sha512),
];
static RSA_PSS_ONLY: [Algorithm; 3] = [
    pss(RSA_PSS_KEY, alg_id::RSA_PSS_SHA256, Hash::Sha256),
    pss(RSA_PSS_KEY, alg_id::RSA_PSS_SHA384, Hash::Sha384),
    pss(RSA_PSS_KEY, alg_id::RSA_PSS_SHA512, Hash::Sha512),
];
static ED: Algorithm =
    Algorithm { key: alg_id::ED25519, signature: alg_id::ED25519, method: Method::Ed25519 };
/// By curve, with every digest in the order of [`Hash`].
static ON_P256: [Algorithm; 5] = on(&P256);
static ON_P384: [Algorithm; 5] = on(&P384);
static ON_P521: [Algorithm; 5] = on(&P521);
/// Of certificates alone: no group of TLS 1.3, and none that OpenSSL takes in TLS 1.2.
static ON_P256K1: [Algorithm; 5] = on(&P256K1);

const fn on(curve: &'static Curve) -> [Algorithm; 5] {
    [
        ecdsa(curve, Hash::Sha1),
        ecdsa(curve, Hash::Sha224),
        ecdsa(curve, Hash::Sha256),
        ecdsa(curve, Hash::Sha384),
        ecdsa(curve, Hash::Sha512),
    ]
}

/// The schemes of TLS 1.3 for keys that are for PSS only. rustls has no names for them.
pub(crate) const RSA_PSS_KEY_SCHEMES: [SignatureScheme; 3] = [
    SignatureScheme::Unknown(0x0809),
    SignatureScheme::Unknown(0x080a),
    SignatureScheme::Unknown(0x080b),
];

type Listed = &'static dyn SignatureVerificationAlgorithm;

static ALL: [Listed; 32] = [
    &RSA_PKCS1[0],
    &RSA_PKCS1[1],
    &RSA_PKCS1[2],
    &RSA_PKCS1[3],
    &RSA_PKCS1[4],
    &RSA_PSS[0],
    &RSA_PSS[1],
    &RSA_PSS[2],
    &RSA_PSS_ONLY[0],
    &RSA_PSS_ONLY[1],
    &RSA_PSS_ONLY[2],
    &ED,
    &ON_P256[0],
    &ON_P256[1],
    &ON_P256[2],
    &ON_P256[3],
    &ON_P256[4],
    &ON_P384[0],
    &ON_P384[1],
    &ON_P384[2],
    &ON_P384[3],
    &ON_P384[4],
    &ON_P521[0],
    &ON_P521[1],
    &ON_P521[2],
    &ON_P521[3],
    &ON_P521[4],
    &ON_P256K1[0],
    &ON_P256K1[1],
    &ON_P256K1[2],
    &ON_P256K1[3],
    &ON_P256K1[4],
];

/// In OpenSSL's order of preference. TLS 1.2 takes each curve with each of these digests; the first is the one that TLS 1.3
/// binds.
static BY_SCHEME: [(SignatureScheme, &[Listed]); 13] = [
    (SignatureScheme::ECDSA_NISTP256_SHA256, &[&ON_P256[2], &ON_P384[2], &ON_P521[2]]),
    (SignatureScheme::ECDSA_NISTP384_SHA384, &[&ON_P384[3], &ON_P256[3], &ON_P521[3]]),
    (SignatureScheme::ECDSA_NISTP521_SHA512, &[&ON_P521[4], &ON_P256[4], &ON_P384[4]]),
    (SignatureScheme::ED25519, &[&ED]),
    (RSA_PSS_KEY_SCHEMES[0], &[&RSA_PSS_ONLY[0]]),
    (RSA_PSS_KEY_SCHEMES[1], &[&RSA_PSS_ONLY[1]]),
    (RSA_PSS_KEY_SCHEMES[2], &[&RSA_PSS_ONLY[2]]),
    (SignatureScheme::RSA_PSS_SHA256, &[&RSA_PSS[0]]),
    (SignatureScheme::RSA_PSS_SHA384, &[&RSA_PSS[1]]),
    (SignatureScheme::RSA_PSS_SHA512, &[&RSA_PSS[2]]),
    (SignatureScheme::RSA_PKCS1_SHA256, &[&RSA_PKCS1[2]]),
    (SignatureScheme::RSA_PKCS1_SHA384, &[&RSA_PKCS1[3]]),
    (SignatureScheme::RSA_PKCS1_SHA512, &[&RSA_PKCS1[4]]),
];

/// All that can be verified, in certificates and, by scheme, in handshakes.
pub(crate) fn algorithms() -> WebPkiSupportedAlgorithms {
    WebPkiSupportedAlgorithms { all: &ALL, mapping: &BY_SCHEME }
}
