//! A place for the engine in the JavaScript thread's own event loop (libuv's), so that the thread reads its sockets
//! itself, as Node's own TLS does.

#![allow(
    unsafe_code,
    reason = "libuv and the parts of N-API that go with it have C interfaces only"
)]

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, OnceLock};

use libloading::os::unix::Library;
use napi::bindgen_prelude::{Function, FunctionRef};
use napi::{Env, JsValue, Result, check_status, sys};

use super::{cannot_start, error};
use crate::engine::ThreadEngine;

/// `UV_POLL` of libuv 1.x.
const POLL: c_int = 8;
/// `UV_READABLE` of libuv 1.x.
const READABLE: c_int = 1;

type OnEvent = unsafe extern "C" fn(handle: *mut c_void, status: c_int, events: c_int);
type OnClosed = unsafe extern "C" fn(handle: *mut c_void);

/// The functions of libuv that are needed, as the process carries them.
/// See <https://docs.libuv.org/en/v1.x/poll.html> and <https://docs.libuv.org/en/v1.x/handle.html>.
struct Libuv {
    handle_size: unsafe extern "C" fn(kind: c_int) -> usize,
    set_data: unsafe extern "C" fn(handle: *mut c_void, data: *mut c_void),
    get_data: unsafe extern "C" fn(handle: *const c_void) -> *mut c_void,
    poll_init: unsafe extern "C" fn(uv: *mut c_void, handle: *mut c_void, fd: c_int) -> c_int,
    poll_start: unsafe extern "C" fn(handle: *mut c_void, events: c_int, act: OnEvent) -> c_int,
    unref: unsafe extern "C" fn(handle: *mut c_void),
    close: unsafe extern "C" fn(handle: *mut c_void, then: OnClosed),
}

impl Libuv {
    fn get() -> Option<&'static Self> {
        static LIBUV: OnceLock<Option<Libuv>> = OnceLock::new();
        LIBUV.get_or_init(Self::find).as_ref()
    }

    fn find() -> Option<Self> {
        let process = Library::this();
        macro_rules! symbol {
            ($name:literal) => {
                // SAFETY: the signatures are those of libuv 1.x, which keeps them, and the process is never unloaded.
                unsafe { *process.get($name).ok()? }
            };
        }
        Some(Self {
            handle_size: symbol!(b"uv_handle_size\0"),
            set_data: symbol!(b"uv_handle_set_data\0"),
            get_data: symbol!(b"uv_handle_get_data\0"),
            poll_init: symbol!(b"uv_poll_init\0"),
            poll_start: symbol!(b"uv_poll_start\0"),
            unref: symbol!(b"uv_unref\0"),
            close: symbol!(b"uv_close\0"),
        })
    }
}

/// What the handle's callbacks need. Owned by the handle: freed when the loop has closed it.
struct Reader {
    env: sys::napi_env,
    engine: Arc<ThreadEngine>,
    wake: FunctionRef<bool, ()>,
    libuv: &'static Libuv,
    handle: *mut c_void,
    /// Keeps `handle` alive; a handle is aligned like its pointers.
    _memory: Vec<usize>,
    /// Ends the wait of the environment's end for us.
    cleanup: sys::napi_async_cleanup_hook_handle,
    closing: Cell<bool>,
}

/// Where the event loop calls, until it is left or the JavaScript environment ends.
pub(super) struct Place(*mut Reader);

impl Place {
    /// The event loop reads no more, and lets go of everything in its next turn.
    pub(super) fn leave(self) {
        // SAFETY: only this and the environment's end close the handle, whoever comes first, and until then the reader
        // lives. JavaScript, which calls this, does not run after the environment's end.
        unsafe { close(self.0) }
    }
}

/// Whether this process has what [`read_in_loop`] needs.
pub(super) fn is_possible() -> bool {
    Libuv::get().is_some()
}

/// Has the thread's event loop read what `engine` watches and then call `wake`. Does not keep the process alive,
/// and ends with the JavaScript environment.
pub(super) fn read_in_loop(
    env: &Env,
    engine: &Arc<ThreadEngine>,
    descriptor: BorrowedFd<'_>,
    wake: &Function<'_, bool, ()>,
) -> Result<Place> {
    let libuv = Libuv::get().ok_or_else(|| error("the process has no libuv"))?;
    let mut uv_loop = ptr::null_mut();
    // SAFETY: `env` is this thread's, and alive.
    check_status!(unsafe { sys::napi_get_uv_event_loop(env.raw(), &mut uv_loop) })?;
    // SAFETY: it only looks at a number.
    let size = unsafe { (libuv.handle_size)(POLL) };
    let mut memory = vec![0_usize; size.div_ceil(size_of::<usize>())];
    let handle: *mut c_void = memory.as_mut_ptr().cast();
    let reader = Box::into_raw(Box::new(Reader {
        env: env.raw(),
        engine: Arc::clone(engine),
        wake: wake.create_ref()?,
        libuv,
        handle,
        _memory: memory,
        cleanup: ptr::null_mut(),
        closing: Cell::new(false),
    }));
    let failed = |status: c_int| cannot_start(&std::io::Error::from_raw_os_error(-status));
    // All that can fail comes before the loop knows the handle: from then on its memory is the loop's until `on_closed`.
    // SAFETY: this is the loop's thread, and the loop is alive. Nobody else has `reader`, which lives until it is dropped
    // here or, once the handle is initialised, until `on_closed`.
    unsafe {
        let hook: sys::napi_async_cleanup_hook = Some(on_environment_end);
        let cleanup = &mut (*reader).cleanup;
        let added = sys::napi_add_async_cleanup_hook(env.raw(), hook, reader.cast(), cleanup);
        if let Err(error) = check_status!(added) {
            drop(Box::from_raw(reader));
            return Err(error);
        }
        let status = (libuv.poll_init)(uv_loop.cast(), handle, descriptor.as_raw_fd());
        if status != 0 {
            sys::napi_remove_async_cleanup_hook((*reader).cleanup);
            drop(Box::from_raw(reader));
            return Err(failed(status));
        }
        (libuv.set_data)(handle, reader.cast());
        (libuv.unref)(handle);
        let status = (libuv.poll_start)(handle, READABLE, on_readable);
        if status != 0 {
            close(reader);
            return Err(failed(status));
        }
    }
    Ok(Place(reader))
}

unsafe extern "C" fn on_readable(handle: *mut c_void, _status: c_int, _events: c_int) {
    let Some(libuv) = Libuv::get() else { return };
    // SAFETY: set right after the handle was started, on this thread, and alive until the handle is closed.
    let Some(reader) = (unsafe { (libuv.get_data)(handle).cast::<Reader>().as_ref() }) else {
        return;
    };
    // A panic must not cross into libuv. Those of one connection are caught before they come here.
    let _ = catch_unwind(AssertUnwindSafe(|| {
        if reader.engine.read_ready() {
            reader.call_wake();
        }
    }));
}

impl Reader {
    /// Calls JavaScript as an event loop does: with nothing below, microtasks and `nextTick` run behind it, and what it
    /// throws is an uncaught exception.
    fn call_wake(&self) {
        let env = Env::from_raw(self.env);
        let mut scope = ptr::null_mut();
        // SAFETY: this is the environment's thread, and the environment is alive as long as the handle is.
        unsafe {
            if sys::napi_open_handle_scope(self.env, &mut scope) != sys::Status::napi_ok {
                return;
            }
            if let Ok(wake) = self.wake.borrow_back(&env) {
                let mut global = ptr::null_mut();
                sys::napi_get_global(self.env, &mut global);
                let status = sys::napi_make_callback(
                    self.env,
                    ptr::null_mut(),
                    global,
                    wake.raw(),
                    0,
                    ptr::null(),
                    ptr::null_mut(),
                );
                if status == sys::Status::napi_pending_exception {
                    let mut exception = ptr::null_mut();
                    sys::napi_get_and_clear_last_exception(self.env, &mut exception);
                    sys::napi_fatal_exception(self.env, exception);
                }
            }
            sys::napi_close_handle_scope(self.env, scope);
        }
    }
}

unsafe extern "C" fn on_environment_end(
    _hook: sys::napi_async_cleanup_hook_handle,
    reader: *mut c_void,
) {
    // SAFETY: `reader` is what was registered, alive until `on_closed`; this is its loop's thread.
    unsafe { close(reader.cast()) }
}

/// # Safety
///
/// On the loop's thread, with a reader that is alive.
unsafe fn close(reader: *mut Reader) {
    // SAFETY: the caller's.
    let reader = unsafe { &*reader };
    // A handle is closed once: the environment may end before the loop has let go of one that was left.
    if !reader.closing.replace(true) {
        // SAFETY: the handle was started, and is closed for the first time.
        unsafe { (reader.libuv.close)(reader.handle, on_closed) };
    }
}

unsafe extern "C" fn on_closed(handle: *mut c_void) {
    let Some(libuv) = Libuv::get() else { return };
    // SAFETY: the loop has let go of the handle and calls this once.
    unsafe {
        let reader = Box::from_raw((libuv.get_data)(handle).cast::<Reader>());
        let cleanup = reader.cleanup;
        drop(reader);
        sys::napi_remove_async_cleanup_hook(cleanup);
    }
}
