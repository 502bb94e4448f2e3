//! The border to Node: a place in libuv's loop, the call into JavaScript, and the one call that comes for each message,
//! without what napi-rs does for a call of any kind.

#![allow(unsafe_code, reason = "libuv and N-API have interfaces of C")]

use std::cell::{Cell, RefCell};
use std::ffi::{c_int, c_void};
use std::os::fd::AsRawFd;
use std::ptr;

use napi::bindgen_prelude::{Function, Object};
use napi::{Env, JsValue, Result, check_status, sys};

use super::engine::{Engine, MOST_READY, News};
use super::error;

/// `UV_POLL` and `UV_READABLE` of libuv 1.x.
const POLL: c_int = 8;
const READABLE: c_int = 1;

/// What JavaScript is told of.
const LINES: u32 = 0;
const OPENED: u32 = 1;
const ENDED: u32 = 2;

/// Text of more UTF-16 units than this is asked how long it is in UTF-8.
const READ_AT_ONCE: usize = 16 * 1024;

type OnEvent = unsafe extern "C" fn(handle: *mut c_void, status: c_int, events: c_int);

unsafe extern "C" {
    fn uv_handle_size(kind: c_int) -> usize;
    fn uv_poll_init(uv: *mut c_void, handle: *mut c_void, fd: c_int) -> c_int;
    fn uv_poll_start(handle: *mut c_void, events: c_int, act: OnEvent) -> c_int;
    fn uv_ref(handle: *mut c_void);
    fn uv_unref(handle: *mut c_void);
}

/// What calls into JavaScript need.
#[derive(Clone, Copy)]
struct Place {
    env: sys::napi_env,
    on: sys::napi_ref,
    handle: *mut c_void,
}

thread_local! {
    static PLACE: Cell<Option<Place>> = const { Cell::new(None) };
    static ENGINE: RefCell<Option<Engine>> = const { RefCell::new(None) };
    /// Text on its way to the engine.
    static TEXT: Cell<Vec<u8>> = const { Cell::new(Vec::new()) };
}

/// Does something with this thread's engine. JavaScript must not be called meanwhile.
pub fn with_engine<R>(act: impl FnOnce(&mut Engine) -> R) -> Result<R> {
    ENGINE.with_borrow_mut(|engine| {
        let engine = engine.as_mut().ok_or_else(|| error("start has not been called"))?;
        let result = act(engine);
        if let Some(Place { handle, .. }) = PLACE.get() {
            // SAFETY: `start` has initialised the handle, which is never freed; this is its loop's thread.
            unsafe { if engine.is_idle() { uv_unref(handle) } else { uv_ref(handle) } }
        }
        Ok(result)
    })
}

/// Once for each process: what is made here stays until its end.
pub fn start<'env>(
    env: &'env Env,
    on: &Function<'env, (u32, u32, u32), ()>,
) -> Result<Object<'env>> {
    let engine = Engine::new().map_err(error)?;
    let raw = env.raw();
    let (mut uv_loop, mut reference, mut function) =
        (ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    let functions = Object::new(env)?;
    // SAFETY: `env` is this thread's, and alive, and so are the values. The handle's memory is as large as libuv wants it
    // and aligned like its pointers; it is never freed, and its descriptor never closed.
    unsafe {
        check_status!(sys::napi_get_uv_event_loop(raw, &mut uv_loop))?;
        check_status!(sys::napi_create_reference(raw, on.raw(), 1, &mut reference))?;
        let memory = vec![0_usize; uv_handle_size(POLL).div_ceil(size_of::<usize>())];
        let handle: *mut c_void = memory.leak().as_mut_ptr().cast();
        let status = uv_poll_init(uv_loop.cast(), handle, engine.descriptor().as_raw_fd());
        if status != 0 || uv_poll_start(handle, READABLE, on_readable) != 0 {
            return Err(error("libuv does not watch the engine"));
        }
        uv_unref(handle);
        PLACE.set(Some(Place { env: raw, on: reference, handle }));
        let name = c"write";
        let length = name.count_bytes() as isize;
        check_status!(sys::napi_create_function(
            raw,
            name.as_ptr(),
            length,
            Some(write),
            ptr::null_mut(),
            &mut function
        ))?;
        check_status!(sys::napi_set_named_property(raw, functions.raw(), name.as_ptr(), function))?;
    }
    ENGINE.set(Some(engine));
    Ok(functions)
}

unsafe extern "C" fn on_readable(_handle: *mut c_void, _status: c_int, _events: c_int) {
    let Some(place) = PLACE.get() else { return };
    let mut ids = [0; MOST_READY];
    let count = with_engine(|engine| engine.ready(&mut ids)).unwrap_or(0);
    let mut scope = ptr::null_mut();
    // SAFETY: this is the environment's thread, whose loop runs; what opens a scope closes it.
    unsafe {
        if sys::napi_open_handle_scope(place.env, &mut scope) != sys::Status::napi_ok {
            return;
        }
        for id in ids.into_iter().take(count) {
            tell(place, id);
        }
        sys::napi_close_handle_scope(place.env, scope);
    }
}

/// Looks at one socket, and calls JavaScript for what it has: mostly once, with all lines.
///
/// # Safety
///
/// On the environment's thread, in a handle scope.
unsafe fn tell(place: Place, id: u32) {
    let looked = with_engine(|engine| {
        let news = engine.look(id);
        // SAFETY: the caller's. To make a string runs no JavaScript.
        let lines = unsafe { string(place.env, &engine.lines) };
        (news, lines)
    });
    let Ok((News { opened, ended }, lines)) = looked else { return };
    // SAFETY: the caller's.
    unsafe {
        if let Some(owner) = opened {
            call(place, id, OPENED, number(place.env, owner));
        }
        if !lines.is_null() {
            call(place, id, LINES, lines);
        }
        if let Some(why) = ended {
            // The socket would be ready for ever.
            let _ = with_engine(|engine| engine.close(id));
            call(place, id, ENDED, string(place.env, why.as_bytes()));
        }
    }
}

/// Calls JavaScript as an event loop does: microtasks and `nextTick` run behind it.
unsafe fn call(place: Place, id: u32, what: u32, value: sys::napi_value) {
    let Place { env, on, .. } = place;
    let (mut global, mut function) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: the caller's: the environment's thread, in a handle scope. The reference is never given back.
    unsafe {
        let value = if value.is_null() { undefined(env) } else { value };
        sys::napi_get_global(env, &mut global);
        sys::napi_get_reference_value(env, on, &mut function);
        let arguments = [number(env, id), number(env, what), value];
        let (context, result) = (ptr::null_mut(), ptr::null_mut());
        let (count, list) = (arguments.len(), arguments.as_ptr());
        let status = sys::napi_make_callback(env, context, global, function, count, list, result);
        if status == sys::Status::napi_pending_exception {
            let mut exception = ptr::null_mut();
            sys::napi_get_and_clear_last_exception(env, &mut exception);
            sys::napi_fatal_exception(env, exception);
        }
    }
}

unsafe fn number(env: sys::napi_env, number: u32) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: the caller's.
    unsafe { sys::napi_create_uint32(env, number, &mut value) };
    value
}

unsafe fn undefined(env: sys::napi_env) -> sys::napi_value {
    let mut value = ptr::null_mut();
    // SAFETY: the caller's.
    unsafe { sys::napi_get_undefined(env, &mut value) };
    value
}

/// Null for no text at all.
unsafe fn string(env: sys::napi_env, text: &[u8]) -> sys::napi_value {
    let mut value = ptr::null_mut();
    if text.is_empty() {
        return value;
    }
    let (start, len) = (text.as_ptr().cast(), text.len() as isize);
    // SAFETY: the caller's; V8 copies the bytes, and reads ill-formed UTF-8 as the Encoding standard says.
    unsafe {
        if text.is_ascii() {
            sys::napi_create_string_latin1(env, start, len, &mut value);
        } else {
            sys::napi_create_string_utf8(env, start, len, &mut value);
        }
    }
    value
}

/// `write(id, text, splits)`
unsafe extern "C" fn write(env: sys::napi_env, info: sys::napi_callback_info) -> sys::napi_value {
    let (mut count, mut arguments) = (3, [ptr::null_mut(); 3]);
    let (mut id, mut splits, mut units, mut len) = (0, false, 0, 0);
    let mut bytes = TEXT.take();
    // SAFETY: N-API's own arguments, which floor/index.js has given. The buffer has room for what is written, and `len`
    // bytes of it are.
    unsafe {
        let (this, data) = (ptr::null_mut(), ptr::null_mut());
        sys::napi_get_cb_info(env, info, &mut count, arguments.as_mut_ptr(), this, data);
        let [number, text, flag] = arguments;
        sys::napi_get_value_uint32(env, number, &mut id);
        sys::napi_get_value_bool(env, flag, &mut splits);
        sys::napi_get_value_string_latin1(env, text, ptr::null_mut(), 0, &mut units);
        let mut most = 3 * units;
        if units > READ_AT_ONCE {
            sys::napi_get_value_string_utf8(env, text, ptr::null_mut(), 0, &mut most);
        }
        bytes.clear();
        bytes.reserve(most + 2);
        let buffer = bytes.as_mut_ptr().cast();
        sys::napi_get_value_string_utf8(env, text, buffer, most + 1, &mut len);
        bytes.set_len(len);
    }
    // It fails only before `start`, which has given this function.
    let _ = with_engine(|engine| engine.write(id, &mut bytes, splits));
    TEXT.set(bytes);
    ptr::null_mut()
}
