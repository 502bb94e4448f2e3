//! One connection over some transport, sans-IO: bytes and the time go in; lines, bytes to write and what ends the
//! connection come out. It knows neither TLS nor sockets, so every byte boundary and every instant can be tested.

mod error;
mod keepalive;
mod login;
mod outbox;
mod pings;
mod silence;

use std::borrow::Cow;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use error::SessionError;
pub use keepalive::KeepaliveOptions;
pub use login::LoginResult;
pub use outbox::{Bytes, Chunk, Outbox, SharedBytes};
pub use pings::PingCounts;

use keepalive::Keepalive;
use login::LoginGuard;
use silence::Silence;

use crate::wire::{Flow, LineDecoder, LineTooLong, ping_line, pong_key};

/// Most bytes that a peer may send before it is authenticated, newlines included.
pub const MAX_LOGIN_BYTES: usize = 64 * 1024;

/// Most bytes of one line after login, its newline not counted.
pub const MAX_MESSAGE_BYTES: usize = 64 * 1024 * 1024;

/// What one session may do, and for how long.
#[derive(Debug, Clone)]
pub struct SessionOptions {
    /// How long a peer may take to be authenticated; the clock stands still while its line is being judged.
    pub login_timeout: Option<Duration>,
    /// Pings to send once the peer is authenticated; only servers ping.
    pub keepalive: Option<KeepaliveOptions>,
    /// How long the peer may send nothing; for ever without it.
    pub silence: Option<Duration>,
    /// Most bytes before login.
    pub max_login_bytes: usize,
    /// Most bytes of one line after login.
    pub max_message_bytes: usize,
    /// What pings are counted with.
    pub pings: Arc<PingCounts>,
}

impl Default for SessionOptions {
    fn default() -> Self {
        Self {
            login_timeout: None,
            keepalive: None,
            silence: None,
            max_login_bytes: MAX_LOGIN_BYTES,
            max_message_bytes: MAX_MESSAGE_BYTES,
            pings: Arc::default(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// Waiting for a login line.
    Login,
    /// A login line was handed over, at that time; nothing behind it is looked at until the answer.
    Judging { since: Instant },
    /// The peer is authenticated.
    Open,
    /// The peer was refused; whatever it still sends is dropped.
    Refused,
}

/// The state of one connection above its transport.
#[derive(Debug)]
pub struct Session {
    stage: Stage,
    login: LoginGuard,
    decoder: LineDecoder,
    /// Bytes behind a login line that is being judged.
    held: Vec<u8>,
    keepalive_options: Option<KeepaliveOptions>,
    keepalive: Option<Keepalive>,
    pings: Arc<PingCounts>,
    silence: Option<Silence>,
    max_message_bytes: usize,
    /// Whether we have ended our side.
    ended: bool,
    /// Bytes to be written, in order.
    pub outbox: Outbox,
}

impl Session {
    /// A session whose peer has just become reachable.
    pub fn new(options: &SessionOptions, now: Instant) -> Self {
        Self {
            stage: Stage::Login,
            login: LoginGuard::new(options.login_timeout, options.max_login_bytes, now),
            decoder: LineDecoder::new(options.max_login_bytes),
            held: Vec::new(),
            keepalive_options: options.keepalive.clone(),
            keepalive: None,
            pings: Arc::clone(&options.pings),
            silence: options.silence.map(|limit| Silence::new(limit, now)),
            max_message_bytes: options.max_message_bytes,
            ended: false,
            outbox: Outbox::default(),
        }
    }

    /// Whether the peer is authenticated.
    pub fn is_open(&self) -> bool {
        self.stage == Stage::Open
    }

    /// Whether a login line was handed over and is not answered yet.
    pub fn is_judging(&self) -> bool {
        self.judging_since().is_some()
    }

    /// When the login line was handed over that is not answered yet.
    pub fn judging_since(&self) -> Option<Instant> {
        match self.stage {
            Stage::Judging { since } => Some(since),
            Stage::Login | Stage::Open | Stage::Refused => None,
        }
    }

    /// Whether more bytes are wanted now. While a login line is being judged they pile up, so no more are than may come
    /// before login; and to read on is to notice a peer that leaves meanwhile.
    pub fn wants_bytes(&self) -> bool {
        !self.is_judging() || self.held.len() < self.login.left()
    }

    /// Bytes kept of a line whose newline has not come.
    pub fn pending(&self) -> usize {
        self.decoder.pending()
    }

    /// Bytes kept behind a login line that is being judged.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Takes bytes of the peer and hands on the lines in them.
    pub fn receive(
        &mut self,
        bytes: &[u8],
        now: Instant,
        deliver: &mut impl FnMut(Cow<'_, [u8]>),
    ) -> Result<(), SessionError> {
        if let Some(silence) = &mut self.silence {
            silence.heard(now);
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            match self.stage {
                Stage::Login => {
                    let used = self.receive_login(rest, now, deliver)?;
                    rest = rest.get(used..).unwrap_or_default();
                }
                Stage::Judging { .. } => {
                    self.held.extend_from_slice(rest);
                    return Ok(());
                }
                Stage::Open => return self.receive_open(rest, deliver),
                Stage::Refused => return Ok(()),
            }
        }
        Ok(())
    }

    /// The answer to the login line that was handed over.
    pub fn login(
        &mut self,
        result: LoginResult,
        now: Instant,
        deliver: &mut impl FnMut(Cow<'_, [u8]>),
    ) -> Result<(), SessionError> {
        if !self.is_judging() {
            return Ok(());
        }
        let held = std::mem::take(&mut self.held);
        match result {
            LoginResult::Accept => {
                self.stage = Stage::Open;
                self.decoder.set_limit(self.max_message_bytes);
                self.keepalive =
                    self.keepalive_options.as_ref().map(|options| Keepalive::new(options, now));
            }
            LoginResult::Refuse => self.stage = Stage::Refused,
            LoginResult::Skip => {
                self.stage = Stage::Login;
                self.login.resume(now);
            }
        }
        self.receive(&held, now, deliver)
    }

    /// A pong that JavaScript recognised, because it was not in the form that [`pong_key`] reads.
    pub fn pong(&mut self, key: u32) {
        if self.keepalive.as_mut().is_some_and(|keepalive| keepalive.pong(key)) {
            self.pings.count_answered();
        }
    }

    /// The peer has taken more of what the transport could not get rid of for a while: it is alive. That the transport
    /// takes bytes says nothing by itself, as the system keeps much for a peer that is gone.
    pub fn taken(&mut self, now: Instant) {
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.taken(now);
        }
    }

    /// We have ended our side: no ping can be sent any more.
    pub fn end(&mut self) {
        self.ended = true;
    }

    /// The user wants nothing read for now: what is not read is no silence.
    pub fn pause(&mut self, now: Instant) {
        if let Some(silence) = &mut self.silence {
            silence.stall(now);
        }
    }

    /// We stop reading for lack of credit: pongs may be waiting, so their deadlines stand still.
    pub fn stall(&mut self, now: Instant) {
        self.pause(now);
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.stall(now);
        }
    }

    /// We read again.
    pub fn unstall(&mut self, now: Instant) {
        if let Some(silence) = &mut self.silence {
            silence.unstall(now);
        }
        if let Some(keepalive) = &mut self.keepalive {
            keepalive.unstall(now);
        }
    }

    /// When [`Session::tick`] must be called at the latest.
    pub fn deadline(&self) -> Option<Instant> {
        let deadline = match self.stage {
            Stage::Login => self.login.deadline(),
            Stage::Open => self.keepalive.as_ref().and_then(Keepalive::deadline),
            Stage::Judging { .. } | Stage::Refused => return None,
        };
        let silence = self.silence.as_ref().and_then(Silence::deadline);
        deadline.into_iter().chain(silence).min()
    }

    /// Does what is due: sends a ping, or says what was missed.
    pub fn tick(&mut self, now: Instant) -> Result<(), SessionError> {
        if let Some(silence) = &self.silence
            && !self.is_judging()
        {
            silence.check(now)?;
        }
        match self.stage {
            Stage::Login if self.login.is_over(now) => Err(SessionError::LoginTimeout),
            Stage::Open => {
                if let Some(keepalive) = &mut self.keepalive {
                    if keepalive.is_over(now) {
                        self.pings.count_missed();
                        return Err(SessionError::KeepaliveTimeout);
                    }
                    match keepalive.due(now) {
                        Some(false) if self.ended => return Err(SessionError::NotEnded),
                        // Behind what it still takes it has not seen our end yet.
                        Some(true) if self.ended => {}
                        Some(_) => {
                            self.pings.count_sent();
                            self.outbox.push(ping_line(keepalive.ping(now)));
                        }
                        None => {}
                    }
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn receive_login(
        &mut self,
        bytes: &[u8],
        now: Instant,
        deliver: &mut impl FnMut(Cow<'_, [u8]>),
    ) -> Result<usize, SessionError> {
        // Not a byte more than is allowed is looked at: who sends more has no line accepted because of it.
        let limit = self.login.limit();
        let allowed = bytes.get(..self.login.left()).unwrap_or(bytes);
        let mut handed_over = false;
        let used = self.decoder.decode(allowed, |line| {
            handed_over = true;
            deliver(line);
            Flow::Stop
        });
        let used = used.map_err(|LineTooLong { .. }| SessionError::LoginTooLong { limit })?;
        self.login.count(used);
        if !handed_over && allowed.len() < bytes.len() {
            return Err(SessionError::LoginTooLong { limit });
        }
        if handed_over {
            self.stage = Stage::Judging { since: now };
            self.login.pause(now);
        }
        Ok(used)
    }

    fn receive_open(
        &mut self,
        bytes: &[u8],
        deliver: &mut impl FnMut(Cow<'_, [u8]>),
    ) -> Result<(), SessionError> {
        let Self { keepalive, pings, .. } = self;
        let decoded = self.decoder.decode(bytes, |line| {
            let answered = match (keepalive.as_mut(), pong_key(&line)) {
                (Some(keepalive), Some(key)) => keepalive.pong(key),
                _ => false,
            };
            if answered {
                pings.count_answered();
            } else {
                deliver(line);
            }
            Flow::Continue
        });
        match decoded {
            Ok(_) => Ok(()),
            Err(LineTooLong { limit }) => Err(SessionError::MessageTooLong { limit }),
        }
    }
}

#[cfg(test)]
mod tests;
