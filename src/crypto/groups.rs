//! Groups of the key exchange.

use aws_lc_rs::agreement::{
    ECDH_P521, EphemeralPrivateKey, PublicKey, UnparsedPublicKey, agree_ephemeral,
};
use aws_lc_rs::rand::SystemRandom;
use rustls::crypto::aws_lc_rs::kx_group::{
    MLKEM768, MLKEM1024, SECP256R1, SECP256R1MLKEM768, SECP384R1, X25519, X25519MLKEM768,
};
use rustls::crypto::{ActiveKeyExchange, GetRandomFailed, SharedSecret, SupportedKxGroup};
use rustls::{Error, NamedGroup, PeerMisbehaved};

/// What is used where nobody asks for groups; in OpenSSL's order.
pub(super) const USUAL: [&dyn SupportedKxGroup; 4] = [X25519, SECP256R1, &P521, SECP384R1];

/// All there are.
const ALL: [&dyn SupportedKxGroup; 8] =
    [X25519MLKEM768, X25519, SECP256R1, SECP384R1, &P521, SECP256R1MLKEM768, MLKEM768, MLKEM1024];

/// By its IANA number.
pub(super) fn numbered(number: u16) -> Option<&'static dyn SupportedKxGroup> {
    ALL.into_iter().find(|group| u16::from(group.name()) == number)
}

/// ECDH on P-521, which rustls does not take from its provider.
#[derive(Debug)]
struct P521;

impl SupportedKxGroup for P521 {
    fn start(&self) -> Result<Box<dyn ActiveKeyExchange>, Error> {
        let private = EphemeralPrivateKey::generate(&ECDH_P521, &SystemRandom::new())
            .map_err(|_| GetRandomFailed)?;
        let public = private.compute_public_key().map_err(|_| GetRandomFailed)?;
        Ok(Box::new(Exchange { private, public }))
    }

    fn name(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}

struct Exchange {
    private: EphemeralPrivateKey,
    public: PublicKey,
}

impl ActiveKeyExchange for Exchange {
    fn complete(self: Box<Self>, peer: &[u8]) -> Result<SharedSecret, Error> {
        const INVALID: Error = Error::PeerMisbehaved(PeerMisbehaved::InvalidKeyShare);
        // RFC 8446, section 4.2.8.2: uncompressed; the provider would take other encodings.
        if peer.first() != Some(&4) {
            return Err(INVALID);
        }
        let peer = UnparsedPublicKey::new(&ECDH_P521, peer);
        agree_ephemeral(self.private, peer, INVALID, |secret| Ok(SharedSecret::from(secret)))
    }

    fn pub_key(&self) -> &[u8] {
        self.public.as_ref()
    }

    fn group(&self) -> NamedGroup {
        NamedGroup::secp521r1
    }
}
