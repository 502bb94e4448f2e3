//! The calls that are made for each message, once more without what napi-rs does for each call of a method: it looks whose
//! `this` is, and keeps an account of what is borrowed, which costs several times what these calls themselves do.

#![allow(unsafe_code, reason = "N-API is an interface of C")]

use std::cell::Cell;
use std::ffi::{CStr, CString, c_void};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::rc::Rc;

use napi::bindgen_prelude::{FromNapiValue, Object, panic_to_error};
use napi::{Env, JsString, JsValue, Result, check_status, sys};

use super::arguments::{Extras, Table, Text};
use super::error;

/// The calls.
pub(super) trait Calls {
    fn take<'env>(
        &self,
        env: &'env Env,
        table: Table<'_>,
        extras: Extras,
    ) -> Result<JsString<'env>>;

    fn write(&self, id: u32, text: Text, first: bool) -> bool;

    fn queue_first(&self, id: u32, text: Text);
}

/// Of an engine: tells its functions where it is, and when it is gone.
pub(super) struct Direct<E>(Rc<Cell<*const E>>);

impl<E> Default for Direct<E> {
    fn default() -> Self {
        Self(Rc::new(Cell::new(ptr::null())))
    }
}

impl<E> Drop for Direct<E> {
    fn drop(&mut self) {
        self.0.set(ptr::null());
    }
}

impl<E: Calls> Direct<E> {
    /// An object with the functions of this engine, which has come to the place where it stays.
    pub(super) fn functions<'env>(&self, env: &'env Env, engine: &E) -> Result<Object<'env>> {
        self.0.set(ptr::from_ref(engine));
        let functions = Object::new(env)?;
        for (name, callback) in [
            (c"take", take::<E> as Callback),
            (c"write", write::<E> as Callback),
            (c"queueFirst", queue_first::<E> as Callback),
        ] {
            let function = self.function(env, name, callback)?;
            // SAFETY: both are of this call, on the environment's thread.
            check_status!(unsafe {
                sys::napi_set_named_property(env.raw(), functions.raw(), name.as_ptr(), function)
            })?;
        }
        Ok(functions)
    }

    fn function(&self, env: &Env, name: &CStr, callback: Callback) -> Result<sys::napi_value> {
        let data = Rc::into_raw(Rc::clone(&self.0)).cast_mut().cast::<c_void>();
        let mut function = ptr::null_mut();
        let none = ptr::null_mut();
        // SAFETY: this is the environment's thread. The function's data lives until `on_function_gone`, which is called
        // once; where it is not to be called, nobody has got the function, and the data is given back here.
        unsafe {
            let (start, len) = (name.as_ptr(), name.count_bytes() as isize);
            let made = sys::napi_create_function(
                env.raw(),
                start,
                len,
                Some(callback),
                data,
                &raw mut function,
            );
            let gone: sys::napi_finalize = Some(on_function_gone::<E>);
            let made = check_status!(made).and_then(|()| {
                check_status!(sys::napi_add_finalizer(
                    env.raw(),
                    function,
                    data,
                    gone,
                    none,
                    none.cast()
                ))
            });
            if let Err(failed) = made {
                drop(Rc::from_raw(data.cast::<Cell<*const E>>()));
                return Err(failed);
            }
        }
        Ok(function)
    }
}

type Callback = unsafe extern "C" fn(sys::napi_env, sys::napi_callback_info) -> sys::napi_value;

unsafe extern "C" fn on_function_gone<E>(
    _env: sys::napi_env,
    data: *mut c_void,
    _hint: *mut c_void,
) {
    // SAFETY: this is what `function` has given, and it is called once.
    drop(unsafe { Rc::from_raw(data.cast::<Cell<*const E>>()) });
}

unsafe extern "C" fn take<E: Calls>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: N-API's own arguments.
    unsafe {
        call(env, info, |engine: &E, [table, extras, _]| {
            let table = Table::from_napi_value(env, table)?;
            let extras = Extras::from_napi_value(env, extras)?;
            Ok(engine.take(&Env::from_raw(env), table, extras)?.raw())
        })
    }
}

unsafe extern "C" fn write<E: Calls>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: N-API's own arguments.
    unsafe {
        call(env, info, |engine: &E, [id, text, first]| {
            let id = u32::from_napi_value(env, id)?;
            let text = Text::from_napi_value(env, text)?;
            let first = bool::from_napi_value(env, first)?;
            let mut all = ptr::null_mut();
            check_status!(sys::napi_get_boolean(env, engine.write(id, text, first), &raw mut all))?;
            Ok(all)
        })
    }
}

unsafe extern "C" fn queue_first<E: Calls>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
) -> sys::napi_value {
    // SAFETY: N-API's own arguments.
    unsafe {
        call(env, info, |engine: &E, [id, text, _]| {
            engine.queue_first(u32::from_napi_value(env, id)?, Text::from_napi_value(env, text)?);
            Ok(ptr::null_mut())
        })
    }
}

/// Calls `act` with the engine that the function belongs to and its arguments. What fails, and a panic, is thrown.
///
/// # Safety
///
/// From a function of [`Direct::functions`], with what N-API has given it.
unsafe fn call<E: Calls>(
    env: sys::napi_env,
    info: sys::napi_callback_info,
    act: impl FnOnce(&E, [sys::napi_value; 3]) -> Result<sys::napi_value>,
) -> sys::napi_value {
    let act = || {
        let (mut count, mut arguments) = (3, [ptr::null_mut(); 3]);
        let mut data = ptr::null_mut();
        // SAFETY: the caller's; there is room for `count` arguments, and those that are missing become undefined.
        check_status!(unsafe {
            let (this, list) = (ptr::null_mut(), arguments.as_mut_ptr());
            sys::napi_get_cb_info(env, info, &raw mut count, list, this, &raw mut data)
        })?;
        // SAFETY: the function's data, which lives as long as the function does. The engine is there as long as it says
        // where, and no other call into it is under way: none of them calls JavaScript.
        let engine = unsafe { data.cast::<Cell<*const E>>().as_ref() }
            .and_then(|place| unsafe { place.get().as_ref() })
            .ok_or_else(|| error("the engine is gone"))?;
        act(engine, arguments)
    };
    let message = match catch_unwind(AssertUnwindSafe(act)) {
        Ok(Ok(value)) => return value,
        Ok(Err(failed)) => failed.reason.clone(),
        Err(panic) => panic_to_error(panic).reason.clone(),
    };
    let message = CString::new(message).unwrap_or_default();
    // SAFETY: the environment's thread, inside a call of it. A value that is thrown already stays.
    unsafe { sys::napi_throw_error(env, ptr::null(), message.as_ptr()) };
    ptr::null_mut()
}
