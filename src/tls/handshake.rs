//! Handshakes of tokio-rustls over a [`Gate`]: the last flight waits for the verification.

use std::fmt;
use std::future::poll_fn;
use std::io;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::Acceptor;
use rustls::{ClientConnection, Error, InvalidMessage, ServerConnection};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::{FallibleConnect, TlsStream};
use tokio_rustls::{LazyConfigAcceptor, StartHandshake, TlsConnector};

use super::context::{ClientContext, Judge, ServerContext};
use super::error::{HandshakeError, is_no_key_pair};
use super::gate::{Control, Gate};
use super::own_certificate::OwnCertificate;
use super::parameters::Parameters;
use crate::pki::{VerificationResult, no_certificate, verify};

/// `handshake_failure`, RFC 5246, section 7.2.2.
const HANDSHAKE_FAILURE: u8 = 40;

/// `record_overflow`, as above.
const RECORD_OVERFLOW: u8 = 22;

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
    pub verification: Option<VerificationResult>,
    /// What we showed of ourselves.
    pub own: Option<OwnCertificate>,
}

/// What a client asks for, before anything is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hello {
    /// The name of the server it wants (SNI).
    pub server_name: Option<String>,
    /// The application protocols it offers (ALPN), if it does.
    pub alpn_protocols: Option<Vec<Vec<u8>>>,
}

/// A client whose ClientHello has come; nothing is answered yet.
#[must_use = "the client waits for an answer"]
pub struct ReceivedHello<S> {
    /// What the client asks for.
    pub hello: Hello,
    control: Arc<Control>,
    start: StartHandshake<Gate<S>>,
}

impl<S> fmt::Debug for ReceivedHello<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedHello").field("hello", &self.hello).finish_non_exhaustive()
    }
}

/// Reads a client's ClientHello, for those whose context depends on it.
///
/// # Errors
/// As [`accept`].
pub async fn receive_hello<S>(stream: S) -> Result<ReceivedHello<S>, HandshakeError>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let control = Arc::new(Control::default());
    let gate = Gate::new(stream, Arc::clone(&control));
    let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), gate);
    let start = match (&mut acceptor).await {
        Ok(start) => start,
        Err(error) => return Err(refuse(error, acceptor.take_io()).await),
    };
    let hello = start.client_hello();
    let hello = Hello {
        server_name: hello.server_name().map(str::to_owned),
        alpn_protocols: hello.alpn().map(|names| names.map(<[u8]>::to_vec).collect()),
    };
    Ok(ReceivedHello { hello, control, start })
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
    receive_hello(stream).await?.accept(context).await
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> ReceivedHello<S> {
    /// Runs the rest of a server's handshake.
    ///
    /// # Errors
    /// As [`accept`].
    pub async fn accept(self, context: &ServerContext) -> Result<Accepted<S>, HandshakeError> {
        let Self { control, start, .. } = self;
        let unfit = context.unfit(&start.client_hello());
        let tls13 = context.speaks_13_with(&start.client_hello());
        let told = |error: HandshakeError| {
            let error = error.or_unfit(unfit);
            if tls13 { error.in_tls13() } else { error }
        };
        let config = context.config_for(&control).map_err(HandshakeError::tls)?;
        let mut handshake = start.into_stream(config).into_fallible();
        let complete = match until_held(&mut handshake, &control).await.transpose() {
            Ok(complete) => complete,
            Err((error, gate)) => return Err(told(refuse(error, Some(gate)).await)),
        };
        let verification =
            context.judge.as_ref().map(|judge| judge.verify(&control.certificates()));
        if let Some(VerificationResult { error: Some(error), .. }) = &verification
            && context.reject_unauthorized
        {
            return Err(HandshakeError::Refused(error.clone()));
        }
        control.open();
        let stream = match complete {
            Some(stream) => stream,
            None => match handshake.await {
                Ok(stream) => stream,
                Err((error, gate)) => return Err(told(refuse(error, Some(gate)).await)),
            },
        };
        let (gate, connection) = stream.into_inner();
        let parameters =
            Parameters::of(&connection, connection.server_name().map(|name| name.to_owned()));
        let own = context.own(&control);
        Ok(Accepted { stream: gate.into_stream(), connection, parameters, verification, own })
    }
}

impl Judge {
    fn verify(&self, certificates: &[CertificateDer<'_>]) -> VerificationResult {
        if certificates.is_empty() {
            return no_certificate();
        }
        verify(certificates, &self.trust, self.policy, UnixTime::now())
    }
}

/// A server that has proved to own the key of its certificate and is not yet accepted.
///
/// With TLS 1.3 the last flight is held back, and the server does not announce the connection;
/// with TLS 1.2 the server already does, as with Node. Dropping it refuses the server: not one
/// more byte is written, not even an alert.
#[must_use = "the server waits for the last flight"]
pub struct Pending<S> {
    /// On the server's chain. The host name is still to be checked by the caller.
    pub verification: VerificationResult,
    /// The name that was sent (SNI).
    server_name: Option<String>,
    control: Arc<Control>,
    handshake: Handshake<S>,
    context: ClientContext,
}

/// How far a client's handshake is.
enum Handshake<S> {
    /// All but the flight that is held back (TLS 1.3).
    Held(FallibleConnect<Gate<S>>),
    /// To its end (TLS 1.2).
    Complete(TlsStream<Gate<S>>),
}

impl<S> fmt::Debug for Pending<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pending").field("verification", &self.verification).finish_non_exhaustive()
    }
}

/// A server accepted by a client.
#[derive(Debug)]
pub struct Admitted<S> {
    /// As given to [`connect`].
    pub stream: S,
    /// May already hold application data that came with the server's last flight.
    pub connection: ClientConnection,
    /// What was negotiated.
    pub parameters: Parameters,
    /// What we showed of ourselves, or would have if we had been asked.
    pub own: Option<OwnCertificate>,
}

/// Runs a client's handshake up to its last flight.
///
/// `server_name` is sent as SNI when it is a DNS name; `None`, an IP address and a name that TLS
/// cannot carry send none. It has no part in the verification.
///
/// # Errors
/// Failures of protocol and transport, with the stream for an orderly close; a bad certificate
/// chain is not one, see [`Pending::verification`].
pub async fn connect<S>(
    context: &ClientContext,
    server_name: Option<&str>,
    stream: S,
) -> Result<Pending<S>, (HandshakeError, S)>
where
    S: AsyncRead + AsyncWrite + Unpin + Send,
{
    let sent = server_name.and_then(sni);
    let server_name = sent.as_ref().and_then(|name| match name {
        ServerName::DnsName(name) => Some(name.as_ref().to_owned()),
        _ => None,
    });
    // An IP address is never sent, and verifies nothing here.
    let name = sent.unwrap_or(ServerName::from(IpAddr::V4(Ipv4Addr::LOCALHOST)));
    let control = Arc::new(Control::default());
    let gate = Gate::new(stream, Arc::clone(&control));
    let connector = TlsConnector::from(context.config_for(&control));
    let mut handshake = connector.connect(name, gate).into_fallible();
    let handshake = match until_held(&mut handshake, &control).await {
        None => Handshake::Held(handshake),
        Some(Ok(stream)) => Handshake::Complete(stream),
        Some(Err((error, gate))) => return Err(fail(error, gate).await),
    };
    let verification =
        verify(&control.certificates(), &context.trust, context.policy, UnixTime::now());
    Ok(Pending { verification, server_name, control, handshake, context: context.clone() })
}

impl<S: AsyncRead + AsyncWrite + Unpin + Send> Pending<S> {
    /// Accepts the server: writes the last flight.
    ///
    /// # Errors
    /// The transport's.
    pub async fn admit(self) -> Result<Admitted<S>, HandshakeError> {
        let Self { server_name, control, handshake, context, .. } = self;
        control.open();
        let stream = match handshake {
            Handshake::Complete(stream) => stream,
            Handshake::Held(handshake) => match handshake.await {
                Ok(stream) => stream,
                Err((error, gate)) => return Err(fail(error, gate).await.0),
            },
        };
        let (gate, connection) = stream.into_inner();
        let parameters = Parameters::of(&connection, server_name);
        let own = context.own(&control);
        Ok(Admitted { stream: gate.into_stream(), connection, parameters, own })
    }
}

fn sni(name: &str) -> Option<ServerName<'static>> {
    match ServerName::try_from(name.strip_suffix('.').unwrap_or(name).to_owned()) {
        Ok(name @ ServerName::DnsName(_)) => Some(name),
        _ => None,
    }
}

/// What `handshake` comes to, or `None` when its last flight waits at the gate.
async fn until_held<F>(handshake: &mut F, control: &Control) -> Option<F::Output>
where
    F: Future + Unpin,
{
    poll_fn(|cx| match Pin::new(&mut *handshake).poll(cx) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending if control.holds() => Poll::Ready(None),
        Poll::Pending => Poll::Pending,
    })
    .await
}

/// Ends a server's handshake: sends the alert that goes with `error`, with OpenSSL's choice of
/// description.
async fn refuse<S>(error: io::Error, gate: Option<Gate<S>>) -> HandshakeError
where
    S: AsyncWrite + Unpin,
{
    let error = HandshakeError::from(error);
    if let HandshakeError::Tls { source: Some(source), .. } = &error
        && let Some(mut gate) = gate
    {
        if is_no_key_pair(source) || *source == Error::NoCertificatesPresented {
            // In TLS 1.3 the missing certificate's alert is encrypted, and certificate_required
            // for OpenSSL too.
            gate.replace_alert(HANDSHAKE_FAILURE);
        }
        if *source == Error::InvalidMessage(InvalidMessage::MessageTooLarge) {
            gate.replace_alert(RECORD_OVERFLOW);
        }
        gate.release_if_ready().await;
    }
    error
}

/// Ends a client's handshake: sends the alert that goes with `error`.
async fn fail<S>(error: io::Error, mut gate: Gate<S>) -> (HandshakeError, S)
where
    S: AsyncWrite + Unpin,
{
    let error = HandshakeError::from(error);
    if let HandshakeError::Tls { source: Some(_), .. } = &error {
        gate.release_if_ready().await;
    }
    (error, gate.into_stream())
}
