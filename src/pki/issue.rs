//! Makes certificates, for development and tests: self-signed, and of a small authority.

use std::net::IpAddr;
use std::time::Duration;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, DnValue,
    ExtendedKeyUsagePurpose, IsCa, Issuer, KeyIdMethod, KeyPair, KeyUsagePurpose, SanType,
};
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::asn1::tag;
use super::certificate::Certificate;

/// Unix time in seconds of the year 10000, which no certificate can have.
const END_OF_TIME: u64 = 253_402_300_800;

/// What is to be made.
#[derive(Debug)]
pub struct Request {
    /// The only attribute of the subject.
    pub common_name: String,
    /// Names of hosts, and IP addresses.
    pub names: Vec<String>,
    /// Unix time in seconds.
    pub not_before: u64,
    /// Unix time in seconds.
    pub not_after: u64,
    /// It may issue certificates.
    pub authority: bool,
    /// A server may have it.
    pub server: bool,
    /// A client may have it.
    pub client: bool,
}

/// Who signs.
pub struct Authority<'a> {
    /// Its certificate. The subject has a common name, and nothing else.
    pub certificate: &'a CertificateDer<'a>,
    /// Its key.
    pub key: &'a PrivatePkcs8KeyDer<'a>,
}

/// A new key, and its certificate.
pub struct Made {
    /// P-256, in PKCS#8 DER.
    pub key: Vec<u8>,
    /// In DER.
    pub certificate: Vec<u8>,
}

/// Why nothing was made.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// What cannot be in a certificate, or a key that cannot sign.
    #[error("a certificate cannot be made: {0}")]
    Unusable(#[from] rcgen::Error),
    /// Only names that can be written again as they are.
    #[error("the issuer's certificate must have a common name as its subject, and nothing else")]
    IssuerName,
    /// It has no year of four digits.
    #[error("the certificate would be valid after the year 9999")]
    Time,
}

/// Makes a key and a certificate for it, signed by the authority, or by itself.
pub fn issue(request: &Request, authority: Option<&Authority<'_>>) -> Result<Made, IssueError> {
    let key = KeyPair::generate()?;
    let mut params = params(request)?;
    let certificate = match authority {
        Some(authority) => {
            let issuer = issuer(authority)?;
            params.use_authority_key_identifier_extension =
                matches!(issuer.params.key_identifier_method, KeyIdMethod::PreSpecified(_));
            params.signed_by(&key, &Issuer::new(issuer.params, issuer.key))?
        }
        None => params.self_signed(&key)?,
    };
    Ok(Made { key: key.serialize_der(), certificate: certificate.der().to_vec() })
}

fn params(request: &Request) -> Result<CertificateParams, IssueError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(DnValue::Utf8String(request.common_name.clone()));
    params.subject_alt_names =
        request.names.iter().map(|name| alternative_name(name)).collect::<Result<_, _>>()?;
    if request.not_before >= END_OF_TIME || request.not_after >= END_OF_TIME {
        return Err(IssueError::Time);
    }
    let epoch = rcgen::date_time_ymd(1970, 1, 1);
    params.not_before = epoch + Duration::from_secs(request.not_before);
    params.not_after = epoch + Duration::from_secs(request.not_after);
    if request.authority {
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    } else {
        // Without usages of the key: who signs himself would have to be one who may sign certificates.
        params.is_ca = IsCa::ExplicitNoCa;
    }
    if request.server {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ServerAuth);
    }
    if request.client {
        params.extended_key_usages.push(ExtendedKeyUsagePurpose::ClientAuth);
    }
    Ok(params)
}

fn common_name(value: DnValue) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, value);
    name
}

fn alternative_name(name: &str) -> Result<SanType, rcgen::Error> {
    match name.parse::<IpAddr>() {
        Ok(address) => Ok(SanType::IpAddress(address)),
        Err(_) => Ok(SanType::DnsName(name.try_into()?)),
    }
}

/// What rcgen has to know of an issuer.
struct Known {
    params: CertificateParams,
    key: KeyPair,
}

fn issuer(authority: &Authority<'_>) -> Result<Known, IssueError> {
    let certificate = Certificate::parse(authority.certificate).ok_or(IssueError::IssuerName)?;
    let [name] = certificate.common_names.as_slice() else { return Err(IssueError::IssuerName) };
    if certificate.attributes != 1 {
        return Err(IssueError::IssuerName);
    }
    let text = name.text().ok_or(IssueError::IssuerName)?;
    let mut params = CertificateParams::default();
    // As it is there: not everybody compares characters.
    params.distinguished_name = common_name(match name.tag {
        tag::PRINTABLE_STRING => DnValue::PrintableString(text.as_str().try_into()?),
        tag::UTF8_STRING => DnValue::Utf8String(text),
        _ => return Err(IssueError::IssuerName),
    });
    if let Some(id) = certificate.extensions.subject_key_id {
        params.key_identifier_method = KeyIdMethod::PreSpecified(id);
    }
    Ok(Known { params, key: KeyPair::try_from(authority.key)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::asn1::Attribute;

    fn request(common_name: &str) -> Request {
        Request {
            common_name: common_name.into(),
            names: vec!["localhost".into(), "127.0.0.1".into(), "::1".into()],
            not_before: 1_000_000_000,
            not_after: 4_000_000_000,
            authority: false,
            server: true,
            client: false,
        }
    }

    fn parsed(made: &Made) -> Certificate {
        Certificate::parse(&made.certificate.as_slice().into()).expect("a certificate")
    }

    #[test]
    fn a_self_signed_certificate_says_what_was_asked_for() {
        let made = issue(&request("localhost"), None).expect("made");
        let certificate = parsed(&made);
        let text = certificate.common_names.first().and_then(Attribute::text);
        assert_eq!(text.as_deref(), Some("localhost"));
        assert_eq!(certificate.not_before, Some(1_000_000_000));
        assert_eq!(certificate.not_after, Some(4_000_000_000));
        assert_eq!(certificate.issuer, certificate.subject);
        assert_eq!(certificate.extensions.alternative_names.len(), 3);
        assert!(certificate.extensions.basic_constraints.is_some_and(|found| !found.ca));
        let usage = certificate.extensions.extended_key_usage.expect("usages");
        assert!(usage.server && !usage.client);
    }

    #[test]
    fn an_authority_issues_with_its_name_and_key_id() {
        let root = issue(&Request { authority: true, ..request("a root") }, None).expect("made");
        let authority = Authority {
            certificate: &root.certificate.as_slice().into(),
            key: &root.key.as_slice().into(),
        };
        let leaf = parsed(&issue(&request("leaf"), Some(&authority)).expect("made"));
        let root = parsed(&root);
        assert_eq!(leaf.issuer, root.subject);
        let id = leaf.extensions.authority.and_then(|found| found.key_id);
        assert!(id.is_some());
        assert_eq!(id, root.extensions.subject_key_id);
    }

    #[test]
    fn what_no_certificate_can_have_is_refused() {
        let name = Request { names: vec!["übel".into()], ..request("localhost") };
        assert!(matches!(issue(&name, None), Err(IssueError::Unusable(_))));
        let time = Request { not_after: END_OF_TIME, ..request("localhost") };
        assert!(matches!(issue(&time, None), Err(IssueError::Time)));
    }
}
