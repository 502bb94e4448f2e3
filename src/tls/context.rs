//! What a server or a client is configured with, made ready for handshakes.

use std::ops::RangeInclusive;
use std::sync::Arc;

use rustls::client::Resumption;
use rustls::crypto::CryptoProvider;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{ClientHello, NoClientAuth, NoServerSessionStorage};
use rustls::{ClientConfig, Error, ServerConfig, SignatureScheme, SupportedProtocolVersion};

use super::context_error::ContextError;
use super::error::{NO_SHARED_CIPHER, NO_SHARED_SIGNATURE, NO_SUITABLE_SIGNATURE, OpensslError};
use super::gate::Control;
use super::key_lines::KeyLines;
use super::key_pair::{KeyPair, KeyPairs};
use super::observing_verifier::ObservingVerifier;
use super::own_certificate::OwnCertificate;
use super::recording_resolver::RecordingResolver;
use super::signature::{ClientSignature, Schemes, ServerSignature};
use crate::crypto;
use crate::pki::TrustStore;
use crate::pki::{Policy, Purpose};

/// Protocol versions rustls speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// RFC 5246
    Tls12,
    /// RFC 8446
    Tls13,
}

/// A server's side of Node's `tls` options.
#[derive(Debug)]
pub struct ServerOptions {
    /// In order of preference. May be empty: every handshake then fails, as in Node.
    pub key_pairs: Vec<KeyPair>,
    /// Judges client certificates and completes the chain of a lone server certificate.
    pub trust: Arc<TrustStore>,
    /// Whether the `trust` subjects are sent with a CertificateRequest; Node does so for an
    /// explicit `ca`, not for its default roots.
    pub name_trusted: bool,
    /// Whether clients are asked for a certificate.
    pub request_cert: bool,
    /// With `request_cert`: whether a client without a good certificate is dropped.
    pub reject_unauthorized: bool,
    /// Both ends included.
    pub versions: RangeInclusive<Version>,
    /// OpenSSL's: 1 for Node 20 and 22 (80 bits), 2 for Node 24 (112 bits).
    pub security_level: u8,
    /// Node's `allowPartialTrustChain`.
    pub allow_partial_chain: bool,
    /// In order of preference; empty: ALPN is not negotiated.
    pub alpn_protocols: Vec<Vec<u8>>,
    /// IANA numbers in order of preference; empty: Node's default order.
    pub cipher_suites: Vec<u16>,
    /// IANA numbers in order of preference; empty: OpenSSL 3.0's.
    pub groups: Vec<u16>,
    /// IANA numbers of the signature schemes to sign with and to take, in order of preference;
    /// empty: OpenSSL's.
    pub signature_schemes: Vec<u16>,
    /// Whether the server's order of suites wins over the client's; Node's default is `true`.
    pub honor_cipher_order: bool,
}

impl Default for ServerOptions {
    fn default() -> Self {
        Self {
            key_pairs: Vec::new(),
            trust: Arc::default(),
            name_trusted: true,
            request_cert: false,
            reject_unauthorized: true,
            versions: Version::Tls12..=Version::Tls13,
            security_level: 1,
            allow_partial_chain: false,
            alpn_protocols: Vec::new(),
            cipher_suites: Vec::new(),
            groups: Vec::new(),
            signature_schemes: Vec::new(),
            honor_cipher_order: true,
        }
    }
}

/// A client's side of Node's `tls` options.
#[derive(Debug)]
pub struct ClientOptions {
    /// Offered when the server asks for a certificate; the first that fits.
    pub key_pairs: Vec<KeyPair>,
    /// Judges the server's certificate.
    pub trust: Arc<TrustStore>,
    /// Both ends included.
    pub versions: RangeInclusive<Version>,
    /// See [`ServerOptions::security_level`].
    pub security_level: u8,
    /// Node's `allowPartialTrustChain`.
    pub allow_partial_chain: bool,
    /// In order of preference; empty: ALPN is not offered.
    pub alpn_protocols: Vec<Vec<u8>>,
    /// IANA numbers in order of preference; empty: Node's default order.
    pub cipher_suites: Vec<u16>,
    /// IANA numbers in order of preference; empty: OpenSSL 3.0's.
    pub groups: Vec<u16>,
    /// See [`ServerOptions::signature_schemes`].
    pub signature_schemes: Vec<u16>,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            key_pairs: Vec::new(),
            trust: Arc::default(),
            versions: Version::Tls12..=Version::Tls13,
            security_level: 1,
            allow_partial_chain: false,
            alpn_protocols: Vec::new(),
            cipher_suites: Vec::new(),
            groups: Vec::new(),
            signature_schemes: Vec::new(),
        }
    }
}

/// How a server judges its clients.
#[derive(Clone, Debug)]
pub(super) struct Judge {
    pub(super) trust: Arc<TrustStore>,
    pub(super) policy: Policy,
    signature: Arc<ClientSignature>,
    recipe: Recipe,
}

/// A server's configuration, ready for handshakes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ServerContext {
    config: Arc<ServerConfig>,
    /// Present when client certificates are requested.
    pub(super) judge: Option<Judge>,
    pub(super) reject_unauthorized: bool,
    /// Whether TLS 1.3 is spoken.
    speaks_13: bool,
    keys: Arc<KeyPairs>,
    key_lines: Option<Arc<KeyLines>>,
    /// As in [`ServerOptions::signature_schemes`], as far as the provider knows them.
    schemes: Vec<SignatureScheme>,
}

impl ServerContext {
    /// # Errors
    /// [`ContextError::UnsupportedKey`] for a key the provider cannot use,
    /// [`ContextError::Unusable`] when versions, suites and groups leave nothing to negotiate.
    pub fn new(options: ServerOptions) -> Result<Self, ContextError> {
        let provider = crypto::select(&options.cipher_suites, &options.groups);
        let schemes = crypto::signature_schemes(&options.signature_schemes);
        let keys = KeyPairs::new(options.key_pairs, &options.trust, &provider, &schemes)?;
        let keys = Arc::new(keys);
        let recipe = Recipe {
            provider: Arc::clone(&provider),
            versions: versions(&options.versions),
            keys: Arc::clone(&keys),
            honor_cipher_order: options.honor_cipher_order,
            alpn_protocols: options.alpn_protocols,
        };
        let config = recipe.make(Arc::new(NoClientAuth)).map_err(ContextError::Unusable)?;
        let judge = options.request_cert.then(|| {
            let hints = if options.name_trusted { options.trust.subjects() } else { Vec::new() };
            Judge {
                trust: Arc::clone(&options.trust),
                policy: Policy {
                    purpose: Purpose::Client,
                    security_level: options.security_level,
                    allow_partial_chain: options.allow_partial_chain,
                },
                signature: Arc::new(ClientSignature::new(
                    Schemes::new(&provider, schemes.clone()),
                    options.reject_unauthorized,
                    hints,
                )),
                recipe,
            }
        });
        Ok(Self {
            config,
            judge,
            reject_unauthorized: options.reject_unauthorized,
            speaks_13: options.versions.contains(&Version::Tls13),
            keys,
            key_lines: None,
            schemes,
        })
    }

    /// The same context for a client for which the application protocol is decided already; `None`
    /// refuses whatever it offers.
    pub fn with_protocol(mut self, protocol: Option<Vec<u8>>) -> Self {
        // No client can offer the empty name, so none of its names fits.
        let protocols = vec![protocol.unwrap_or_default()];
        let mut config = ServerConfig::clone(&self.config);
        config.alpn_protocols.clone_from(&protocols);
        self.config = Arc::new(config);
        if let Some(judge) = &mut self.judge {
            judge.recipe.alpn_protocols = protocols;
        }
        self
    }

    /// The same context, whose connections' secrets are put down.
    pub fn with_key_lines(mut self, lines: Arc<KeyLines>) -> Self {
        self.key_lines = Some(lines);
        self
    }

    /// Our certificate, of a connection that notes it in `control` if there is a choice.
    pub(super) fn own(&self, control: &Control) -> Option<OwnCertificate> {
        control.own().or_else(|| self.keys.ready())
    }

    /// What OpenSSL says to a client that no key pair fits.
    pub(super) fn unfit(&self, hello: &ClientHello<'_>) -> OpensslError {
        let shares = |scheme| hello.signature_schemes().contains(scheme);
        if !self.schemes.is_empty() && !self.schemes.iter().any(shares) {
            return NO_SHARED_SIGNATURE;
        }
        // In TLS 1.2 the suite names the kind of key.
        if self.speaks_13_with(hello) { NO_SUITABLE_SIGNATURE } else { NO_SHARED_CIPHER }
    }

    /// Whether it will be TLS 1.3.
    pub(super) fn speaks_13_with(&self, hello: &ClientHello<'_>) -> bool {
        let mut suites = hello.cipher_suites().iter();
        self.speaks_13 && suites.any(|suite| u16::from(*suite) >> 8 == 0x13)
    }

    /// The configuration for one connection.
    pub(super) fn config_for(&self, control: &Arc<Control>) -> Result<Arc<ServerConfig>, Error> {
        let mut config = match &self.judge {
            Some(Judge { signature, recipe, .. }) => {
                let (verifier, control) = (Arc::clone(signature), Arc::clone(control));
                recipe.make(Arc::new(ObservingVerifier { verifier, control }))?
            }
            None => Arc::clone(&self.config),
        };
        if self.keys.is_choice() {
            let (keys, control) = (Arc::clone(&self.keys), Arc::clone(control));
            Arc::make_mut(&mut config).cert_resolver =
                Arc::new(RecordingResolver { keys, control });
        }
        if let Some(lines) = &self.key_lines {
            Arc::make_mut(&mut config).key_log = Arc::clone(lines) as _;
        }
        Ok(config)
    }
}

/// What rustls' configuration is made of but for the verifier, which cannot be exchanged later.
#[derive(Clone, Debug)]
struct Recipe {
    provider: Arc<CryptoProvider>,
    versions: Vec<&'static SupportedProtocolVersion>,
    keys: Arc<KeyPairs>,
    honor_cipher_order: bool,
    alpn_protocols: Vec<Vec<u8>>,
}

impl Recipe {
    fn make(&self, verifier: Arc<dyn ClientCertVerifier>) -> Result<Arc<ServerConfig>, Error> {
        let mut config = ServerConfig::builder_with_provider(Arc::clone(&self.provider))
            .with_protocol_versions(&self.versions)?
            .with_client_cert_verifier(verifier)
            .with_cert_resolver(Arc::clone(&self.keys) as _);
        config.ignore_client_order = self.honor_cipher_order;
        config.alpn_protocols.clone_from(&self.alpn_protocols);
        // A resumed session skips the certificate verifiers, and so would skip the verification.
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
        Ok(Arc::new(config))
    }
}

/// A client's configuration, ready for handshakes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ClientContext {
    config: Arc<ClientConfig>,
    signature: Arc<ServerSignature>,
    keys: Arc<KeyPairs>,
    key_lines: Option<Arc<KeyLines>>,
    pub(super) trust: Arc<TrustStore>,
    pub(super) policy: Policy,
}

impl ClientContext {
    /// # Errors
    /// As [`ServerContext::new`].
    pub fn new(options: ClientOptions) -> Result<Self, ContextError> {
        let provider = crypto::select(&options.cipher_suites, &options.groups);
        let schemes = crypto::signature_schemes(&options.signature_schemes);
        let keys = KeyPairs::new(options.key_pairs, &options.trust, &provider, &schemes)?;
        let keys = Arc::new(keys);
        let signature = Arc::new(ServerSignature::new(Schemes::new(&provider, schemes)));
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions(&options.versions))
            .map_err(ContextError::Unusable)?
            .dangerous()
            .with_custom_certificate_verifier(Arc::clone(&signature) as _)
            .with_client_cert_resolver(Arc::clone(&keys) as _);
        config.alpn_protocols = options.alpn_protocols;
        // A resumed session skips the certificate verifiers, and so would skip the verification.
        config.resumption = Resumption::disabled();
        Ok(Self {
            config: Arc::new(config),
            signature,
            keys,
            key_lines: None,
            trust: options.trust,
            policy: Policy {
                purpose: Purpose::Server,
                security_level: options.security_level,
                allow_partial_chain: options.allow_partial_chain,
            },
        })
    }

    /// The same context, whose connections' secrets are put down.
    pub fn with_key_lines(mut self, lines: Arc<KeyLines>) -> Self {
        self.key_lines = Some(lines);
        self
    }

    /// Our certificate, of a connection that notes it in `control` if there is a choice.
    pub(super) fn own(&self, control: &Control) -> Option<OwnCertificate> {
        control.own().or_else(|| self.keys.ready())
    }

    /// The configuration for one connection.
    pub(super) fn config_for(&self, control: &Arc<Control>) -> Arc<ClientConfig> {
        let mut config = ClientConfig::clone(&self.config);
        if self.keys.is_choice() {
            let (keys, control) = (Arc::clone(&self.keys), Arc::clone(control));
            config.client_auth_cert_resolver = Arc::new(RecordingResolver { keys, control });
        }
        if let Some(lines) = &self.key_lines {
            config.key_log = Arc::clone(lines) as _;
        }
        let (verifier, control) = (Arc::clone(&self.signature), Arc::clone(control));
        config
            .dangerous()
            .set_certificate_verifier(Arc::new(ObservingVerifier { verifier, control }));
        Arc::new(config)
    }
}

fn versions(range: &RangeInclusive<Version>) -> Vec<&'static SupportedProtocolVersion> {
    [(Version::Tls12, &rustls::version::TLS12), (Version::Tls13, &rustls::version::TLS13)]
        .into_iter()
        .filter(|(version, _)| range.contains(version))
        .map(|(_, supported)| supported)
        .collect()
}
