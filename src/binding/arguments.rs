//! What the calls that are made for each message take, without what napi-rs does for an argument of any kind.

#![allow(unsafe_code, reason = "N-API is an interface of C")]

use std::ptr;
use std::slice;

use napi::bindgen_prelude::{FromNapiValue, TypeName, ValidateNapiValue};
use napi::{Result, ValueType, check_status, sys};

use super::error;

/// Text of so many UTF-16 units is read at once, into room for the most that it can be in UTF-8; of longer text it is asked
/// first how much that is.
const READ_AT_ONCE: usize = 16 * 1024;

/// The most bytes that a UTF-16 unit takes up in UTF-8.
const MOST_PER_UNIT: usize = 3;

/// A string of JavaScript, in UTF-8.
pub struct Text(pub(super) Vec<u8>);

/// A `Uint32Array` of JavaScript, for as long as a call lasts.
pub struct Table<'a>(pub(super) &'a mut [u32]);

/// An array of JavaScript to put strings into.
pub struct Extras {
    env: sys::napi_env,
    array: sys::napi_value,
}

impl FromNapiValue for Text {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let mut units = 0;
        // SAFETY: the caller's `env` and `value`; without a buffer only the length is written.
        check_status!(unsafe {
            sys::napi_get_value_string_latin1(env, value, ptr::null_mut(), 0, &raw mut units)
        })?;
        let most = if units <= READ_AT_ONCE {
            MOST_PER_UNIT * units
        } else {
            let mut len = 0;
            // SAFETY: as above.
            check_status!(unsafe {
                sys::napi_get_value_string_utf8(env, value, ptr::null_mut(), 0, &raw mut len)
            })?;
            len
        };
        // A zero comes behind the text.
        let mut bytes = Vec::<u8>::with_capacity(most + 1);
        let mut len = 0;
        // SAFETY: the buffer has room for `most + 1` bytes. Behind the call `len` of them are written.
        unsafe {
            let buffer = bytes.as_mut_ptr().cast();
            check_status!(sys::napi_get_value_string_utf8(
                env,
                value,
                buffer,
                most + 1,
                &raw mut len
            ))?;
            bytes.set_len(len);
        }
        // It may wait for long.
        if len > READ_AT_ONCE / 4 {
            bytes.shrink_to_fit();
        }
        Ok(Self(bytes))
    }
}

impl FromNapiValue for Table<'_> {
    unsafe fn from_napi_value(env: sys::napi_env, value: sys::napi_value) -> Result<Self> {
        let (mut kind, mut len, mut data) = (0, 0, ptr::null_mut());
        // SAFETY: the caller's `env` and `value`; what is not asked for may be null.
        check_status!(unsafe {
            let (buffer, offset) = (ptr::null_mut(), ptr::null_mut());
            sys::napi_get_typedarray_info(
                env,
                value,
                &raw mut kind,
                &raw mut len,
                &raw mut data,
                buffer,
                offset,
            )
        })?;
        if kind != sys::TypedarrayType::uint32_array {
            return Err(error("the table is no Uint32Array"));
        }
        if data.is_null() {
            return Ok(Self(&mut []));
        }
        // SAFETY: V8 says where the numbers are and how many, aligned as they have to be. JavaScript, which alone has them,
        // does not run while they are borrowed: the call does not outlast this borrow, and calls nothing of JavaScript's.
        Ok(Self(unsafe { slice::from_raw_parts_mut(data.cast(), len) }))
    }
}

impl FromNapiValue for Extras {
    unsafe fn from_napi_value(env: sys::napi_env, array: sys::napi_value) -> Result<Self> {
        Ok(Self { env, array })
    }
}

impl Extras {
    pub(super) fn set(&mut self, index: usize, text: sys::napi_value) -> Result<()> {
        // SAFETY: both values are of this call, on the environment's thread. What is no object is refused.
        check_status!(unsafe { sys::napi_set_element(self.env, self.array, index as u32, text) })
    }
}

impl TypeName for Text {
    fn type_name() -> &'static str {
        "string"
    }

    fn value_type() -> ValueType {
        ValueType::String
    }
}

impl TypeName for Table<'_> {
    fn type_name() -> &'static str {
        "Uint32Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl TypeName for Extras {
    fn type_name() -> &'static str {
        "Array"
    }

    fn value_type() -> ValueType {
        ValueType::Object
    }
}

impl ValidateNapiValue for Text {}
impl ValidateNapiValue for Table<'_> {}
impl ValidateNapiValue for Extras {}
