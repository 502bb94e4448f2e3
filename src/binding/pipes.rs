use std::collections::HashMap;
use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

use super::engine::{Engine, login_verdict};
use super::error;
use super::guard::ServerGuard;
use super::options::{PipeNext, PipeSettings};
use super::tally::Tally;
use crate::net::{Counters, Environment, Handshake, Piped, PipedNext};

/// The connections of one JavaScript environment whose bytes JavaScript carries, each known by a number. Their lines
/// and signals come by way of the engine's `take`.
#[napi]
pub struct Pipes {
    environment: Arc<Environment>,
    pipes: HashMap<u32, Piped>,
    handshakes: HashMap<u32, Handshake>,
}

#[napi]
impl Pipes {
    /// Those of an engine's environment.
    #[napi(constructor, catch_unwind)]
    pub fn new(engine: &Engine) -> Self {
        Self {
            environment: engine.environment(),
            pipes: HashMap::new(),
            handshakes: HashMap::new(),
        }
    }

    /// Lets go of the engine's environment, if there is no connection and no handshake. Says whether it has.
    #[napi(catch_unwind)]
    pub fn give_back(&mut self) -> Result<bool> {
        if !self.pipes.is_empty() || !self.handshakes.is_empty() {
            return Ok(false);
        }
        self.environment = Environment::new(Box::new(|| {}), false).map_err(error)?;
        Ok(true)
    }

    /// A handshake of a server begins; returns its number. A `clientError` signal tells it to give way to a later one.
    #[napi(catch_unwind)]
    pub fn begin_handshake(&mut self, guard: &ServerGuard) -> u32 {
        let (id, handshake) = self.environment.begin_handshake(&guard.guard);
        self.handshakes.insert(id, handshake);
        id
    }

    /// The handshake is over, one way or the other.
    #[napi(catch_unwind)]
    pub fn end_handshake(&mut self, id: u32) {
        self.handshakes.remove(&id);
    }

    /// A connection, of a server with its guard; returns its number.
    #[napi(catch_unwind)]
    pub fn open(
        &mut self,
        settings: PipeSettings,
        tally: &Tally,
        guard: Option<&ServerGuard>,
    ) -> u32 {
        let guard = guard.map(|guard| Arc::clone(&guard.guard));
        let piped = Piped::new(&self.environment, settings.into_options(&tally.tally, guard));
        let id = piped.id();
        self.pipes.insert(id, piped);
        id
    }

    /// What is to be done now. Nothing for a connection that is gone, here and below.
    #[napi(catch_unwind)]
    pub fn next(&mut self, id: u32) -> Option<PipeNext> {
        self.pipes.get_mut(&id).map(|piped| piped.plan().into())
    }

    /// There are so many bytes to write. Says whether they may be: not when the connection is being cut.
    #[napi(catch_unwind)]
    pub fn accept(&self, id: u32, bytes: u32) -> bool {
        self.pipes.get(&id).is_some_and(|piped| piped.accept(&self.environment, bytes as usize))
    }

    /// So many bytes have left. Says whether a sender who was told to wait may go on.
    #[napi(catch_unwind)]
    pub fn wrote(&self, id: u32, bytes: u32) -> bool {
        self.pipes.get(&id).is_some_and(|piped| piped.wrote(bytes as usize))
    }

    /// Bytes that wait for the peer.
    #[napi(catch_unwind)]
    pub fn buffered(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |piped| piped.buffered() as f64)
    }

    /// Plain bytes of the peer.
    #[napi(catch_unwind)]
    pub fn receive(&mut self, id: u32, bytes: Uint8ArraySlice<'_>) -> Option<PipeNext> {
        let Self { environment, pipes, .. } = self;
        pipes.get_mut(&id).map(|piped| piped.receive(&environment.inbox, &bytes).into())
    }

    /// The peer has ended its side; `end` follows what was received before.
    #[napi(catch_unwind)]
    pub fn receive_end(&mut self, id: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.peer_ended(&self.environment.inbox);
        }
    }

    /// The answer to a login line: 0 it says nothing, 1 let the peer in, 2 refuse it.
    #[napi(catch_unwind)]
    pub fn login(&mut self, id: u32, verdict: u8) -> Option<PipeNext> {
        let Self { environment, pipes, .. } = self;
        let piped = pipes.get_mut(&id)?;
        Some(piped.login(&environment.inbox, login_verdict(verdict)).into())
    }

    /// A pong that the engine did not recognise by itself.
    #[napi(catch_unwind)]
    pub fn pong(&mut self, id: u32, key: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.pong(key);
        }
    }

    /// Bytes of lines that wait for JavaScript.
    #[napi(catch_unwind)]
    pub fn waiting(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |piped| piped.waiting() as f64)
    }

    /// Does what is due: sends a ping, or ends the connection. To be called when nothing of the peer is left unread.
    #[napi(catch_unwind)]
    pub fn tick(&mut self, id: u32) -> Option<PipeNext> {
        let Self { environment, pipes, .. } = self;
        pipes.get_mut(&id).map(|piped| piped.tick(&environment.inbox).into())
    }

    /// We have ended our side: no ping can be sent any more.
    #[napi(catch_unwind)]
    pub fn end(&mut self, id: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.end();
        }
    }

    /// Holds back what is received.
    #[napi(catch_unwind)]
    pub fn pause(&mut self, id: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.pause();
        }
    }

    /// Whether `pause` holds lines back.
    #[napi(catch_unwind)]
    pub fn holds_back(&self, id: u32) -> bool {
        self.pipes.get(&id).is_some_and(Piped::holds_back)
    }

    /// Goes on after `pause`.
    #[napi(catch_unwind)]
    pub fn resume(&mut self, id: u32) -> Option<PipeNext> {
        let Self { environment, pipes, .. } = self;
        pipes.get_mut(&id).map(|piped| piped.resume(&environment.inbox).into())
    }

    /// Drops what waits and all to come. `closed` comes after `close`.
    #[napi(catch_unwind)]
    pub fn destroy(&mut self, id: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.destroy(&self.environment.inbox);
        }
    }

    /// The transport failed; `error` follows what was received before, with the kind `transport`.
    #[napi(catch_unwind)]
    pub fn fail(&mut self, id: u32) {
        if let Some(piped) = self.pipes.get_mut(&id) {
            piped.fail(&self.environment.inbox);
        }
    }

    /// The transport is gone; `closed` follows everything else. Both counts are plain bytes.
    #[napi(catch_unwind)]
    pub fn close(&mut self, id: u32, had_error: bool, read: f64, written: f64) {
        if let Some(piped) = self.pipes.remove(&id) {
            let counters = Counters { read: read as u64, written: written as u64 };
            piped.close(&self.environment, had_error, counters);
        }
    }
}

impl From<PipedNext> for PipeNext {
    fn from(next: PipedNext) -> Self {
        let PipedNext { read, output, wait, done, cut } = next;
        Self {
            read,
            output: (!output.is_empty()).then(|| String::from_utf8_lossy(&output).into_owned()),
            wait: wait.map(|wait| wait.as_secs_f64() * 1000.0),
            done,
            cut,
        }
    }
}
