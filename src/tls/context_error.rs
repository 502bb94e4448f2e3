use rustls::Error;

/// Why a context could not be built.
#[derive(Debug, thiserror::Error)]
pub enum ContextError {
    /// The provider cannot sign with this type of key (named by its certificate).
    #[error("key type not supported: {0}")]
    UnsupportedKey(String),
    /// Nothing is left of the versions, cipher suites or groups asked for.
    #[error("no usable TLS parameters: {0}")]
    Unusable(#[source] Error),
}
