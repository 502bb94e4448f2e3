//! What can be wrong with a chain: Node's codes, OpenSSL 3.0's messages.

/// Why a chain is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ChainError {
    /// As Node spells it, for example `CERT_HAS_EXPIRED`. Node has no name for most of OpenSSL's
    /// findings and says `UNSPECIFIED`.
    pub code: &'static str,
    /// As Node 20 words it. Node 24 appends a hint to those of `DEPTH_ZERO_SELF_SIGNED_CERT`,
    /// `UNABLE_TO_GET_ISSUER_CERT` and `UNABLE_TO_VERIFY_LEAF_SIGNATURE`.
    pub message: &'static str,
}

const fn error(code: &'static str, message: &'static str) -> ChainError {
    ChainError { code, message }
}

const fn unspecified(message: &'static str) -> ChainError {
    error("UNSPECIFIED", message)
}

pub(super) const UNABLE_TO_GET_ISSUER_CERT: ChainError =
    error("UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate");
pub(super) const UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ChainError =
    error("UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate");
pub(super) const UNABLE_TO_VERIFY_LEAF_SIGNATURE: ChainError =
    error("UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate");
pub(super) const DEPTH_ZERO_SELF_SIGNED_CERT: ChainError =
    error("DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate");
pub(super) const SELF_SIGNED_CERT_IN_CHAIN: ChainError =
    error("SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain");
pub(super) const CERT_CHAIN_TOO_LONG: ChainError =
    error("CERT_CHAIN_TOO_LONG", "certificate chain too long");
pub(super) const CERT_SIGNATURE_FAILURE: ChainError =
    error("CERT_SIGNATURE_FAILURE", "certificate signature failure");
pub(super) const CERT_NOT_YET_VALID: ChainError =
    error("CERT_NOT_YET_VALID", "certificate is not yet valid");
pub(super) const CERT_HAS_EXPIRED: ChainError =
    error("CERT_HAS_EXPIRED", "certificate has expired");
pub(super) const ERROR_IN_CERT_NOT_BEFORE_FIELD: ChainError =
    error("ERROR_IN_CERT_NOT_BEFORE_FIELD", "format error in certificate's notBefore field");
pub(super) const ERROR_IN_CERT_NOT_AFTER_FIELD: ChainError =
    error("ERROR_IN_CERT_NOT_AFTER_FIELD", "format error in certificate's notAfter field");
pub(super) const INVALID_CA: ChainError = error("INVALID_CA", "invalid CA certificate");
pub(super) const PATH_LENGTH_EXCEEDED: ChainError =
    error("PATH_LENGTH_EXCEEDED", "path length constraint exceeded");
pub(super) const INVALID_PURPOSE: ChainError =
    error("INVALID_PURPOSE", "unsuitable certificate purpose");

pub(super) const UNSPECIFIED: ChainError =
    unspecified("unspecified certificate verification error");
pub(super) const UNHANDLED_CRITICAL_EXTENSION: ChainError =
    unspecified("unhandled critical extension");
pub(super) const PROXY_CERTIFICATES_NOT_ALLOWED: ChainError =
    unspecified("proxy certificates not allowed, please set the appropriate flag");
pub(super) const EC_KEY_EXPLICIT_PARAMS: ChainError =
    unspecified("certificate public key has explicit ECC parameters");
pub(super) const KEYUSAGE_NO_CERTSIGN: ChainError =
    unspecified("key usage does not include certificate signing");
pub(super) const EE_KEY_TOO_SMALL: ChainError = unspecified("EE certificate key too weak");
pub(super) const CA_KEY_TOO_SMALL: ChainError = unspecified("CA certificate key too weak");
pub(super) const CA_MD_TOO_WEAK: ChainError = unspecified("CA signature digest algorithm too weak");
/// Not OpenSSL's: it verifies more algorithms than the provider here.
pub(super) const UNSUPPORTED_SIGNATURE_ALGORITHM: ChainError =
    unspecified("certificate signature algorithm not supported");
pub(super) const PERMITTED_VIOLATION: ChainError = unspecified("permitted subtree violation");
pub(super) const EXCLUDED_VIOLATION: ChainError = unspecified("excluded subtree violation");
pub(super) const SUBTREE_MINMAX: ChainError =
    unspecified("name constraints minimum and maximum not supported");
pub(super) const UNSUPPORTED_CONSTRAINT_TYPE: ChainError =
    unspecified("unsupported name constraint type");
pub(super) const UNSUPPORTED_NAME_SYNTAX: ChainError =
    unspecified("unsupported or invalid name syntax");
pub(super) const UNNESTED_RESOURCE: ChainError =
    unspecified("RFC 3779 resource not subset of parent's resources");
pub(super) const INVALID_EXTENSION: ChainError =
    unspecified("invalid or inconsistent certificate extension");
