//! A certificate, parsed once and owned.

use rustls::pki_types::{CertificateDer, SubjectPublicKeyInfoDer};

use super::asn1::{Attribute, Name, Value, read, x509};
use super::extensions::{Authority, Extensions, key_usage};
use super::key::{Algorithm, Family, Key};
use super::time;

/// What verification needs of a certificate.
#[derive(Clone, Debug)]
pub(crate) struct Certificate {
    pub(crate) der: CertificateDer<'static>,
    /// In canonical form.
    pub(crate) subject: Vec<u8>,
    /// The content of the subject's DER.
    pub(crate) subject_content: Vec<u8>,
    /// The content of the key's AlgorithmIdentifier, as the provider writes it.
    pub(crate) key_algorithm: Vec<u8>,
    /// The content of the key's bit string, as the provider writes it.
    pub(crate) key: Vec<u8>,
    /// In canonical form.
    pub(super) issuer: Vec<u8>,
    /// The content of the INTEGER.
    pub(super) serial: Vec<u8>,
    pub(super) version_1: bool,
    /// Unix time in seconds; `None` if it is no time.
    pub(super) not_before: Option<i64>,
    /// Unix time in seconds; `None` if it is no time.
    pub(super) not_after: Option<i64>,
    /// One of them is so short that OpenSSL from 3.2 on does not read the certificate.
    pub(super) short_time: bool,
    /// How many attributes the subject has.
    pub(super) attributes: usize,
    pub(super) common_names: Vec<Attribute>,
    pub(super) emails: Vec<Attribute>,
    pub(super) public_key: Key,
    pub(super) extensions: Extensions,
    /// What is signed.
    pub(super) signed: Vec<u8>,
    pub(super) signed_with: Algorithm,
    /// The content of the signature's AlgorithmIdentifier, as the provider writes it.
    pub(super) signature_algorithm: Vec<u8>,
    pub(super) signature: Vec<u8>,
    /// Whether the algorithm named inside the signed part is the one outside it, and the signature
    /// consists of whole bytes.
    pub(super) consistent_algorithm: bool,
    /// What kind of key the signed part says has signed it.
    signer: Family,
    /// Unused bits of the signature.
    unused: u8,
    self_signed: bool,
}

impl AsRef<Certificate> for Certificate {
    fn as_ref(&self) -> &Certificate {
        self
    }
}

impl Certificate {
    /// `None` if it is not exactly one certificate.
    pub(crate) fn parse(der: &CertificateDer<'_>) -> Option<Self> {
        let mut rest = der.as_ref();
        let certificate = read(&x509::CERTIFICATE, &mut rest).ok()?;
        if !rest.is_empty() {
            return None;
        }
        Self::read(&certificate, der)
    }

    /// From what `CERTIFICATE` describes.
    fn read(value: &Value<'_>, der: &CertificateDer<'_>) -> Option<Self> {
        let [body, algorithm, Value::Plain { unused, content: signature, .. }] = value.fields()
        else {
            return None;
        };
        let Value::Sequence { whole: signed, fields } = body else {
            return None;
        };
        let [
            version,
            serial,
            inner,
            Value::Name(issuer),
            validity,
            Value::Name(subject),
            key,
            _,
            _,
            extensions,
        ] = fields.as_slice()
        else {
            return None;
        };
        let public_key = Key::read(key)?;
        let signed_with = Algorithm::read(algorithm)?;
        let inner = Algorithm::read(inner)?;
        let mut certificate = Self {
            der: der.clone().into_owned(),
            subject: subject.canonical.clone(),
            subject_content: content_of(subject),
            key_algorithm: public_key.algorithm.clone(),
            key: public_key.content.clone(),
            issuer: issuer.canonical.clone(),
            serial: serial.content()?.to_vec(),
            version_1: version.content().is_none_or(|version| version == [0]),
            not_before: time::read(validity.field(0)),
            not_after: time::read(validity.field(1)),
            short_time: validity.fields().iter().any(time::is_short),
            attributes: subject.attributes,
            common_names: subject.common_names.clone(),
            emails: subject.emails.clone(),
            public_key,
            extensions: Extensions::read(extensions),
            signed: signed.to_vec(),
            signature_algorithm: signed_with.known_form(),
            signature: signature.to_vec(),
            consistent_algorithm: *unused == 0 && inner.is(&signed_with),
            signer: inner.family(),
            signed_with,
            unused: *unused,
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
            signed: format!("{subject} of {issuer}").into_bytes(),
            subject: subject.into(),
            issuer: issuer.into(),
            not_before: Some(0),
            not_after: Some(1000),
            common_names: vec![Attribute::sample(subject)],
            extensions: Extensions::default(),
            ..parsed
        };
        sample.self_signed = sample.is_issued_by(&sample);
        sample
    }

    /// Whether both are the same certificate, however what is not signed is encoded.
    pub(super) fn is(&self, other: &Self) -> bool {
        self.signed == other.signed
            && self.signature == other.signature
            && self.unused == other.unused
            && self.signed_with.is(&other.signed_with)
    }

    /// Whether `issuer` looks like the issuer: by its name, by what the authority key identifier
    /// says, and by the kind of key. No signature is verified. Who has an extension that cannot be
    /// read neither has an issuer nor is one (`ossl_x509_likely_issued`).
    pub(super) fn is_issued_by(&self, issuer: &Self) -> bool {
        self.issuer == issuer.subject
            && !self.is_malformed()
            && !issuer.is_malformed()
            && self.extensions.authority.as_ref().is_none_or(|authority| issuer.fits(authority))
            && issuer.public_key.family.signs(self.signer)
    }

    /// Whether nothing that `authority` says is otherwise here (`X509_check_akid`).
    pub(super) fn fits(&self, authority: &Authority) -> bool {
        let key_id = match (&authority.key_id, &self.extensions.subject_key_id) {
            (Some(wanted), Some(found)) => wanted == found,
            _ => true,
        };
        key_id
            && authority.serial.as_ref().is_none_or(|serial| *serial == self.serial)
            && authority.issuer.as_ref().is_none_or(|name| *name == self.issuer)
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
        self.not_before.is_some_and(|from| from <= now) && self.not_after.is_some_and(|to| now < to)
    }

    /// An extension that matters cannot be parsed.
    pub(super) fn is_malformed(&self) -> bool {
        self.extensions.malformed
    }

    /// Whether its key may sign handshakes of TLS 1.2 (`ssl_check_srvr_ecc_cert_and_alg`): OpenSSL asks that of all keys
    /// but RSA.
    pub(crate) fn may_sign_handshakes(&self) -> bool {
        matches!(self.public_key.family, Family::Rsa | Family::RsaPss)
            || !(self.is_malformed()
                || self.extensions.lacks_key_usage(key_usage::DIGITAL_SIGNATURE))
    }

    /// Whether the public key is of the same type as `other`.
    pub(crate) fn has_key_type_of(&self, other: &SubjectPublicKeyInfoDer<'_>) -> bool {
        read(&x509::PUBLIC_KEY, &mut other.as_ref())
            .ok()
            .and_then(|other| Key::read(&other))
            .is_some_and(|other| other.family == self.public_key.family)
    }

    /// The type of the public key, for messages.
    pub(crate) fn key_name(&self) -> String {
        format!("{:?} of {} bits' strength", self.public_key.family, self.public_key.bits)
    }
}

/// What follows a name's tag and length.
fn content_of(name: &Name<'_>) -> Vec<u8> {
    match name.whole {
        [_, 0..=0x7f, content @ ..] => content.to_vec(),
        [_, long, rest @ ..] => rest.get(usize::from(long & 0x7f)..).unwrap_or_default().to_vec(),
        _ => Vec::new(),
    }
}
