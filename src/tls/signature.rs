//! Handshake signatures, for certificates of any X.509 version.
//!
//! rustls' own functions parse the leaf with webpki and therefore refuse version 1. The verifiers
//! here check that the peer owns the key of the certificate it sent, and nothing else: the chain is
//! judged by [`crate::pki`] before anything more is written.

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, WebPkiSupportedAlgorithms};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, Error, PeerMisbehaved,
    SignatureScheme,
};

use crate::crypto::RSA_PSS_KEY_SCHEMES;
use crate::pki::Certificate;

/// The handshake signatures that are taken.
#[derive(Debug)]
pub(super) struct Schemes {
    algorithms: WebPkiSupportedAlgorithms,
    /// In order of preference.
    taken: Vec<SignatureScheme>,
}

impl Schemes {
    /// All that `provider` knows if `taken` is empty.
    pub(super) fn new(provider: &CryptoProvider, taken: Vec<SignatureScheme>) -> Self {
        let algorithms = provider.signature_verification_algorithms;
        let taken = if taken.is_empty() { algorithms.supported_schemes() } else { taken };
        Self { algorithms, taken }
    }
}

/// Checks a server's handshake signature.
#[derive(Debug)]
pub(super) struct ServerSignature(Schemes);

impl ServerSignature {
    pub(super) fn new(schemes: Schemes) -> Self {
        Self(schemes)
    }
}

impl ServerCertVerifier for ServerSignature {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let leaf = parse(leaf)?;
        if !leaf.may_sign_handshakes() {
            return Err(CertificateError::InvalidPurpose.into());
        }
        verify_tls12(&self.0, message, &leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13(&self.0, message, &parse(leaf)?, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.taken.clone()
    }
}

/// Checks a client's handshake signature.
#[derive(Debug)]
pub(super) struct ClientSignature {
    schemes: Schemes,
    mandatory: bool,
    hints: Vec<DistinguishedName>,
}

impl ClientSignature {
    pub(super) fn new(schemes: Schemes, mandatory: bool, hints: Vec<DistinguishedName>) -> Self {
        Self { schemes, mandatory, hints }
    }
}

impl ClientCertVerifier for ClientSignature {
    fn client_auth_mandatory(&self) -> bool {
        self.mandatory
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12(&self.schemes, message, &parse(leaf)?, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13(&self.schemes, message, &parse(leaf)?, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.schemes.taken.clone()
    }
}

fn parse(leaf: &CertificateDer<'_>) -> Result<Certificate, CertificateError> {
    Certificate::parse(leaf).ok_or(CertificateError::BadEncoding)
}

/// In TLS 1.2 a scheme does not bind the curve: every algorithm listed for it may fit.
fn verify_tls12(
    schemes: &Schemes,
    message: &[u8],
    leaf: &Certificate,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    verify(schemes, message, leaf, signed, usize::MAX)
}

/// RFC 8446, section 4.2.3: a scheme binds the curve (the first algorithm listed for it), and
/// PKCS#1 signatures are for certificates only.
fn verify_tls13(
    schemes: &Schemes,
    message: &[u8],
    leaf: &Certificate,
    signed: &DigitallySignedStruct,
) -> Result<HandshakeSignatureValid, Error> {
    let allowed = matches!(
        signed.scheme,
        SignatureScheme::ECDSA_NISTP256_SHA256
            | SignatureScheme::ECDSA_NISTP384_SHA384
            | SignatureScheme::ECDSA_NISTP521_SHA512
            | SignatureScheme::ED25519
            | SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PSS_SHA512
    ) || RSA_PSS_KEY_SCHEMES.contains(&signed.scheme);
    if !allowed {
        return Err(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme.into());
    }
    verify(schemes, message, leaf, signed, 1)
}

fn verify(
    schemes: &Schemes,
    message: &[u8],
    leaf: &Certificate,
    signed: &DigitallySignedStruct,
    candidates: usize,
) -> Result<HandshakeSignatureValid, Error> {
    let (_, listed) = schemes
        .algorithms
        .mapping
        .iter()
        .find(|(scheme, _)| *scheme == signed.scheme && schemes.taken.contains(scheme))
        .ok_or(PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme)?;
    let valid = listed.iter().take(candidates).any(|algorithm| {
        algorithm.public_key_alg_id().as_ref() == leaf.key_algorithm
            && algorithm.verify_signature(&leaf.key, message, signed.signature()).is_ok()
    });
    if valid {
        Ok(HandshakeSignatureValid::assertion())
    } else {
        Err(CertificateError::BadSignature.into())
    }
}
