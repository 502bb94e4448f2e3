use std::collections::HashMap;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

#[cfg(target_os = "linux")]
use super::descriptor::duplicate;
use super::engine::{Engine, login_result};
use super::error;
use super::guard::ServerGuard;
use super::options::{PipeNext, PipeSettings};
use super::tally::Tally;
use crate::connection::{ExternalConnection, ExternalNext};
use crate::engine::ThreadEngine;
use crate::io::TcpState;
use crate::limits::Handshake;
use crate::metrics::ByteCounts;

/// The connections of one JavaScript environment over external transports, each known by a number. Their lines
/// and signals come by way of the engine's `take`.
#[napi]
pub struct Pipes {
    engine: Arc<ThreadEngine>,
    pipes: HashMap<u32, ExternalConnection>,
    handshakes: HashMap<u32, Handshake>,
}

#[napi]
impl Pipes {
    /// Those of an engine.
    #[napi(constructor, catch_unwind)]
    pub fn new(engine: &Engine) -> Self {
        Self { engine: engine.thread_engine(), pipes: HashMap::new(), handshakes: HashMap::new() }
    }

    /// Lets go of the engine, if there is no connection and no handshake. Says whether it has.
    #[napi(catch_unwind)]
    pub fn give_back(&mut self) -> Result<bool> {
        if !self.pipes.is_empty() || !self.handshakes.is_empty() {
            return Ok(false);
        }
        self.engine = ThreadEngine::new(Box::new(|| {}), false).map_err(error)?;
        Ok(true)
    }

    /// A handshake of a server begins; returns its number. A `clientError` signal tells it to give way to a later one.
    #[napi(catch_unwind)]
    pub fn begin_handshake(&mut self, guard: &ServerGuard) -> u32 {
        let (id, handshake) = self.engine.begin_handshake(&guard.guard);
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
        let external = self.engine.open_external(settings.into_options(&tally.tally, guard));
        let id = external.id();
        self.pipes.insert(id, external);
        id
    }

    /// What is to be done now. Nothing for a connection that is gone, here and below.
    #[napi(catch_unwind)]
    pub fn next(&mut self, id: u32) -> Option<PipeNext> {
        self.pipes.get_mut(&id).map(|external| external.plan().into())
    }

    /// There are so many bytes to write. Says whether they may be: not when the connection is being disconnected.
    #[napi(catch_unwind)]
    pub fn accept(&self, id: u32, bytes: u32) -> bool {
        self.pipes.get(&id).is_some_and(|external| self.engine.accept(external, bytes as usize))
    }

    /// So many bytes have left, perhaps after they had waited for the peer to make room. Says whether a sender who was told
    /// to wait may go on.
    #[napi(catch_unwind)]
    pub fn wrote(&mut self, id: u32, bytes: u32, waited: bool) -> bool {
        self.pipes.get_mut(&id).is_some_and(|external| external.wrote(bytes as usize, waited))
    }

    /// Bytes that wait for the peer.
    #[napi(catch_unwind)]
    pub fn buffered(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |external| external.buffered() as f64)
    }

    /// Plain bytes of the peer.
    #[napi(catch_unwind)]
    pub fn receive(&mut self, id: u32, bytes: Uint8ArraySlice<'_>) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        pipes.get_mut(&id).map(|external| external.receive(&engine.inbox, &bytes).into())
    }

    /// The peer has ended its side; `end` follows what was received before.
    #[napi(catch_unwind)]
    pub fn receive_end(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.peer_ended(&self.engine.inbox);
        }
    }

    /// The answer to a login line: 0 it says nothing, 1 authenticate the peer, 2 reject it.
    #[napi(catch_unwind)]
    pub fn login(&mut self, id: u32, result: u8) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        let external = pipes.get_mut(&id)?;
        Some(external.login(&engine.inbox, login_result(result)).into())
    }

    /// A pong that the engine did not recognise by itself.
    #[napi(catch_unwind)]
    pub fn pong(&mut self, id: u32, key: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.pong(key);
        }
    }

    /// Bytes of lines that wait for JavaScript.
    #[napi(catch_unwind)]
    pub fn waiting(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |external| external.waiting() as f64)
    }

    /// Does what is due: sends a ping, or ends the connection. To be called when nothing of the peer is left unread. With
    /// the descriptor of its socket, if it has one, the system is asked whether the peer takes what is sent.
    #[napi(catch_unwind)]
    pub fn tick(&mut self, id: u32, descriptor: Option<i32>) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        let state = descriptor.and_then(tcp_state);
        pipes.get_mut(&id).map(|external| external.tick(&engine.inbox, state).into())
    }

    /// We have ended our side: no ping can be sent any more.
    #[napi(catch_unwind)]
    pub fn end(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.end();
        }
    }

    /// Holds back what is received.
    #[napi(catch_unwind)]
    pub fn pause(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.pause();
        }
    }

    /// The same, also after `pause`; the peer's deadlines stand still.
    #[napi(catch_unwind)]
    pub fn hold(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.hold();
        }
    }

    /// Whether `pause` holds lines back.
    #[napi(catch_unwind)]
    pub fn holds_back(&self, id: u32) -> bool {
        self.pipes.get(&id).is_some_and(ExternalConnection::holds_back)
    }

    /// Goes on after `pause` or `hold`.
    #[napi(catch_unwind)]
    pub fn resume(&mut self, id: u32) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        pipes.get_mut(&id).map(|external| external.resume(&engine.inbox).into())
    }

    /// Drops what waits and all to come. `closed` comes after `close`.
    #[napi(catch_unwind)]
    pub fn destroy(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.destroy(&self.engine.inbox);
        }
    }

    /// The transport failed; `error` follows what was received before, with the kind `transport`.
    #[napi(catch_unwind)]
    pub fn fail(&mut self, id: u32) {
        if let Some(external) = self.pipes.get_mut(&id) {
            external.fail(&self.engine.inbox);
        }
    }

    /// The transport is gone; `closed` follows everything else. Both counts are plain bytes.
    #[napi(catch_unwind)]
    pub fn close(&mut self, id: u32, had_error: bool, read: f64, written: f64) {
        if let Some(external) = self.pipes.remove(&id) {
            let bytes = ByteCounts { read: read as u64, written: written as u64 };
            self.engine.close_external(external, had_error, bytes);
        }
    }
}

#[cfg(target_os = "linux")]
fn tcp_state(descriptor: i32) -> Option<TcpState> {
    super::tcp_info::state(duplicate(descriptor).ok()?.as_fd())
}

#[cfg(not(target_os = "linux"))]
fn tcp_state(_: i32) -> Option<TcpState> {
    None
}

impl From<ExternalNext> for PipeNext {
    fn from(next: ExternalNext) -> Self {
        let ExternalNext { read, output, wait, done, disconnect } = next;
        Self {
            read,
            output: (!output.is_empty()).then(|| String::from_utf8_lossy(&output).into_owned()),
            wait: wait.map(|wait| wait.as_secs_f64() * 1000.0),
            done,
            disconnect,
        }
    }
}
