//! A certificate, parsed once and owned.

use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};
use x509_parser::certificate::{X509Certificate, X509CertificateParser};
use x509_parser::nom::Parser;
use x509_parser::prelude::FromDer;
use x509_parser::x509::{SubjectPublicKeyInfo, X509Version};

use super::der::{BIT_STRING, Elements, SEQUENCE};
use super::extensions::Extensions;
use super::key::{Family, Key, family_of_signature};
use super::name;

/// What a verdict needs of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    /// In canonical form.
    pub(crate) subject: Vec<u8>,
    /// The content of the subject's DER.
    pub(crate) subject_content: Vec<u8>,
    /// The content of the key's AlgorithmIdentifier.
    pub(crate) key_algorithm: Vec<u8>,
    /// The content of the key's bit string.
    pub(crate) key: Vec<u8>,
    /// In canonical form.
    pub(super) issuer: Vec<u8>,
    pub(super) serial: Vec<u8>,
    pub(super) version_1: bool,
    /// Unix time in seconds.
    pub(super) not_before: i64,
    /// Unix time in seconds.
    pub(super) not_after: i64,
    pub(super) common_names: Vec<String>,
    /// The subject has an e-mail address.
    pub(super) has_email: bool,
    pub(super) public_key: Key,
    pub(super) extensions: Extensions,
    /// What is signed.
    pub(super) signed: Vec<u8>,
    pub(super) signature_oid: Vec<u8>,
    /// The content of the signature's AlgorithmIdentifier.
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    signature_family: Family,
    /// Whether the algorithm named inside the signed part is the one outside it.
    pub(super) consistent_algorithm: bool,
    self_signed: bool,
}

impl AsRef<Certificate> for Certificate {
    fn as_ref(&self) -> &Certificate {
        self
    }
}

impl Certificate {
    /// `None` if the DER is not exactly one certificate.
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let mut parser = X509CertificateParser::new().with_deep_parse_extensions(false);
        let Ok(([], x509)) = parser.parse(der.as_ref()) else {
            return None;
        };
        Self::read(&x509, der)
    }

    fn read(x509: &X509Certificate<'_>, der: &CertificateDer<'_>) -> Option<Self> {
        let (key_algorithm, key) = split_key(x509.subject_pki.raw)?;
        let mut elements = Elements::new(Elements::only(der, SEQUENCE)?);
        let _signed = elements.expect_tag(SEQUENCE)?;
        let signature_algorithm = elements.expect_tag(SEQUENCE)?.to_vec();
        let [0, signature @ ..] = elements.expect_tag(BIT_STRING)? else {
            return None;
        };
        let mut extensions = Extensions::read(x509.extensions());
        extensions.malformed |= x509.version != X509Version::V3 && !x509.extensions().is_empty();
        let mut certificate = Self {
            der: der.clone().into_owned(),
            subject: name::canonical(&x509.subject)?,
            subject_content: Elements::only(x509.subject.as_raw(), SEQUENCE)?.to_vec(),
            key_algorithm: key_algorithm.to_vec(),
            key: key.to_vec(),
            issuer: name::canonical(&x509.issuer)?,
            serial: x509.raw_serial().to_vec(),
            version_1: x509.version == X509Version::V1,
            not_before: x509.validity.not_before.timestamp(),
            not_after: x509.validity.not_after.timestamp(),
            common_names: x509
                .subject
                .iter_common_name()
                .filter_map(|name| {
                    let value = name.attr_value();
                    name::text(value.tag().0, value.data)?
                })
                .collect(),
            has_email: x509.subject.iter_email().next().is_some(),
            public_key: Key::read(&x509.subject_pki),
            extensions,
            signed: x509.tbs_certificate.as_ref().to_vec(),
            signature_oid: x509.signature_algorithm.algorithm.as_bytes().to_vec(),
            signature_algorithm,
            signature: signature.to_vec(),
            signature_family: family_of_signature(&x509.tbs_certificate.signature),
            consistent_algorithm: x509.tbs_certificate.signature == x509.signature_algorithm,
            self_signed: false,
        };
        certificate.self_signed = certificate.is_issued_by(&certificate);
        Some(certificate)
    }

    /// For tests of single steps: valid from 0 to 1000 and without extensions; its signature is of
    /// somebody else.
    #[cfg(test)]
    pub(super) fn sample(subject: &str, issuer: &str) -> Self {
        const LINES: &str = include_str!("../../__test__/rust/hostile.txt");
        let hex = LINES.lines().find_map(|line| line.strip_prefix("leaf ")).unwrap_or_default();
        let digits: Vec<u8> = hex
            .bytes()
            .filter_map(|byte| (byte as char).to_digit(16))
            .map(|digit| digit as u8)
            .collect();
        let der: Vec<u8> =
            digits.as_chunks::<2>().0.iter().map(|[high, low]| high << 4 | low).collect();
        let parsed = Self::parse(&der.into()).expect("a certificate");
        let mut sample = Self {
            // Only has to differ.
            der: format!("{subject} of {issuer}").into_bytes().into(),
            subject: subject.into(),
            issuer: issuer.into(),
            not_before: 0,
            not_after: 1000,
            common_names: vec![subject.to_owned()],
            extensions: Extensions::default(),
            ..parsed
        };
        sample.self_signed = sample.is_issued_by(&sample);
        sample
    }

    /// Whether `issuer` looks like the issuer: by its name, by what the authority key identifier
    /// says, and by the kind of key. No signature is verified. Who has an extension that cannot be
    /// read neither has an issuer nor is one (`ossl_x509_likely_issued`).
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
            && !self.is_malformed()
            && !issuer.is_malformed()
            && self.extensions.authority.as_ref().is_none_or(|authority| authority.fits(issuer))
            && issuer.public_key.family.signs(self.signature_family)
    }

    /// Subject and issuer are the same name.
    pub(super) fn self_issued(&self) -> bool {
        self.subject == self.issuer
    }

    /// Looks like its own issuer.
    pub(super) fn self_signed(&self) -> bool {
        self.self_signed
    }

    /// From the first second to before the last one, as OpenSSL counts.
    pub(super) fn is_valid_at(&self, now: i64) -> bool {
        self.not_before <= now && now < self.not_after
    }

    /// An extension that matters cannot be parsed.
    pub(super) fn is_malformed(&self) -> bool {
        self.extensions.malformed
    }

    /// Whether the public key is of the same type as `other`.
    pub(crate) fn has_key_type_of(&self, other: &SubjectPublicKeyInfoDer<'_>) -> bool {
        match SubjectPublicKeyInfo::from_der(other.as_ref()) {
            Ok((_, other)) => Key::read(&other).family == self.public_key.family,
            Err(_) => false,
        }
    }

    /// The type of the public key, for messages.
    pub(crate) fn key_name(&self) -> String {
        format!("{:?} of {} bits' strength", self.public_key.family, self.public_key.bits)
    }
}

/// AlgorithmIdentifier content and key bits of a SubjectPublicKeyInfo.
fn split_key(spki: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut elements = Elements::new(Elements::only(spki, SEQUENCE)?);
    let algorithm = elements.expect_tag(SEQUENCE)?;
    // The first byte counts unused bits, of which a key has none.
    match elements.expect_tag(BIT_STRING)? {
        [0, key @ ..] if elements.is_empty() => Some((algorithm, key)),
        _ => None,
    }
}
