//! Addresses and autonomous systems that a certificate may speak for (RFC 3779), as OpenSSL looks
//! at them: nobody has what his issuer does not have.

mod addresses;
mod share;
mod systems;

pub(super) use addresses::{AddressBlocks, check as check_addresses};
pub(super) use systems::{AutonomousSystems, check as check_systems};
