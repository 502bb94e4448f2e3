//! Verifiers for one connection: they note what the peer presents and close the gate in time.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, DistinguishedName, Error, SignatureScheme};

use super::gate::Control;
use super::signature::{ClientSignature, ServerSignature};

/// Puts a gate's control behind `verifier`.
#[derive(Debug)]
pub(super) struct ObservingVerifier<V> {
    pub(super) verifier: Arc<V>,
    pub(super) control: Arc<Control>,
}

impl<V> ObservingVerifier<V> {
    fn present(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let sent = std::iter::once(leaf).chain(others);
        self.control.present(sent.map(|der| der.clone().into_owned()).collect());
    }

    /// The peer owns the key of its certificate: what we write next is our last flight.
    fn close(
        &self,
        valid: Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        valid.inspect(|_| self.control.close())
    }
}

impl ServerCertVerifier for ObservingVerifier<ServerSignature> {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.present(leaf, others);
        self.verifier.verify_server_cert(leaf, others, name, ocsp, now)
    }

    /// A client's last flight of TLS 1.2 comes before the server's and is not held back, as in
    /// Node.
    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls12_signature(message, leaf, signed)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.close(self.verifier.verify_tls13_signature(message, leaf, signed))
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}

impl ClientCertVerifier for ObservingVerifier<ClientSignature> {
    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        self.present(leaf, others);
        self.verifier.verify_client_cert(leaf, others, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.close(self.verifier.verify_tls12_signature(message, leaf, signed))
    }

    /// A server has no flight left in TLS 1.3.
    fn verify_tls13_signature(
        &self,
        message: &[u8],
        leaf: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier.verify_tls13_signature(message, leaf, signed)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }
}
