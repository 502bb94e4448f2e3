use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Weak};

use napi::bindgen_prelude::{Buffer, Function, Object, Uint32ArraySlice};
use napi::threadsafe_function::ThreadsafeFunctionCallMode;
use napi::{CleanupEnvHook, Env, JsString, Result};
use napi_derive::napi;

use super::arguments::{Extras, Table, Text};
use super::batch;
use super::contexts::{ClientContext, ServerContext};
use super::direct::{Calls, Direct};
use super::error;
#[cfg(target_os = "linux")]
use super::event_loop;
use super::options::{ByteCounts, DialSettings, liveness, millis};
use super::tally::{Tally, TallyCounts};
use crate::connection::Connection;
use crate::engine::{DialOptions, Listener, ThreadEngine, dial};
use crate::events::{Batch, Inbox};
use crate::io::name_interfaces_by;
use crate::session::{LoginResult, SessionOptions};

/// The engine of one JavaScript environment (the main thread or a worker): all of its connections and listeners,
/// each known by a number.
#[napi]
pub struct Engine {
    pub(super) engine: Arc<ThreadEngine>,
    pub(super) listeners: HashMap<u32, Arc<Listener>>,
    batch: RefCell<Batch>,
    direct: Direct<Self>,
    /// Ends the engine with the thread.
    cleanup: Option<CleanupEnvHook<Weak<ThreadEngine>>>,
    #[cfg(target_os = "linux")]
    place: Option<event_loop::Place>,
}

#[napi]
impl Engine {
    /// `wake` is called on this thread, with nothing on the stack, when `take` has something to give; with true if that may
    /// be in the very turn of the event loop in which a call of this thread has caused it. It does not keep the process
    /// alive. `table_length` is that of the table of every call of `take`. With `reads_in_loop` this
    /// thread's event loop, which must be libuv's, reads the sockets; else, and where that is not possible, other
    /// threads do.
    #[napi(constructor, catch_unwind)]
    pub fn new(
        env: &Env,
        wake: Function<'_, bool, ()>,
        table_length: u32,
        reads_in_loop: bool,
    ) -> Result<Self> {
        let threadsafe_wake = wake.build_threadsafe_function::<bool>().weak::<true>().build()?;
        name_interfaces_by(super::zone::name);
        #[cfg(windows)]
        crate::io::try_once_by(super::loopback::try_once);
        let call_wake = Box::new(move || {
            // It fails only while the environment is being taken down, when nobody wants to be woken. libuv looks through
            // all such calls in one go: this one may come right behind the callback of a file that was read.
            threadsafe_wake.call(true, ThreadsafeFunctionCallMode::NonBlocking);
        });
        #[cfg(target_os = "linux")]
        let reads_in_loop = reads_in_loop && event_loop::is_possible();
        let engine = ThreadEngine::new(call_wake, reads_in_loop)
            .map_err(|source| super::cannot_start(&source))?;
        #[cfg(target_os = "linux")]
        engine.probe_peers_by(super::tcp_info::state);
        // Registered after the threadsafe function's own hook, and so run before it.
        let cleanup = env.add_env_cleanup_hook(Arc::downgrade(&engine), |engine| {
            if let Some(engine) = engine.upgrade() {
                engine.end();
            }
        })?;
        #[cfg(target_os = "linux")]
        let place = match engine.descriptor() {
            Some(descriptor) => match event_loop::read_in_loop(env, &engine, descriptor, &wake) {
                Ok(place) => Some(place),
                Err(failed) => {
                    env.remove_env_cleanup_hook(cleanup)?;
                    engine.end();
                    return Err(failed);
                }
            },
            None => None,
        };
        Ok(Self {
            engine,
            listeners: HashMap::new(),
            batch: RefCell::new(Batch::new(batch::capacity(table_length as usize))),
            direct: Direct::default(),
            cleanup: Some(cleanup),
            #[cfg(target_os = "linux")]
            place,
        })
    }

    /// `take`, `write` and `queueFirst` once more, for calls that are made for each message.
    #[napi(catch_unwind, ts_return_type = "Pick<Engine, 'take' | 'write' | 'queueFirst'>")]
    pub fn direct<'env>(&self, env: &'env Env) -> Result<Object<'env>> {
        self.direct.functions(env, self)
    }

    /// Gives back what it holds of the system and of JavaScript, if nothing is under way: another copy of the package has
    /// come in this one's place. Says whether it has. Of what is asked later it knows nothing.
    #[napi(catch_unwind)]
    pub fn give_back(&mut self, env: &Env) -> Result<bool> {
        if !self.listeners.is_empty() || !self.engine.is_idle() {
            return Ok(false);
        }
        let nothing = ThreadEngine::new(Box::new(|| {}), false).map_err(error)?;
        std::mem::replace(&mut self.engine, nothing).end();
        if let Some(hook) = self.cleanup.take() {
            env.remove_env_cleanup_hook(hook)?;
        }
        #[cfg(target_os = "linux")]
        if let Some(place) = self.place.take() {
            place.leave();
        }
        Ok(true)
    }

    /// What has happened: at most 64 KB of lines. `table` receives the number of events, whether more is waiting, and
    /// four numbers for each event: connection, kind (0 line in the text, 1 line in `extras`, 2 signal in `extras`, 3
    /// request and 4 response in the text), where (end in the text, or index), and the id that was taken off the end of a
    /// request or response. Returns the text. If nothing more waits, `wake` will tell.
    #[napi(catch_unwind, ts_args_type = "table: Uint32Array, extras: unknown[]")]
    pub fn take<'env>(
        &self,
        env: &'env Env,
        table: Table<'_>,
        extras: Extras,
    ) -> Result<JsString<'env>> {
        let mut batch = self.batch.borrow_mut();
        let more = self.engine.inbox.take(&mut batch);
        let batch::HandedOver { text, unreadable } =
            batch::hand_over(env, &mut batch, more, table, extras)?;
        for id in unreadable {
            self.engine.disconnect_unreadable(id);
        }
        Ok(text)
    }

    /// Writes text at once if the connection is free, else as soon as it is. `first` has its first line be a TLS record
    /// of its own. Says whether all of it was given to the operating system. A connection that is gone takes nothing.
    #[napi(catch_unwind, ts_args_type = "id: number, text: string, first: boolean")]
    pub fn write(&self, id: u32, text: Text, first: bool) -> bool {
        let Text(text) = text;
        if first {
            self.engine.write_first(id, text, false)
        } else {
            self.engine.write(id, text, false)
        }
    }

    /// Accepts a message that is to be a TLS record of its own. It is written together with what `write` is given next,
    /// which may be nothing; and within 64 milliseconds in any case.
    #[napi(catch_unwind, ts_args_type = "id: number, text: string")]
    pub fn queue_first(&self, id: u32, text: Text) {
        self.engine.queue_first(id, text.0);
    }

    /// Writes bytes.
    #[napi(catch_unwind)]
    pub fn write_bytes(&self, id: u32, bytes: Buffer) -> bool {
        self.engine.write(id, bytes.to_vec(), false)
    }

    /// Writes to many connections, to each its own; other threads do the work. `first` is as for `write`.
    #[napi(catch_unwind)]
    pub fn write_many(&self, ids: Uint32ArraySlice<'_>, texts: Vec<String>, first: bool) {
        let texts = ids.iter().copied().zip(texts.into_iter().map(String::into_bytes));
        self.engine.write_many(texts, first);
    }

    /// Writes one text to many connections, which share its bytes; other threads do the work. `first` is as for `write`.
    #[napi(catch_unwind)]
    pub fn write_shared(&self, ids: Uint32ArraySlice<'_>, text: String, first: bool) {
        self.engine.write_shared(&ids, text.into_bytes(), first);
    }

    /// Writes what is left, before the process ends.
    #[napi(catch_unwind)]
    pub fn write_last(&self) {
        self.engine.write_last();
    }

    /// The answer to a login line: 0 it says nothing, 1 authenticate the peer, 2 reject it.
    #[napi(catch_unwind)]
    pub fn login(&self, id: u32, result: u8) {
        self.with(id, |connection, inbox| connection.login(inbox, login_result(result)));
    }

    /// The answer to the verification of a server, or to the connection of a peer: whether it may be talked to.
    #[napi(catch_unwind)]
    pub fn admit(&self, id: u32, admitted: bool) {
        self.with(id, |connection, _| connection.admit(admitted));
    }

    /// The answer to a hello: what the handshake goes on with. With `decides_protocol`, also `protocol`, one of those
    /// offered; without it the peer is told that none of them is spoken.
    #[napi(catch_unwind)]
    pub fn choose(
        &self,
        id: u32,
        context: &ServerContext,
        decides_protocol: bool,
        protocol: Option<Buffer>,
    ) {
        let context = context.context.clone();
        let context = if decides_protocol {
            context.with_protocol(protocol.map(|name| name.to_vec()))
        } else {
            context
        };
        self.with(id, |connection, _| connection.choose(context));
    }

    /// The answer to a hello: the peer is disconnected without a word. No `clientError` follows.
    #[napi(catch_unwind)]
    pub fn refuse(&self, id: u32) {
        self.with(id, |connection, _| connection.refuse());
    }

    /// A pong that the engine did not recognise by itself.
    #[napi(catch_unwind)]
    pub fn pong(&self, id: u32, key: u32) {
        self.with(id, |connection, _| connection.pong(key));
    }

    /// Ends our side once all is written.
    #[napi(catch_unwind)]
    pub fn end(&self, id: u32) {
        self.with(id, |connection, _| connection.end());
    }

    /// Ends the connection; `Closed` follows in a later batch.
    #[napi(catch_unwind)]
    pub fn destroy(&self, id: u32) {
        self.with(id, Connection::destroy);
    }

    /// Asks for a `drain` signal.
    #[napi(catch_unwind)]
    pub fn report_drain(&self, id: u32) {
        self.with(id, Connection::report_drain);
    }

    /// Holds back what is received.
    #[napi(catch_unwind)]
    pub fn pause(&self, id: u32) {
        self.with(id, |connection, _| connection.pause());
    }

    /// The same, also after `pause`; the peer's deadlines stand still.
    #[napi(catch_unwind)]
    pub fn hold(&self, id: u32) {
        self.with(id, |connection, _| connection.hold());
    }

    /// Goes on after `pause` or `hold`.
    #[napi(catch_unwind)]
    pub fn resume(&self, id: u32) {
        self.with(id, Connection::resume);
    }

    /// Bytes of the lines that wait for this thread.
    #[napi(catch_unwind)]
    pub fn waiting(&self, id: u32) -> f64 {
        self.with(id, |connection, _| connection.waiting() as f64).unwrap_or(0.0)
    }

    /// Bytes accepted for a peer and not yet encrypted.
    #[napi(catch_unwind)]
    pub fn buffered(&self, id: u32) -> f64 {
        self.with(id, |connection, _| connection.buffered() as f64).unwrap_or(0.0)
    }

    /// What a tally says now.
    #[napi(catch_unwind)]
    pub fn counts(&self, tally: &Tally) -> Result<TallyCounts> {
        TallyCounts::new(&tally.tally, &self.engine.totals(&tally.tally))
    }

    /// Our certificate of a connection whose handshake is done, in DER.
    #[napi(catch_unwind)]
    pub fn own_certificate(&self, id: u32) -> Option<Buffer> {
        self.engine.connection(id)?.own_certificate().map(Buffer::from)
    }

    /// Key material that both ends of a connection get, and nobody else. Nothing before its handshake is done.
    #[napi(catch_unwind)]
    pub fn export_keying_material(
        &self,
        id: u32,
        length: u32,
        label: String,
        context: Option<Buffer>,
    ) -> Option<Buffer> {
        let connection = self.engine.connection(id)?;
        let material = connection.export_keying_material(
            length as usize,
            label.as_bytes(),
            context.as_deref(),
        );
        material.map(Buffer::from)
    }

    /// Bytes of a connection that is not gone.
    #[napi(catch_unwind)]
    pub fn byte_counts(&self, id: u32) -> Option<ByteCounts> {
        let counters = self.with(id, |connection, _| connection.byte_counts())?;
        Some(ByteCounts { read: counters.read as f64, written: counters.written as f64 })
    }

    /// Starts to connect; returns the connection's number.
    #[napi(catch_unwind)]
    pub fn connect(
        &self,
        context: &ClientContext,
        settings: DialSettings,
        tally: &Tally,
    ) -> Result<u32> {
        let options = DialOptions {
            places: settings.places()?,
            local: settings.local()?,
            attempt_timeout: millis(settings.attempt_timeout),
            server_name: settings.server_name,
            context: context.context.clone(),
            liveness: liveness(settings.dead_peer_timeout, None),
            session: SessionOptions {
                silence: (settings.silence_timeout != 0).then(|| millis(settings.silence_timeout)),
                max_message_bytes: settings.max_message_bytes as usize,
                ..SessionOptions::default()
            },
            max_buffered: settings.max_buffered_bytes as usize,
            tally: Arc::clone(&tally.tally),
            logs_keys: settings.logs_keys,
        };
        Ok(dial(&self.engine, options).id())
    }

    pub(super) fn thread_engine(&self) -> Arc<ThreadEngine> {
        Arc::clone(&self.engine)
    }

    fn with<R>(&self, id: u32, act: impl FnOnce(&Connection, &Inbox) -> R) -> Option<R> {
        self.engine.with(id, |connection| act(connection, &self.engine.inbox))
    }
}

impl Calls for Engine {
    fn take<'env>(
        &self,
        env: &'env Env,
        table: Table<'_>,
        extras: Extras,
    ) -> Result<JsString<'env>> {
        Self::take(self, env, table, extras)
    }

    fn write(&self, id: u32, text: Text, first: bool) -> bool {
        Self::write(self, id, text, first)
    }

    fn queue_first(&self, id: u32, text: Text) {
        Self::queue_first(self, id, text);
    }
}

pub(super) fn login_result(number: u8) -> LoginResult {
    match number {
        1 => LoginResult::Accept,
        2 => LoginResult::Refuse,
        _ => LoginResult::Skip,
    }
}
