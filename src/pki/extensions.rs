//! The X.509 extensions a verdict depends on.

use x509_parser::extensions::X509Extension;

use super::certificate::Certificate;
use super::der::{
    BIT_STRING, BOOLEAN, Elements, INTEGER, OCTET_STRING, OID, SEQUENCE, bits, constructed, context,
};
use super::name::GeneralName;
use super::name_constraints::NameConstraints;
use super::revocation_list::DistributionPoint;

/// Key usages (RFC 5280, section 4.2.1.3), in the first byte of the bit string.
pub(super) mod key_usage {
    pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
    pub(crate) const KEY_ENCIPHERMENT: u8 = 0x20;
    pub(crate) const KEY_AGREEMENT: u8 = 0x08;
    pub(crate) const KEY_CERT_SIGN: u8 = 0x04;
    pub(crate) const CRL_SIGN: u8 = 0x02;
}

/// Netscape's certificate types, in the first byte of the bit string.
pub(super) mod netscape {
    pub(crate) const SSL_CLIENT: u8 = 0x80;
    pub(crate) const SSL_SERVER: u8 = 0x40;
    pub(crate) const SSL_CA: u8 = 0x04;
    pub(crate) const ANY_CA: u8 = 0x07;
}

/// What the extensions say. Absent ones are `None`.
#[derive(Clone, Debug, Default)]
pub(super) struct Extensions {
    pub(super) basic_constraints: Option<BasicConstraints>,
    pub(super) key_usage: Option<u8>,
    pub(super) extended_key_usage: Option<ExtendedKeyUsage>,
    pub(super) netscape: Option<u8>,
    pub(super) subject_key_id: Option<Vec<u8>>,
    pub(super) authority: Option<Authority>,
    pub(super) alternative_names: Vec<GeneralName>,
    pub(super) name_constraints: Option<NameConstraints>,
    pub(super) distribution_points: Vec<DistributionPoint>,
    /// A critical extension that OpenSSL does not handle is present.
    pub(super) unhandled: bool,
    /// It is a proxy certificate (RFC 3820).
    pub(super) proxy: bool,
    /// An extension that matters is repeated or cannot be parsed.
    pub(super) malformed: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct BasicConstraints {
    pub(super) ca: bool,
    pub(super) path_len: Option<usize>,
}

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExtendedKeyUsage {
    pub(super) server: bool,
    pub(super) client: bool,
}

/// An authority key identifier (RFC 5280, section 4.2.1.1).
#[derive(Clone, Debug)]
pub(super) struct Authority {
    pub(super) key_id: Option<Vec<u8>>,
    /// The first directory name of the authority's issuer, in canonical form.
    pub(super) issuer: Option<Vec<u8>>,
    pub(super) serial: Option<Vec<u8>>,
}

/// What OpenSSL makes of an extension (`ossl_x509v3_cache_extensions`, `X509_supported_extension`).
enum Handling {
    /// Read, and supported when critical. A repetition makes the certificate invalid, as below.
    Judged,
    /// Read, but not supported when critical.
    Read,
    /// Not looked into, and supported when critical.
    Known,
    Unknown,
}

impl Extensions {
    pub(super) fn read(list: &[X509Extension<'_>]) -> Self {
        let mut this = Self::default();
        for (position, extension) in list.iter().enumerate() {
            let oid = extension.oid.as_bytes();
            let repeated = list.iter().take(position).any(|other| other.oid.as_bytes() == oid);
            match this.read_one(oid, extension.value) {
                Some(Handling::Judged) => this.malformed |= repeated,
                Some(Handling::Read) => {
                    this.malformed |= repeated;
                    this.unhandled |= extension.critical;
                }
                Some(Handling::Known) => {}
                Some(Handling::Unknown) => this.unhandled |= extension.critical,
                None => this.malformed = true,
            }
        }
        this
    }

    /// `None` if it cannot be parsed.
    fn read_one(&mut self, oid: &[u8], value: &[u8]) -> Option<Handling> {
        match oid {
            SUBJECT_KEY_ID => {
                self.subject_key_id = Some(Elements::only(value, OCTET_STRING)?.to_vec());
                return Some(Handling::Read);
            }
            AUTHORITY_KEY_ID => {
                self.authority = Some(Authority::read(value)?);
                return Some(Handling::Read);
            }
            KEY_USAGE => self.key_usage = Some(first_byte(value)?),
            NETSCAPE_CERT_TYPE => self.netscape = Some(first_byte(value)?),
            SUBJECT_ALT_NAME => {
                self.alternative_names = GeneralName::read_all(Elements::only(value, SEQUENCE)?)?;
            }
            BASIC_CONSTRAINTS => self.basic_constraints = Some(BasicConstraints::read(value)?),
            EXTENDED_KEY_USAGE => self.extended_key_usage = Some(ExtendedKeyUsage::read(value)?),
            NAME_CONSTRAINTS => self.name_constraints = Some(NameConstraints::read(value)?),
            PROXY_CERT_INFO => self.proxy = true,
            CRL_DISTRIBUTION_POINTS => {
                self.distribution_points = DistributionPoint::read_all(value)?;
            }
            CERTIFICATE_POLICIES | POLICY_MAPPINGS | POLICY_CONSTRAINTS | INHIBIT_ANY_POLICY
            | OCSP_NO_CHECK => return Some(Handling::Known),
            _ => return Some(Handling::Unknown),
        }
        Some(Handling::Judged)
    }

    /// Whether key usage, if present, has none of `wanted`.
    pub(super) fn lacks_key_usage(&self, wanted: u8) -> bool {
        self.key_usage.is_some_and(|usage| usage & wanted == 0)
    }

    /// Whether the Netscape type, if present, has none of `wanted`.
    pub(super) fn lacks_netscape(&self, wanted: u8) -> bool {
        self.netscape.is_some_and(|kind| kind & wanted == 0)
    }
}

fn first_byte(value: &[u8]) -> Option<u8> {
    let [first, _] = bits(Elements::only(value, BIT_STRING)?)?;
    Some(first)
}

impl BasicConstraints {
    fn read(value: &[u8]) -> Option<Self> {
        let mut elements = Elements::new(Elements::only(value, SEQUENCE)?);
        let ca = elements.optional(BOOLEAN)?.is_some_and(|content| content != [0]);
        let path_len = match elements.optional(INTEGER)? {
            // Negative.
            Some([] | [0x80..=0xff, ..]) => return None,
            Some(content) => Some(
                content
                    .iter()
                    .try_fold(0_usize, |sum, &byte| {
                        sum.checked_mul(256)?.checked_add(usize::from(byte))
                    })
                    .unwrap_or(usize::MAX),
            ),
            None => None,
        };
        elements.is_empty().then_some(Self { ca, path_len })
    }
}

impl ExtendedKeyUsage {
    fn read(value: &[u8]) -> Option<Self> {
        let mut elements = Elements::new(Elements::only(value, SEQUENCE)?);
        let mut usage = Self::default();
        while !elements.is_empty() {
            match elements.expect_tag(OID)? {
                SERVER_AUTH | MICROSOFT_SGC | NETSCAPE_SGC => usage.server = true,
                CLIENT_AUTH => usage.client = true,
                // anyExtendedKeyUsage is not enough for OpenSSL.
                _ => {}
            }
        }
        Some(usage)
    }
}

impl Authority {
    /// Whether nothing it says is otherwise in `issuer` (`X509_check_akid`).
    pub(super) fn fits(&self, issuer: &Certificate) -> bool {
        let key_id = match (&self.key_id, &issuer.extensions.subject_key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        key_id
            && self.serial.as_ref().is_none_or(|serial| *serial == issuer.serial)
            && self.issuer.as_ref().is_none_or(|name| *name == issuer.issuer)
    }

    pub(super) fn read(value: &[u8]) -> Option<Self> {
        let mut elements = Elements::new(Elements::only(value, SEQUENCE)?);
        let key_id = elements.optional(context(0))?.map(<[u8]>::to_vec);
        let names = match elements.optional(constructed(1))? {
            Some(content) => GeneralName::read_all(content)?,
            None => Vec::new(),
        };
        let serial = elements.optional(context(2))?.map(<[u8]>::to_vec);
        let issuer = names.into_iter().find_map(|name| match name {
            GeneralName::Directory(form) => Some(form),
            _ => None,
        });
        elements.is_empty().then_some(Self { key_id, issuer, serial })
    }
}

const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
const BASIC_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 19];
const NAME_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 30];
const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 0x1d, 31];
const CERTIFICATE_POLICIES: &[u8] = &[0x55, 0x1d, 32];
const POLICY_MAPPINGS: &[u8] = &[0x55, 0x1d, 33];
const AUTHORITY_KEY_ID: &[u8] = &[0x55, 0x1d, 35];
const POLICY_CONSTRAINTS: &[u8] = &[0x55, 0x1d, 36];
const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 0x1d, 37];
const INHIBIT_ANY_POLICY: &[u8] = &[0x55, 0x1d, 54];
/// 1.3.6.1.5.5.7.48.1.5
const OCSP_NO_CHECK: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 5];
/// 1.3.6.1.5.5.7.1.14
const PROXY_CERT_INFO: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 14];
/// 2.16.840.1.113730.1.1
const NETSCAPE_CERT_TYPE: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 1, 1];
/// 1.3.6.1.5.5.7.3.1
const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
/// 1.3.6.1.5.5.7.3.2
const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
/// 1.3.6.1.4.1.311.10.3.3
const MICROSOFT_SGC: &[u8] = &[0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3];
/// 2.16.840.1.113730.4.1
const NETSCAPE_SGC: &[u8] = &[0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 4, 1];
