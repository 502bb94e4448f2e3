use std::collections::HashMap;
#[cfg(target_os = "linux")]
use std::os::fd::AsFd;
use std::sync::Arc;

use napi::Result;
use napi::bindgen_prelude::Uint8ArraySlice;
use napi_derive::napi;

#[cfg(target_os = "linux")]
use super::descriptor::duplicate;
use super::engine::{Engine, login_verdict};
use super::error;
use super::guard::ServerGuard;
use super::options::{PipeNext, PipeSettings};
use super::tally::Tally;
use crate::connection::{Carried, CarriedNext};
use crate::engine::ThreadEngine;
use crate::io::TcpState;
use crate::limits::Handshake;
use crate::metrics::ByteCounts;

/// The connections of one JavaScript environment whose bytes JavaScript carries, each known by a number. Their lines
/// and signals come by way of the engine's `take`.
#[napi]
pub struct Pipes {
    engine: Arc<ThreadEngine>,
    pipes: HashMap<u32, Carried>,
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
        let carried = self.engine.carry(settings.into_options(&tally.tally, guard));
        let id = carried.id();
        self.pipes.insert(id, carried);
        id
    }

    /// What is to be done now. Nothing for a connection that is gone, here and below.
    #[napi(catch_unwind)]
    pub fn next(&mut self, id: u32) -> Option<PipeNext> {
        self.pipes.get_mut(&id).map(|carried| carried.plan().into())
    }

    /// There are so many bytes to write. Says whether they may be: not when the connection is being cut.
    #[napi(catch_unwind)]
    pub fn accept(&self, id: u32, bytes: u32) -> bool {
        self.pipes.get(&id).is_some_and(|carried| self.engine.accept(carried, bytes as usize))
    }

    /// So many bytes have left, perhaps after they had waited for the peer to make room. Says whether a sender who was told
    /// to wait may go on.
    #[napi(catch_unwind)]
    pub fn wrote(&mut self, id: u32, bytes: u32, waited: bool) -> bool {
        self.pipes.get_mut(&id).is_some_and(|carried| carried.wrote(bytes as usize, waited))
    }

    /// Bytes that wait for the peer.
    #[napi(catch_unwind)]
    pub fn buffered(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |carried| carried.buffered() as f64)
    }

    /// Plain bytes of the peer.
    #[napi(catch_unwind)]
    pub fn receive(&mut self, id: u32, bytes: Uint8ArraySlice<'_>) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        pipes.get_mut(&id).map(|carried| carried.receive(&engine.inbox, &bytes).into())
    }

    /// The peer has ended its side; `end` follows what was received before.
    #[napi(catch_unwind)]
    pub fn receive_end(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.peer_ended(&self.engine.inbox);
        }
    }

    /// The answer to a login line: 0 it says nothing, 1 let the peer in, 2 refuse it.
    #[napi(catch_unwind)]
    pub fn login(&mut self, id: u32, verdict: u8) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        let carried = pipes.get_mut(&id)?;
        Some(carried.login(&engine.inbox, login_verdict(verdict)).into())
    }

    /// A pong that the engine did not recognise by itself.
    #[napi(catch_unwind)]
    pub fn pong(&mut self, id: u32, key: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.pong(key);
        }
    }

    /// Bytes of lines that wait for JavaScript.
    #[napi(catch_unwind)]
    pub fn waiting(&self, id: u32) -> f64 {
        self.pipes.get(&id).map_or(0.0, |carried| carried.waiting() as f64)
    }

    /// Does what is due: sends a ping, or ends the connection. To be called when nothing of the peer is left unread. With
    /// the descriptor of its socket, if it has one, the system is asked whether the peer takes what is sent.
    #[napi(catch_unwind)]
    pub fn tick(&mut self, id: u32, descriptor: Option<i32>) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        let state = descriptor.and_then(tcp_state);
        pipes.get_mut(&id).map(|carried| carried.tick(&engine.inbox, state).into())
    }

    /// We have ended our side: no ping can be sent any more.
    #[napi(catch_unwind)]
    pub fn end(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.end();
        }
    }

    /// Holds back what is received.
    #[napi(catch_unwind)]
    pub fn pause(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.pause();
        }
    }

    /// The same, also after `pause`; the peer's deadlines stand still.
    #[napi(catch_unwind)]
    pub fn hold(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.hold();
        }
    }

    /// Whether `pause` holds lines back.
    #[napi(catch_unwind)]
    pub fn holds_back(&self, id: u32) -> bool {
        self.pipes.get(&id).is_some_and(Carried::holds_back)
    }

    /// Goes on after `pause` or `hold`.
    #[napi(catch_unwind)]
    pub fn resume(&mut self, id: u32) -> Option<PipeNext> {
        let Self { engine, pipes, .. } = self;
        pipes.get_mut(&id).map(|carried| carried.resume(&engine.inbox).into())
    }

    /// Drops what waits and all to come. `closed` comes after `close`.
    #[napi(catch_unwind)]
    pub fn destroy(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.destroy(&self.engine.inbox);
        }
    }

    /// The transport failed; `error` follows what was received before, with the kind `transport`.
    #[napi(catch_unwind)]
    pub fn fail(&mut self, id: u32) {
        if let Some(carried) = self.pipes.get_mut(&id) {
            carried.fail(&self.engine.inbox);
        }
    }

    /// The transport is gone; `closed` follows everything else. Both counts are plain bytes.
    #[napi(catch_unwind)]
    pub fn close(&mut self, id: u32, had_error: bool, read: f64, written: f64) {
        if let Some(carried) = self.pipes.remove(&id) {
            let bytes = ByteCounts { read: read as u64, written: written as u64 };
            self.engine.close_carried(carried, had_error, bytes);
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

impl From<CarriedNext> for PipeNext {
    fn from(next: CarriedNext) -> Self {
        let CarriedNext { read, output, wait, done, cut } = next;
        Self {
            read,
            output: (!output.is_empty()).then(|| String::from_utf8_lossy(&output).into_owned()),
            wait: wait.map(|wait| wait.as_secs_f64() * 1000.0),
            done,
            cut,
        }
    }
}
