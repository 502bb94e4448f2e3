//! The X.509 extensions that verification depends on.

use super::asn1::{Item, Value, read, x509};
use super::general_name::GeneralName;
use super::name_constraints::NameConstraints;
use super::resources::{AddressBlocks, AutonomousSystems};

/// Key usages (RFC 5280, section 4.2.1.3), in the first byte of the bit string.
pub(super) mod key_usage {
    pub(crate) const DIGITAL_SIGNATURE: u8 = 0x80;
    pub(crate) const KEY_ENCIPHERMENT: u8 = 0x20;
    pub(crate) const KEY_AGREEMENT: u8 = 0x08;
    pub(crate) const KEY_CERT_SIGN: u8 = 0x04;
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
    pub(super) addresses: Option<AddressBlocks>,
    pub(super) systems: Option<AutonomousSystems>,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// From what `EXTENSIONS` describes.
    pub(super) fn read(list: &Value<'_>) -> Self {
        let mut this = Self::default();
        let mut seen: Vec<&[u8]> = Vec::new();
        let mut has_other_names = false;
        for extension in list.elements() {
            let [oid, critical, value] = extension.fields() else {
                continue;
            };
            let (Some(oid), Some(value)) = (oid.content(), value.content()) else {
                continue;
            };
            let critical = critical.content().is_some_and(|critical| critical != [0]);
            let handling = Handling::of(oid);
            this.unhandled |= critical && matches!(handling, Handling::Read | Handling::Unknown);
            has_other_names |= matches!(oid, SUBJECT_ALT_NAME | ISSUER_ALT_NAME);
            if matches!(handling, Handling::Judged | Handling::Read) {
                this.malformed |= seen.contains(&oid) || this.read_one(oid, value).is_none();
                seen.push(oid);
            }
        }
        let ca = this.basic_constraints.is_some_and(|constraints| constraints.ca);
        this.malformed |= this.proxy && (ca || has_other_names);
        this
    }

    /// `None` if it cannot be read. What follows a value does not count.
    fn read_one(&mut self, oid: &[u8], mut value: &[u8]) -> Option<()> {
        let mut parse = |item: &Item| read(item, &mut value).ok();
        match oid {
            SUBJECT_KEY_ID => {
                self.subject_key_id = Some(parse(&x509::OCTET_STRING)?.content()?.to_vec());
            }
            AUTHORITY_KEY_ID => {
                self.authority = Some(Authority::from(&parse(&x509::AUTHORITY_KEY_ID)?)?);
            }
            KEY_USAGE => {
                let bits = parse(&x509::BIT_STRING)?;
                let content = bits.content()?;
                // Nobody reads further bits than those of two bytes.
                if content.iter().take(2).all(|&byte| byte == 0) {
                    return None;
                }
                self.key_usage = Some(content.first().copied().unwrap_or(0));
            }
            NETSCAPE_CERT_TYPE => {
                let bits = parse(&x509::BIT_STRING)?;
                self.netscape = Some(bits.content()?.first().copied().unwrap_or(0));
            }
            SUBJECT_ALT_NAME => {
                self.alternative_names = GeneralName::read_all(&parse(&x509::GENERAL_NAMES)?)?;
            }
            BASIC_CONSTRAINTS => {
                let constraints = parse(&x509::BASIC_CONSTRAINTS)?;
                self.basic_constraints = Some(BasicConstraints::read(&constraints)?);
            }
            EXTENDED_KEY_USAGE => {
                self.extended_key_usage =
                    Some(ExtendedKeyUsage::read(&parse(&x509::EXTENDED_KEY_USAGE)?));
            }
            NAME_CONSTRAINTS => {
                let constraints = parse(&x509::NAME_CONSTRAINTS)?;
                self.name_constraints = Some(NameConstraints::read(&constraints)?);
            }
            PROXY_CERT_INFO => {
                parse(&x509::PROXY_CERT_INFO)?;
                self.proxy = true;
            }
            CRL_DISTRIBUTION_POINTS => {
                let points = parse(&x509::DISTRIBUTION_POINTS)?;
                let is_somewhere = |point: &Value<'_>| {
                    point.field(0).is_present() || !point.field(2).elements().is_empty()
                };
                if !points.elements().iter().all(is_somewhere) {
                    return None;
                }
            }
            IP_ADDRESS_BLOCKS => {
                self.addresses = Some(AddressBlocks::read(&parse(&x509::ADDRESS_BLOCKS)?)?);
            }
            AUTONOMOUS_SYSTEMS => {
                self.systems = Some(AutonomousSystems::read(&parse(&x509::AUTONOMOUS_SYSTEMS)?)?);
            }
            _ => {}
        }
        Some(())
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

impl Handling {
    fn of(oid: &[u8]) -> Self {
        match oid {
            SUBJECT_KEY_ID | AUTHORITY_KEY_ID => Self::Read,
            KEY_USAGE
            | NETSCAPE_CERT_TYPE
            | SUBJECT_ALT_NAME
            | BASIC_CONSTRAINTS
            | EXTENDED_KEY_USAGE
            | NAME_CONSTRAINTS
            | PROXY_CERT_INFO
            | CRL_DISTRIBUTION_POINTS
            | IP_ADDRESS_BLOCKS
            | AUTONOMOUS_SYSTEMS => Self::Judged,
            CERTIFICATE_POLICIES | POLICY_MAPPINGS | POLICY_CONSTRAINTS | INHIBIT_ANY_POLICY
            | OCSP_NO_CHECK => Self::Known,
            _ => Self::Unknown,
        }
    }
}

impl BasicConstraints {
    /// From what `BASIC_CONSTRAINTS` describes; `None` for a negative length.
    fn read(value: &Value<'_>) -> Option<Self> {
        let ca = value.field(0).content().is_some_and(|content| content != [0]);
        let path_len = match value.field(1).content() {
            Some([0x80..=0xff, ..]) => return None,
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
        Some(Self { ca, path_len })
    }
}

impl ExtendedKeyUsage {
    /// From what `EXTENDED_KEY_USAGE` describes.
    fn read(value: &Value<'_>) -> Self {
        let mut usage = Self::default();
        for purpose in value.elements() {
            match purpose.content() {
                Some(SERVER_AUTH | MICROSOFT_SGC | NETSCAPE_SGC) => usage.server = true,
                Some(CLIENT_AUTH) => usage.client = true,
                // anyExtendedKeyUsage is not enough for OpenSSL.
                _ => {}
            }
        }
        usage
    }
}

impl Authority {
    /// From what `AUTHORITY_KEY_ID` describes.
    fn from(value: &Value<'_>) -> Option<Self> {
        let names = GeneralName::read_all(value.field(1))?;
        Some(Self {
            key_id: value.field(0).content().map(<[u8]>::to_vec),
            issuer: names.into_iter().find_map(|name| match name {
                GeneralName::Directory(form) => Some(form),
                _ => None,
            }),
            serial: value.field(2).content().map(<[u8]>::to_vec),
        })
    }
}

const SUBJECT_KEY_ID: &[u8] = &[0x55, 0x1d, 14];
const KEY_USAGE: &[u8] = &[0x55, 0x1d, 15];
const SUBJECT_ALT_NAME: &[u8] = &[0x55, 0x1d, 17];
const ISSUER_ALT_NAME: &[u8] = &[0x55, 0x1d, 18];
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
/// 1.3.6.1.5.5.7.1.7
const IP_ADDRESS_BLOCKS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 7];
/// 1.3.6.1.5.5.7.1.8
const AUTONOMOUS_SYSTEMS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 8];
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
