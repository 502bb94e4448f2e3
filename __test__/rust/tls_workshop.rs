//! Certificates for tests, made by the `openssl` command.

#![allow(dead_code, reason = "each test file uses its own part")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tls_json_native::tls::{KeyPair, TrustStore};

/// A directory of its own, removed at the end.
pub struct Workshop {
    directory: PathBuf,
    made: AtomicUsize,
}

/// A certificate and its key.
#[derive(Clone)]
pub struct Made {
    pub der: CertificateDer<'static>,
    pub key: PathBuf,
    certificate: PathBuf,
}

/// How a certificate is to be made.
#[derive(Clone, Default)]
pub struct Spec<'a> {
    /// As `-subj` takes it.
    pub subject: &'a str,
    /// Lines of an OpenSSL extension section.
    pub extensions: &'a str,
    pub issuer: Option<&'a Made>,
    /// `-newkey` with its options; default P-256.
    pub new_key: Option<&'a [&'a str]>,
    /// Uses this key instead of a new one.
    pub key_of: Option<&'a Made>,
    pub digest: Option<&'a str>,
    /// `YYYYMMDDHHMMSSZ`, from and to.
    pub dates: Option<(&'a str, &'a str)>,
    /// Without extensions, in X.509 version 1.
    pub version_1: bool,
}

pub const CA: &str = "basicConstraints=critical,CA:TRUE\n\
    keyUsage=critical,keyCertSign,cRLSign\n\
    subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n";
pub const LEAF: &str = "basicConstraints=CA:FALSE\n\
    keyUsage=digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n\
    subjectAltName=DNS:localhost\nsubjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n";
/// What `openssl req -x509` adds by itself.
pub const README: &str = "basicConstraints=critical,CA:TRUE\n\
    subjectKeyIdentifier=hash\nauthorityKeyIdentifier=keyid,issuer\n";
pub const PAST: (&str, &str) = ("20200101000000Z", "20210101000000Z");
pub const FUTURE: (&str, &str) = ("20450101000000Z", "20460101000000Z");
pub const RSA: &[&str] = &["rsa:2048"];

impl Workshop {
    pub fn new() -> Self {
        static WORKSHOPS: AtomicUsize = AtomicUsize::new(0);
        let number = WORKSHOPS.fetch_add(1, Ordering::Relaxed);
        let name = format!("tls-json-native-{}-{number}", std::process::id());
        let directory = std::env::temp_dir().join(name);
        fs::create_dir_all(&directory).unwrap();
        Self { directory, made: AtomicUsize::new(0) }
    }

    pub fn path(&self) -> &Path {
        &self.directory
    }

    fn file(&self, kind: &str) -> PathBuf {
        let number = self.made.fetch_add(1, Ordering::Relaxed);
        self.directory.join(format!("{number}.{kind}"))
    }

    pub fn make(&self, spec: &Spec<'_>) -> Made {
        let certificate = self.file("crt");
        let config = self.file("cnf");
        let template = format!("[req]\ndistinguished_name=dn\n[dn]\n[ext]\n{}", spec.extensions);
        fs::write(&config, template).unwrap();
        let mut request = openssl("req");
        request.args(["-nodes", "-subj", spec.subject]).arg("-config").arg(&config);
        let key = match spec.key_of {
            Some(made) => {
                request.arg("-key").arg(&made.key);
                made.key.clone()
            }
            None => {
                let key = self.file("key");
                let default: &[&str] = &["ec", "-pkeyopt", "ec_paramgen_curve:P-256"];
                request.arg("-newkey").args(spec.new_key.unwrap_or(default));
                request.arg("-keyout").arg(&key);
                key
            }
        };
        if let Some(digest) = spec.digest {
            request.arg(format!("-{digest}"));
        }
        if spec.version_1 || spec.dates.is_some() {
            let csr = self.file("csr");
            run(request.arg("-new").arg("-out").arg(&csr));
            if spec.version_1 {
                self.sign_version_1(spec, &csr, &key, &certificate);
            } else {
                self.sign_dated(spec, &csr, &key, &config, &certificate);
            }
        } else {
            request.args(["-x509", "-days", "2000", "-extensions", "ext"]);
            if let Some(issuer) = spec.issuer {
                request.arg("-CA").arg(&issuer.certificate).arg("-CAkey").arg(&issuer.key);
            }
            run(request.arg("-out").arg(&certificate));
        }
        Made { der: CertificateDer::from_pem_file(&certificate).unwrap(), key, certificate }
    }

    fn sign_version_1(&self, spec: &Spec<'_>, csr: &Path, key: &Path, out: &Path) {
        let mut sign = openssl("x509");
        sign.args(["-req", "-days", "2000"]).arg("-in").arg(csr);
        match spec.issuer {
            Some(issuer) => {
                sign.arg("-CA").arg(&issuer.certificate).arg("-CAkey").arg(&issuer.key);
                sign.args(["-set_serial", "4711"]);
            }
            None => {
                sign.arg("-signkey").arg(key);
            }
        }
        run(sign.arg("-out").arg(out));
    }

    fn sign_dated(&self, spec: &Spec<'_>, csr: &Path, key: &Path, extensions: &Path, out: &Path) {
        let (from, to) = spec.dates.unwrap();
        let (database, config, serial) = (self.file("db"), self.file("cnf"), self.file("serial"));
        fs::write(&database, "").unwrap();
        fs::write(&serial, "4712\n").unwrap();
        let template = format!(
            "[ca]\ndefault_ca=d\n[d]\ndatabase={}\nserial={}\nnew_certs_dir={}\n\
             default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n",
            database.display(),
            serial.display(),
            self.directory.display(),
        );
        fs::write(&config, template).unwrap();
        let mut sign = openssl("ca");
        sign.args(["-batch", "-notext", "-preserveDN", "-startdate", from, "-enddate", to]);
        sign.arg("-config").arg(&config).arg("-in").arg(csr);
        sign.arg("-extfile").arg(extensions).args(["-extensions", "ext"]);
        match spec.issuer {
            Some(issuer) => {
                sign.arg("-cert").arg(&issuer.certificate).arg("-keyfile").arg(&issuer.key)
            }
            None => sign.arg("-selfsign").arg("-keyfile").arg(key),
        };
        run(sign.arg("-out").arg(out));
    }

    /// A self-signed certificate.
    pub fn own(&self, subject: &str, extensions: &str) -> Made {
        self.make(&Spec { subject, extensions, ..Spec::default() })
    }

    /// A certificate signed by `issuer`.
    pub fn issue(&self, issuer: &Made, subject: &str, extensions: &str) -> Made {
        self.make(&Spec { subject, extensions, issuer: Some(issuer), ..Spec::default() })
    }

    /// The README's first recipe: self-signed, version 1.
    pub fn version_1(&self, subject: &str) -> Made {
        let made = self.make(&Spec { subject, version_1: true, ..Spec::default() });
        assert_eq!(version(&made.der), 1);
        made
    }

    /// The README's second recipe: self-signed, `CA:TRUE`.
    pub fn readme(&self) -> Made {
        let made = self.own("/CN=localhost", README);
        assert_eq!(version(&made.der), 3);
        made
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.directory);
    }
}

impl Made {
    pub fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(&self.key).unwrap()
    }

    /// With its last byte, which belongs to the signature, changed.
    pub fn with_bad_signature(&self) -> Self {
        let mut der = self.der.to_vec();
        *der.last_mut().unwrap() ^= 1;
        Self { der: der.into(), ..self.clone() }
    }

    /// With another key, as a thief of the certificate would have it.
    pub fn with_key_of(&self, other: &Self) -> Self {
        Self { key: other.key.clone(), ..self.clone() }
    }
}

pub fn ders(made: &[&Made]) -> Vec<CertificateDer<'static>> {
    made.iter().map(|made| made.der.clone()).collect()
}

pub fn trust(made: &[&Made]) -> std::sync::Arc<TrustStore> {
    std::sync::Arc::new(TrustStore::new(ders(made)))
}

/// The first certificate's key with the whole chain.
pub fn pair(chain: &[&Made]) -> KeyPair {
    KeyPair { chain: ders(chain), key: chain[0].private_key() }
}

/// X.509 version, 1 to 3.
pub fn version(der: &CertificateDer<'_>) -> u32 {
    // The first element of the signed part: `[0] { INTEGER }`, or the serial number.
    match der.get(8..13) {
        Some([0xa0, 3, 2, 1, version]) => u32::from(*version) + 1,
        _ => 1,
    }
}

fn openssl(command: &str) -> Command {
    let mut openssl = Command::new("openssl");
    openssl.arg(command).env_remove("OPENSSL_CONF");
    openssl
}

fn run(command: &mut Command) {
    let output = command.output().expect("the tests need the openssl command");
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
}
