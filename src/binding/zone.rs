//! Interfaces of this machine, by name and by number.

use std::net::{IpAddr, SocketAddr, SocketAddrV6};

use napi::Result;

use super::error;

/// An address in text, perhaps with an interface behind a `%`, and a port.
pub(super) fn socket_address(text: &str, port: u16) -> Result<SocketAddr> {
    let (address, zone) = text.split_once('%').map_or((text, None), |(ip, zone)| (ip, Some(zone)));
    let parsed = address.parse().map_err(|_| error(format!("not an IP address: {text}")))?;
    Ok(match (parsed, zone) {
        // An interface that is not there is number 0, which the system refuses.
        (IpAddr::V6(ip), Some(zone)) => SocketAddrV6::new(ip, port, 0, number(zone)).into(),
        (ip, _) => SocketAddr::new(ip, port),
    })
}

/// As libuv takes it.
#[cfg(unix)]
fn number(name: &str) -> u32 {
    let Ok(name) = std::ffi::CString::new(name) else { return 0 };
    #[allow(unsafe_code, reason = "no crate that is here asks for it")]
    // SAFETY: a string that ends with a NUL, read during the call only.
    unsafe {
        libc::if_nametoindex(name.as_ptr())
    }
}

#[cfg(not(unix))]
fn number(name: &str) -> u32 {
    name.parse().unwrap_or(0)
}

/// The name of an interface, as libuv gives it.
#[cfg(unix)]
pub(super) fn name(number: u32) -> Option<String> {
    let mut buffer = [0_u8; libc::IF_NAMESIZE];
    #[allow(unsafe_code, reason = "no crate that is here asks for it")]
    // SAFETY: the system writes at most `IF_NAMESIZE` bytes, which is what the buffer has.
    let found = unsafe { libc::if_indextoname(number, buffer.as_mut_ptr().cast()) };
    if found.is_null() {
        return None;
    }
    let name = std::ffi::CStr::from_bytes_until_nul(&buffer).ok()?;
    name.to_str().ok().map(str::to_owned)
}

#[cfg(not(unix))]
pub(super) fn name(number: u32) -> Option<String> {
    Some(number.to_string())
}
