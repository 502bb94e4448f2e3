//! What a row says of a chain, and what may be said.

use rustls::pki_types::UnixTime;
use tls_json_native::pki::{Policy, Purpose, TrustStore, VerificationResult, verify};

use super::workshop::Made;

pub struct Row {
    pub name: &'static str,
    pub chain: Vec<Made>,
    pub ca: Vec<Made>,
    pub policy: Policy,
    /// Code and message; `None` is trusted.
    pub want: Want,
    /// Whether Node comes to the same result.
    pub as_node: bool,
}

pub type Want = Option<(&'static str, &'static str)>;

pub const OK: Want = None;
pub const DEPTH_ZERO: Want = Some(("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate"));
pub const IN_CHAIN: Want =
    Some(("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain"));
pub const NO_ISSUER: Want = Some(("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate"));
pub const NO_LOCAL_ISSUER: Want =
    Some(("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate"));
pub const LONE_LEAF: Want =
    Some(("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate"));
pub const EXPIRED: Want = Some(("CERT_HAS_EXPIRED", "certificate has expired"));
pub const NOT_YET: Want = Some(("CERT_NOT_YET_VALID", "certificate is not yet valid"));
pub const PURPOSE: Want = Some(("INVALID_PURPOSE", "unsuitable certificate purpose"));
pub const BAD_CA: Want = Some(("INVALID_CA", "invalid CA certificate"));
pub const TOO_LONG: Want = Some(("PATH_LENGTH_EXCEEDED", "path length constraint exceeded"));
pub const BAD_SIGNATURE: Want = Some(("CERT_SIGNATURE_FAILURE", "certificate signature failure"));
pub const CRITICAL: Want = Some(("UNSPECIFIED", "unhandled critical extension"));
pub const NO_CERTSIGN: Want =
    Some(("UNSPECIFIED", "key usage does not include certificate signing"));
pub const NOT_PERMITTED: Want = Some(("UNSPECIFIED", "permitted subtree violation"));
pub const EXCLUDED: Want = Some(("UNSPECIFIED", "excluded subtree violation"));
pub const WEAK_DIGEST: Want = Some(("UNSPECIFIED", "CA signature digest algorithm too weak"));
pub const WEAK_LEAF_KEY: Want = Some(("UNSPECIFIED", "EE certificate key too weak"));
pub const UNSUPPORTED: Want =
    Some(("UNSPECIFIED", "certificate signature algorithm not supported"));
pub const WEAK_CA_KEY: Want = Some(("UNSPECIFIED", "CA certificate key too weak"));

#[derive(Default)]
pub struct Table(pub Vec<Row>);

impl Table {
    pub fn row(
        &mut self,
        name: &'static str,
        chain: &[&Made],
        ca: &[&Made],
        want: Want,
    ) -> &mut Row {
        let owned = |list: &[&Made]| list.iter().map(|&made| made.clone()).collect();
        let policy =
            Policy { purpose: Purpose::Server, security_level: 1, allow_partial_chain: false };
        let row = Row { name, chain: owned(chain), ca: owned(ca), policy, want, as_node: true };
        self.0.push(row);
        self.0.last_mut().unwrap()
    }

    pub fn client(&mut self, name: &'static str, chain: &[&Made], ca: &[&Made], want: Want) {
        self.row(name, chain, ca, want).policy.purpose = Purpose::Client;
    }

    pub fn partial(&mut self, name: &'static str, chain: &[&Made], ca: &[&Made], want: Want) {
        self.row(name, chain, ca, want).policy.allow_partial_chain = true;
    }
}

impl Row {
    pub fn verify(&self, now: UnixTime) -> VerificationResult {
        let chain: Vec<_> = self.chain.iter().map(|made| made.der.clone()).collect();
        let ca = self.ca.iter().map(|made| made.der.clone());
        verify(&chain, &TrustStore::new(ca), self.policy, now)
    }
}
