#[cfg(unix)]
use std::os::fd::IntoRawFd;
use std::sync::Arc;

use napi::Result;
use napi_derive::napi;

use super::contexts::ServerContext;
use super::engine::Engine;
#[cfg(unix)]
use super::error;
use super::guard::ServerGuard;
use super::options::{ListenSettings, Listening};
use super::tally::Tally;
use crate::engine::Listener;

/// Listeners, each known by a number.
#[napi]
impl Engine {
    /// Binds and listens.
    #[napi(catch_unwind)]
    pub fn listen(
        &mut self,
        context: &ServerContext,
        guard: &ServerGuard,
        settings: ListenSettings,
        tally: &Tally,
    ) -> Result<Listening> {
        let (guard, tally) = (Arc::clone(&guard.guard), Arc::clone(&tally.tally));
        let options = settings.into_options(context.context.clone(), guard, tally)?;
        match Listener::open(&self.engine, options) {
            Ok(listener) => {
                let listening = Listening::at(listener.id(), listener.place());
                self.listeners.insert(listener.id(), listener);
                Ok(listening)
            }
            Err(failed) => Ok(Listening::failed(&failed)),
        }
    }

    /// Stops listening; `listenerClosed` follows when no handshake is under way.
    #[napi(catch_unwind)]
    pub fn close_listener(&mut self, id: u32) {
        if let Some(listener) = self.listeners.remove(&id) {
            listener.close();
        }
    }

    /// Handshakes of a listener that are under way.
    #[napi(catch_unwind)]
    pub fn handshakes(&self, listener: u32) -> u32 {
        self.listeners.get(&listener).map_or(0, |listener| listener.handshakes() as u32)
    }

    /// Sets how many connections a listener has at most; further ones are closed at once.
    #[napi(catch_unwind)]
    pub fn set_max_connections(&self, listener: u32, most: u32) {
        if let Some(listener) = self.listeners.get(&listener) {
            listener.set_max_peers(most as usize);
        }
    }

    /// Says what is to be told of handshakes: those that fail as `clientError`, those that begin as `connection` (then
    /// also, as `closed`, that they came to nothing), and, with `clientError` and `secure`, their secrets.
    #[napi(catch_unwind)]
    pub fn report(&self, listener: u32, errors: bool, connections: bool, keys: bool) {
        if let Some(listener) = self.listeners.get(&listener) {
            listener.subscriptions().report(errors, connections, keys);
        }
    }

    /// Says whether each new peer of a listener is told as `connection` and waits for `admit`.
    #[napi(catch_unwind)]
    pub fn ask_peers(&self, listener: u32, wanted: bool) {
        if let Some(listener) = self.listeners.get(&listener) {
            listener.subscriptions().ask_peers(wanted);
        }
    }

    /// Says which peers of a listener are told as `hello` as soon as they say what they want, and wait for `choose`:
    /// those that ask for a name, and those that offer application protocols.
    #[napi(catch_unwind)]
    pub fn ask(&self, listener: u32, names: bool, protocols: bool) {
        if let Some(listener) = self.listeners.get(&listener) {
            listener.subscriptions().ask(names, protocols);
        }
    }

    /// Gives a listener other keys and rules for the handshakes to come.
    #[napi(catch_unwind)]
    pub fn set_context(&self, listener: u32, context: &ServerContext) {
        if let Some(listener) = self.listeners.get(&listener) {
            listener.set_context(context.context.clone());
        }
    }

    /// Leaves accepting to JavaScript: returns a descriptor of the listening socket, which is JavaScript's own to
    /// close. Nothing for a listener that listens nowhere; nor on Windows, where its place is free for JavaScript to
    /// listen at.
    #[napi(catch_unwind)]
    pub fn hand_over(&self, listener: u32) -> Result<Option<i32>> {
        let Some(listener) = self.listeners.get(&listener) else { return Ok(None) };
        #[cfg(unix)]
        return Ok(listener.hand_over().map_err(error)?.map(IntoRawFd::into_raw_fd));
        #[cfg(not(unix))]
        {
            listener.give_up();
            Ok(None)
        }
    }
}

/// Descriptors come from JavaScript on Unix alone. The method has a block of its own for it: in the block above `cfg` would
/// come too late, after it has been registered.
#[cfg(unix)]
#[napi]
impl Engine {
    /// Takes a connection that this process accepted elsewhere: a duplicate of its file descriptor.
    #[napi(catch_unwind)]
    pub fn adopt(&self, listener: u32, descriptor: i32) -> Result<()> {
        let Some(listener) = self.listeners.get(&listener) else { return Ok(()) };
        let socket = super::descriptor::duplicate(descriptor).map_err(error)?;
        listener.adopt(&self.engine, socket).map_err(error)
    }
}
