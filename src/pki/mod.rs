//! Whether a certificate chain is trusted, as OpenSSL 3 decides it and Node names it.
//!
//! The order of work is that of `X509_verify_cert` with Node's callback, which never stops it: a
//! later finding replaces an earlier one, so the code a user sees depends on the order. A pure
//! function of the chain, the trust store, the policy and the time.
//!
//! Left out, and refused where refusing is possible: policies, proxy certificates, constraints on
//! internationalized mailboxes. Revocation is not asked about: who asks has Node's own TLS.

mod asn1;
mod certificate;
mod error;
mod extensions;
mod findings;
mod general_name;
mod issue;
mod key;
mod name_checks;
mod name_constraints;
mod path;
mod policy;
mod purpose;
mod resources;
mod signatures;
mod strength;
#[cfg(test)]
mod tests;
mod time;
mod trust_store;
mod verification;

pub use error::ChainError;
pub use issue::{Authority, IssueError, Made, Request, issue};
pub use policy::{Policy, Purpose};
pub use trust_store::TrustStore;
pub use verification::{VerificationResult, verify};

pub(crate) use certificate::Certificate;
pub(crate) use verification::no_certificate;
