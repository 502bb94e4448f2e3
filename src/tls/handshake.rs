//! Handshakes, driven by hand over a [`Gate`]: the last flight waits for the verdict.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use rustls::pki_types::{ServerName, UnixTime};
use rustls::{ClientConnection, ConnectionCommon, Error, ServerConnection, SideData};
use tokio::io::{AsyncRead, AsyncWrite};

use super::context::{ClientContext, Judge, ServerContext};
use super::error::{HandshakeError, is_no_key_pair};
use super::gate::Gate;
use super::parameters::Parameters;
use super::verdict::{Verdict, no_certificate, verify};

/// `handshake_failure`, RFC 5246, section 7.2.2.
const HANDSHAKE_FAILURE: u8 = 40;

/// A client accepted by a server.
#[derive(Debug)]
pub struct Accepted<S> {
    /// As given to [`accept`].
    pub stream: S,
    /// May already hold application data that came with the client's last flight.
    pub connection: ServerConnection,
    /// What was negotiated.
    pub parameters: Parameters,
    /// On the client's certificate; `None` when none was requested. Always good unless the server
    /// tolerates unauthorized clients.
    pub verdict: Option<Verdict>,
}

/// Runs a server's handshake.
///
/// Give `&mut stream` to keep the stream for an orderly close after a failure.
///
/// # Errors
/// A client whose certificate is refused is not told: nothing is written after its last flight.
/// A peer that does not speak TLS gets no alert.
pub async fn accept<S>(context: &ServerContext, stream: S) -> Result<Accepted<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let mut connection =
        ServerConnection::new(Arc::clone(&context.config)).map_err(HandshakeError::tls)?;
    let mut gate = Gate::new(stream);
    drive(&mut connection, &mut gate, Role::Server).await?;
    let parameters =
        Parameters::of(&connection, connection.server_name().map(|name| name.to_owned()));
    let verdict = context.judge.as_ref().map(|judge| judge.verdict(&parameters));
    if let Some(Verdict { error: Some(error), .. }) = &verdict
        && context.reject_unauthorized
    {
        return Err(HandshakeError::Refused(error.clone()));
    }
    gate.stage(&mut connection);
    gate.release().await?;
    let (stream, _) = gate.into_parts();
    Ok(Accepted { stream, connection, parameters, verdict })
}

impl Judge {
    fn verdict(&self, parameters: &Parameters) -> Verdict {
        if parameters.peer_certificates.is_empty() {
            return no_certificate();
        }
        verify(&parameters.peer_certificates, &self.trust, self.policy, UnixTime::now())
    }
}

/// A complete client handshake whose server is not yet accepted.
///
/// With TLS 1.3 the last flight is held back, and the server does not announce the connection;
/// with TLS 1.2 the server already does, as with Node. Dropping it refuses the server: not one
/// more byte is written, not even an alert.
#[derive(Debug)]
#[must_use = "the server waits for the last flight"]
pub struct Pending<S> {
    /// On the server's chain. The host name is still to be checked by the caller.
    pub verdict: Verdict,
    /// What was negotiated.
    pub parameters: Parameters,
    gate: Gate<S>,
    connection: ClientConnection,
}

/// Runs a client's handshake up to its last flight.
///
/// `server_name` is sent as SNI when it is a DNS name; `None`, an IP address and a name that TLS
/// cannot carry send none. It has no part in the verdict.
///
/// Give `&mut stream` to keep the stream after a failure or a refusal.
///
/// # Errors
/// Failures of protocol and transport; a bad certificate chain is not one, see
/// [`Pending::verdict`].
pub async fn connect<S>(
    context: &ClientContext,
    server_name: Option<&str>,
    stream: S,
) -> Result<Pending<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let sent = server_name.and_then(sni);
    let parameter = sent.as_ref().and_then(|name| match name {
        ServerName::DnsName(name) => Some(name.as_ref().to_owned()),
        _ => None,
    });
    // An IP address is never sent, and verifies nothing here.
    let name = sent.unwrap_or(ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let mut connection =
        ClientConnection::new(Arc::clone(&context.config), name).map_err(HandshakeError::tls)?;
    let mut gate = Gate::new(stream);
    drive(&mut connection, &mut gate, Role::Client).await?;
    let parameters = Parameters::of(&connection, parameter);
    let verdict =
        verify(&parameters.peer_certificates, &context.trust, context.policy, UnixTime::now());
    Ok(Pending { verdict, parameters, gate, connection })
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Pending<S> {
    /// Accepts the server: writes the last flight.
    ///
    /// # Errors
    /// The transport's.
    pub async fn admit(self) -> Result<(S, ClientConnection), HandshakeError> {
        let Self { mut gate, mut connection, .. } = self;
        gate.stage(&mut connection);
        gate.release().await?;
        let (stream, _) = gate.into_parts();
        Ok((stream, connection))
    }

    /// Accepts the server without writing: the caller writes the returned bytes, and only then
    /// what `connection` produces. Lets the last flight and the first message share a segment.
    pub fn admit_unwritten(self) -> (S, ClientConnection, Vec<u8>) {
        let Self { mut gate, mut connection, .. } = self;
        gate.stage(&mut connection);
        let (stream, unwritten) = gate.into_parts();
        (stream, connection, unwritten)
    }
}

fn sni(name: &str) -> Option<ServerName<'static>> {
    match ServerName::try_from(name.strip_suffix('.').unwrap_or(name).to_owned()) {
        Ok(name @ ServerName::DnsName(_)) => Some(name),
        _ => None,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Client,
    Server,
}

/// Exchanges flights until the handshake is complete. What `connection` then still wants to write,
/// its last flight, is neither staged nor written.
async fn drive<S, D>(
    connection: &mut ConnectionCommon<D>,
    gate: &mut Gate<S>,
    role: Role,
) -> Result<(), HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin,
    D: SideData,
{
    while connection.is_handshaking() {
        gate.stage(connection);
        if role == Role::Server || !gate.holds_only_compatibility() {
            gate.release().await?;
        }
        if gate.read(connection).await? == 0 {
            return Err(HandshakeError::UnexpectedEof);
        }
        if gate.speaks_tls() == Some(false) {
            return Err(HandshakeError::not_tls(gate.head()));
        }
        match connection.process_new_packets() {
            Ok(state) if state.peer_has_closed() => return Err(HandshakeError::UnexpectedEof),
            Ok(_) => {}
            Err(error) => {
                tell(&error, connection, gate, role).await;
                return Err(HandshakeError::tls(error));
            }
        }
    }
    Ok(())
}

/// Sends the alert that goes with `error`, with OpenSSL's choice of description.
async fn tell<S, D>(
    error: &Error,
    connection: &mut ConnectionCommon<D>,
    gate: &mut Gate<S>,
    role: Role,
) where
    S: AsyncRead + AsyncWrite + Unpin,
    D: SideData,
{
    gate.stage(connection);
    if gate.speaks_tls().is_none() {
        gate.discard();
    }
    if role == Role::Server && (is_no_key_pair(error) || *error == Error::NoCertificatesPresented) {
        // In TLS 1.3 the missing certificate's alert is encrypted, and certificate_required for
        // OpenSSL too.
        gate.replace_alert(HANDSHAKE_FAILURE);
    }
    gate.release_if_ready().await;
}
