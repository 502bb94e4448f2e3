use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA256, RSA_PKCS1_SHA384,
    RSA_PKCS1_SHA512, RSA_PSS_SHA256, RSA_PSS_SHA384, RSA_PSS_SHA512, RsaEncoding,
};
use proptest::prelude::*;
use rustls::NamedGroup;

use super::ecdsa::P256;
use super::groups;
use super::hash::Hash;
use super::rsa::Key;
use super::{algorithms, select, signature_schemes};

const MESSAGE: &[u8] = b"signed";

/// What is verified here although the provider could do it is verified as the provider does it.
#[test]
fn rsa_is_verified_as_the_provider_does() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let sign = |encoding: &'static dyn RsaEncoding| {
        let mut signature = vec![0; pair.public_modulus_len()];
        pair.sign(encoding, &SystemRandom::new(), MESSAGE, &mut signature).unwrap();
        signature
    };
    let key = Key::read(pair.public_key().as_ref()).unwrap();
    let hashes = [Hash::Sha256, Hash::Sha384, Hash::Sha512];
    let pkcs1 = [&RSA_PKCS1_SHA256, &RSA_PKCS1_SHA384, &RSA_PKCS1_SHA512].map(|one| sign(one));
    let pss = [&RSA_PSS_SHA256, &RSA_PSS_SHA384, &RSA_PSS_SHA512].map(|one| sign(one));
    for (at, made) in pkcs1.iter().enumerate() {
        for (other, hash) in hashes.into_iter().enumerate() {
            assert_eq!(key.has_made_pkcs1(hash, MESSAGE, made), Some(at == other));
            assert_ne!(key.has_made_pss(hash, MESSAGE, made), Some(true));
            assert_ne!(key.has_made_pss(hash, MESSAGE, &pss[at]), Some(at != other));
        }
        for position in 0..made.len() {
            let (mut made, mut pss) = (made.clone(), pss[at].clone());
            made[position] ^= 1;
            pss[position] ^= 1;
            assert_ne!(key.has_made_pkcs1(hashes[at], MESSAGE, &made), Some(true));
            assert_ne!(key.has_made_pss(hashes[at], MESSAGE, &pss), Some(true));
        }
        assert_ne!(key.has_made_pkcs1(hashes[at], MESSAGE, &made[1..]), Some(true));
        assert_ne!(key.has_made_pss(hashes[at], b"other", &pss[at]), Some(true));
    }
}

#[test]
fn a_point_is_encoded_as_in_certificates() {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let signature = pair.sign(&SystemRandom::new(), MESSAGE).unwrap();
    let mut key = pair.public_key().as_ref().to_vec();
    assert!(P256.verify(&key, Hash::Sha256, MESSAGE, signature.as_ref()));
    assert!(!P256.verify(&key, Hash::Sha512, MESSAGE, signature.as_ref()));
    assert!(!P256.verify(&key, Hash::Sha1, MESSAGE, signature.as_ref()));
    let encoded: Vec<u8> =
        AsDer::<PublicKeyX509Der<'_>>::as_der(pair.public_key()).unwrap().as_ref().to_vec();
    assert!(!P256.verify(&encoded, Hash::Sha256, MESSAGE, signature.as_ref()));
    let parity = key.last().unwrap() & 1;
    key[0] = 6 | parity;
    assert!(P256.verify(&key, Hash::Sha256, MESSAGE, signature.as_ref()));
    key.truncate(33);
    key[0] = 2 | parity;
    assert!(P256.verify(&key, Hash::Sha256, MESSAGE, signature.as_ref()));
}

#[test]
fn both_ends_of_an_exchange_come_to_the_same_secret() {
    let all = [0x11ec, 0x001d, 0x0017, 0x0018, 0x0019, 0x11eb, 0x0201, 0x0202];
    for number in all {
        let group = groups::numbered(number).unwrap();
        assert_eq!(u16::from(group.name()), number);
        let client = group.start().unwrap();
        let server = group.start_and_complete(client.pub_key()).unwrap();
        let secret = client.complete(&server.pub_key).unwrap();
        assert_eq!(secret.secret_bytes(), server.secret.secret_bytes(), "{number:x}");
    }
    assert!(groups::numbered(0x001e).is_none());
}

#[test]
fn a_share_of_p521_is_not_compressed() {
    let group = groups::numbered(NamedGroup::secp521r1.into()).unwrap();
    let mut share = group.start().unwrap().pub_key().to_vec();
    assert_eq!(share.len(), 133);
    share[0] = 2 | share[132] & 1;
    share.truncate(67);
    assert!(group.start().unwrap().complete(&share).is_err());
    assert!(group.start().unwrap().complete(&[]).is_err());
    assert!(group.start().unwrap().complete(&[4; 133]).is_err());
}

#[test]
fn a_provider_keeps_the_order_that_is_asked_for() {
    let provider = select(&[0x1303, 0xffff, 0x1301], &[0x0019, 0x001e, 0x11ec]);
    let suites: Vec<u16> =
        provider.cipher_suites.iter().map(|suite| suite.suite().into()).collect();
    let groups: Vec<u16> = provider.kx_groups.iter().map(|group| group.name().into()).collect();
    assert_eq!((suites, groups), (vec![0x1303, 0x1301], vec![0x0019, 0x11ec]));
    assert_eq!(select(&[], &[]).kx_groups.len(), 4);
    let schemes = signature_schemes(&[0x0804, 0x0808, 0x0603]);
    assert_eq!(schemes.into_iter().map(u16::from).collect::<Vec<_>>(), [0x0804, 0x0603]);
}

proptest! {
    #[test]
    fn nothing_makes_verification_panic(
        key in prop::collection::vec(any::<u8>(), 0..80),
        modulus in prop::collection::vec(any::<u8>(), 0..40),
        exponent in prop::collection::vec(any::<u8>(), 0..5),
        signature in prop::collection::vec(any::<u8>(), 0..40),
    ) {
        let number = |bytes: &[u8]| [&[2, bytes.len() as u8], bytes].concat();
        let numbers = [number(&modulus), number(&exponent)].concat();
        let well_formed = [&[0x30, numbers.len() as u8], numbers.as_slice()].concat();
        for algorithm in algorithms().all {
            prop_assert!(algorithm.verify_signature(&key, MESSAGE, &signature).is_err());
            // One that is its own signature is as unlikely as a collision.
            prop_assert!(algorithm.verify_signature(&well_formed, MESSAGE, &signature).is_err());
        }
    }
}
