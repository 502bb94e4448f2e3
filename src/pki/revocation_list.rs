//! A certificate revocation list (RFC 5280, section 5), parsed once and owned.

use std::collections::HashMap;

use x509_parser::extensions::X509Extension;
use x509_parser::prelude::FromDer;
use x509_parser::revocation_list::CertificateRevocationList;

use super::asn1::{Item, Value, read};
use super::der::{BIT_STRING, ENUMERATED, Elements, SEQUENCE, bits, constructed, context};
use super::extensions::Authority;

/// What a verdict needs of a revocation list.
#[derive(Clone, Debug)]
pub(crate) struct RevocationList {
    /// In canonical form.
    pub(super) issuer: Vec<u8>,
    /// Unix time in seconds.
    pub(super) this_update: i64,
    /// Unix time in seconds; a list without it never expires.
    pub(super) next_update: Option<i64>,
    pub(super) authority: Option<Authority>,
    pub(super) scope: Scope,
    /// A list of changes to another. To OpenSSL, it is nearly like any other unless it is told to
    /// combine them.
    pub(crate) delta: bool,
    /// The list or one of its entries has a critical extension that OpenSSL does not handle.
    pub(super) unhandled: bool,
    /// What is signed.
    pub(super) signed: Vec<u8>,
    /// The content of the signature's AlgorithmIdentifier.
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// Whether the algorithm named inside the signed part is the one outside it.
    pub(super) consistent_algorithm: bool,
    /// Serial numbers, and whether each is still revoked.
    revoked: HashMap<Vec<u8>, bool>,
}

/// Which certificates a list is about (RFC 5280, section 5.2.5). The default is all of its issuer.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope {
    /// `None` if no distribution point is named.
    pub(super) point: Option<PointNames>,
    pub(super) only_users: bool,
    pub(super) only_authorities: bool,
    pub(super) only_attributes: bool,
    /// Only some reasons, or certificates of other issuers: OpenSSL uses such a list only when
    /// told to, which Node does not do.
    pub(super) extended: bool,
    /// Contradicts itself.
    pub(super) invalid: bool,
}

/// The full names of a distribution point, as tags and contents. A name relative to an issuer's is
/// left out, and so is like no other.
pub(super) type PointNames = Vec<(u8, Vec<u8>)>;

/// Where a certificate says that lists about it are to be had (RFC 5280, section 4.2.1.13).
#[derive(Clone, Debug)]
pub(super) struct DistributionPoint {
    /// `None` if it has no name of its own.
    pub(super) names: Option<PointNames>,
    /// Its lists are about some reasons only.
    pub(super) partial: bool,
    /// Its lists are issued by somebody else.
    pub(super) indirect: bool,
}

impl RevocationList {
    /// `None` if the DER is not exactly one list, or has an extension that cannot be read.
    pub(crate) fn parse(der: &[u8]) -> Option<Self> {
        let Ok(([], list)) = CertificateRevocationList::from_der(der) else {
            return None;
        };
        let mut elements = Elements::new(Elements::only(der, SEQUENCE)?);
        let _signed = elements.expect_tag(SEQUENCE)?;
        let signature_algorithm = elements.expect_tag(SEQUENCE)?.to_vec();
        let [0, signature @ ..] = elements.expect_tag(BIT_STRING)? else {
            return None;
        };
        let body = &list.tbs_cert_list;
        let mut this = Self {
            issuer: canonical(body.issuer.as_raw())?,
            this_update: body.this_update.timestamp(),
            next_update: body.next_update.map(|time| time.timestamp()),
            authority: None,
            scope: Scope::default(),
            delta: false,
            unhandled: false,
            signed: body.as_ref().to_vec(),
            signature_algorithm,
            signature: signature.to_vec(),
            consistent_algorithm: body.signature == list.signature_algorithm,
            revoked: HashMap::new(),
        };
        for extension in body.extensions() {
            this.read_extension(extension)?;
        }
        for entry in &body.revoked_certificates {
            let removed = this.read_entry(entry.extensions())?;
            // Whoever is listed twice is revoked if one of the entries says so.
            *this.revoked.entry(entry.raw_serial().to_vec()).or_default() |= !removed;
        }
        Some(this)
    }

    fn read_extension(&mut self, extension: &X509Extension<'_>) -> Option<()> {
        match extension.oid.as_bytes() {
            AUTHORITY_KEY_ID => self.authority = Some(Authority::read(extension.value)?),
            ISSUING_DISTRIBUTION_POINT => self.scope = Scope::read(extension.value)?,
            DELTA_INDICATOR => self.delta = true,
            _ => self.unhandled |= extension.critical,
        }
        Some(())
    }

    /// Whether the entry takes a revocation back.
    fn read_entry(&mut self, extensions: &[X509Extension<'_>]) -> Option<bool> {
        let mut removed = false;
        for extension in extensions {
            match extension.oid.as_bytes() {
                REASON_CODE => {
                    removed = Elements::only(extension.value, ENUMERATED)? == [REMOVE_FROM_CRL];
                    self.unhandled |= extension.critical;
                }
                // Entries about other issuers' certificates are not understood here, marked
                // critical or not.
                CERTIFICATE_ISSUER => self.unhandled = true,
                _ => self.unhandled |= extension.critical,
            }
        }
        Some(removed)
    }

    pub(super) fn revokes(&self, serial: &[u8]) -> bool {
        self.revoked.get(serial).copied().unwrap_or(false)
    }
}

/// The canonical form of a Name.
fn canonical(mut der: &[u8]) -> Option<Vec<u8>> {
    match read(&Item::Name, &mut der) {
        Ok(Value::Name(name)) => Some(name.canonical),
        _ => None,
    }
}

impl Scope {
    fn read(value: &[u8]) -> Option<Self> {
        let mut elements = Elements::new(Elements::only(value, SEQUENCE)?);
        let point = point_names(elements.optional(constructed(0))?)?;
        let only_users = flag(&mut elements, 1)?;
        let only_authorities = flag(&mut elements, 2)?;
        let some_reasons = elements.optional(context(3))?.is_some();
        let indirect = flag(&mut elements, 4)?;
        let only_attributes = flag(&mut elements, 5)?;
        let limits = [only_users, only_authorities, only_attributes];
        elements.is_empty().then_some(Self {
            point,
            only_users,
            only_authorities,
            only_attributes,
            extended: indirect || some_reasons,
            invalid: limits.into_iter().filter(|&limit| limit).count() > 1,
        })
    }
}

impl DistributionPoint {
    pub(super) fn read_all(value: &[u8]) -> Option<Vec<Self>> {
        let mut list = Elements::new(Elements::only(value, SEQUENCE)?);
        let mut points = Vec::new();
        while !list.is_empty() {
            let mut elements = Elements::new(list.expect_tag(SEQUENCE)?);
            let names = point_names(elements.optional(constructed(0))?)?;
            let partial = match elements.optional(context(1))? {
                // Every reason but the unused first bit.
                Some(reasons) => !matches!(bits(reasons)?, [0x7f | 0xff, 0x80..=0xff]),
                None => false,
            };
            let indirect = elements.optional(constructed(2))?.is_some();
            points.push(elements.is_empty().then_some(Self { names, partial, indirect })?);
        }
        Some(points)
    }
}

/// A DistributionPointName; outer `None` is malformed input.
fn point_names(content: Option<&[u8]>) -> Option<Option<PointNames>> {
    let Some(content) = content else {
        return Some(None);
    };
    let mut names = PointNames::new();
    let mut choice = Elements::new(content);
    match choice.take()? {
        (tag, content) if tag == constructed(0) => {
            let mut elements = Elements::new(content);
            while !elements.is_empty() {
                let (tag, content) = elements.take()?;
                names.push((tag, content.to_vec()));
            }
        }
        (tag, _) if tag == constructed(1) => {}
        _ => return None,
    }
    choice.is_empty().then_some(Some(names))
}

fn flag(elements: &mut Elements<'_>, number: u8) -> Option<bool> {
    elements.optional(context(number)).map(|content| content.is_some_and(|content| content != [0]))
}

const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 35];
const REASON_CODE: &[u8] = &[0x55, 0x1d, 21];
const DELTA_INDICATOR: &[u8] = &[0x55, 0x1d, 27];
const ISSUING_DISTRIBUTION_POINT: &[u8] = &[0x55, 0x1d, 28];
const CERTIFICATE_ISSUER: &[u8] = &[0x55, 0x1d, 29];
/// RFC 5280, section 5.3.1.
const REMOVE_FROM_CRL: u8 = 8;
