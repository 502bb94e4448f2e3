use napi::Result;
use napi::bindgen_prelude::Buffer;
use napi_derive::napi;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::error;
use crate::pki::{Authority, Request, issue};

/// What certificate is to be made.
#[napi(object, object_to_js = false)]
pub struct CertificateRequest {
    /// The subject.
    pub common_name: String,
    /// Names of hosts, and IP addresses.
    pub names: Vec<String>,
    /// Unix time in seconds.
    pub not_before: f64,
    /// Unix time in seconds.
    pub not_after: f64,
    /// It may issue certificates.
    pub authority: bool,
    /// A server may have it.
    pub server: bool,
    /// A client may have it.
    pub client: bool,
    /// Who signs; itself if there is none.
    pub issuer: Option<CertificateIssuer>,
}

/// Who signs a certificate.
#[napi(object, object_to_js = false)]
pub struct CertificateIssuer {
    /// In DER.
    pub certificate: Buffer,
    /// In PKCS#8 DER.
    pub key: Buffer,
}

/// A new key, and its certificate.
#[napi(object, object_from_js = false)]
pub struct MadeCertificate {
    /// In PKCS#8 DER.
    pub key: Buffer,
    /// In DER.
    pub certificate: Buffer,
}

/// Makes a key, and a certificate for it.
#[napi(catch_unwind)]
pub fn make_certificate(request: CertificateRequest) -> Result<MadeCertificate> {
    let CertificateRequest { common_name, names, authority, server, client, .. } = request;
    let wanted = Request {
        common_name,
        names,
        // Below 0 is 0, and above what fits the greatest.
        not_before: request.not_before as u64,
        not_after: request.not_after as u64,
        authority,
        server,
        client,
    };
    let made = match &request.issuer {
        None => issue(&wanted, None),
        Some(CertificateIssuer { certificate, key }) => {
            let certificate = CertificateDer::from(certificate.as_ref());
            let key = PrivatePkcs8KeyDer::from(key.as_ref());
            issue(&wanted, Some(&Authority { certificate: &certificate, key: &key }))
        }
    };
    let made = made.map_err(error)?;
    Ok(MadeCertificate { key: made.key.into(), certificate: made.certificate.into() })
}
