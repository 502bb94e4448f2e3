/// What the peer's certificate is to be good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A TLS server (judged by a client).
    Server,
    /// A TLS client (judged by a server).
    Client,
}

/// What a chain is judged by.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    /// What the peer's certificate is to be good for.
    pub purpose: Purpose,
    /// OpenSSL's: 0 anything, then 80, 112, 128, 192 and 256 bits.
    pub security_level: u8,
    /// Whether any trusted certificate ends a chain, not only a self-signed one.
    pub allow_partial_chain: bool,
}
